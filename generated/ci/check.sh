#!/usr/bin/env bash
# Made by topoc; change the topology, not this file.
# The checks of this tree (RFC 8.3), the same at a desk and in CI.
#   check.sh tools     gets the programs: each at the version that the topology states
#   check.sh           runs every check
#   check.sh CHECK…    runs these: stale workflow conftest helm kubeconform yamllint
# It needs bash, topoc, curl, tar, sha256sum and python3, on Linux for x86-64. Programs are kept in $TOPOC_CI_TOOLS.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(dirname "$here")
root=$(cd "$tree/.." && pwd)
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
    archive helm f8180838c23d7c7d797b208861fecb591d9ce1690d8704ed1e4cb8e2add966c1 'https://get.helm.sh/helm-v3.18.4-linux-amd64.tar.gz' linux-amd64/helm
    archive kubeconform c31518ddd122663b3f3aa874cfe8178cb0988de944f29c74a0b9260920d115d3 'https://github.com/yannh/kubeconform/releases/download/v0.7.0/kubeconform-linux-amd64.tar.gz' kubeconform
    package yamllint 1.38.0
    package PyYAML 6.0.3
}

# The tree is what the topology says, by the topoc that made it.
stale() {
    local have
    have=$(topoc --version)
    [[ $have == 'topoc 0.1.0' ]] || fail "the tree was made by topoc 0.1.0, this is $have"
    (cd "$root" && topoc build --check --out generated)
}

# The workflow that runs is the one of this tree.
workflow() {
    cmp "$tree/ci/github/topoc.yml" "$root/.github/workflows/topoc.yml" ||
        fail 'copy ci/github/topoc.yml of the tree to .github/workflows/topoc.yml of the repository'
}

# Every YAML file. Lines are as long as what they hold.
yamllint() {
    local files
    mapfile -d '' files < <(find "$tree" -type f \( -name '*.yaml' -o -name '*.yml' \) -print0 | sort -z)
    ((${#files[@]})) || fail 'no YAML file'
    "$tools/yamllint-1.38.0/bin/yamllint" --strict --config-data \
        '{extends: default, rules: {comments: {min-spaces-from-content: 1}, document-start: disable, line-length: disable}}' \
        "${files[@]}"
}

# Gets a chart once: name, repository, version.
pull() {
    local to=$work/charts/$1-$3
    if [[ ! -d $to ]]; then "$tools/f8180838c23d7c7d797b208861fecb591d9ce1690d8704ed1e4cb8e2add966c1/helm" pull "$1" --repo "$2" --version "$3" --untar --untardir "$to"; fi
}

# What comes before the files of values: name, repository, version, release, namespace.
lint_chart() {
    local chart=$work/charts/$1-$3/$1 namespace=$5 values=() file
    pull "$1" "$2" "$3"
    for file in "${@:6}"; do values+=(--values "$tree/$file"); done
    "$tools/f8180838c23d7c7d797b208861fecb591d9ce1690d8704ed1e4cb8e2add966c1/helm" lint "$chart" --quiet --kube-version 1.33.4 --namespace "$namespace" "${values[@]}"
}

# Each chart with the values of this tree, and with those of each environment on top.
helm() {
    lint_chart alloy https://grafana.github.io/helm-charts 1.11.1 alloy-syslog logging kubernetes/base/alloy-syslog/values.yaml
    lint_chart alloy https://grafana.github.io/helm-charts 1.11.1 alloy logging kubernetes/base/alloy/values.yaml
    lint_chart argo-cd https://argoproj.github.io/argo-helm 10.1.1 argocd argocd kubernetes/base/argo-cd/values.yaml
    lint_chart prometheus-blackbox-exporter https://prometheus-community.github.io/helm-charts 11.17.2 prometheus-blackbox-exporter monitoring kubernetes/base/blackbox-exporter/values.yaml
    lint_chart ceph-csi-drivers https://ceph.github.io/ceph-csi-operator 1.0.4 ceph-csi-drivers rook-ceph kubernetes/base/ceph-csi-drivers/values.yaml
    lint_chart cert-manager https://charts.jetstack.io 1.21.1 cert-manager cert-manager kubernetes/base/cert-manager/values.yaml
    lint_chart cilium https://helm.cilium.io 1.20.0 cilium kube-system kubernetes/base/cilium/values.yaml
    lint_chart ingress-nginx https://kubernetes.github.io/ingress-nginx 4.15.1 ingress-nginx ingress-nginx kubernetes/base/ingress-nginx/values.yaml
    lint_chart kube-prometheus-stack https://prometheus-community.github.io/helm-charts 88.5.3 kube-prometheus-stack monitoring kubernetes/base/kube-prometheus-stack/values.yaml
    lint_chart loki https://grafana-community.github.io/helm-charts 18.11.0 loki logging kubernetes/base/loki/values.yaml
    lint_chart metallb https://metallb.github.io/metallb 0.16.1 metallb metallb-system kubernetes/base/metallb/values.yaml
    lint_chart rook-ceph https://charts.rook.io/release v1.20.6 rook-ceph rook-ceph kubernetes/base/rook-ceph/values.yaml
    lint_chart tempo https://grafana-community.github.io/helm-charts 2.3.0 tempo tracing kubernetes/base/tempo/values.yaml
    lint_chart velero https://vmware-tanzu.github.io/helm-charts 12.1.0 velero velero kubernetes/base/velero/values.yaml
    lint_chart prometheus-blackbox-exporter https://prometheus-community.github.io/helm-charts 11.17.2 prometheus-blackbox-exporter monitoring kubernetes/base/blackbox-exporter/values.yaml kubernetes/overlays/staging/blackbox-exporter-values-patch.yaml
    lint_chart cilium https://helm.cilium.io 1.20.0 cilium kube-system kubernetes/base/cilium/values.yaml kubernetes/overlays/staging/cilium-values-patch.yaml
    lint_chart kube-prometheus-stack https://prometheus-community.github.io/helm-charts 88.5.3 kube-prometheus-stack monitoring kubernetes/base/kube-prometheus-stack/values.yaml kubernetes/overlays/staging/kube-prometheus-stack-values-patch.yaml
    lint_chart loki https://grafana-community.github.io/helm-charts 18.11.0 loki logging kubernetes/base/loki/values.yaml kubernetes/overlays/staging/loki-values-patch.yaml
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

# Renders a chart with its definitions: what comes before the files of values is as above.
render_chart() {
    local chart=$work/charts/$1-$3/$1 release=$4 namespace=$5 values=() file
    pull "$1" "$2" "$3"
    for file in "${@:6}"; do values+=(--values "$tree/$file"); done
    "$tools/f8180838c23d7c7d797b208861fecb591d9ce1690d8704ed1e4cb8e2add966c1/helm" template "$release" "$chart" --include-crds --kube-version 1.33.4 \
        --namespace "$namespace" "${values[@]}" >"$work/definitions/$1-$release.yaml"
}

# A file of a release. Nothing but TLS says whose it is.
fetch() {
    curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "$work/definitions/$1.yaml" "$2"
}

# Schemas of the kinds that are not Kubernetes' own, from the definitions of the very versions that the topology states.
definitions() {
    mkdir -p "$work/definitions"
    render_chart argo-cd https://argoproj.github.io/argo-helm 10.1.1 argocd argocd kubernetes/base/argo-cd/values.yaml
    render_chart cert-manager https://charts.jetstack.io 1.21.1 cert-manager cert-manager kubernetes/base/cert-manager/values.yaml
    render_chart kube-prometheus-stack https://prometheus-community.github.io/helm-charts 88.5.3 kube-prometheus-stack monitoring kubernetes/base/kube-prometheus-stack/values.yaml
    render_chart metallb https://metallb.github.io/metallb 0.16.1 metallb metallb-system kubernetes/base/metallb/values.yaml
    render_chart rook-ceph https://charts.rook.io/release v1.20.6 rook-ceph rook-ceph kubernetes/base/rook-ceph/values.yaml
    render_chart velero https://vmware-tanzu.github.io/helm-charts 12.1.0 velero velero kubernetes/base/velero/values.yaml
    fetch gateway-api-1.6.1 'https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.1/standard-install.yaml'
    fetch ciliumclusterwidenetworkpolicies-v2-1.20.0 'https://raw.githubusercontent.com/cilium/cilium/v1.20.0/pkg/k8s/apis/cilium.io/client/crds/v2/ciliumclusterwidenetworkpolicies.yaml'
    fetch ciliumnetworkpolicies-v2-1.20.0 'https://raw.githubusercontent.com/cilium/cilium/v1.20.0/pkg/k8s/apis/cilium.io/client/crds/v2/ciliumnetworkpolicies.yaml'
    fetch ciliumgatewayclassconfigs-v2alpha1-1.20.0 'https://raw.githubusercontent.com/cilium/cilium/v1.20.0/pkg/k8s/apis/cilium.io/client/crds/v2alpha1/ciliumgatewayclassconfigs.yaml'
    "$tools/PyYAML-6.0.3/bin/python" "$here/schemas.py" "$work/schemas" "$work"/definitions/*.yaml
}

# Every object against the schema of its version; fields that are not in it are refused.
kubeconform() {
    local files arguments=(-strict -summary -kubernetes-version 1.33.4)
    definitions
    arguments+=(-schema-location "$work/schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json")
    arguments+=(-schema-location default)
    # Nothing that is here defines these: they are not checked.
    printf 'not checked: %s\n' snapshot.storage.k8s.io/v1/VolumeSnapshotClass >&2
    arguments+=(-skip "snapshot.storage.k8s.io/v1/VolumeSnapshotClass")
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

if (($# == 0)); then set -- stale workflow conftest helm kubeconform yamllint; fi
for check in "$@"; do
    case $check in
    tools | stale | workflow | conftest | helm | kubeconform | yamllint)
        printf '== %s\n' "$check"
        "$check"
        ;;
    *) fail "no such check: $check" ;;
    esac
done
