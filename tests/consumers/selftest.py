#!/usr/bin/env python3
"""Proves that every consumer check accepts its good sample and refuses its bad ones.

A bad sample is `bad/<name>/expect.json`: a good tree (`base`), what is changed in it (`replace`: one text in a file by
another, `remove`: files, and whatever files lie beside expect.json), the consumer that must refuse the result and what it
must say. `failover` is failover.py with `arguments`; it takes a minute, and runs with `--failover` alone. It must not pass
a consumer that has no good sample or no bad one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check
import opnsense_rng

HERE = Path(__file__).resolve().parent


def lay_out(sample: Path, expect: dict, into: Path) -> None:
    """Makes the bad tree of a sample: links to the good one's files, and own files for what differs."""
    shutil.copytree(HERE / "good" / expect["base"], into, copy_function=os.link)
    for path in sorted(sample.rglob("*")):
        if path.is_file() and path.name != "expect.json":
            target = into / path.relative_to(sample)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copyfile(path, target)
    for name in expect.get("remove", []):
        (into / name).unlink()
    for name, edits in expect.get("replace", {}).items():
        text = (into / name).read_bytes().decode()
        for old, new in zip(edits[::2], edits[1::2], strict=True):
            if old not in text:
                raise SystemExit(f"{sample.name}: {name} does not contain {old!r}")
            text = text.replace(old, new)
        mode = (into / name).stat().st_mode
        (into / name).unlink()
        (into / name).write_bytes(text.encode())
        (into / name).chmod(mode)


def failover(trees: dict[str, tuple[Path, list[str]]]) -> dict[str, tuple[int, str]]:
    """Exit status and words of failover.py for each tree, all at once: they mostly wait."""
    command = [sys.executable, str(HERE / "failover.py"), "--remember-failures"]
    running = {
        name: subprocess.Popen([*command, str(tree), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for name, (tree, arguments) in trees.items()
    }
    return {name: (process.returncode, out) for name, process in running.items() for out in [process.communicate()[0]]}


def main() -> int:
    good = sorted(path for path in (HERE / "good").iterdir() if path.is_dir())
    samples = {path.name: json.loads((path / "expect.json").read_text()) for path in sorted((HERE / "bad").iterdir())}
    failures, passed, skipped = [], 0, 0
    slow = {name: samples.pop(name) for name in list(samples) if samples[name]["consumer"] == "failover"}

    outcomes = check.check(good)
    names = {outcome.consumer for outcome in outcomes}
    missing = {outcome.consumer for outcome in outcomes if outcome.missing}
    for outcome in outcomes:
        if outcome.missing and not os.environ.get("CI"):
            skipped += 1
        elif outcome.failures or not outcome.checked:
            failures.append(f"good: {outcome.consumer}: " + (repr(outcome.failures) if outcome.checked else "no good sample has a file for it"))
        else:
            passed += 1
    failures += opnsense_rng.failures()
    for name in names - {expect["consumer"] for expect in samples.values()}:
        failures.append(f"{name} has no bad sample")
    for name, expect in samples.items():
        if expect["consumer"] not in names:
            failures.append(f"{name}: no consumer {expect['consumer']}")

    with tempfile.TemporaryDirectory(prefix="selftest-", dir=check.CACHE) as scratch:
        by_consumer: dict[str, list[str]] = {}
        for name, expect in samples.items():
            lay_out(HERE / "bad" / name, expect, Path(scratch) / name)
            by_consumer.setdefault(expect["consumer"], []).append(name)
        for consumer, sample_names in by_consumer.items():
            if consumer in missing:
                skipped += len(sample_names)
                continue
            (outcome,) = check.check([Path(scratch) / name for name in sample_names], {consumer}, remember_failures=True)
            for name in sample_names:
                said = "\n".join(line for label, words in outcome.failures if f"/{name}: " in label for line in words)
                unsaid = [words for words in samples[name]["says"] if words not in said]
                if unsaid or not said:
                    failures.append(f"bad: {name}: {consumer} should say {unsaid}; it said: {said or 'nothing, it accepted the sample'}")
                else:
                    passed += 1
        if "--failover" in sys.argv[1:]:
            trees = {"good": (HERE / "good/cloud", ["--bootstrap"])}
            for name, expect in slow.items():
                lay_out(HERE / "bad" / name, expect, Path(scratch) / name)
                trees[name] = (Path(scratch) / name, expect.get("arguments", []))
            for name, (status, said) in failover(trees).items():
                unsaid = [words for words in slow[name]["says"] if words not in said] if name in slow else []
                if unsaid or (status == 0) != (name == "good"):
                    failures.append(f"failover: {name}: exit status {status}, unsaid {unsaid}; it said: {said}")
                else:
                    passed += 1
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failures)} failed, {skipped} skipped")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
