#!/bin/sh
# Made by topoc; change the topology, not this file.
# Installs cluster shop, in this order: Kubernetes 1.26.15 by KubeKey 3.1.12, the network plugin, KubeSphere.
# It needs `kk` and SSH to the nodes without a jump host, which KubeKey does not know: where there is a bastion, run it there.
# Accounts on the nodes use sudo without a password. Every step may be run again.
# KubeKey keeps downloads and keys where it runs: in $TOPOC_WORK, never in this tree.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
work=${TOPOC_WORK:-$HOME/kubekey-shop}
filled=$(mktemp -d)
trap 'rm -rf "$filled"' EXIT
trap 'exit 130' INT TERM
key=$HOME/.ssh/nodes
: "${TOPOC_SECRET_FIRST_ACCOUNT:?the secret first-account is kept in secrets/kubesphere.yaml under admin}"
export TOPOC_SECRET_FIRST_ACCOUNT
TOPOC_SECRET_OIDC=${KS_OIDC:?holds the secret oidc}
export TOPOC_SECRET_OIDC
: "${TOPOC_SECRET_REGISTRY:?the secret registry is kept in secrets/lab.yaml under registry}"
export TOPOC_SECRET_REGISTRY

# Runs a command as root on the first control-plane node: helm and kubectl are there, and nobody needs a way to the API.
node() {
    ssh -i "$key" admin@10.31.0.51 sudo "$@"
}
kubectl() {
    node kubectl --kubeconfig /etc/kubernetes/admin.conf "$@"
}

# A file with its secrets in, as single-quoted YAML; a tilde becomes the home directory.
fill() {
    awk '{
        if (match($0, /: TOPOC_SECRET_[A-Z0-9_]+$/)) {
            value = ENVIRON[substr($0, RSTART + 2)]
            gsub(/\047/, "\047\047", value)
            $0 = substr($0, 1, RSTART + 1) "\047" value "\047"
        } else if (match($0, /: "~\//)) {
            $0 = substr($0, 1, RSTART + 2) ENVIRON["HOME"] substr($0, RSTART + 4)
        }
        print
    }' "$here/$1"
}

echo 'Kubernetes'
# kubeadm asks the API at the shared address from the first node on, so keepalived must hold it already.
if ! node ping -c 1 -W 2 10.30.0.50 >/dev/null; then
    echo 'nobody holds 10.30.0.50: let Ansible put keepalived in force first' >&2
    exit 1
fi
mkdir -p "$work"
cd "$work"
fill cluster-config.yaml >"$filled/cluster-config.yaml"
kk create cluster -f "$filled/cluster-config.yaml"
kubectl taint node --overwrite worker-1 worker-2 example.net/only=yes:NoSchedule

echo 'Network plugin'
# The release and the values that Argo CD adopts: it changes nothing when it takes over.
node helm upgrade --install cilium cilium --repo https://helm.cilium.io --version 1.18.12 \
    --namespace kube-system --kubeconfig /etc/kubernetes/admin.conf --values - --wait --timeout 10m \
    <"$here/../base/cilium/values.yaml"

echo 'KubeSphere'
kubectl apply -f https://github.com/kubesphere/ks-installer/releases/download/v3.4.1/kubesphere-installer.yaml
fill kubesphere-configuration.yaml | kubectl apply -f -
