#!/bin/sh
# Made by topoc; change the topology, not this file.
# Hands cluster deck, environment fork, to Argo CD: its Secrets, its release, the root Application. Every step may be run again.
# It needs helm, and kubectl that reaches the cluster as an administrator; the tree must be pushed to where Argo CD reads it.
set -eu
umask 077
tree=$(cd "$(dirname "$0")/../.." && pwd)
applications=$tree/overlays/fork/applications
if [ "$#" -gt 0 ]; then
    echo 'usage: install-argo-cd.sh' >&2
    exit 2
fi
: "${TOPOC_SECRET_FORK_TOKEN:?the secret fork-token is kept in secrets/fork.yaml under token}"

# Another cluster has no node of this name.
if ! kubectl get node cp-1 >/dev/null; then
    echo 'kubectl does not reach cluster deck' >&2
    exit 1
fi

echo 'Namespace and Secrets'
namespace=$tree/overlays/fork/config/argo-cd
if [ ! -f "$namespace/kustomization.yaml" ]; then
    namespace=$tree/config/argo-cd
fi
kubectl apply --server-side -k "$namespace"
# A value as Kubernetes keeps it; it is in no argument of a command, which others could read.
encoded() {
    printf '%s' "$1" | base64 | tr -d '\n'
}
kubectl apply --server-side -f - <<END
apiVersion: v1
kind: Secret
metadata:
  name: fork-token
  namespace: argocd
  labels:
    argocd.argoproj.io/secret-type: repository
data:
  type: $(encoded git)
  url: $(encoded 'https://git.ferry.example.net/port/fork.git')
  username: $(encoded 'reader')
  password: $(encoded "$TOPOC_SECRET_FORK_TOKEN")
END

echo 'Argo CD'
# The release and the values that Argo CD adopts itself: it changes nothing when it takes over.
set -- --values "$tree/base/argo-cd/values.yaml"
if [ -f "$tree/overlays/fork/argo-cd-values-patch.yaml" ]; then
    set -- "$@" --values "$tree/overlays/fork/argo-cd-values-patch.yaml"
fi
helm upgrade --install argocd argo-cd --repo https://argoproj.github.io/argo-helm --version 10.1.1 \
    --namespace argocd "$@" --wait --timeout 10m

echo 'Applications'
kubectl apply --server-side -f "$applications/root-project.yaml" -f "$applications/root.yaml"
