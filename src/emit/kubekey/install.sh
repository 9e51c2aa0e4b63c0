#!/bin/sh
# Made by topoc; change the topology, not this file.
# Installs cluster <{ cluster }>, in this order: Kubernetes <{ kubernetes }> by KubeKey <{ kubekey }><% if cilium %>, the network plugin<% endif %><% if sphere %>, KubeSphere<% endif %>.
# It needs `kk` and SSH to the nodes without a jump host, which KubeKey does not know: where there is a bastion, run it there.
# Accounts on the nodes use sudo without a password. Every step may be run again.
# KubeKey keeps downloads and keys where it runs: in $TOPOC_WORK, never in this tree.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
work=${TOPOC_WORK:-$HOME/kubekey-<{ cluster }>}
filled=$(mktemp -d)
trap 'rm -rf "$filled"' EXIT
trap 'exit 130' INT TERM
<% if home %>
key=$HOME/<{ key }>
<% else %>
key=<{ key }>
<% endif %>
<% for s in secrets %>
<% if s.env %>
<{ s.variable }>=${<{ s.place }>:?holds the secret <{ s.name }>}
<% else %>
: "${<{ s.variable }>:?the secret <{ s.name }> is kept in <{ s.place }><% if s.key %> under <{ s.key }><% endif %>}"
<% endif %>
export <{ s.variable }>
<% endfor %>

# Runs a command as root on the first control-plane node: helm and kubectl are there, and nobody needs a way to the API.
node() {
    ssh -i "$key" <{ login }> sudo "$@"
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
<% if vrrp %>
# kubeadm asks the API at the shared address from the first node on, so keepalived must hold it already.
if ! node ping -c 1 -W 2 <{ address }> >/dev/null; then
    echo 'nobody holds <{ address }>: let Ansible put keepalived in force first' >&2
    exit 1
fi
<% endif %>
mkdir -p "$work"
cd "$work"
<% if inventory %>
fill inventory.yaml >"$filled/inventory.yaml"
fill config.yaml >"$filled/config.yaml"
kk create cluster -i "$filled/inventory.yaml" -c "$filled/config.yaml"
<% else %>
fill cluster-config.yaml >"$filled/cluster-config.yaml"
kk create cluster -f "$filled/cluster-config.yaml"
<% endif %>
<% for g in groups %>
<% for l in g.labels %>
kubectl label node --overwrite<{ g.nodes }> <{ l }>
<% endfor %>
<% for t in g.taints %>
kubectl taint node --overwrite<{ g.nodes }> <{ t }>
<% endfor %>
<% endfor %>
<% if gateway %>

echo 'Resources of the Gateway API'
# Cilium looks for them when it starts, and its chart makes the GatewayClass only where they are.
# By force: the fields are Argo CD's where it has taken over, and both say the same.
kubectl apply --server-side --force-conflicts -f <{ gateway }>
<% endif %>
<% if cilium %>

echo 'Network plugin'
# The release and the values that Argo CD adopts: it changes nothing when it takes over.
node helm upgrade --install <{ release }> <{ chart }> --repo <{ repository }> --version <{ version }> \
    --namespace <{ namespace }> --kubeconfig /etc/kubernetes/admin.conf --values - --wait --timeout 10m \
    <"$here/../base/cilium/values.yaml"
<% endif %>
<% if sphere %>

echo 'KubeSphere'
<% if configuration %>
kubectl apply -f https://github.com/kubesphere/ks-installer/releases/download/v<{ sphere_version }>/kubesphere-installer.yaml
fill kubesphere-configuration.yaml | kubectl apply -f -
<% else %>
# KubeSphere <{ sphere_version }>; the notes of its chart print the first password.
fill kubesphere-values.yaml | node helm upgrade --install ks-core ks-core --repo https://charts.kubesphere.io/main \
    --version <{ sphere_chart }> --namespace kubesphere-system --create-namespace --kubeconfig /etc/kubernetes/admin.conf \
    --values - --wait --timeout 15m >/dev/null
<% endif %>
<% for i in identities %>
kubectl apply -f - <<END
apiVersion: v1
kind: Secret
metadata:
  name: identity-<{ i.name }>
  namespace: kubesphere-system
  labels:
    config.kubesphere.io/type: identityprovider
type: config.kubesphere.io/identityprovider
data:
  configuration.yaml: $(fill kubesphere-identity-<{ i.name }>.yaml | base64 | tr -d '\n')
END
<% endfor %>
<% endif %>
