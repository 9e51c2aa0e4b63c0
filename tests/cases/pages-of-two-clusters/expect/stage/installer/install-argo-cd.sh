#!/bin/sh
# Made by topoc; change the topology, not this file.
# Hands cluster stage to Argo CD: its Secrets, its release, the root Application. Every step may be run again.
# It needs helm, and kubectl that reaches the cluster as an administrator; the tree must be pushed to where Argo CD reads it.
set -eu
umask 077
tree=$(cd "$(dirname "$0")/.." && pwd)
applications=$tree/applications
if [ "$#" -gt 0 ]; then
    echo 'usage: install-argo-cd.sh' >&2
    exit 2
fi
: "${TOPOC_SECRET_CONSOLE_STAGE:?the secret console-stage is kept in secrets/lab.yaml under console-stage}"

# Another cluster has no node of this name.
if ! kubectl get node sn-1 >/dev/null; then
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
  name: console-stage
  namespace: argocd
  labels:
    app.kubernetes.io/part-of: argocd
data:
  client-secret: $(encoded "$TOPOC_SECRET_CONSOLE_STAGE")
END

echo 'Argo CD'
# The release and the values that Argo CD adopts itself: it changes nothing when it takes over.
set -- --values "$tree/base/argo-cd/values.yaml"
helm upgrade --install argocd argo-cd --repo https://argoproj.github.io/argo-helm --version 10.1.1 \
    --namespace argocd "$@" --wait --timeout 10m

echo 'Applications'
kubectl apply --server-side -f "$applications/root-project.yaml" -f "$applications/root.yaml"
