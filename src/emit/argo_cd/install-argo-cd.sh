#!/bin/sh
# Made by topoc; change the topology, not this file.
# Hands cluster <{ cluster }><% if alone %>, environment <{ environment }>,<% endif %> to Argo CD: its Secrets, its release, the root Application. Every step may be run again.
# It needs helm, and kubectl that reaches the cluster as an administrator; the tree must be pushed to where Argo CD reads it.
<% if several %>
# One argument at most, the environment:<{ environments }>. Without it the cluster's own settings hold.
<% endif %>
set -eu
umask 077
<% if alone %>
tree=$(cd "$(dirname "$0")/../.." && pwd)
<% else %>
tree=$(cd "$(dirname "$0")/.." && pwd)
<% endif %>
<% if several %>
environment=${1:-}
applications=$tree/applications
if [ -n "$environment" ]; then
    applications=$tree/overlays/$environment/applications
fi
if [ "$#" -gt 1 ] || [ ! -f "$applications/root.yaml" ]; then
    echo 'usage: install-argo-cd.sh [environment]; environments:<{ environments }>' >&2
    exit 2
fi
<% else %>
<% if alone %>
applications=$tree/overlays/<{ environment }>/applications
<% else %>
applications=$tree/applications
<% endif %>
if [ "$#" -gt 0 ]; then
    echo 'usage: install-argo-cd.sh' >&2
    exit 2
fi
<% endif %>
<% for s in secrets %>
<% if s.env %>
<{ s.variable }>=${<{ s.place }>:?holds the secret <{ s.name }>}
<% else %>
: "${<{ s.variable }>:?the secret <{ s.name }> is kept in <{ s.place }><% if s.key %> under <{ s.key }><% endif %>}"
<% endif %>
<% endfor %>
<% if checked %>

# Another cluster has no node of this name.
if ! kubectl get node <{ node }> >/dev/null; then
    echo 'kubectl does not reach cluster <{ cluster }>' >&2
    exit 1
fi
<% endif %>

echo 'Namespace and Secrets'
<% if alone %>
namespace=$tree/overlays/<{ environment }>/config/argo-cd
<% if beside %>
if [ ! -f "$namespace/kustomization.yaml" ]; then
    namespace=$tree/config/argo-cd
fi
<% endif %>
kubectl apply --server-side -k "$namespace"
<% else %>
kubectl apply --server-side -f "$tree/config/argo-cd/namespace.yaml"
<% endif %>
<% if repository or people %>
# A value as Kubernetes keeps it; it is in no argument of a command, which others could read.
encoded() {
    printf '%s' "$1" | base64 | tr -d '\n'
}
<% endif %>
<% if repository %>
kubectl apply --server-side -f - <<END
apiVersion: v1
kind: Secret
metadata:
  name: <{ repository_secret.name }>
  namespace: <{ namespace }>
  labels:
    argocd.argoproj.io/secret-type: repository
data:
  type: $(encoded git)
  url: $(encoded '<{ url }>')
  username: $(encoded '<{ user }>')
  password: $(encoded "$<{ repository_secret.variable }>")
END
<% endif %>
<% if people %>
kubectl apply --server-side -f - <<END
apiVersion: v1
kind: Secret
metadata:
  name: <{ people_secret.name }>
  namespace: <{ namespace }>
  labels:
    app.kubernetes.io/part-of: argocd
data:
  client-secret: $(encoded "$<{ people_secret.variable }>")
END
<% endif %>

echo 'Argo CD'
# The release and the values that Argo CD adopts itself: it changes nothing when it takes over.
<% if not alone %>
set -- --values "$tree/base/argo-cd/values.yaml"
<% elif beside %>
set -- --values "$tree/base/argo-cd/values.yaml"
if [ -f "$tree/overlays/<{ environment }>/argo-cd-values-patch.yaml" ]; then
    set -- "$@" --values "$tree/overlays/<{ environment }>/argo-cd-values-patch.yaml"
fi
<% else %>
set -- --values "$tree/overlays/<{ environment }>/argo-cd/values.yaml"
<% endif %>
<% if several %>
if [ -f "$tree/overlays/$environment/argo-cd-values-patch.yaml" ]; then
    set -- "$@" --values "$tree/overlays/$environment/argo-cd-values-patch.yaml"
fi
<% endif %>
helm upgrade --install <{ release }> <{ chart }> --repo <{ charts }> --version <{ version }> \
    --namespace <{ namespace }> "$@" --wait --timeout 10m

echo 'Applications'
kubectl apply --server-side -f "$applications/root-project.yaml" -f "$applications/root.yaml"
