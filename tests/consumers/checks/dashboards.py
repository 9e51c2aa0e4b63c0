"""Grafana's dashboards: expressions read by promtool, metrics of the catalogue, panels that lie beside each other.

It must not take a panel that asks a data source by anything but a declared variable, nor a metric that nobody tells.
"""

from __future__ import annotations

import functools
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .core import ROOT, Consumer, Unit, lines, run

COLUMNS = 24
# What Grafana puts in place of its own variables (Grafana 12, global variables).
GLOBALS = {"$__rate_interval": "5m", "$__interval": "1m", "$__range": "6h", "$__auto": "5m"}
VARIABLE = re.compile(r"\$\{(\w+)[^}]*\}|\$(\w+)|\[\[(\w+)")
KINDS = {"row", "timeseries", "stat", "gauge", "bargauge", "table", "logs"}
# @grafana/schema 12.3.0, dashboard_types.gen: schemaVersion.
SCHEMA = 42
# A ConfigMap holds a mebibyte; what `kubectl apply` remembers beside it, a quarter of that (validation.TotalAnnotationSizeLimitB).
LARGEST = 262144
WORDS = {"by", "without", "on", "ignoring", "group_left", "group_right", "and", "or", "unless", "offset", "bool", "inf", "nan"}
CATALOGUE = ROOT / "src" / "consumer" / "metrics.rs"


def _units(tree: Path) -> Iterator[Unit]:
    for path in sorted([*tree.glob("*/config/dashboards/*.json"), *tree.glob("*/overlays/*/dashboards-*.json")]):
        name = str(path.relative_to(tree))
        yield Unit(name, {name: path, "metrics.rs": CATALOGUE}, functools.partial(_dashboard, path))


def _dashboard(path: Path) -> list[str]:
    text = path.read_text()
    try:
        doc = json.loads(text)
    except ValueError as error:
        return [str(error)]
    said = [f"{len(text)} bytes: kubectl apply remembers at most {LARGEST}"] if len(text) > LARGEST else []
    said += [f"{key}: not stated" for key in ("uid", "title", "tags", "time", "refresh", "panels") if not doc.get(key)]
    if doc.get("schemaVersion") != SCHEMA:
        said.append(f"schemaVersion: {doc.get('schemaVersion')} is not the model of Grafana 12")
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", str(doc.get("uid"))):
        said.append(f"uid: {doc.get('uid')!r}: at most 40 letters, digits, - and _")
    panels = doc.get("panels") or []
    declared = {v["name"]: v.get("query") for v in doc["templating"]["list"] if v.get("type") == "datasource"}
    ids = [p.get("id") for p in panels]
    said += [f"panel {i}: the id is there twice" for i in sorted({i for i in ids if ids.count(i) > 1})]
    said += _places(panels)
    used: set[str] = set()
    for p in panels:
        where = f"panel {p.get('id')} ({p.get('title')})"
        if p.get("type") not in KINDS:
            said.append(f"{where}: no panel is called {p.get('type')}")
        said += [f"{where}: {key}: not stated" for key in ("title", "gridPos") if not p.get(key)]
        for text in (p.get("title"), p.get("description"), *(t.get("legendFormat") for t in p.get("targets", []))):
            if found := VARIABLE.search(text or ""):
                said.append(f"{where}: {found[0]} is a variable of Grafana")
        if p.get("type") == "row":
            continue
        if not p.get("description") or not p.get("targets"):
            said.append(f"{where}: description and targets")
        if p.get("type") != "logs" and not p["fieldConfig"]["defaults"].get("unit"):
            said.append(f"{where}: no unit")
        refs = [t.get("refId") for t in p.get("targets", [])]
        if len(set(refs)) != len(refs):
            said.append(f"{where}: two targets have one refId")
        for of in [p, *p.get("targets", [])]:
            source = of.get("datasource") or {}
            name = re.fullmatch(r"\$\{(\w+)\}", str(source.get("uid")))
            if not name or declared.get(name[1]) != source.get("type"):
                said.append(f"{where}: the data source {source.get('uid')!r} of type {source.get('type')!r} is no declared variable")
            else:
                used.add(name[1])
    said += [f"templating: {name}: nothing asks it" for name in sorted(set(declared) - used)]
    return said + _expressions(panels)


def _places(panels: list[dict]) -> list[str]:
    """Panels that lie on each other, that leave the grid, and lines that do not fill it."""
    said = []
    taken: dict[tuple[int, int], object] = {}
    for p in panels:
        at = p.get("gridPos") or {}
        x, y, w, h = (at.get(k, -1) for k in "xywh")
        if min(x, y) < 0 or min(w, h) < 1 or x + w > COLUMNS:
            said.append(f"panel {p.get('id')}: {at} is not in the grid")
            continue
        over = {taken[c] for c in ((i, j) for i in range(x, x + w) for j in range(y, y + h)) if c in taken}
        said += [f"panel {p.get('id')}: it lies on panel {o}" for o in sorted(over)]
        taken |= {(i, j): p.get("id") for i in range(x, x + w) for j in range(y, y + h)}
    bottom = max((j for _, j in taken), default=-1)
    said += [f"line {j}: it is not filled" for j in range(bottom + 1) if any((i, j) not in taken for i in range(COLUMNS))]
    return said


def _expressions(panels: list[dict]) -> list[str]:
    said, rules = [], []
    known = dict(re.findall(r'row\(\s*"(\w+)",\s*(Counter|Gauge|Histogram)', CATALOGUE.read_text()))
    for p in panels:
        for t in p.get("targets", []):
            if (t.get("datasource") or {}).get("type") != "prometheus":
                continue
            where, expr = f"panel {p.get('id')} ({p.get('title')}): {t.get('refId')}", t["expr"]
            for name, value in GLOBALS.items():
                expr = expr.replace(name, value)
            for metric in sorted(_metrics(expr)):
                base = re.sub(r"_(bucket|sum|count)$", "", metric)
                if metric not in known and known.get(base) != "Histogram":
                    said.append(f"{where}: nobody tells {metric}")
                elif known.get(metric) == "Counter" and not re.search(rf"(rate|increase|count)\({metric}\b", expr):
                    said.append(f"{where}: {metric} only grows: its rate says something")
            rules.append((where, expr))
    # promtool tells the place of a mistake by the name of its rule; all of them go through it at once.
    names = {f"topoc:{n}": where for n, (where, _) in enumerate(rules)}
    body = {"groups": [{"name": "dashboards", "rules": [{"record": f"topoc:{n}", "expr": e} for n, (_, e) in enumerate(rules)]}]}
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "rules.yml"
        file.write_text(json.dumps(body))
        status, out, err = run(["promtool", "check", "rules", "--lint=none", str(file)])
    if status:
        words = "\n".join(lines(out, err)).replace(str(file), "rules")
        for name, where in sorted(names.items(), key=lambda n: -len(n[0])):
            words = re.sub(rf"{name}\b", where, words)
        said += words.splitlines()
    return said


def _metrics(expr: str) -> set[str]:
    """Names of metrics: what is no word, no function, no label, no text and no number."""
    expr = re.sub(r'"[^"]*"', '""', expr)
    expr = re.sub(r"\{[^}]*\}|\[[^]]*\]", " ", expr)
    expr = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", expr)
    return {w for w, call in re.findall(r"\b([a-zA-Z_:][\w:]*)\b(\s*\()?", expr) if not call and w not in WORDS}


CONSUMERS = [Consumer("dashboards", _units, ["promtool"], lambda: run(["promtool", "--version"])[2])]
