"""Values of Helm charts: the chart's own schema, and every key one that the chart's values.yaml has.

It must not render a chart: no schema here refuses an unknown key, and Helm would drop it in silence.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import yaml

from .core import UPSTREAM, Consumer, Unit

# Where the files of a chart's versions are, and maps of it that hold whatever the reader likes.
CHARTS = {
    "cilium": ("cilium", {"hubble.tls.auto.certManagerIssuerRef"}),
}


def _units(tree: Path) -> Iterator[Unit]:
    for path in sorted(tree.glob("**/base/*/values.yaml")):
        reference = path.with_name("kustomization.yaml")
        if not reference.is_file():
            continue
        chart = yaml.safe_load(reference.read_text())["helmCharts"][0]
        if chart["name"] in CHARTS:
            inputs = {"values.yaml": path, "kustomization.yaml": reference}
            yield Unit(str(path.relative_to(tree)), inputs, functools.partial(_values, path, chart["name"], chart["version"]))


def _upstream(chart: str, version: str) -> Path:
    """The files of the version, or of the one of its line that was checked."""
    base = UPSTREAM / CHARTS[chart][0]
    line = version.rsplit(".", 1)[0]
    return next(iter([base / version] if (base / version).is_dir() else sorted(base.glob(f"{line}.*"))), base / version)


def _values(path: Path, chart: str, version: str) -> list[str]:
    upstream, free = _upstream(chart, version), CHARTS[chart][1]
    values, text = yaml.safe_load(path.read_text()), (upstream / "values.yaml").read_text()
    words = []
    schema = upstream / "values.schema.json"
    if schema.is_file():
        errors = jsonschema.Draft7Validator(json.loads(schema.read_text())).iter_errors(values)
        words += [f"{'.'.join(map(str, e.absolute_path))}: {e.message}" for e in errors]
    # A key without a default stands there as a comment.
    commented = set(re.findall(r"^# ([A-Za-z0-9]+):", text, re.M))
    return words + list(_unknown(values, yaml.safe_load(text) | dict.fromkeys(commented), free, ()))


def _unknown(values: dict, known: dict, free: set[str], at: tuple[str, ...]) -> Iterator[str]:
    for key, value in values.items():
        path = ".".join((*at, key))
        if not isinstance(known, dict) or key not in known:
            yield f"{path}: the chart has no such value, it would do nothing"
        elif isinstance(value, dict) and path not in free:
            yield from _unknown(value, known[key], free, (*at, key))


def _version() -> str:
    return jsonschema.__version__


CONSUMERS = [Consumer("chart values", _units, version=_version)]
