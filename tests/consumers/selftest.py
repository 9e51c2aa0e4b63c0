#!/usr/bin/env python3
"""Proves that every consumer check accepts its good sample and refuses its bad ones.

A bad sample is `bad/<name>/expect.json`: a good tree (`base`), what is changed in it (`replace`: one text in a file by
another, `remove`: files, and whatever files lie beside expect.json), the consumer that must refuse the result and what it
must say. It must not pass a consumer that has no good sample or no bad one.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check

HERE = Path(__file__).resolve().parent


def lay_out(sample: Path, expect: dict, into: Path) -> None:
    """Makes the bad tree of a sample."""
    shutil.copytree(HERE / "good" / expect["base"], into)
    for path in sorted(sample.rglob("*")):
        if path.is_file() and path.name != "expect.json":
            target = into / path.relative_to(sample)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    for name in expect.get("remove", []):
        (into / name).unlink()
    for name, (old, new) in expect.get("replace", {}).items():
        text = (into / name).read_bytes().decode()
        if old not in text:
            raise SystemExit(f"{sample.name}: {name} does not contain {old!r}")
        (into / name).write_bytes(text.replace(old, new).encode())


def main() -> int:
    good = sorted(path for path in (HERE / "good").iterdir() if path.is_dir())
    samples = {path.name: json.loads((path / "expect.json").read_text()) for path in sorted((HERE / "bad").iterdir())}
    failures, passed, skipped = [], 0, 0

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
    for name in names - {expect["consumer"] for expect in samples.values()}:
        failures.append(f"{name} has no bad sample")
    for name, expect in samples.items():
        if expect["consumer"] not in names:
            failures.append(f"{name}: no consumer {expect['consumer']}")

    with tempfile.TemporaryDirectory(prefix="topoc-selftest-") as scratch:
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
                said = "\n".join(line for label, words in outcome.failures if label.startswith(f"{name}: ") for line in words)
                unsaid = [words for words in samples[name]["says"] if words not in said]
                if unsaid or not said:
                    failures.append(f"bad: {name}: {consumer} should say {unsaid}; it said: {said or 'nothing, it accepted the sample'}")
                else:
                    passed += 1
    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{passed} passed, {len(failures)} failed, {skipped} skipped")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
