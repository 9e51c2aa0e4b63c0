"""Objects of the cluster's own API against its published schema, and what kustomize makes of a folder.

It must not take a field that the stated Kubernetes does not have, nor a file that no kustomization.yaml lists.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import kubernetes_validate
from kubernetes_validate.utils import all_versions

from . import charts, crds, csi, kubeovn, policies
from .cluster import KUSTOMIZATION, Folder, documents, folders, identity, mapping, merged, minor
from .core import Consumer, Unit

API = "kustomize.config.k8s.io/v1beta1"
# Fields of a Kustomization that topoc's trees have a use for, and of an entry of its lists (api/types of kustomize 5).
KEYS = {"apiVersion", "kind", "resources", "patches", "helmCharts", "images", "configMapGenerator"}
CHART = {"name", "repo", "version", "releaseName", "namespace", "includeCRDs", "valuesFile", "additionalValuesFiles", "skipTests", "apiVersions", "kubeVersion"}
# Kinds whose lists kustomize merges entry by entry: a list in a patch would not replace the one below it.
MERGED_LISTS = {"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Pod", "Job", "CronJob", "Service", "ServiceAccount"}
CLUSTER_WIDE = {
    "Namespace", "StorageClass", "ClusterRole", "ClusterRoleBinding", "PriorityClass", "CustomResourceDefinition", "RuntimeClass", "IngressClass",
    "PersistentVolume", "CSIDriver", "ValidatingAdmissionPolicy", "CiliumClusterwideNetworkPolicy", "CiliumLoadBalancerIPPool",
    "CiliumL2AnnouncementPolicy", "CiliumBGPClusterConfig", "CiliumBGPPeerConfig", "CiliumBGPAdvertisement", "CiliumEgressGatewayPolicy",
    "CiliumCIDRGroup", "CiliumClusterwideEnvoyConfig", "ClusterIssuer", "GatewayClass",
}
GENERATED = {"name", "namespace", "behavior", "files", "options"}
IMAGE = {"name", "newName", "newTag", "digest"}
# A file of somebody else's release: it must not move.
REMOTE = re.compile(r"https://[^\s?]*/v?\d+\.\d+\.\d+/\S+")
# Stands for the objects of files that a case does not show.
ABSENT = ("", "", "", "")
PSA = {"privileged", "baseline", "restricted"}


def built_in(folder: Folder, doc: object) -> list[str]:
    """What the schema of the cluster's Kubernetes says against an object; nothing for a custom resource."""
    if not isinstance(doc, dict) or not crds.is_built_in(doc):
        return []
    stated = folder.kubernetes() or kubernetes_validate.latest_version()
    # A newer one than the schemas at hand is checked with the newest of them, an older one with the oldest.
    known = sorted({minor(v) for v in all_versions()}, key=lambda v: [int(p) for p in v.split(".")])
    order = [v for v in known if [int(p) for p in v.split(".")] <= [int(p) for p in stated.split(".")]]
    try:
        kubernetes_validate.validate(doc, order[-1] if order else known[0], strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{doc.get('kind')}: {'.'.join(str(p) for p in error.path) or 'the object'}: {error.message[:300]}"]
    except (kubernetes_validate.SchemaNotFoundError, kubernetes_validate.InvalidSchemaError) as error:
        return [error.message]
    return _sense(doc)


def _sense(doc: dict) -> list[str]:
    """What the schema takes and the API server, or whoever reads the object, does not."""
    said = []
    meta = doc.get("metadata") or {}
    if doc["kind"] == "Namespace":
        for key, value in (meta.get("labels") or {}).items():
            if key.startswith("pod-security.kubernetes.io/") and not key.endswith("-version") and value not in PSA:
                said.append(f"Namespace: metadata.labels.{key}: no level {value}")
    said += [f"{doc['kind']}: {line}" for line in charts.old_annotations(meta.get("annotations") or {}, "metadata.annotations")]
    if doc["kind"] == "ConfigMap":
        said += [f"ConfigMap: data.{k}: text" for k, v in (doc.get("data") or {}).items() if not isinstance(v, str)]
        if meta.get("name") == "coredns-custom":
            said.append("ConfigMap: coredns-custom: nobody reads it, KubeKey's Corefile imports nothing")
    if doc["kind"] == "Secret" and (doc.get("data") or doc.get("stringData")):
        said.append("Secret: a secret has no place in a tree that is committed")
    if doc["kind"] == "StorageClass" and not str(doc.get("provisioner", "")).endswith(
        (".rbd.csi.ceph.com", ".cephfs.csi.ceph.com", ".ceph.rook.io/bucket")
    ):
        said.append(f"StorageClass: provisioner: nobody of this tree answers to {doc.get('provisioner')}")
    return said


def judge(folder: Folder, doc: object, learned: bool) -> list[str]:
    """All that any check of this layer says against one object."""
    said = crds.custom_resource(folder, doc) + built_in(folder, doc)
    if isinstance(doc, dict) and doc.get("kind") in policies.KINDS:
        said += policies.judge(doc, minor(folder.version("cilium") or "1.20"), learned)
    if isinstance(doc, dict):
        has = "namespace" in (doc.get("metadata") or {})
        wide = doc.get("kind") in CLUSTER_WIDE | kubeovn.CLUSTER_WIDE | csi.CLUSTER_WIDE
        if has and wide:
            said.append(f"{doc.get('kind')}: metadata.namespace: it belongs to no namespace")
        if not has and not wide:
            said.append(f"{doc.get('kind')}: metadata.namespace: not stated, so it depends on who applies it")
    return said


def _object_units(tree: Path) -> Iterator[Unit]:
    for folder in folders(tree):
        beside = {str(p.relative_to(folder.path)): p for p in folder.installer()}
        for path in folder.objects():
            if any(crds.is_built_in(doc) for doc in documents(path)):
                yield Unit(folder.name(path), {path.name: path} | beside, functools.partial(_objects, folder, path))


def _objects(folder: Folder, path: Path) -> list[str]:
    return [line for doc in documents(path) for line in built_in(folder, doc)]


def _kustomize_units(tree: Path) -> Iterator[Unit]:
    for folder in folders(tree):
        inputs = folder.everything() | {f"upstream/{p.parent.parent.name}/{p.parent.name}/{p.name}": p for p in _upstream(folder)}
        for path in folder.kustomizations():
            yield Unit(folder.name(path), inputs, functools.partial(_kustomization, folder, path), folder.name(path))


def _upstream(folder: Folder) -> list[Path]:
    found: dict[str, Path] = {}
    for path in folder.objects():
        found |= crds.inputs(folder, path)
    return sorted({p for name, p in found.items() if name.startswith("upstream/")})


def _kustomization(folder: Folder, path: Path) -> list[str]:
    doc = mapping(path)
    if doc is None:
        return ["one document, a map"]
    said = [f"{key}: kustomize knows it not, or topoc has no use for it" for key in doc if key not in KEYS]
    if doc.get("apiVersion") != API or doc.get("kind") != "Kustomization":
        said.append(f"apiVersion and kind: {API} Kustomization")
    for image in doc.get("images") or []:
        said += [f"images: {key}: no such field" for key in image if key not in IMAGE]
        if str(image.get("newTag", "latest")) in ("latest", "snapshot", "") and not image.get("digest"):
            said.append(f"images: {image.get('name')}: an image that moves")
    if "helmCharts" in doc:
        said += _chart(folder, path, doc)
    objects = _resources(folder, path, doc, said)
    said += _generated(folder, path, doc)
    if "patches" in doc:
        said += _patches(folder, path, doc, objects)
    said += _unlisted(folder, path, doc)
    return said


def _chart(folder: Folder, path: Path, doc: dict) -> list[str]:
    listed = doc["helmCharts"]
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        return ["helmCharts: one chart a folder"]
    (chart,) = listed
    said = [f"helmCharts: {key}: no such field" for key in chart if key not in CHART]
    said += [f"helmCharts: {key}: not stated" for key in ("name", "repo", "version", "releaseName", "namespace", "valuesFile") if not chart.get(key)]
    version = chart.get("version")
    if not isinstance(version, str) or version.removeprefix("v").count(".") != 2:
        said.append(f"helmCharts: version: {version!r} is not one release, so Helm takes whichever is newest")
    if not str(chart.get("repo", "")).startswith(("https://", "oci://")):
        said.append("helmCharts: repo: an address")
    for name in [chart.get("valuesFile"), *(chart.get("additionalValuesFiles") or [])]:
        if name and not (path.parent / name).is_file() and not _partial(folder, path):
            said.append(f"helmCharts: {name}: no such file beside it")
    return said


def _partial(folder: Folder, path: Path) -> bool:
    """Whether files that a kustomization.yaml lists may be absent: a case shows some emitters' files only.

    Then it stands alone in its folder. A whole tree has a README.md, and there everything must be.
    """
    alone = all(other == path for other in path.parent.glob("*.yaml"))
    return alone and not (folder.tree / "README.md").is_file()


def _resources(folder: Folder, path: Path, doc: dict, said: list[str]) -> dict[tuple, dict]:
    """The objects that a kustomization's resources hold, by identity."""
    objects: dict[tuple, dict] = {}
    listed = doc.get("resources", [])
    if not isinstance(listed, list) or ("resources" in doc and not listed and path.parent.parent.name != "overlays"):
        said.append("resources: a list that is not empty")
        return objects
    for name in listed:
        if listed.count(name) > 1:
            said.append(f"resources: {name} twice")
        if str(name).startswith(("https://", "http://", "git@")):
            if not REMOTE.fullmatch(str(name)):
                said.append(f"resources: {name}: not a file of one release")
            continue
        target = path.parent / str(name)
        if target.is_dir():
            inner = mapping(target / KUSTOMIZATION) if (target / KUSTOMIZATION).exists() else None
            if inner is None:
                said.append(f"resources: {name}: no {KUSTOMIZATION} in it")
                continue
            below = _resources(folder, target / KUSTOMIZATION, inner, []) | _carriers(inner)
        elif target.is_file():
            below = {identity(d): d for d in documents(target) if isinstance(d, dict)}
        else:
            if not _partial(folder, path):
                said.append(f"resources: {name}: no such file")
            objects[ABSENT] = {}
            continue
        for key, body in below.items():
            if key in objects and key != ABSENT:
                said.append(f"resources: {name}: {' '.join(key)} is there already")
            objects[key] = body
    return objects


def _carriers(doc: dict) -> dict[tuple, dict]:
    """The ConfigMaps that a kustomization makes of files; what is in them is another check's matter."""
    made = [g for g in doc.get("configMapGenerator") or [] if isinstance(g, dict)]
    heads = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {k: g[k] for k in ("name", "namespace") if k in g}} for g in made]
    return {identity(head): head for head in heads}


def _generated(folder: Folder, path: Path, doc: dict) -> list[str]:
    said = []
    below: set[tuple] = set()
    for name in doc.get("resources") or []:
        inner = mapping(path.parent / str(name) / KUSTOMIZATION) if (path.parent / str(name) / KUSTOMIZATION).is_file() else None
        below |= set(_carriers(inner or {}))
    for g in doc.get("configMapGenerator") or []:
        where = f"configMapGenerator: {g.get('name')}"
        said += [f"{where}: {key}: no such field" for key in g if key not in GENERATED]
        said += [f"{where}: {key}: not stated" for key in ("name", "namespace", "files") if not g.get(key)]
        if not (g.get("options") or {}).get("disableNameSuffixHash"):
            said.append(f"{where}: its name would have a hash, and an old one would stay beside it")
        for file in g.get("files") or []:
            if not (path.parent / str(file).rpartition("=")[2]).is_file() and not _partial(folder, path):
                said.append(f"{where}: {file}: no such file")
        (key,) = _carriers({"configMapGenerator": [g]})
        if (key in below) != (g.get("behavior") == "replace") and (below or not _partial(folder, path)):
            said.append(f"{where}: behavior: kustomize makes a new one, or replaces one that is there")
    return said


def _patches(folder: Folder, path: Path, doc: dict, objects: dict[tuple, dict]) -> list[str]:
    said = []
    learned = policies.learns(folder.objects())
    objects = objects | _carriers(doc)
    for entry in doc["patches"] if isinstance(doc["patches"], list) else [doc["patches"]]:
        if not isinstance(entry, dict) or set(entry) != {"path"}:
            said.append(f"patches: {entry}: a path, and nothing else")
            continue
        name = entry["path"]
        patch = mapping(path.parent / name) if (path.parent / name).is_file() else None
        if patch is None:
            if not _partial(folder, path) or (path.parent / name).is_file():
                said.append(f"patches: {name}: no such file, or not one map")
            continue
        key = identity(patch)
        if key not in objects:
            if ABSENT not in objects:
                said.append(f"patches: {name}: no resource is {' '.join(k for k in key if k)}")
            continue
        if patch.get("$patch") == "delete":
            if set(patch) != {"apiVersion", "kind", "metadata", "$patch"}:
                said.append(f"patches: {name}: what it deletes it also changes")
            continue
        change = {k: v for k, v in patch.items() if k not in ("apiVersion", "kind")}
        # Name and namespace say which object is meant, whatever else of its metadata changes.
        if metadata := {k: v for k, v in change.pop("metadata", {}).items() if k not in ("name", "namespace")}:
            change["metadata"] = metadata
        if not change:
            said.append(f"patches: {name}: it changes nothing")
        if patch.get("kind") in MERGED_LISTS and (where := _list(change)):
            said.append(f"patches: {name}: {where}: kustomize merges such a list entry by entry, it does not replace it")
        said += [f"patches: {name}: {line}" for line in charts._idle(objects[key], change, "")]
        said += [f"patches: {name}: {line}" for line in judge(folder, merged(objects[key], patch), learned)]
    return said


def _list(value: object, where: str = "") -> str | None:
    """Where a patch has a list."""
    if isinstance(value, list):
        return where
    if isinstance(value, dict):
        for key, inner in value.items():
            if found := _list(inner, f"{where}.{key}".lstrip(".")):
                return found
    return None


def _unlisted(folder: Folder, path: Path, doc: dict) -> list[str]:
    """Files beside a kustomization.yaml that should be in it and are not."""
    listed = {str(name) for name in doc.get("resources") or []}
    patched = {str(e.get("path")) for e in doc.get("patches") or [] if isinstance(e, dict)}
    used = {str(c.get("valuesFile")) for c in doc.get("helmCharts") or [] if isinstance(c, dict)}
    said = []
    carried = {str(f).rpartition("=")[2] for g in doc.get("configMapGenerator") or [] for f in g.get("files") or []}
    for other in sorted([*path.parent.glob("*.yaml"), *path.parent.glob("*.json")]):
        name = other.name
        if name == KUSTOMIZATION or name in listed | patched | used | carried:
            continue
        if path.parent.parent.name == "overlays" and (
            folder.chart_of(other, "-values-patch.yaml") or folder.chart_of(other, "-values.yaml")
        ):
            continue  # values are Helm's, and kustomize must not see them
        said.append(f"{name}: a file that nobody lists")
    if path.parent.parent.name == "overlays":
        # Definitions of somebody else's release are the cluster's, in every environment: they go first, by themselves.
        families = {p.parent for p in folder.path.glob(f"config/**/{KUSTOMIZATION}") if not _is_remote(p)}
        here = {(path.parent / name).resolve() for name in listed}
        # A folder of the environment's own stands for the cluster's, and says itself that it is below it.
        for base in sorted(families):
            own = path.parent / base.relative_to(folder.path)
            if base.resolve() not in here and own.resolve() not in here:
                said.append(f"resources: {base.relative_to(folder.path)} is not in it")
            if base.resolve() in here and (own / KUSTOMIZATION).exists():
                said.append(f"resources: {own.relative_to(path.parent)} stands for a folder that is in it")
    return said


def _is_remote(path: Path) -> bool:
    listed = (mapping(path) or {}).get("resources") or [""]
    return all(str(name).startswith("https://") for name in listed)


CONSUMERS = [
    Consumer("built-in kinds", _object_units, version=lambda: kubernetes_validate.__version__),
    Consumer("kustomize", _kustomize_units, crds.NEEDS, lambda: kubernetes_validate.__version__),
]
