#!/bin/sh
# Made by topoc; change the topology, not this file.
# Installs cluster prod, in this order: Kubernetes 1.33.4 by KubeKey 3.1.12, the network plugin, KubeSphere.
# It needs `kk` and SSH to the nodes without a jump host, which KubeKey does not know: where there is a bastion, run it there.
# Accounts on the nodes use sudo without a password. Every step may be run again.
# KubeKey keeps downloads and keys where it runs: in $TOPOC_WORK, never in this tree.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
work=${TOPOC_WORK:-$HOME/kubekey-prod}
filled=$(mktemp -d)
trap 'rm -rf "$filled"' EXIT
trap 'exit 130' INT TERM
key=$HOME/.ssh/id_ed25519
: "${TOPOC_SECRET_KUBESPHERE_FIRST:?the secret kubesphere-first is kept in secrets/kubesphere.yaml under admin}"
export TOPOC_SECRET_KUBESPHERE_FIRST
: "${TOPOC_SECRET_KUBESPHERE_OIDC:?the secret kubesphere-oidc is kept in secrets/kubesphere.yaml under oidc}"
export TOPOC_SECRET_KUBESPHERE_OIDC

# Runs a command as root on the first control-plane node: helm and kubectl are there, and nobody needs a way to the API.
node() {
    ssh -i "$key" ubuntu@192.168.106.11 sudo "$@"
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
if ! node ping -c 1 -W 2 192.168.102.10 >/dev/null; then
    echo 'nobody holds 192.168.102.10: let Ansible put keepalived in force first' >&2
    exit 1
fi
mkdir -p "$work"
cd "$work"
fill cluster-config.yaml >"$filled/cluster-config.yaml"
kk create cluster -f "$filled/cluster-config.yaml"

echo 'Resources of the Gateway API'
# Cilium looks for them when it starts, and its chart makes the GatewayClass only where they are.
# By force: the fields are Argo CD's where it has taken over, and both say the same.
kubectl apply --server-side --force-conflicts -f https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.6.1/standard-install.yaml

echo 'Network plugin'
# The release and the values that Argo CD adopts: it changes nothing when it takes over.
node helm upgrade --install cilium cilium --repo https://helm.cilium.io --version 1.20.0 \
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
  name: identity-people
  namespace: kubesphere-system
  labels:
    config.kubesphere.io/type: identityprovider
type: config.kubesphere.io/identityprovider
data:
  configuration.yaml: $(fill kubesphere-identity-people.yaml | base64 | tr -d '\n')
END
