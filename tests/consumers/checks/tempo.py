"""What Tempo's chart reads, written down from its sources: none of its files is at hand.

The chart is tempo of grafana-community/helm-charts. Keys are those of values.yaml of 2.3.0, which is 2.2.4 with `route`;
ports are those of templates/_ports.tpl, which names a receiver's port by its address and leads to a constant one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Where each receiver listens in the pod: `targetPort` of _ports.tpl, whatever its address says.
PORTS = {
    ("jaeger", "grpc"): 14250, ("jaeger", "thrift_binary"): 6832, ("jaeger", "thrift_compact"): 6831, ("jaeger", "thrift_http"): 14268,
    ("otlp", "grpc"): 4317, ("otlp", "http"): 4318,
}
_RECEIVERS = {
    kind: {"protocols": {protocol: {"endpoint": ""} for of, protocol in PORTS if of == kind}} for kind in ("jaeger", "otlp")
}
_PROBE = {
    "httpGet": {"path": "/ready", "port": 3200}, "initialDelaySeconds": 30, "periodSeconds": 10, "timeoutSeconds": 5,
    "failureThreshold": 3, "successThreshold": 1,
}
VALUES = {
    "global": {"commonLabels": {}, "imageRegistry": None},
    "nameOverride": "", "fullnameOverride": "", "replicas": 1, "labels": {}, "annotations": {},
    "tempo": {
        "registry": "", "repository": "", "tag": "", "pullPolicy": "", "updateStrategy": "", "resources": {}, "streamOverHttpEnabled": False,
        "memBallastSizeMbs": 1024, "multitenancyEnabled": False, "reportingEnabled": True,
        "metricsGenerator": {
            "enabled": False, "remoteWriteUrl": "", "processor": {}, "registry": {}, "storage": {"path": "", "remote_write": []},
            "traces_storage": {"path": ""},
        },
        "ingester": {}, "querier": {}, "queryFrontend": {}, "retention": "24h",
        "overrides": {"defaults": {}, "per_tenant_override_config": ""}, "per_tenant_overrides": {},
        "server": {"http_listen_port": 3200}, "livenessProbe": _PROBE, "readinessProbe": _PROBE,
        "storage": {"trace": {"backend": "local", "local": {"path": ""}, "wal": {"path": ""}, "s3": {}}},
        "receivers": _RECEIVERS, "securityContext": {}, "extraArgs": {}, "extraEnv": [], "extraEnvFrom": [], "extraVolumeMounts": [],
    },
    "config": "",
    "tempoQuery": {"enabled": False},
    "securityContext": {"runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001, "runAsNonRoot": True},
    "serviceAccount": {"create": True, "name": None, "imagePullSecrets": [], "annotations": {}, "labels": {}, "automountServiceAccountToken": True},
    "service": {
        "type": "", "clusterIP": "", "loadBalancerIP": None, "protocol": "TCP", "annotations": {}, "labels": {}, "targetPort": "",
    },
    "serviceMonitor": {"enabled": False, "interval": "", "additionalLabels": {}, "annotations": {}, "scrapeTimeout": ""},
    # The StorageClass is shown in a comment alone (statefulset.yaml: volumeClaimTemplates).
    "persistence": {"enabled": False, "enableStatefulSetAutoDeletePVC": False, "accessModes": [], "size": "10Gi", "storageClassName": ""},
    "podAnnotations": {}, "podLabels": {}, "extraLabels": {}, "initContainers": [], "extraContainers": [], "extraVolumes": [],
    "nodeSelector": {}, "tolerations": [], "affinity": {}, "priorityClassName": None, "hostAliases": [],
    "networkPolicy": {"enabled": False},
}
# Kubernetes 1.33, core/v1 SecurityContext: the template prints the map as it stands.
_SECURITY = {
    "allowPrivilegeEscalation", "appArmorProfile", "capabilities", "privileged", "procMount", "readOnlyRootFilesystem", "runAsGroup",
    "runAsNonRoot", "runAsUser", "seLinuxOptions", "seccompProfile",
}
# time.ParseDuration of Go knows no days.
DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+")


def values(found: dict) -> Iterator[str]:
    """What the chart does not render, or Tempo does not start or keep its traces with."""
    tempo = found.get("tempo") or {}
    retention = tempo.get("retention", "24h")
    if not DURATION.fullmatch(str(retention)):
        yield f"tempo.retention: {retention} is no duration of Go"
    receivers = tempo.get("receivers", {}) or {}
    for (kind, protocol), port in PORTS.items():
        at = f"tempo.receivers.{kind}.protocols.{protocol}"
        node: object = receivers
        for step in (kind, "protocols", protocol, "endpoint"):
            # What is not said is the chart's own; null takes it away, and _ports.tpl asks for it all the same.
            node = node.get(step, {}) if isinstance(node, dict) else None
        if node is None:
            yield f"{at}: taken away, and the chart's list of ports asks for it"
        elif node and str(node).rpartition(":")[2] != str(port):
            yield f"{at}.endpoint: the service leads to {port}, not to {node}"
    yield from (f"tempo.securityContext.{key}: a container has no such key" for key in sorted(set(tempo.get("securityContext") or {}) - _SECURITY))
    volume = found.get("persistence") or {}
    if not volume.get("enabled"):
        yield "persistence.enabled: traces are gone with the pod"
    elif not volume.get("storageClassName"):
        yield "persistence.storageClassName: whatever class is the default one, if there is one"
