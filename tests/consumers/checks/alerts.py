"""Alerts through promtool: rules, their tests, and the metrics that they ask.

It must not know what an alert is about. A metric counts as known when the table of src/consumer/metrics.rs has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from .core import ROOT, Consumer, Unit, lines, run, scratch

CATALOGUE = ROOT / "src" / "consumer" / "metrics.rs"
ROW = re.compile(r'\brow\(\s*"([a-zA-Z_:][a-zA-Z0-9_:]*)",\s*(Counter|Gauge|Histogram)')
# What a word of an expression is: a text, labels in braces, a range, a number, labels in parentheses, a name.
TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}|\[[^\]]*\]|\b[0-9][0-9a-zA-Z.]*'
    r"|\b(?:by|without|on|ignoring|group_left|group_right)\b\s*\([^()]*\)|[a-zA-Z_:][a-zA-Z0-9_:]*(?P<call>\s*\(|\s+(?=(?:by|without)\b))?"
)
WORDS = {"and", "or", "unless", "offset", "bool", "inf", "nan", "by", "without", "on", "ignoring", "group_left", "group_right"}


def _catalogue() -> dict[str, str]:
    return dict(ROW.findall(CATALOGUE.read_text()))


def metrics(expression: str) -> set[str]:
    """Names of metrics in an expression that promtool has parsed."""
    found = set()
    for token in TOKEN.finditer(expression):
        word = token.group()
        if re.match(r"[a-zA-Z_:]", word) and not token.group("call") and "(" not in word and word.lower() not in WORDS:
            found.add(word)
    return found


def _known(name: str, catalogue: dict[str, str]) -> bool:
    base = re.sub(r"_(bucket|sum|count)$", "", name)
    return name in catalogue or catalogue.get(base) == "Histogram"


def _load(path: Path) -> dict:
    return yaml.safe_load(path.read_text())


def _rules(path: Path) -> list[str]:
    """What promtool says of the rules of an object, and what they ask that nobody tells."""
    spec = _load(path).get("spec")
    with scratch() as place:
        plain = place / "rules.yaml"
        plain.write_text(yaml.safe_dump(spec))
        status, out, err = run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", str(plain)])
    if status:
        return [line for line in lines(out, err) if not line.startswith("Checking")]
    catalogue = _catalogue()
    failures = []
    for group in spec["groups"]:
        for rule in group["rules"]:
            strange = sorted(name for name in metrics(rule["expr"]) if not _known(name, catalogue))
            failures += [f"{rule['alert']}: no exporter tells {name}" for name in strange]
            failures += [f"{rule['alert']}: no annotation {name}" for name in ("summary", "description") if not rule["annotations"].get(name)]
    return failures


def _rule_units(tree: Path) -> Iterator[Unit]:
    for path in sorted(tree.glob("*/**/*prometheusrule-*.yaml")):
        if _load(path).get("kind") == "PrometheusRule" and not path.name.endswith("-patch.yaml"):
            yield Unit(str(path.relative_to(tree)), {"rule": path, "catalogue": CATALOGUE}, lambda path=path: _rules(path))


def _tests(test: Path, rules: Path, applied: Path) -> list[str]:
    """Runs the tests of a component, and looks that nothing is untested and that what is tested is what is applied."""
    failures = []
    if applied.exists() and _load(applied)["spec"] != _load(rules):
        failures.append(f"{rules.name} is not what {applied.name} says")
    named = [rule["alert"] for group in _load(rules)["groups"] for rule in group["rules"]]
    asked: dict[str, list[bool]] = {}
    for case in _load(test)["tests"]:
        for one in case["alert_rule_test"]:
            asked.setdefault(one["alertname"], []).append(bool(one["exp_alerts"]))
    for name in sorted(set(named)):
        for fires, what in ((True, "where it fires"), (False, "where it is quiet")):
            if asked.get(name, []).count(fires) < named.count(name):
                failures.append(f"{name} has too few tests {what}")
    status, out, err = run(["promtool", "test", "rules", str(test)], cwd=test.parent)
    if status:
        failures += [line for line in lines(out, err) if not line.startswith("Unit Testing")]
    return failures


def _test_units(tree: Path) -> Iterator[Unit]:
    for test in sorted(tree.glob("*/tests/alerts/*.test.yaml")):
        name = test.name.removesuffix(".test.yaml")
        rules = test.with_name(f"{name}.rules.yaml")
        applied = test.parents[2] / "config" / "monitoring" / f"prometheusrule-{name}.yaml"
        inputs = {"test": test, "rules": rules} | ({"applied": applied} if applied.exists() else {})
        yield Unit(str(test.relative_to(tree)), inputs, lambda test=test, rules=rules, applied=applied: _tests(test, rules, applied))


def _version() -> str:
    return run(["promtool", "--version"])[1]


CONSUMERS = [
    Consumer("alert rules", _rule_units, ["promtool"], _version),
    Consumer("alert tests", _test_units, ["promtool"], _version),
]
