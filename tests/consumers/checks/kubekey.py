"""What KubeKey installs from: it decodes leniently, so a field that it does not know is dropped without a word.

The definition at hand is of KubeKey 2.3; what 3.x added is listed here. It must not start anything on a host.
"""

from __future__ import annotations

import copy
import functools
import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema

from . import crds
from .cluster import Folder, at, documents, folders, merged, upstream
from .core import UPSTREAM, Consumer, Unit

HERE = UPSTREAM / "kubekey"
TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
LIST = {"type": "array", "items": TEXT}
ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def _object(**fields: dict) -> dict:
    return {"type": "object", "properties": fields}


SCRIPT = {"type": "array", "items": _object(name=TEXT, bash=TEXT, role=TEXT, materials=LIST)}
# Fields of spec that 3.x added to 2.3's (cmd/kk/apis/kubekey/v1alpha2 of 3.1.12; targets.md section 6).
ADDED = {
    "hosts[]": {"timeout": NUMBER},
    "controlPlaneEndpoint": {"externalDNS": FLAG, "kubevip": _object(mode={"type": "string", "enum": ["ARP", "BGP"]})},
    "kubernetes": {
        "disableKubeProxy": FLAG, "autoRenewCerts": FLAG, "podPidsLimit": NUMBER, "audit": _object(enabled=FLAG),
        "kubeletConfiguration": ANYTHING, "kubeProxyConfiguration": ANYTHING,
    },
    "etcd": {"dataDir": TEXT, "heartbeatInterval": NUMBER, "electionTimeout": NUMBER, "snapshotCount": NUMBER, "autoCompactionRetention": NUMBER},
    "system": {"rpms": LIST, "debs": LIST, "preInstall": SCRIPT, "postClusterInstall": SCRIPT, "postInstall": SCRIPT, "skipConfigureOS": FLAG},
    "registry": {"dataRoot": TEXT, "bridgeIP": TEXT, "auths": ANYTHING, "namespaceRewrite": _object(policy=TEXT, src=LIST, dest=TEXT)},
    "addons[].sources.chart": {"wait": FLAG},
    "": {
        "dns": _object(
            dnsEtcHosts=TEXT,
            nodeEtcHosts=TEXT,
            coredns=_object(additionalConfigs=TEXT, externalZones={"type": "array", "items": _object(
                zones=LIST, nameservers=LIST, cache=NUMBER, rewrite=LIST)}, rewriteBlock=TEXT, upstreamDNSServers=LIST),
            nodelocaldns=_object(externalZones={"type": "array", "items": _object(zones=LIST, nameservers=LIST, cache=NUMBER, rewrite=LIST)}),
        ),
        "storage": _object(openebs=_object(basePath=TEXT)),
    },
}
ENUMS = {
    "kubernetes.containerManager": {"docker", "containerd", "crio", "isula"},
    "kubernetes.proxyMode": {"ipvs", "iptables"},
    "etcd.type": {"kubekey", "kubeadm", "external"},
    "network.plugin": {"calico", "cilium", "flannel", "hybridnet", "kubeovn", "none"},
    "controlPlaneEndpoint.internalLoadbalancer": {"", "haproxy", "kube-vip"},
}
# What an installer's script puts a secret in the place of.
PLACE = re.compile(r"TOPOC_SECRET_[A-Z0-9_]+")
# spec of KubeSphere 3.4's configuration (ks-installer v3.4.1, deploy/cluster-configuration.yaml); what is in them is not checked.
KUBESPHERE = {
    "persistence", "authentication", "local_registry", "namespace_override", "zone", "etcd", "common", "alerting", "auditing", "devops", "events",
    "logging", "metrics_server", "monitoring", "multicluster", "network", "openpitrix", "servicemesh", "edgeruntime", "gatekeeper", "terminal",
    "telemetry",
}
IDENTITY = {"name", "type", "mappingMethod", "disabled", "provider"}
VERSION = re.compile(r"v\d+\.\d+\.\d+")
# What 4.0.6 reads beside its own defaults (targets.md section 6).
MORE = {
    "kubernetes": {
        "kube_version": "", "helm_version": "", "kubelet": {"extra_args": {}, "feature_gates": {}},
        "kube_proxy": {"enabled": True}, "audit": False,
    },
    "cni": {"cilium_version": "", "cilium": {"values": ""}, "calico_version": "", "ipv4_block_size": 24},
    "etcd": {"etcd_version": ""},
    "cri": {"container_manager": "", "registry": {"mirrors": [], "insecure_registries": []}, "crictl_version": "", "containerd_version": "", "runc_version": ""},
    "image_registry": {"auth": {"registry": "", "username": "", "password": "", "plain_http": False}},
    "dns": {"coredns": {"dns_etc_hosts": [], "zone_configs": []}},
}
CONNECTOR = {"type", "host", "port", "user", "password", "private_key", "private_key_content"}
HOST = {"connector", "internal_ipv4", "internal_ipv6", "labels", "storage", "kubernetes", "annotations", "taints"}
GROUPS = {"k8s_cluster", "kube_control_plane", "kube_worker", "etcd", "image_registry", "nfs"}
# "none" by the precheck's list, "other" by the defaults' comment: which one 4.0.6 takes was not tried.
CNI = {"calico", "cilium", "flannel", "hybridnet", "kubeovn", "other", "none"}
ENDPOINTS = {"local", "kube-vip", "haproxy"}


@functools.cache
def _schema() -> jsonschema.Draft7Validator:
    (crd,) = upstream(HERE / "v1alpha2-cluster.crd.yaml")
    schema = copy.deepcopy(next(v["schema"]["openAPIV3Schema"] for v in crd["spec"]["versions"] if v["name"] == "v1alpha2"))
    spec = schema["properties"]["spec"]
    for path, fields in ADDED.items():
        node = spec
        for step in filter(None, path.split(".")):
            node = node["properties"][step.removesuffix("[]")]
            node = node["items"] if step.endswith("[]") else node
        node["properties"] |= fields
    return jsonschema.Draft7Validator(crds.root(schema), format_checker=crds.FORMATS)


def _address(value: object) -> bool:
    try:
        return bool(ipaddress.ip_address(str(value)))
    except ValueError:
        return False


def secret(value: object) -> bool:
    """Whether a value is a secret itself, not the place of one."""
    return bool(value) and not PLACE.fullmatch(str(value))


def kubesphere(doc: dict) -> Iterator[str]:
    """What KubeSphere 3.4 does not read."""
    yield from (f"spec.{key}: nobody reads it" for key in doc.get("spec") or {} if key not in KUBESPHERE)
    if at(doc, "metadata.namespace") != "kubesphere-system":
        yield "metadata.namespace: kubesphere-system"
    yield from identities(at(doc, "spec.authentication.oauthOptions.identityProviders") or [])


def identities(providers: list) -> Iterator[str]:
    """Identity providers of KubeSphere."""
    for provider in providers:
        yield from (f"identity provider: {key}: nobody reads it" for key in provider if key not in IDENTITY)
        if secret(at(provider, "provider.clientSecret")):
            yield "identity provider: clientSecret: a secret has no place in a tree that is committed"


def cluster(doc: dict) -> Iterator[str]:
    """What KubeKey 3.x does not take, or does not see, in its only document."""
    yield from crds.problems(_schema().iter_errors(doc))
    spec = doc.get("spec") if isinstance(doc.get("spec"), dict) else {}
    hosts = [h for h in spec.get("hosts") or [] if isinstance(h, dict)]
    names = [str(h.get("name")) for h in hosts]
    if not hosts:
        yield "spec.hosts: nobody"
    yield from (f"spec.hosts: {name} twice" for name in sorted({n for n in names if names.count(n) > 1}))
    for host in hosts:
        if not _address(host.get("address")):
            yield f"spec.hosts: {host.get('name')}: address: {host.get('address')} is no address"
        inner = str(host.get("internalAddress", ""))
        if not all(_address(part) for part in inner.split(",")) or len(inner.split(",")) > 2:
            yield f"spec.hosts: {host.get('name')}: internalAddress: {inner!r} is no address: the kubelet's own is made of it"
        if secret(host.get("password")) or host.get("privateKey"):
            yield f"spec.hosts: {host.get('name')}: a secret has no place in a tree that is committed"
        if not host.get("privateKeyPath"):
            yield f"spec.hosts: {host.get('name')}: privateKeyPath: not stated, so ~/.ssh/id_rsa is tried"
    groups = spec.get("roleGroups") or {}
    if not (groups.get("master") or groups.get("control-plane")):
        yield "spec.roleGroups: the number of master/control-plane cannot be 0"
    if at(spec, "etcd.type", "kubekey") == "kubekey" and not groups.get("etcd"):
        yield "spec.roleGroups: the number of etcd cannot be 0"
    for role, members in groups.items():
        if role not in ("etcd", "master", "control-plane", "worker", "registry"):
            yield f"spec.roleGroups: no role {role}"
        for member in members or []:
            for name in _range(str(member)):
                if name not in names:
                    yield f"spec.roleGroups.{role}: {name} is not among the hosts"
    if len(groups.get("etcd") or []) % 2 == 0 and groups.get("etcd"):
        yield "spec.roleGroups.etcd: an even number tolerates no more failures than one fewer"
    for path, allowed in ENUMS.items():
        value = at(spec, path)
        if value is not None and value not in allowed:
            yield f"spec.{path}: {value!r} is none of {', '.join(sorted(allowed))}"
    version = str(at(spec, "kubernetes.version", ""))
    if not VERSION.fullmatch(version):
        yield f"spec.kubernetes.version: {version!r} is not one release (v1.33.4)"
    if not at(spec, "kubernetes.containerManager"):
        yield "spec.kubernetes.containerManager: not stated, so docker is installed"
    balancer = at(spec, "controlPlaneEndpoint.internalLoadbalancer")
    address = at(spec, "controlPlaneEndpoint.address")
    if balancer == "haproxy" and address:
        yield "spec.controlPlaneEndpoint: you cannot set up the internal load balancer and the LB address at the same time"
    if balancer == "kube-vip" and not address:
        yield "spec.controlPlaneEndpoint.address: kube-vip needs it"
    if address and not _address(address):
        yield f"spec.controlPlaneEndpoint.address: {address} is no address"
    for key in ("kubePodsCIDR", "kubeServiceCIDR"):
        for part in str(at(spec, f"network.{key}", "10.0.0.0/8")).split(","):
            try:
                ipaddress.ip_network(part)
            except ValueError as error:
                yield f"spec.network.{key}: {error}"
    for addon in spec.get("addons") or []:
        if isinstance(addon, dict) and not addon.get("sources"):
            yield f"spec.addons: {addon.get('name')}: without sources nothing is installed"


def _range(member: str) -> list[str]:
    found = re.fullmatch(r"(.*)\[(\d+):(\d+)\]", member)
    return [f"{found[1]}{i}" for i in range(int(found[2]), int(found[3]) + 1)] if found else [member]


def inventory(doc: dict) -> Iterator[str]:
    """What KubeKey 4 does not read in its list of hosts."""
    spec = doc.get("spec") if isinstance(doc.get("spec"), dict) else {}
    yield from (f"spec.{key}: nobody reads it" for key in spec if key not in ("hosts", "groups", "vars"))
    hosts = spec.get("hosts") or {}
    groups = spec.get("groups") or {}
    for name, host in hosts.items():
        host = host or {}
        yield from (f"spec.hosts.{name}.{key}: nobody reads it" for key in host if key not in HOST)
        connector = host.get("connector") or {}
        yield from (f"spec.hosts.{name}.connector.{key}: nobody reads it" for key in connector if key not in CONNECTOR)
        if secret(connector.get("password")) or secret(connector.get("private_key_content")):
            yield f"spec.hosts.{name}: a secret has no place in a tree that is committed"
        for key in ("internal_ipv4", "internal_ipv6"):
            if key in host and not _address(host[key]):
                yield f"spec.hosts.{name}.{key}: {host[key]} is no address"
        if "internal_ipv4" not in host:
            yield f"spec.hosts.{name}.internal_ipv4: not stated, so the kubelet's address is a guess"
    for name, group in groups.items():
        group = group or {}
        if name not in GROUPS:
            yield f"spec.groups.{name}: no such group"
        yield from (f"spec.groups.{name}.{key}: nobody reads it" for key in group if key not in ("hosts", "groups", "vars"))
        yield from (f"spec.groups.{name}: {h} is not among the hosts" for h in group.get("hosts") or [] if h not in hosts)
        yield from (f"spec.groups.{name}: no group {g}" for g in group.get("groups") or [] if g not in groups)
    for name in ("kube_control_plane", "etcd"):
        if not at(groups, f"{name}.hosts"):
            yield f"spec.groups.{name}: nobody"
    if not {"kube_control_plane", "kube_worker"} <= set(at(groups, "k8s_cluster.groups") or []):
        yield "spec.groups.k8s_cluster: holds kube_control_plane and kube_worker"


@functools.cache
def _defaults() -> dict:
    """Every key of KubeKey 4's defaults, and those of its configuration file."""
    texts = [(HERE / "v4.0.6" / name).read_text() for name in ("01-cluster_require.yaml", "03-kubernetes.yaml", "04-cni.yaml", "04-etcd.yaml", "05-dns.yaml")]
    config = (HERE / "v4.0.6" / "v1.34.yaml").read_text().replace("{{ .kubernetes.kube_version }}", "v1.34.1")
    import yaml  # these files are templates, though their keys are plain

    out: dict = {}
    for text in texts:
        out = merged(out, yaml.safe_load(text))
    return merged(merged(out, yaml.safe_load(config)["spec"]), MORE)


def config(doc: dict) -> Iterator[str]:
    """What KubeKey 4 does not read in its configuration."""
    spec = doc.get("spec") if isinstance(doc.get("spec"), dict) else {}
    yield from _unknown(spec, _defaults(), "spec")
    version = str(at(spec, "kubernetes.kube_version", ""))
    if not VERSION.fullmatch(version):
        yield f"spec.kubernetes.kube_version: {version!r} is not one release (v1.34.1)"
    cni = at(spec, "cni.type")
    if cni is not None and cni not in CNI:
        yield f"spec.cni.type: {cni!r} is none of {', '.join(sorted(CNI))}"
    values = at(spec, "cni.cilium.values")
    if values is not None and not isinstance(values, str):
        yield "spec.cni.cilium.values: text, which is YAML itself"
    endpoint = at(spec, "kubernetes.control_plane_endpoint.type", "local")
    if endpoint not in ENDPOINTS:
        yield f"spec.kubernetes.control_plane_endpoint.type: {endpoint!r} is none of {', '.join(sorted(ENDPOINTS))}"
    if endpoint == "kube-vip" and not at(spec, "kubernetes.control_plane_endpoint.kube_vip.address"):
        yield "spec.kubernetes.control_plane_endpoint.kube_vip.address: kube-vip needs it"
    if secret(at(spec, "image_registry.auth.password")):
        yield "spec.image_registry.auth.password: a secret has no place in a tree that is committed"
    deployment = at(spec, "etcd.deployment_type")
    if deployment not in (None, "internal", "external"):
        yield f"spec.etcd.deployment_type: {deployment!r} is none of external, internal"


def _unknown(ours: object, theirs: object, where: str) -> Iterator[str]:
    # An empty map, a list and a text of the defaults are open: what is in them is the user's.
    if not isinstance(ours, dict) or not isinstance(theirs, dict) or not theirs:
        return
    for key, value in ours.items():
        if key not in theirs:
            yield f"{where}.{key}: nobody reads it"
        elif isinstance(value, dict) and not isinstance(theirs[key], (dict, type(None))):
            yield f"{where}.{key}: a single value"
        else:
            yield from _unknown(value, theirs[key], f"{where}.{key}")


KINDS = {
    ("kubekey.kubesphere.io/v1alpha2", "Cluster"): cluster,
    ("kubekey.kubesphere.io/v1", "Inventory"): inventory,
    ("kubekey.kubesphere.io/v1", "Config"): config,
    ("installer.kubesphere.io/v1alpha1", "ClusterConfiguration"): kubesphere,
}


def core(doc: dict) -> Iterator[str]:
    """Values of KubeSphere 4's chart (ks-core 1.1, values.yaml): what of them is used, and no secret."""
    known = {"authentication": {"adminPassword"}, "telemetry": {"enabled"}}
    for key, inner in doc.items():
        for name in inner if isinstance(inner, dict) else [None]:
            if name not in known.get(key, ()):
                yield f"{key}.{name}: not in the table of ks-core's values"
    if not PLACE.fullmatch(str(at(doc, "authentication.adminPassword"))):
        yield "authentication.adminPassword: not the place of a secret"


def _units(tree: Path) -> Iterator[Unit]:
    sources = {f"upstream/{p.name}": p for p in sorted(HERE.rglob("*.yaml"))}
    for folder in folders(tree):
        for path in folder.installer():
            yield Unit(folder.name(path), {path.name: path} | sources, functools.partial(_file, folder, path))


def _file(folder: Folder, path: Path) -> list[str]:
    said = []
    for doc in documents(path):
        if not isinstance(doc, dict):
            said.append("a document that is no map")
            continue
        if path.name.startswith("kubesphere-identity-") and "kind" not in doc:
            # KubeSphere 4 reads it from a Secret that the installer's script makes of the file.
            said += identities([doc])
            continue
        if path.name == "kubesphere-values.yaml":
            said += core(doc)
            continue
        check = KINDS.get((str(doc.get("apiVersion")), str(doc.get("kind"))))
        if check is None:
            said.append(f"KubeKey skips a document of kind {doc.get('kind')} ({doc.get('apiVersion')})")
        else:
            if not at(doc, "metadata.name") and doc["kind"] != "Config":
                said.append("metadata.name: not stated")
            said += check(doc)
    return said or ([] if documents(path) else ["no document that can be read"])


CONSUMERS = [Consumer("KubeKey", _units, [str(HERE)], lambda: jsonschema.__version__)]
