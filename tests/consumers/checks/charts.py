"""Values of charts: types by the chart's schema, keys by the chart's own values, and what its templates refuse.

A key that a chart does not have is dropped without a word by most of them. It must not render a template: the refusals
are stated again here, from the sources that targets.md sections 1, 3, 4 and 5 name.
"""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema

from . import crds, csi, kubeovn, tempo, velero
from .cluster import KUSTOMIZATION, Folder, at, documents, folders, mapping, merged, minor, rows, upstream
from .core import UPSTREAM, Consumer, Unit

# Charts by name: where upstream's files are, by the line (major and minor version) that was checked.
SOURCES = {
    "cilium": rows("cilium"),
    "metallb": {"0.16": UPSTREAM / "metallb"},
    "cert-manager": {"1.21": UPSTREAM / "cert-manager"},
    "ingress-nginx": {"4.15": UPSTREAM / "ingress-nginx"},
    # Of 1.16 only the definitions are at hand: the keys of its charts are compared with those of the newer line.
    "rook-ceph": {"1.20": UPSTREAM / "rook" / "rook-ceph", "1.16": UPSTREAM / "rook" / "rook-ceph"},
    "rook-ceph-cluster": {"1.20": UPSTREAM / "rook" / "rook-ceph-cluster", "1.16": UPSTREAM / "rook" / "rook-ceph-cluster"},
    "argo-cd": {"10.1": UPSTREAM / "argo-cd" / "chart"},
    "kube-prometheus-stack": {"88.5": UPSTREAM / "kube-prometheus-stack"},
    "prometheus-blackbox-exporter": {"11.17": UPSTREAM / "blackbox-exporter"},
    "loki": {"18.11": UPSTREAM / "loki"},
    "alloy": {"1.11": UPSTREAM / "alloy"},
    # A second release of Alloy's chart: where no reference is beside its values, its folder names it.
    "alloy-syslog": {"1.11": UPSTREAM / "alloy"},
    "promtail": {"6.17": UPSTREAM / "promtail"},
}
# Keys of Rook 1.16's operator chart that left it with 1.20 (deploy/charts/rook-ceph/values.yaml of v1.16.8).
OLDER = {
    # Keys of the chart grafana 12.11 below the stack, whose own values.yaml does not repeat them.
    ("kube-prometheus-stack", "88.5"): {
        "grafana": {
            "grafana.ini": {}, "envValueFrom": {},
            "sidecar": {"dashboards": {"folderAnnotation": "", "provider": {"foldersFromFilesStructure": False}}},
        }
    },
    ("rook-ceph", "1.16"): {
        "csi": {
            "enableRbdDriver": True, "enableCephfsDriver": True, "disableCsiDriver": "", "enableCSIHostNetwork": True,
            "enableCephfsSnapshotter": True, "enableNFSSnapshotter": True, "enableRBDSnapshotter": True, "enablePluginSelinuxHostMount": False,
            "enableCSIEncryption": False, "enableMetadata": False, "provisionerReplicas": 2, "clusterName": "", "logLevel": 0,
            "pluginPriorityClassName": "", "provisionerPriorityClassName": "", "rbdFSGroupPolicy": "", "cephFSFSGroupPolicy": "",
            "provisionerTolerations": [], "provisionerNodeAffinity": "", "pluginTolerations": [], "pluginNodeAffinity": "",
            "kubeletDirPath": "", "csiAddons": {"enabled": False}, "nfs": {"enabled": False}, "serviceMonitor": {"enabled": False},
            "enableLiveness": False, "allowUnsupportedVersion": False, "forceCephFSKernelClient": True, "attacher": {}, "cephcsi": {},
        },
    }
}
# Empty maps in values.yaml whose keys the templates name all the same.
CLOSED = {
    ("cilium", "maglev"): {"tableSize", "hashSeed"},
    ("cilium", "hubble.tls.auto.certManagerIssuerRef"): {"group", "kind", "name"},
    ("cilium", "clustermesh.apiserver.tls.auto.certManagerIssuerRef"): {"group", "kind", "name"},
    ("loki", "loki.compactor"): {"retention_enabled", "delete_request_store"},
    ("loki", "loki.analytics"): {"reporting_enabled"},
    ("cert-manager", "ingressShim"): {"defaultIssuerName", "defaultIssuerKind", "defaultIssuerGroup"},
    ("cert-manager", "webhook.url"): {"host"},
}
# Keys that values.yaml shows in a comment only, and the templates read.
COMMENTED = {
    "cilium": (
        "devices", "egressMasqueradeInterfaces", "enableK8sEndpointSlice", "enableIdentityMark", "hubble.eventBufferCapacity",
        "hubble.eventQueueSize", "socketLB.hostNamespaceOnly", "socketLB.tracing", "fragmentTracking",
    ),
    # Loki's own configuration (docs/sources/shared/configuration.md of 3.7), which the chart hands on as it stands.
    "loki": (
        "loki.limits_config.allow_structured_metadata", "loki.limits_config.retention_period", "loki.limits_config.max_query_series",
        "loki.rulerConfig.alertmanager_url",
        "loki.rulerConfig.rule_path", "loki.rulerConfig.storage", "loki.storage.bucketNames",
    ),
}
# Maps that a chart copies into a ConfigMap as they are: what reads that knows these keys beside those of values.yaml
# (argo-cd v3.5.1, docs/operator-manual/argocd-cm.yaml and argocd-cmd-params-cm.yaml).
COPIED = {
    ("argo-cd", "configs.cm"): re.compile(r"url|oidc\.config|resource\.customizations\.(health|actions|ignoreDifferences)\.[a-z0-9.-]*_[A-Za-z]+"),
    ("argo-cd", "configs.params"): re.compile(r"server\.insecure|server\.rootpath|reposerver\.parallelism\.limit"),
}
# Maps of values.yaml that templates print as they stand: what else is in them is held elsewhere (checks/monitoring.py).
OPEN = {("prometheus-blackbox-exporter", "config.modules"), ("prometheus-blackbox-exporter", "securityContext.capabilities")}
# Values that are a definition's `spec` as it stands: (apiVersion, kind).
SPECS = {
    ("rook-ceph-cluster", "cephClusterSpec"): ("ceph.rook.io/v1", "CephCluster"),
    ("rook-ceph-cluster", "cephBlockPools"): ("ceph.rook.io/v1", "CephBlockPool"),
    ("rook-ceph-cluster", "cephFileSystems"): ("ceph.rook.io/v1", "CephFilesystem"),
    ("rook-ceph-cluster", "cephObjectStores"): ("ceph.rook.io/v1", "CephObjectStore"),
}

# Keys that the Cilium chart refuses (templates/validate.yaml and cilium-configmap.yaml), and what to write instead.
REMOVED = {
    "tunnel": "routingMode and tunnelProtocol",
    "endpointStatus": "nothing",
    "remoteNodeIdentity": "nothing",
    "containerRuntime.integration": "nothing",
    "proxy.prometheus": "envoy.prometheus",
    "etcd.managed": "nothing",
    "enableCiliumEndpointSlice": "ciliumEndpointSlice.enabled",
    "ciliumEndpointSlice.sliceMode": "nothing",
    "encryption.keyFile": "encryption.ipsec.keyFile",
    "encryption.mountPath": "encryption.ipsec.mountPath",
    "encryption.secretName": "encryption.ipsec.secretName",
    "encryption.interface": "encryption.ipsec.interface",
}
# hubble/metrics of Cilium 1.18 to 1.20: each metric with its own options; CONTEXT ones go with those that have contexts.
CONTEXT = {
    "sourceContext", "destinationContext", "sourceEgressContext", "sourceIngressContext", "destinationEgressContext",
    "destinationIngressContext", "labelsContext",
}
METRICS = {
    "dns": {"query", "ignoreAAAA"}, "drop": set(), "tcp": set(), "flow": set(), "flows-to-world": {"any-drop", "port", "syn-only"},
    "icmp": set(), "http": set(), "httpV2": {"exemplars"}, "policy": set(), "port-distribution": set(), "kafka": set(), "sctp": set(),
}
IDENTIFIERS = {"identity", "namespace", "pod", "pod-name", "dns", "ip", "reserved-identity", "workload", "workload-name", "app"}
LABELS = {
    f"{side}_{what}" for side in ("source", "destination") for what in ("ip", "pod", "namespace", "workload", "workload_kind", "app")
} | {"traffic_direction"}


def keys(chart: str, ours: object, theirs: object, typed: bool, where: str = "") -> Iterator[str]:
    """Keys that a chart's values do not have; without a schema also what is of another type than there."""
    here = where or "the values"
    if (chart, where) in SPECS or (chart, where) in OPEN:
        return
    if theirs is None:
        return  # nothing said of it: any value may be there
    if isinstance(theirs, dict):
        if not isinstance(ours, dict):
            if ours is not None:
                yield f"{here}: the chart has a map here"
            return
        if not theirs and (allowed := CLOSED.get((chart, where))) is not None:
            yield from (f"{where}.{key}: the chart reads no such key" for key in ours if key not in allowed)
        if not theirs:
            return  # an empty map is open
        for key, value in ours.items():
            path = f"{where}.{key}".lstrip(".")
            if (copied := COPIED.get((chart, where))) and copied.fullmatch(key):
                continue
            if key not in theirs:
                yield f"{path}: the chart has no such key, so nobody reads it"
            elif value is not None:
                yield from keys(chart, value, theirs[key], typed, path)
    elif isinstance(theirs, list):
        if not isinstance(ours, list) and not typed:
            yield f"{here}: the chart has a list here"
    elif isinstance(ours, (dict, list)):
        if not typed:
            yield f"{here}: the chart has a single value here"
    elif not typed and type(ours) is not type(theirs) and theirs != "":
        yield f"{here}: the chart has {type(theirs).__name__} here, not {type(ours).__name__}"


@functools.cache
def _schema(path: Path) -> jsonschema.Draft7Validator | None:
    file = path / "values.schema.json"
    return jsonschema.Draft7Validator(json.loads(file.read_text())) if file.exists() else None


def _types(path: Path, values: dict) -> list[str]:
    # Helm asks the schema about what the chart's own values and ours make together.
    validator = _schema(path)
    return crds.problems(validator.iter_errors(merged(upstream(path / "values.yaml")[0], values))) if validator else []


def _theirs(chart: str, line: str, path: Path) -> dict:
    """The chart's values with the keys that its line has more."""
    theirs = copy.deepcopy(merged(upstream(path / "values.yaml")[0], OLDER.get((chart, line), {})))
    for key in COMMENTED.get(chart, ()):
        node = theirs
        *steps, last = key.split(".")
        for step in steps:
            node = node[step]
        node.setdefault(last, None)
    return theirs


def _specs(folder: Folder, chart: str, values: dict) -> list[str]:
    said = []
    for (of, key), (api, kind) in SPECS.items():
        if of != chart or values.get(key) is None:
            continue
        items = values[key] if isinstance(values[key], list) else [{"name": "rook-ceph", "spec": values[key]}]
        for item in items:
            if not isinstance(item, dict) or not isinstance(item.get("spec"), dict):
                said.append(f"{key}: an item has `name` and `spec`")
                continue
            # What the chart's own values put below what is said here.
            default = at(upstream(SOURCES[chart]["1.20"] / "values.yaml")[0], key) if kind == "CephCluster" else {}
            doc = {"apiVersion": api, "kind": kind, "metadata": {"name": str(item.get("name"))}, "spec": merged(default, item["spec"])}
            said += [f"{key}: {line}" for line in crds.custom_resource(folder, doc)]
    return said


def cilium(values: dict, line: str) -> Iterator[str]:
    """What the Cilium chart or the agent refuses, or takes and never acts upon."""

    def get(path: str, default: object = None) -> object:
        return at(values, path, at(upstream(SOURCES["cilium"][line] / "values.yaml")[0], path, default))

    for path, instead in REMOVED.items():
        if at(values, path) is not None:
            yield f"{path}: removed, the chart fails; instead: {instead}"
    replaces = get("kubeProxyReplacement")
    if replaces not in (True, False, "true", "false"):
        yield "kubeProxyReplacement must be explicitly set to a valid value (true or false)"
    replaces = replaces in (True, "true")
    mode = get("routingMode") or "tunnel"
    if mode not in ("tunnel", "native", "default"):
        yield f"routingMode: no mode {mode}"
    if get("tunnelProtocol") not in ("", None, "vxlan", "geneve"):
        yield "tunnelProtocol: vxlan or geneve"
    if get("autoDirectNodeRoutes") and mode != "native":
        yield "autoDirectNodeRoutes: cannot be used with tunneling; the agent does not start"
    masquerades = get("enableIPv4Masquerade") is not False
    if mode == "native" and masquerades and not get("ipv4NativeRoutingCIDR") and not get("ipMasqAgent.enabled"):
        yield "ipv4NativeRoutingCIDR: routingMode native needs it"
    if get("k8sServiceHost") and get("k8sServiceHostRef.name"):
        yield "k8sServiceHost and k8sServiceHostRef: only one of them"
    if replaces and not get("k8sServiceHost") and not get("k8sServiceHostRef.name"):
        yield "k8sServiceHost: without kube-proxy the agent cannot reach the API server before it runs"
    if get("bpf.masquerade") and not replaces:
        yield "bpf.masquerade: needs kubeProxyReplacement"
    name = str(get("cluster.name") or "")
    if not re.fullmatch(r"([a-z0-9][-a-z0-9]*)?[a-z0-9]", name) or len(name) > 32:
        yield f"cluster.name: {name!r} is no name of a cluster (32 lower-case letters, digits, hyphens)"
    pools = [k for k in ("clusterPoolIPv4PodCIDRList", "clusterPoolIPv4MaskSize") if at(values, f"ipam.operator.{k}") is not None]
    if pools and get("ipam.mode") != "cluster-pool":
        yield f"ipam.operator.{pools[0]}: nobody reads it with ipam.mode {get('ipam.mode')}"
    if get("policyEnforcementMode") not in ("default", "always", "never"):
        yield "policyEnforcementMode: default, always or never"
    for path in ("gatewayAPI.enabled", "ingressController.enabled"):
        if get(path) and not replaces and not get("nodePort.enabled"):
            yield f"{path}: needs kubeProxyReplacement"
    redirects = get("localRedirectPolicies.enabled") or get("localRedirectPolicy")
    if redirects and not replaces:
        yield "localRedirectPolicies.enabled: needs kubeProxyReplacement"
    if at(values, "localRedirectPolicy") is not None:
        yield "localRedirectPolicy: deprecated; localRedirectPolicies.enabled"
    yield from _hubble(get)
    for path in ("prometheus.serviceMonitor", "operator.prometheus.serviceMonitor", "hubble.metrics.serviceMonitor", "hubble.relay.prometheus.serviceMonitor"):
        # The chart looks for the definition in the cluster, which `helm template` does not have.
        if get(f"{path}.enabled") and not get("prometheus.serviceMonitor.trustCRDsExist"):
            yield f"{path}.enabled: rendering fails without the definition unless prometheus.serviceMonitor.trustCRDsExist is set"
            break


def _hubble(get: Callable[..., object]) -> Iterator[str]:
    if get("hubble.ui.enabled") and not get("hubble.relay.enabled") and not get("hubble.ui.standalone.enabled"):
        yield "hubble.ui.enabled: requires hubble.relay.enabled"
    if get("hubble.relay.enabled") and get("hubble.enabled") is False:
        yield "hubble.relay.enabled: requires hubble.enabled"
    method = get("hubble.tls.auto.method")
    if method not in ("helm", "cronJob", "certmanager"):
        yield f"hubble.tls.auto.method: no method {method}"
    if get("hubble.enabled") and get("hubble.tls.enabled") and get("hubble.tls.auto.enabled"):
        if method == "helm":
            yield "hubble.tls.auto.method: helm makes new certificates at each rendering, so Argo CD never comes to rest"
        if method == "certmanager" and not get("hubble.tls.auto.certManagerIssuerRef"):
            yield "hubble.tls.auto.certManagerIssuerRef: certmanager needs it"
    metrics = get("hubble.metrics.enabled") or []
    if not isinstance(metrics, list):
        yield "hubble.metrics.enabled: a list"
        return
    names = []
    for entry in metrics:
        name, _, options = str(entry).partition(":")
        names.append(name)
        if name not in METRICS:
            yield f"hubble.metrics.enabled: {entry}: no metric {name}"
            continue
        for option in options.split(";") if options else []:
            key, is_assigned, value = option.partition("=")
            if key in CONTEXT and is_assigned:
                words = value.split(",") if key == "labelsContext" else value.split("|")
                known = LABELS if key == "labelsContext" else IDENTIFIERS
                yield from (f"hubble.metrics.enabled: {entry}: {key} knows no {w}" for w in words if w not in known)
            elif option.partition("=")[0] not in METRICS[name]:
                yield f"hubble.metrics.enabled: {entry}: nobody reads the option {option} (options are key=value, split by ;)"
    if {"http", "httpV2"} <= set(names):
        yield "hubble.metrics.enabled: http and httpV2 conflict"
    if "http" in names:
        yield "hubble.metrics.enabled: http is deprecated; httpV2"
    if len(names) != len(set(names)):
        yield "hubble.metrics.enabled: a metric twice"


def metallb(values: dict, line: str) -> Iterator[str]:
    """What the MetalLB chart refuses, or starts without need."""
    if at(values, "prometheus.serviceMonitor.enabled") or at(values, "prometheus.podMonitor.enabled"):
        if at(values, "prometheus.rbacPrometheus", True):
            for key in ("serviceAccount", "namespace"):
                if not at(values, f"prometheus.{key}"):
                    yield f"prometheus.{key}: must be defined when a monitor is enabled"
    if at(values, "speaker.frr.enabled") and at(values, "frrk8s.enabled", True):
        yield "speaker.frr.enabled: with frrk8s.enabled two FRRs would run; the chart wants one"
    if at(values, "speaker.frr.enabled"):
        yield "speaker.frr.enabled: deprecated; frrk8s.enabled"


def ingress_nginx(values: dict, line: str) -> Iterator[str]:
    """What ingress-nginx takes and does not act upon."""
    config = at(values, "controller.config")
    for key, value in (config if isinstance(config, dict) else {}).items():
        if not isinstance(value, str):
            yield f"controller.config.{key}: a ConfigMap holds text"
    snippet = [k for k in config or {} if k.endswith("-snippet")] if isinstance(config, dict) else []
    if snippet and not at(values, "controller.allowSnippetAnnotations"):
        yield f"controller.config.{snippet[0]}: snippets are not allowed"
    if at(values, "controller.metrics.serviceMonitor.enabled") and not at(values, "controller.metrics.enabled"):
        yield "controller.metrics.serviceMonitor.enabled: there are no metrics without controller.metrics.enabled"
    annotations = at(values, "controller.service.annotations")
    yield from old_annotations(annotations if isinstance(annotations, dict) else {}, "controller.service.annotations")
    if at(values, "controller.service.loadBalancerIP"):
        yield "controller.service.loadBalancerIP: deprecated in Kubernetes; the annotation metallb.io/loadBalancerIPs"


def old_annotations(annotations: dict, where: str) -> Iterator[str]:
    """Annotations of MetalLB's first prefix, deprecated since 0.14.9."""
    for key in annotations:
        if str(key).startswith("metallb.universe.tf/"):
            yield f"{where}.{key}: deprecated since MetalLB 0.14.9; metallb.io/{str(key).partition('/')[2]}"


def cert_manager(values: dict, line: str) -> Iterator[str]:
    """What cert-manager's chart takes and should not be given."""
    if at(values, "installCRDs") is not None:
        yield "installCRDs: the old word; crds.enabled"
    gates = at(values, "config.featureGates")
    if isinstance(gates, dict):
        yield from (f"config.featureGates.{k}: true or false" for k, v in gates.items() if not isinstance(v, bool))


def loki(values: dict, line: str) -> Iterator[str]:
    """What the Loki chart refuses to render (templates/validate.yaml), or Loki does not start with."""

    def get(path: str) -> object:
        return at(values, path, at(upstream(SOURCES["loki"][line] / "values.yaml")[0], path))

    filesystem = get("loki.storage.type") == "filesystem"
    replicas = get("singleBinary.replicas")
    others = [name for name in ("backend", "read", "write") if get(f"{name}.replicas")]
    if get("deploymentMode") == "Monolithic":
        yield from (f"{name}.replicas: more than zero beside the monolithic target" for name in others)
        if not replicas:
            yield "singleBinary.replicas: nothing would run"
    if filesystem and isinstance(replicas, int) and replicas > 1:
        yield "singleBinary.replicas: cannot run more than 1 without an object storage backend"
    if not get("loki.schemaConfig"):
        yield "loki.schemaConfig: must be provided"
    for config in at(values, "loki.schemaConfig.configs") or []:
        if config.get("object_store") != get("loki.storage.type"):
            yield "loki.schemaConfig: object_store is not the storage"
    if get("test.enabled") and not get("lokiCanary.enabled"):
        yield "test.enabled: Helm test requires the Loki Canary to be enabled"
    copies = get("loki.commonConfig.replication_factor")
    if isinstance(copies, int) and isinstance(replicas, int) and copies > replicas:
        yield f"loki.commonConfig.replication_factor: {copies} copies need as many replicas, not {replicas}"
    if not filesystem and not (at(values, "loki.storage.bucketNames.chunks") and at(values, "loki.storage.bucketNames.ruler")):
        yield "loki.storage.bucketNames: chunks and ruler must be defined"
    if get("loki.compactor.retention_enabled") and not get("loki.compactor.delete_request_store"):
        yield "loki.compactor.delete_request_store: must be set when retention is enabled"


RULES = {"loki": loki, "cilium": cilium, "metallb": metallb, "ingress-nginx": ingress_nginx, "cert-manager": cert_manager}


# Charts of which no file is at hand: what they read is written down.
WRITTEN = {"kube-ovn": (["1.15"], kubeovn.VALUES, kubeovn.values), "ceph-csi-drivers": (["1.0"], csi.VALUES, csi.values), "velero": (["12.0", "12.1"], velero.VALUES, velero.values), "tempo": (["2.3"], tempo.VALUES, tempo.values)}


def judge(folder: Folder, chart: str, version: str | None, values: object) -> list[str]:
    """What a chart says against values; without a version the one that says least speaks."""
    if chart in WRITTEN and isinstance(values, dict):
        lines, theirs, rules = WRITTEN[chart]
        said = [] if version is None or minor(version) in lines else [f"no values of {chart} {minor(version)} are at hand, only of {', '.join(lines)}"]
        return sorted({*said, *keys(chart, values, theirs, False), *rules(values)})
    lines = SOURCES.get(chart)
    if lines is None:
        return [f"no values of a chart {chart} are at hand"]
    if version is not None and minor(version) not in lines:
        return [f"no values of {chart} {minor(version)} are at hand, only of {', '.join(lines)}"]
    if values is None:
        values = {}
    if not isinstance(values, dict):
        return ["values are a map"]
    answers = []
    for line in [minor(version)] if version else sorted(lines, reverse=True):
        path = lines[line]
        theirs = _theirs(chart, line, path)
        said = _types(path, values) + list(keys(chart, values, theirs, _schema(path) is not None))
        said += list(RULES[chart](values, line)) if chart in RULES else []
        answers.append(said + _specs(folder, chart, values))
    return sorted(set(min(answers, key=len)))


# Folders that are not called as their chart is.
FOLDERS = {"blackbox-exporter": "prometheus-blackbox-exporter"}


def of(folder: Folder, base: Path) -> tuple[str, str | None, list[str]]:
    """Chart and version of values, and what is wrong with how they are named."""
    chart = folder.chart(base.parent.name)
    if chart is None:
        # A case shows some emitters' files only; a tree in which any chart is named must name this one.
        named = any(folder.chart(path.parent.name) for path in folder.path.glob(f"base/*/{KUSTOMIZATION}"))
        missing = [f"no {KUSTOMIZATION} beside it names the chart"] if named else []
        return FOLDERS.get(base.parent.name, base.parent.name), None, missing
    return str(chart.get("name")), str(chart.get("version")), []


def _units(tree: Path) -> Iterator[Unit]:
    for folder in folders(tree):
        sources = {
            f"upstream/{p.parent.parent.name}/{p.parent.name}/{p.name}": p
            for lines in SOURCES.values()
            for d in lines.values()
            for p in (d / "values.yaml", d / "values.schema.json")
            if p.exists()
        }
        sources |= {p.name: p for p in crds.files("ceph.rook.io")}
        for base in folder.values():
            beside = [p for p in folder.kustomizations() if p.parent.parent.name == "base"]
            inputs = {str(p.relative_to(folder.path)): p for p in [base, *beside]} | sources
            yield Unit(folder.name(base), inputs, functools.partial(_file, folder, base, None))
        for patch, base in folder.value_patches():
            beside = [p for p in folder.kustomizations() if p.parent.parent.name == "base"]
            inputs = {str(p.relative_to(folder.path)): p for p in [patch, *beside, *([base] if base.exists() else [])]} | sources
            yield Unit(folder.name(patch), inputs, functools.partial(_file, folder, base, patch))


def _file(folder: Folder, base: Path, patch: Path | None) -> list[str]:
    if base.exists() and len(documents(base)) > 1:
        return [f"{len(documents(base))} documents; values are one"]
    values: object = (mapping(base) or {}) if base.exists() else {}
    chart, version, said = of(folder, base)
    if patch is not None:
        change = mapping(patch)
        # A case that shows kustomize's files alone has no values: then the patch is looked at by itself.
        if not base.exists() and folder.values():
            said.append(f"{base.relative_to(folder.path)} is not there to be patched")
        # Helm itself merges the second file over the first, as RFC 7396 does.
        said += _idle(values, change or {}, "")
        values = merged(values, change or {})
    return said + judge(folder, chart, version, values)


def _idle(base: object, patch: object, where: str) -> list[str]:
    """Leaves of a patch that change nothing, and keys that it takes away although they are not there."""
    out = []
    for key, value in (patch or {}).items():
        path = f"{where}.{key}".lstrip(".")
        here = isinstance(base, dict) and key in base
        if isinstance(value, dict) and here and isinstance(base[key], dict):
            out += _idle(base[key], value, path)
        elif here and base[key] == value:
            out.append(f"{path}: the patch repeats what the base says")
    return out


NEEDS = [str(UPSTREAM / name) for name in ("cilium", "metallb", "rook", "cert-manager", "ingress-nginx")]
CONSUMERS = [Consumer("chart values", _units, NEEDS, lambda: jsonschema.__version__)]
