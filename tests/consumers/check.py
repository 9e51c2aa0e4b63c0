#!/usr/bin/env python3
"""Runs the real programs over generated trees: `check.py [--only CONSUMER] TREE [TREE…]`.

One line a consumer with its counts, the program's own words for every failure, exit 1 on any failure. A program that is
not installed is a failure under CI and a counted skip elsewhere. Passes are remembered under `.cache/` by the content of
the files, of the check and the version of the program. It must not write into a tree.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / ".cache" / "venv" / "bin" / "python"
if PYTHON.exists() and Path(sys.prefix) != PYTHON.parent.parent:
    os.execv(PYTHON, [str(PYTHON), *sys.argv])

import argparse
import multiprocessing
import time
from dataclasses import dataclass, field

sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
from checks import alerts, ansible_tree, authentik, charts, ci, cluster, crds, csi, dashboards, documents, host_files, keepalived, kubekey, kubeovn, kubernetes, logs, monitoring, network, opnsense, policies, tempo, terraform, text, velero
from checks.core import CACHE, ROOT, Consumer, Unit, digest, find_program

MODULES = [text, documents, network, keepalived, host_files, terraform, ansible_tree, crds, charts, policies, kubernetes, kubekey, opnsense, alerts, monitoring, authentik, dashboards, logs, ci]
# Modules whose verdict depends on one another: a change of one makes the others run again.
TOGETHER = [cluster, crds, charts, csi, kubeovn, tempo, velero, policies, kubernetes, kubekey, logs, monitoring]
WORKERS = 2


@dataclass
class Outcome:
    """What one consumer said about all trees. `failures` holds (label of the unit, words)."""

    consumer: str
    checked: int = 0
    cached: int = 0
    skipped: int = 0
    failures: list[tuple[str, list[str]]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> int:
        return len(self.failures)


_JOBS: list[Unit] = []


def _work(index: int) -> tuple[int, list[str], float]:
    start = time.monotonic()
    unit = _JOBS[index]
    try:
        words = unit.run()
    except Exception as error:  # a check that breaks has not passed
        words = [f"the check itself failed: {type(error).__name__}: {error}"]
    return index, words, time.monotonic() - start


def _name(tree: Path) -> str:
    """A tree as the report calls it: its path in the repository, or its last name elsewhere."""
    return str(tree.relative_to(ROOT)) if tree.is_relative_to(ROOT) else tree.name


def consumers() -> list[Consumer]:
    """All consumers, in the order of the report."""
    return [consumer for module in MODULES for consumer in module.CONSUMERS]


def check(trees: list[Path], only: set[str] | None = None, use_cache: bool = True, remember_failures: bool = False) -> list[Outcome]:
    """Runs every consumer over every tree; equal inputs run once.

    A failure is run again each time, lest a machine's bad moment be remembered; `remember_failures` is for samples that
    are meant to fail.
    """
    source = {module: Path(module.__file__).read_bytes() for module in MODULES}
    together = b"".join(Path(module.__file__).read_bytes() for module in TOGETHER)
    source |= {module: together for module in TOGETHER if module in MODULES}
    core = (HERE / "checks" / "core.py").read_bytes()
    outcomes, jobs, places = [], [], []  # places: (outcome, labels of the units with equal inputs, where a pass is noted)
    content: dict[Path, str] = {}
    for module in MODULES:
        for consumer in module.CONSUMERS:
            if only and consumer.name not in only:
                continue
            outcome = Outcome(consumer.name)
            outcomes.append(outcome)
            units = [(tree, unit) for tree in trees for unit in consumer.collect(tree)]
            outcome.checked = len(units)
            outcome.missing = [name for name in consumer.programs if find_program(name) is None]
            if outcome.missing and units:
                if os.environ.get("CI"):
                    outcome.failures.append(("every file", [f"not installed: {' '.join(outcome.missing)} (tests/install.sh)"]))
                outcome.skipped = len(units)
                continue
            base = digest(consumer.name, source[module], core, consumer.version() if units else "")
            seen: dict[str, int] = {}
            for tree, unit in units:
                parts = [base, unit.extra]
                for name, path in sorted(unit.inputs.items()):
                    if path not in content:
                        content[path] = digest(path.read_bytes())
                    parts += [name, content[path]]
                key = digest(*parts)
                label = f"{_name(tree)}: {unit.label}"
                note = CACHE / "consumers" / consumer.name / key
                words = note.read_text() if use_cache and note.exists() else None
                if words == "":
                    outcome.cached += 1
                elif words and remember_failures:
                    outcome.cached += 1
                    outcome.failures.append((label, words.splitlines()))
                elif key in seen:
                    places[seen[key]][1].append(label)
                else:
                    seen[key] = len(jobs)
                    jobs.append(unit)
                    places.append((outcome, [label], note))
    _JOBS[:] = jobs
    if jobs:
        with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
            for index, words, seconds in pool.imap_unordered(_work, range(len(jobs))):
                outcome, labels, note = places[index]
                outcome.seconds += seconds
                if words:
                    outcome.failures += [(label, words) for label in labels]
                if not words or remember_failures:
                    note.parent.mkdir(parents=True, exist_ok=True)
                    note.write_text("\n".join(words))
    for outcome in outcomes:
        outcome.failures.sort()
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the real programs over generated trees.")
    parser.add_argument("trees", nargs="+", type=Path, metavar="TREE")
    parser.add_argument("--only", action="append", metavar="CONSUMER", help="this consumer alone; may be repeated")
    parser.add_argument("--unevaluated", action="store_true", help="list the CEL rules of the trees' custom resources, which nothing here runs")
    parser.add_argument("--no-cache", action="store_true", help="run everything again")
    options = parser.parse_args()
    for tree in options.trees:
        if not tree.is_dir():
            parser.error(f"{tree} is not a directory")
    if options.unevaluated:
        print("\n".join(sorted({line for tree in options.trees for line in crds.unevaluated(tree.resolve())})))
        return 0
    known = {consumer.name for consumer in consumers()}
    if options.only and (unknown := set(options.only) - known):
        parser.error(f"no consumer {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    outcomes = check([tree.resolve() for tree in options.trees], set(options.only or ()) or None, not options.no_cache)
    for outcome in outcomes:
        ok = outcome.checked - outcome.skipped - len([1 for label, _ in outcome.failures if label != "every file"])
        print(
            f"{outcome.consumer}: {outcome.checked} checked, {ok} ok, {outcome.failed} failed, {outcome.skipped} skipped"
            f" ({outcome.cached} cached, {outcome.seconds:.1f} s)"
            + (f"; not installed: {' '.join(outcome.missing)}" if outcome.missing and outcome.checked else "")
        )
        for label, words in outcome.failures:
            print(f"  FAILED {label}")
            for line in words:
                print(f"    {line}")
    passed = sum(o.checked - o.skipped - len([1 for label, _ in o.failures if label != "every file"]) for o in outcomes)
    failed = sum(o.failed for o in outcomes)
    print(f"{passed} passed, {failed} failed, {sum(o.skipped for o in outcomes)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
