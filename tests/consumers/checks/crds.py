"""Custom resources against their definitions, where a field that the definition does not have is refused at every depth.

An API server drops such a field without a word. It must not evaluate CEL rules: `check.py --unevaluated` lists them.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import jsonschema

from . import csi, gateway_class, kubeovn, velero
from .cluster import KUSTOMIZATION, Folder, documents, folders, minor, upstream
from .core import UPSTREAM, Consumer, Unit

CILIUM = UPSTREAM / "cilium" / "crds-json-1.18.2"
# Groups of the cluster's own API: kubernetes.py has their schemas.
BUILT_IN = re.compile(r"v\d+|(apps|batch|autoscaling|policy)/v\d+|[a-z.]*\.k8s\.io/v\d+")
NOT_BUILT_IN = ("gateway.networking.k8s.io", "snapshot.storage.k8s.io")
# Definitions of which no file is at hand: they are written down here.
WRITTEN = kubeovn.DEFINITIONS | csi.DEFINITIONS | velero.DEFINITIONS | gateway_class.DEFINITIONS
# What these versions of Cilium have more than the 1.18.2 whose definitions are at hand (pkg/policy/api of each version).
PROTOCOLS = {"1.19": ["VRRP", "IGMP"], "1.20": ["VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH"]}
ENTITIES = {"1.18": [], "1.19": ["world-ipv4", "world-ipv6"], "1.20": ["world-ipv4", "world-ipv6", "cluster-mesh"]}
# CephCluster spec.network keeps whatever it is given, so its own fields are listed: NetworkSpec of pkg/apis/ceph.rook.io/v1/types.go.
NETWORK = {"provider", "selectors", "addressRanges", "connections", "hostNetwork", "ipFamily", "dualStack", "multiClusterService"}
STRINGS = {"type": "object", "additionalProperties": {"type": "string"}}
NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"
# ObjectMeta of a file that a person reviews: what an API server fills in has no place in it.
METADATA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "pattern": NAME, "maxLength": 253},
        "namespace": {"type": "string", "pattern": r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63},
        "labels": STRINGS,
        "annotations": STRINGS,
        "finalizers": {"type": "array", "items": {"type": "string"}},
    },
}
FORMATS = jsonschema.FormatChecker(formats=())


def _format(name: str, *errors: type[Exception]):
    return FORMATS.checks(name, raises=errors or ValueError)


@_format("int32")
def _int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@_format("int64")
def _int64(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


@_format("date-time")
def _date_time(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value.replace("Z", "+00:00")))


@_format("ipv4")
def _ipv4(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Address(value))


@_format("cidr")
def _cidr(value: object) -> bool:
    return not isinstance(value, str) or ("/" in value and bool(ipaddress.ip_interface(value)))


@_format("uri")
def _uri(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", value))


def strict(schema: object) -> object:
    """A structural schema as JSON Schema in which an object has the fields that it names, and no others."""
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key == "properties":
            out[key] = {name: strict(body) for name, body in value.items()}
        elif key in ("items", "additionalProperties"):
            out[key] = strict(value)
        elif key == "pattern":
            # Go's \\PC, printable, is not Python's; policies.py says it of the one field that has it.
            if "\\PC" not in value:
                out[key] = value
        elif key not in ("description", "default", "example", "title", "externalDocs") and not key.startswith("x-kubernetes-"):
            out[key] = value  # allOf, anyOf, oneOf, not: they only add to what is above them
    kind = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        out["type"] = kind = ["integer", "string"]
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if kind == "object" and not is_open:
        out["additionalProperties"] = False
        out.setdefault("properties", {})
    if schema.get("x-kubernetes-embedded-resource"):
        out.setdefault("properties", {}).update({"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": METADATA})
    if schema.get("nullable") and kind:
        out["type"] = [*(kind if isinstance(kind, list) else [kind]), "null"]
        if "enum" in out:
            out["enum"] = [*out["enum"], None]
    return out


def root(schema: dict) -> dict:
    """The schema of a whole object: its metadata is ours, its status is nobody's to write."""
    out = strict(schema)
    out["type"] = "object"
    out["additionalProperties"] = False
    out["properties"].pop("status", None)
    out["properties"] |= {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": METADATA}
    out["required"] = sorted({"apiVersion", "kind", "metadata", *schema.get("required", [])} - {"status"})
    return out


@functools.cache
def _definitions(path: Path) -> dict[tuple[str, str], dict]:
    """Schemas of the served versions of a file's definitions, by (apiVersion, kind)."""
    found = {}
    for crd in upstream(path):
        if crd.get("kind") != "CustomResourceDefinition":
            continue
        spec = crd["spec"]
        for version in spec["versions"]:
            # kubekey's definition predates `served`.
            if version.get("served", True):
                found[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = version["schema"]["openAPIV3Schema"]
    return found


def files(group: str) -> list[Path]:
    """Upstream's files that define the kinds of a group."""
    if group == "metallb.io":
        return sorted((UPSTREAM / "metallb" / "crds").glob("*.yaml"))
    if group in ("cert-manager.io", "acme.cert-manager.io"):
        return sorted((UPSTREAM / "cert-manager" / "crds").glob("*.yaml"))
    if group == "gateway.networking.k8s.io":
        return sorted((UPSTREAM / "gateway-api").glob("*.yaml"))
    if group == "argoproj.io":
        return sorted((UPSTREAM / "argo-cd" / "crds").glob("*.yaml"))
    if group == "monitoring.coreos.com":
        return sorted((UPSTREAM / "prometheus-operator" / "crds").glob("*.yaml"))
    if group in ("ceph.rook.io", "objectbucket.io"):
        return sorted((UPSTREAM / "rook").glob("crds*.yaml"))
    return []


def _rook(version: str | None) -> list[Path]:
    """The definitions of a version of Rook: its own line's, the newest for others; both when nobody says which."""
    old, new = UPSTREAM / "rook" / "crds-v1.16.8.yaml", UPSTREAM / "rook" / "crds.yaml"
    return [new, old] if version is None else [old] if minor(version) == "1.16" else [new]


def _cilium(api: str, kind: str, version: str | None) -> dict | None:
    path = CILIUM / f"{kind.lower()}_{api.partition('/')[2]}.json"
    if not path.exists():
        return None
    schema = upstream(path)[0]
    line = minor(version) if version else "1.20"
    return _more(schema, PROTOCOLS.get(line, []), ENTITIES.get(line, []))


def _more(schema: object, protocols: list[str], entities: list[str]) -> object:
    """The schema with what a newer version has more: the enums that name a protocol or an entity are longer."""
    if isinstance(schema, list):
        return [_more(item, protocols, entities) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: _more(value, protocols, entities) for key, value in schema.items()}
    if isinstance(enum := schema.get("enum"), list):
        if {"TCP", "UDP", "SCTP", "ANY"} <= set(enum):
            out["enum"] = [*enum, *protocols]
        elif "kube-apiserver" in enum:
            out["enum"] = [*enum, *(e for e in entities if e not in enum)]
    return out


def is_built_in(doc: object) -> bool:
    """Whether an object is of the cluster's own API."""
    api = str(doc.get("apiVersion")) if isinstance(doc, dict) else ""
    return bool(BUILT_IN.fullmatch(api)) and api.partition("/")[0] not in NOT_BUILT_IN


def schemas(folder: Folder | None, api: str, kind: str) -> list[dict] | None:
    """Schemas of a kind, one of which must hold; None for a kind of the cluster's own API, [] for one that nobody knows."""
    group = api.partition("/")[0]
    if is_built_in({"apiVersion": api}):
        return None
    if (api, kind) in WRITTEN:
        return [WRITTEN[api, kind]]
    if group == "cilium.io":
        found = _cilium(api, kind, folder.version("cilium") if folder else None)
        return [found] if found else []
    if group in ("ceph.rook.io", "objectbucket.io"):
        sources = _rook(folder.version("rook-ceph", "rook-ceph-cluster") if folder else None)
    else:
        sources = files(group)
    return [schema for path in sources if (schema := _definitions(path).get((api, kind)))]


@functools.lru_cache(maxsize=256)
def _validator(key: tuple) -> jsonschema.Draft7Validator:
    folder, api, kind, index = key
    return jsonschema.Draft7Validator(root(schemas(folder, api, kind)[index]), format_checker=FORMATS)


def problems(errors: Iterator[jsonschema.ValidationError], where: str = "") -> list[str]:
    """Errors of a validator as lines: where, and what."""
    out = []
    for error in errors:
        place = ".".join(str(p) for p in error.absolute_path)
        best = error
        if error.context:
            best = jsonschema.exceptions.best_match([error]) or error
            place = ".".join(str(p) for p in best.absolute_path)
        words = best.message if len(best.message) < 300 else f"{best.message[:140]} … {best.message[-140:]}"
        out.append(f"{where}{place or 'the object'}: {words}")
    return sorted(set(out))


def custom_resource(folder: Folder | None, doc: object) -> list[str]:
    """What the definition of an object says against it; nothing for a kind of the cluster's own API."""
    if not isinstance(doc, dict) or not isinstance(doc.get("apiVersion"), str) or not isinstance(doc.get("kind"), str):
        return ["a document without apiVersion and kind"]
    api, kind = doc["apiVersion"], doc["kind"]
    found = schemas(folder, api, kind)
    if found is None:
        return []
    if not found:
        return [f"no definition of {kind} ({api}) is at hand: its group has no such kind, or no such version is served"]
    said: list[str] = []
    for index in range(len(found)):
        said = problems(_validator((folder, api, kind, index)).iter_errors(doc), f"{kind}: ")
        if not said:
            break
    if not said and (api, kind) in kubeovn.DEFINITIONS:
        try:
            said += kubeovn.objects(doc)
        except ValueError as error:
            said.append(f"{kind}: {error}")
    return said + _network(doc)


def _network(doc: dict) -> list[str]:
    spec = doc.get("spec")
    if doc["kind"] != "CephCluster" or not isinstance(spec, dict):
        return []
    network = spec.get("network")
    if not isinstance(network, dict):
        return []
    said = [f"CephCluster: spec.network.{key}: nobody reads it; Ceph stays on the network of pods" for key in sorted(set(network) - NETWORK)]
    if network.get("addressRanges") and network.get("provider") not in ("host", "multus"):
        said.append("CephCluster: spec.network.addressRanges: the operator takes them with provider host or multus only")
    return said


def unevaluated(tree: Path) -> list[str]:
    """The CEL rules of the kinds that a tree holds: nothing here runs them."""
    out = set()
    for folder in folders(tree):
        for path in folder.objects():
            for doc in documents(path):
                if isinstance(doc, dict):
                    for schema in schemas(folder, str(doc.get("apiVersion")), str(doc.get("kind"))) or []:
                        out |= {f"{doc['kind']}: {where}: {rule}" for where, rule in _rules(schema, "")}
    return sorted(out)


def _rules(schema: object, where: str) -> Iterator[tuple[str, str]]:
    if not isinstance(schema, dict):
        return
    for rule in schema.get("x-kubernetes-validations", []):
        yield where or "the object", " ".join(str(rule.get("rule", "")).split())
    for name, body in schema.get("properties", {}).items():
        yield from _rules(body, f"{where}.{name}".lstrip("."))
    for key in ("items", "additionalProperties"):
        yield from _rules(schema.get(key), f"{where}[]")


def inputs(folder: Folder, *paths: Path) -> dict[str, Path]:
    """The files that a verdict on objects of a folder depends on."""
    versions = [folder.path / "base" / name / KUSTOMIZATION for name in ("cilium", "rook-ceph", "rook-ceph-cluster")]
    found = {str(p.relative_to(folder.path)): p for p in [*paths, *versions] if p.exists()}
    groups = {str(doc.get("apiVersion")).partition("/")[0] for p in paths for doc in documents(p) if isinstance(doc, dict)}
    sources = [p for group in groups for p in files(group)] + (sorted(CILIUM.glob("*.json")) if "cilium.io" in groups else [])
    return found | {f"upstream/{p.parent.name}/{p.name}": p for p in sources}


def _units(tree: Path) -> Iterator[Unit]:
    for folder in folders(tree):
        for path in folder.objects():
            yield Unit(folder.name(path), inputs(folder, path), functools.partial(_file, folder, path))


def _file(folder: Folder, path: Path) -> list[str]:
    docs = documents(path)
    if len(docs) != 1:
        return [f"{len(docs)} documents that can be read; a file holds one object"]
    return custom_resource(folder, docs[0])


NEEDS = [str(UPSTREAM / name) for name in ("cilium", "metallb", "rook", "cert-manager", "gateway-api")]
CONSUMERS = [Consumer("custom resources", _units, NEEDS, lambda: jsonschema.__version__)]
