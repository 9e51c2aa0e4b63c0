"""Where a cluster's files are in a tree, found by their shape, and how they are read. It must not judge any of them.

The name of a cluster's folder is a fact of the cluster, so nothing here knows it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from .core import UPSTREAM
from .text import _Strict

KUSTOMIZATION = "kustomization.yaml"
# What a cluster's folder may hold at its top; a folder is a cluster's when it holds one of the first four.
PARTS = ("base", "config", "overlays", "installer", "nested")


class _Fast(yaml.CSafeLoader):
    """For upstream's files only: quick, and as lenient as YAML is."""


# A lone `=`, which the definition of AlertmanagerConfig has among its enums, is a type of YAML 1.1 that nobody reads.
_Fast.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))


@dataclass(frozen=True)
class Folder:
    """The folder of one cluster."""

    tree: Path
    path: Path

    def name(self, path: Path) -> str:
        """A file as the report calls it."""
        return str(path.relative_to(self.tree))

    def values(self) -> list[Path]:
        """Values of charts."""
        return sorted(self.path.glob("base/*/values.yaml"))

    def objects(self) -> list[Path]:
        """Files of objects: those of `config` and those that only an environment has."""
        found = [p for p in self.path.glob("config/**/*.yaml") if p.name != KUSTOMIZATION]
        own = [
            p
            for p in self.path.glob("overlays/*/*.yaml")
            if p.name != KUSTOMIZATION and not p.name.endswith("-patch.yaml") and not self.chart_of(p, "-values.yaml")
        ]
        return sorted(found + own)

    def value_patches(self) -> list[tuple[Path, Path]]:
        """Values that an environment changes: the patch, and the values below it."""
        return [
            (p, base) for p in sorted(self.path.glob("overlays/*/*-values-patch.yaml")) if (base := self.chart_of(p, "-values-patch.yaml"))
        ]

    def chart_of(self, path: Path, ending: str) -> Path | None:
        """The values in `base` that a file of an overlay belongs to; None when it is an object."""
        if not path.name.endswith(ending):
            return None
        base = self.path / "base" / path.name.removesuffix(ending) / "values.yaml"
        # A chart that only the environment has: its values have neither apiVersion nor kind.
        return base if base.exists() or "kind" not in (mapping(path) or {"kind": ""}) else None

    def installer(self) -> list[Path]:
        """What the installer reads."""
        return sorted(p for p in self.path.glob("installer/*.yaml"))

    def kustomizations(self) -> list[Path]:
        """Every kustomization.yaml."""
        return sorted(self.path.rglob(KUSTOMIZATION))

    def everything(self) -> dict[str, Path]:
        """Every file of the folder by its name in it."""
        return {str(p.relative_to(self.path)): p for p in sorted(self.path.rglob("*")) if p.is_file()}

    def chart(self, folder: str) -> dict | None:
        """What `base/<folder>/kustomization.yaml` says of its chart."""
        path = self.path / "base" / folder / KUSTOMIZATION
        charts = (mapping(path) or {}).get("helmCharts") if path.exists() else None
        return charts[0] if isinstance(charts, list) and charts and isinstance(charts[0], dict) else None

    def version(self, *folders: str) -> str | None:
        """The version of the first of these charts that the folder names."""
        for folder in folders:
            if chart := self.chart(folder):
                return str(chart.get("version", ""))
        return None

    def kubernetes(self) -> str | None:
        """Major and minor version of Kubernetes, as the installer's files say it."""
        for path in self.installer():
            for doc in documents(path):
                spec = (doc or {}).get("spec") or {}
                body = spec.get("kubernetes") if isinstance(spec, dict) else None
                stated = str((body or {}).get("version") or (body or {}).get("kube_version") or "")
                if found := re.match(r"v?(\d+\.\d+)\.", stated):
                    return found[1]
        return None


def folders(tree: Path) -> list[Folder]:
    """The clusters' folders of a tree."""
    found = set()
    for pattern in ("base/*/values.yaml", "base/*/kustomization.yaml", "config/*/**/*.yaml", "overlays/*/kustomization.yaml", "installer/*.yaml"):
        depth = 2 if pattern.startswith(("base", "overlays")) else 1
        for path in tree.glob(f"*/{pattern}"):
            parts = path.relative_to(tree).parts
            if len(parts) > depth:
                found.add(tree / parts[0])
    return [Folder(tree, path) for path in sorted(found)]


def documents(path: Path) -> list[object]:
    """The documents of a file, read as strictly as topoc writes; a file that cannot be read is the text checks' matter."""
    try:
        return [doc for doc in yaml.load_all(path.read_text(), _Strict) if doc is not None]
    except (yaml.YAMLError, ValueError):
        return []


def mapping(path: Path) -> dict | None:
    """The only document of a file when it is a map."""
    docs = documents(path)
    return docs[0] if len(docs) == 1 and isinstance(docs[0], dict) else None


@functools.cache
def upstream(path: Path) -> list:
    """The documents of a file of upstream's."""
    return [doc for doc in yaml.load_all(path.read_text(), _Fast) if doc is not None]


def at(doc: object, path: str, default: object = None) -> object:
    """What stands behind `a.b.c`."""
    for key in path.split("."):
        if not isinstance(doc, dict) or key not in doc:
            return default
        doc = doc[key]
    return doc


def merged(base: object, patch: object) -> object:
    """RFC 7396 section 2."""
    if not isinstance(patch, dict):
        return patch
    out = dict(base) if isinstance(base, dict) else {}
    for key, value in patch.items():
        if value is None:
            out.pop(key, None)
        else:
            out[key] = merged(out.get(key), value)
    return out


def identity(doc: dict) -> tuple[str, str, str, str]:
    """What kustomize finds an object by."""
    meta = doc.get("metadata") if isinstance(doc.get("metadata"), dict) else {}
    return str(doc.get("apiVersion")), str(doc.get("kind")), str(meta.get("name")), str(meta.get("namespace", ""))


def minor(version: str) -> str:
    """`1.18` of `v1.18.12`."""
    return ".".join(version.removeprefix("v").split(".")[:2])


def rows(directory: str) -> dict[str, Path]:
    """Upstream's folders named by a version, by major and minor version."""
    base = UPSTREAM / directory
    return {minor(p.name): p for p in sorted(base.iterdir()) if p.is_dir() and re.match(r"\d", p.name)} if base.is_dir() else {}


def object_units(tree: Path) -> Iterator[tuple[Folder, Path]]:
    """Every file of objects with its folder."""
    for folder in folders(tree):
        for path in folder.objects():
            yield folder, path
