"""What checks a tree in CI: the workflow as GitHub reads it, the rules for policies run over the tree's own policies, and
schemas made of definitions held against its objects. It must not know how topoc makes any of them.
"""

from __future__ import annotations

import functools
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import regopy
import yaml

from .core import UPSTREAM, Consumer, Unit, files_below, lines, run, scratch

WORKFLOW = Path("ci/github/topoc.yml")
RULES = Path("ci/policy/cilium.rego")
SCHEMAS = Path("ci/schemas.py")
# Definitions that are at hand as files of their projects.
DEFINITIONS = ("argo-cd/crds", "cert-manager/crds", "gateway-api", "metallb/crds", "prometheus-operator/crds", "rook/crds.yaml")
# github.com/actions/checkout: SHA-1 of a commit.
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
STEP = re.compile(r"topoc build --check( --file \S+)? --out \S+")


def _workflows(tree: Path) -> Iterator[Unit]:
    path = tree / WORKFLOW
    if path.exists():
        yield Unit(str(WORKFLOW), {path.name: path}, lambda: _workflow(path))


def _workflow(path: Path) -> list[str]:
    status, out, err = run(["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)])
    said = lines(out, err) if status else []
    doc = yaml.safe_load(path.read_text())
    if doc.get("permissions") != {"contents": "read"}:
        said.append("permissions: more than reading the repository")
    for name, job in doc.get("jobs", {}).items():
        if "latest" in str(job.get("runs-on", "latest")):
            said.append(f"jobs.{name}.runs-on: no release")
        steps = job.get("steps", [])
        said += [f"jobs.{name}: {s['uses']} can be moved" for s in steps if "uses" in s and not PINNED.fullmatch(s["uses"])]
        runs = [s.get("run", "") for s in steps]
        stale = next((i for i, text in enumerate(runs) if STEP.fullmatch(text)), len(runs))
        if stale == len(runs) or any("/ci/check.sh" in text for text in runs[:stale]):
            said.append(f"jobs.{name}: something of the tree runs before it is known to be what the topology says")
    return said


def _policies(tree: Path) -> Iterator[Unit]:
    """A unit a policy: the rules and what is opened wide there are its inputs."""
    rules = tree / RULES
    for exceptions in sorted(rules.parent.glob("*/**/exceptions.rego")):
        folder, *environment = exceptions.parent.relative_to(rules.parent).parts
        where = tree / folder / "config" if not environment else tree / folder / "overlays" / environment[0] / "config"
        for path in files_below(where / "network-policies"):
            if path.name.startswith("policy-"):
                inputs = {"rules": rules, "exceptions": exceptions, path.name: path}
                yield Unit(str(path.relative_to(tree)), inputs, functools.partial(_policy, rules, exceptions, path))


def _policy(rules: Path, exceptions: Path, path: Path) -> list[str]:
    rego = regopy.Interpreter()
    for module in (rules, exceptions):
        rego.add_module(str(module), module.read_text())
    rego.set_input_term(json.dumps(yaml.safe_load(path.read_text())))
    output = rego.query("x = data.main.deny")
    return sorted(json.loads(output.binding("x").json())) if output.ok() else [str(output)]


def _schemas(tree: Path) -> Iterator[Unit]:
    script = tree / SCHEMAS
    if script.exists():
        objects = [path for path in files_below(tree) if _is_object(path)]
        yield Unit(str(SCHEMAS), {str(p.relative_to(tree)): p for p in [script, *objects]}, lambda: _schema(tree, script, objects))


def _is_object(path: Path) -> bool:
    """As check.sh picks them."""
    aside = ("kustomization.yaml", "values.yaml")
    return path.suffix == ".yaml" and path.name not in aside and not path.name.endswith("-patch.yaml") and not {"config", "applications"}.isdisjoint(path.parts)


def _schema(tree: Path, script: Path, objects: list[Path]) -> list[str]:
    files = [str(f) for place in DEFINITIONS for f in ([UPSTREAM / place] if place.endswith(".yaml") else sorted((UPSTREAM / place).glob("*.yaml")))]
    said = []
    with scratch() as folder:
        status, out, err = run([sys.executable, str(script), str(folder), *files])
        if status:
            return lines(out, err)
        for path in objects:
            doc = yaml.safe_load(path.read_text())
            group, _, version = doc["apiVersion"].rpartition("/")
            schema = folder / group / f"{doc['kind'].lower()}_{version}.json"
            if group and schema.exists():
                validator = jsonschema.Draft7Validator(json.loads(schema.read_text()))
                said += [f"{path.relative_to(tree)}: {'.'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(doc)]
    return said


CONSUMERS = [
    Consumer("CI workflow", _workflows, ["check-jsonschema"], lambda: run(["check-jsonschema", "--version"])[1]),
    Consumer("CI policies", _policies, version=lambda: regopy.__version__),
    Consumer("CI schemas", _schemas),
]
