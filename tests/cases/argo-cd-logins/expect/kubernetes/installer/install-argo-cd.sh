#!/bin/sh
# Made by topoc; change the topology, not this file.
# Hands cluster stage to Argo CD: its Secrets, its release, the root Application. Every step may be run again.
# It needs helm, and kubectl that reaches the cluster as an administrator; the tree must be pushed to where Argo CD reads it.
# One argument at most, the environment: trial. Without it the cluster's own settings hold.
set -eu
umask 077
tree=$(cd "$(dirname "$0")/.." && pwd)
environment=${1:-}
applications=$tree/applications
if [ -n "$environment" ]; then
    applications=$tree/overlays/$environment/applications
fi
if [ "$#" -gt 1 ] || [ ! -f "$applications/root.yaml" ]; then
    echo 'usage: install-argo-cd.sh [environment]; environments: trial' >&2
    exit 2
fi
TOPOC_SECRET_ARGO_CD_OIDC=${ARGO_CD_OIDC:?holds the secret argo-cd-oidc}
: "${TOPOC_SECRET_GIT_TOKEN:?the secret git-token is kept in secrets/git.yaml under token}"

# Another cluster has no node of this name.
if ! kubectl get node cp-1 >/dev/null; then
    echo 'kubectl does not reach cluster stage' >&2
    exit 1
fi

echo 'Namespace and Secrets'
kubectl apply --server-side -f "$tree/config/argo-cd/namespace.yaml"
# A value as Kubernetes keeps it; it is in no argument of a command, which others could read.
encoded() {
    printf '%s' "$1" | base64 | tr -d '\n'
}
kubectl apply --server-side -f - <<END
apiVersion: v1
kind: Secret
metadata:
  name: git-token
  namespace: argocd
  labels:
    argocd.argoproj.io/secret-type: repository
data:
  type: $(encoded git)
  url: $(encoded 'https://git.lab.example.net:8443/platform/clouds.git')
  username: $(encoded 'argo')
  password: $(encoded "$TOPOC_SECRET_GIT_TOKEN")
END
kubectl apply --server-side -f - <<END
apiVersion: v1
kind: Secret
metadata:
  name: argo-cd-oidc
  namespace: argocd
  labels:
    app.kubernetes.io/part-of: argocd
data:
  client-secret: $(encoded "$TOPOC_SECRET_ARGO_CD_OIDC")
END

echo 'Argo CD'
# The release and the values that Argo CD adopts itself: it changes nothing when it takes over.
set -- --values "$tree/base/argo-cd/values.yaml"
if [ -f "$tree/overlays/$environment/argo-cd-values-patch.yaml" ]; then
    set -- "$@" --values "$tree/overlays/$environment/argo-cd-values-patch.yaml"
fi
helm upgrade --install argocd argo-cd --repo https://argoproj.github.io/argo-helm --version 10.1.1 \
    --namespace argocd "$@" --wait --timeout 10m

echo 'Applications'
kubectl apply --server-side -f "$applications/root-project.yaml" -f "$applications/root.yaml"
