#!/usr/bin/env bash
# Made by topoc; change the topology, not this file.
# The checks of this tree (RFC 8.3), the same at a desk and in CI.
#   check.sh tools     gets the programs: each at the version that the topology states
#   check.sh           runs every check
#   check.sh CHECK…    runs these: stale workflow<% for c in checks %> <{ c.name }><% endfor %>

# It needs bash, topoc, curl, tar, sha256sum and python3, on Linux for x86-64. Programs are kept in $TOPOC_CI_TOOLS.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(dirname "$here")
root=$(cd "$tree/<{ up }>" && pwd)
tools=${TOPOC_CI_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/topoc-ci}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    printf 'check.sh: %s\n' "$1" >&2
    exit 1
}

<% if archives %>
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

<% endif %>
<% if packages %>
# Name and version of a package of Python. What it needs itself is what pip finds.
package() {
    local to=$tools/$1-$2
    if [[ -e $to/done ]]; then return; fi
    python3 -m venv --clear "$to"
    "$to/bin/pip" install --quiet --disable-pip-version-check "$1==$2"
    touch "$to/done"
}

<% endif %>
tools() {
<% for a in archives %>
    archive <{ a.name }> <{ a.sha256 }> <{ a.url | sh }> <{ a.member }>
<% endfor %>
<% for p in packages %>
    package <{ p.name }> <{ p.version }>
<% endfor %>
<% if not archives and not packages %>
    :
<% endif %>
}

# The tree is what the topology says, by the topoc that made it.
stale() {
    local have
    have=$(topoc --version)
    [[ $have == 'topoc <{ version }>' ]] || fail "the tree was made by topoc <{ version }>, this is $have"
    (cd "$root" && topoc build --check<{ words }>)
}

# The workflow that runs is the one of this tree.
workflow() {
    cmp "$tree/ci/github/topoc.yml" "$root/.github/workflows/topoc.yml" ||
        fail 'copy ci/github/topoc.yml of the tree to .github/workflows/topoc.yml of the repository'
}

<% if yamllint %>
# Every YAML file. Lines are as long as what they hold.
yamllint() {
    local files
    mapfile -d '' files < <(find "$tree" -type f \( -name '*.yaml' -o -name '*.yml' \) -print0 | sort -z)
    ((${#files[@]})) || fail 'no YAML file'
    "$tools/yamllint-<{ yamllint }>/bin/yamllint" --strict --config-data \
        '{extends: default, rules: {comments: {min-spaces-from-content: 1}, document-start: disable, line-length: disable}}' \
        "${files[@]}"
}

<% endif %>
<% if charts %>
# Gets a chart once: name, repository, version.
pull() {
    local to=$work/charts/$1-$3
    if [[ ! -d $to ]]; then "$tools/<{ helm }>/helm" pull "$1" --repo "$2" --version "$3" --untar --untardir "$to"; fi
}

# What comes before the files of values: name, repository, version, release, namespace.
lint_chart() {
    local chart=$work/charts/$1-$3/$1 namespace=$5 values=() file
    pull "$1" "$2" "$3"
    for file in "${@:6}"; do values+=(--values "$tree/$file"); done
    "$tools/<{ helm }>/helm" lint "$chart" --quiet --kube-version <{ kubernetes }> --namespace "$namespace" "${values[@]}"
}

# Each chart with the values of this tree, and with those of each environment on top.
helm() {
<% for c in charts %>
    lint_chart <{ c.name }> <{ c.repository }> <{ c.version }> <{ c.release }> <{ c.namespace }><% for f in c.files %> <{ f }><% endfor %>

<% endfor %>
}

<% endif %>
<% if kubeconform %>
# Objects of these folders: neither lists of kustomize nor values of charts, and no patches, which are no whole objects.
objects() {
    local folder
    for folder in "$@"; do
        if [[ -d $tree/$folder ]]; then
            find "$tree/$folder" -type f -name '*.yaml' ! -name kustomization.yaml ! -name values.yaml ! -name '*-patch.yaml' -print0
        fi
    done | sort -z
}

<% if defining %>
# Renders a chart with its definitions: what comes before the files of values is as above.
render_chart() {
    local chart=$work/charts/$1-$3/$1 release=$4 namespace=$5 values=() file
    pull "$1" "$2" "$3"
    for file in "${@:6}"; do values+=(--values "$tree/$file"); done
    "$tools/<{ helm }>/helm" template "$release" "$chart" --include-crds --kube-version <{ kubernetes }> \
        --namespace "$namespace" "${values[@]}" >"$work/definitions/$1-$release.yaml"
}

<% endif %>
<% if fetched %>
# A file of a release. Nothing but TLS says whose it is.
fetch() {
    curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$work/definitions/$1.yaml" "$2"
}

<% endif %>
<% if sources %>
# Schemas of the kinds that are not Kubernetes' own, from the definitions of the very versions that the topology states.
definitions() {
    mkdir -p "$work/definitions"
<% for c in defining %>
    render_chart <{ c.name }> <{ c.repository }> <{ c.version }> <{ c.release }> <{ c.namespace }><% for f in c.files %> <{ f }><% endfor %>

<% endfor %>
<% for f in fetched %>
    fetch <{ f.name }> <{ f.url | sh }>
<% endfor %>
    "$tools/PyYAML-<{ pyyaml }>/bin/python" "$here/schemas.py" "$work/schemas" "$work"/definitions/*.yaml
}

<% endif %>
# Every object against the schema of its version; fields that are not in it are refused.
kubeconform() {
    local files arguments=(-strict -summary -kubernetes-version <{ kubernetes }>)
<% if sources %>
    definitions
    arguments+=(-schema-location "$work/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json")
<% endif %>
    arguments+=(-schema-location default)
<% if skipped %>
    # Nothing that is here defines these: they are not checked.
    printf 'not checked: %s\n'<% for s in skipped %> <{ s }><% endfor %> >&2
    arguments+=(-skip "<% for s in skipped %><% if not loop.first %>,<% endif %><{ s }><% endfor %>")
<% endif %>
    mapfile -d '' files < <(objects<% for f in folders %> <{ f }><% endfor %>)
    ((${#files[@]})) || fail 'no object'
    "$tools/<{ kubeconform }>/kubeconform" "${arguments[@]}" "${files[@]}"
}

<% endif %>
<% if policies %>
# A folder of policies, and what the topology opens wide in it. Patches have whole lists, so they are looked at too.
judge() {
    local files
    mapfile -d '' files < <(find "$tree/$1" -type f -name 'policy-*.yaml' -print0 | sort -z)
    ((${#files[@]})) || fail "no policy in $1"
    "$tools/<{ conftest }>/conftest" test --no-color --policy "$here/policy/cilium.rego" --policy "$here/policy/$2/exceptions.rego" "${files[@]}"
}

# Cilium's policies against the pitfalls of RFC 8.3: the agent's own check is no program for CI.
conftest() {
<% for p in policies %>
    judge <{ p.folder }> <{ p.exceptions }>
<% endfor %>
}

<% endif %>
<% if checkov %>
# Objects against the rules that this version brings; nothing is fetched and nothing is told to anybody.
checkov() {
    local arguments=(--quiet --compact --framework kubernetes --skip-download)
<% if skips %>
    arguments+=(--skip-check "<% for s in skips %><% if not loop.first %>,<% endif %><{ s }><% endfor %>")
<% endif %>
<% for f in scanned %>
    arguments+=(--directory "$tree/<{ f }>")
<% endfor %>
    "$tools/checkov-<{ checkov }>/bin/checkov" "${arguments[@]}"
}

<% endif %>
if (($# == 0)); then set -- stale workflow<% for c in checks %> <{ c.name }><% endfor %>; fi
for check in "$@"; do
    case $check in
    tools | stale | workflow<% for c in checks %> | <{ c.name }><% endfor %>)
        printf '== %s\n' "$check"
        "$check"
        ;;
    *) fail "no such check: $check" ;;
    esac
done
