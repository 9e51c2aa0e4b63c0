#!/usr/bin/env bash
# Made by topoc; change the topology, not this file.
# The checks of this tree (RFC 8.3), the same at a desk and in CI.
#   check.sh tools     gets the programs: each at the version that the topology states
#   check.sh           runs every check
#   check.sh CHECK…    runs these: stale workflow conftest kubeconform
# It needs bash, topoc, curl, tar, sha256sum and python3, on Linux for x86-64. Programs are kept in $TOPOC_CI_TOOLS.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(dirname "$here")
root=$(cd "$tree/../.." && pwd)
tools=${TOPOC_CI_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/topoc-ci}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'check.sh: %s\n' "$1" >&2
    exit 1
}

# Name, SHA-256, address, the program in the archive. What is kept is kept under its SHA-256.
archive() {
    local to=$tools/$2
    if [[ -x $to/$1 ]]; then return; fi
    [[ $(uname -sm) == 'Linux x86_64' ]] || fail 'the SHA-256 are of archives for Linux on x86-64'
    curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$work/$1.tar.gz" "$3"
    printf '%s  %s\n' "$2" "$work/$1.tar.gz" | sha256sum --check --strict --quiet
    mkdir -p "$to" "$work/$1"
    tar -xzf "$work/$1.tar.gz" -C "$work/$1" "$4"
    install -m 755 "$work/$1/$4" "$to/$1"
}

# Name and version of a package of Python. What it needs itself is what pip finds.
package() {
    local to=$tools/$1-$2
    if [[ -e $to/done ]]; then return; fi
    python3 -m venv --clear "$to"
    "$to/bin/pip" install --quiet --disable-pip-version-check "$1==$2"
    touch "$to/done"
}

tools() {
    archive conftest e8144c6d6d2ae0260b869caa60c7c262a1f95ac63ec1e5d2fb19be452d606347 'https://github.com/open-policy-agent/conftest/releases/download/v0.68.2/conftest_0.68.2_Linux_x86_64.tar.gz' conftest
    archive kubeconform c31518ddd122663b3f3aa874cfe8178cb0988de944f29c74a0b9260920d115d3 'https://github.com/yannh/kubeconform/releases/download/v0.7.0/kubeconform-linux-amd64.tar.gz' kubeconform
    package PyYAML 6.0.3
}

# The tree is what the topology says, by the topoc that made it.
stale() {
    local have
    have=$(topoc --version)
    [[ $have == 'topoc 0.1.0' ]] || fail "the tree was made by topoc 0.1.0, this is $have"
    (cd "$root" && topoc build --check --file clouds/farm.kdl --out clouds/farm)
}

# The workflow that runs is the one of this tree.
workflow() {
    cmp "$tree/ci/github/topoc.yml" "$root/.github/workflows/topoc.yml" ||
        fail 'copy ci/github/topoc.yml of the tree to .github/workflows/topoc.yml of the repository'
}

# Objects of these folders: neither lists of kustomize nor values of charts, and no patches, which are no whole objects.
objects() {
    local folder
    for folder in "$@"; do
        if [[ -d $tree/$folder ]]; then
            find "$tree/$folder" -type f -name '*.yaml' ! -name kustomization.yaml ! -name values.yaml ! -name '*-patch.yaml' -print0
        fi
    done | sort -z
}

# A file of a release. Nothing but TLS says whose it is.
fetch() {
    curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$work/definitions/$1.yaml" "$2"
}

# Schemas of the kinds that are not Kubernetes' own, from the definitions of the very versions that the topology states.
definitions() {
    mkdir -p "$work/definitions"
    fetch ciliumclusterwidenetworkpolicies-v2-1.18.12 'https://raw.githubusercontent.com/cilium/cilium/v1.18.12/pkg/k8s/apis/cilium.io/client/crds/v2/ciliumclusterwidenetworkpolicies.yaml'
    fetch ciliumnetworkpolicies-v2-1.18.12 'https://raw.githubusercontent.com/cilium/cilium/v1.18.12/pkg/k8s/apis/cilium.io/client/crds/v2/ciliumnetworkpolicies.yaml'
    "$tools/PyYAML-6.0.3/bin/python" "$here/schemas.py" "$work/schemas" "$work"/definitions/*.yaml
}

# Every object against the schema of its version; fields that are not in it are refused.
kubeconform() {
    local files arguments=(-strict -summary -kubernetes-version 1.33.4)
    definitions
    arguments+=(-schema-location "$work/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json")
    arguments+=(-schema-location default)
    mapfile -d '' files < <(objects kubernetes/config kubernetes/overlays kubernetes/applications)
    ((${#files[@]})) || fail 'no object'
    "$tools/c31518ddd122663b3f3aa874cfe8178cb0988de944f29c74a0b9260920d115d3/kubeconform" "${arguments[@]}" "${files[@]}"
}

# A folder of policies, and what the topology opens wide in it. Patches have whole lists, so they are looked at too.
judge() {
    local files
    mapfile -d '' files < <(find "$tree/$1" -type f -name 'policy-*.yaml' -print0 | sort -z)
    ((${#files[@]})) || fail "no policy in $1"
    "$tools/e8144c6d6d2ae0260b869caa60c7c262a1f95ac63ec1e5d2fb19be452d606347/conftest" test --no-color --policy "$here/policy/cilium.rego" --policy "$here/policy/$2/exceptions.rego" "${files[@]}"
}

# Cilium's policies against the pitfalls of RFC 8.3: the agent's own check is no program for CI.
conftest() {
    judge kubernetes/config/network-policies kubernetes
    judge kubernetes/overlays/staging/config/network-policies kubernetes/staging
}

if (($# == 0)); then set -- stale workflow conftest kubeconform; fi
for check in "$@"; do
    case $check in
    tools | stale | workflow | conftest | kubeconform)
        printf '== %s\n' "$check"
        "$check"
        ;;
    *) fail "no such check: $check" ;;
    esac
done
