#!/bin/sh
# Made by topoc; change the topology, not this file.
# Installs cluster shop, in this order: Kubernetes 1.33.4 by KubeKey 4.0.6, the network plugin, KubeSphere.
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
fill inventory.yaml >"$filled/inventory.yaml"
fill config.yaml >"$filled/config.yaml"
kk create cluster -i "$filled/inventory.yaml" -c "$filled/config.yaml"
kubectl label node --overwrite worker-1 worker-2 example.net/row=b
kubectl taint node --overwrite worker-1 worker-2 example.net/only=yes:NoSchedule

echo 'Network plugin'
# The release and the values that Argo CD adopts: it changes nothing when it takes over.
node helm upgrade --install cilium cilium --repo https://helm.cilium.io --version 1.19.6 \
    --namespace kube-system --kubeconfig /etc/kubernetes/admin.conf --values - --wait --timeout 10m \
    <"$here/../base/cilium/values.yaml"

echo 'KubeSphere'
# KubeSphere 4.1.3; the notes of its chart print the first password.
fill kubesphere-values.yaml | node helm upgrade --install ks-core ks-core --repo https://charts.kubesphere.io/main \
    --version 1.1.4 --namespace kubesphere-system --create-namespace --kubeconfig /etc/kubernetes/admin.conf \
    --values - --wait --timeout 15m >/dev/null
kubectl apply -f - <<END
apiVersion: v1
kind: Secret
metadata:
  name: identity-sso
  namespace: kubesphere-system
  labels:
    config.kubesphere.io/type: identityprovider
type: config.kubesphere.io/identityprovider
data:
  configuration.yaml: $(fill kubesphere-identity-sso.yaml | base64 | tr -d '\n')
END
