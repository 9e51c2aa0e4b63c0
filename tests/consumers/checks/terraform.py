"""The root module, validated and planned by terraform itself against the schemas that the real providers dumped.

It must not reach a provider or a registry: a stub serves the schema, nothing is applied.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from .core import SHARED, TERRAFORM, UPSTREAM, Consumer, Unit, environment, find_program, lines, run, scratch

STUB = SHARED / "consumers" / "terraform_schema_provider.py"
# The dumps by source and major version: `terraform.required_providers` of the files says which is meant.
SCHEMAS = {
    ("bpg/proxmox", "0"): "bpg-proxmox-0.111.1.provider-schema.json",
    ("telmate/proxmox", "2"): "telmate-proxmox-2.9.14.provider-schema.json",
    ("telmate/proxmox", "3"): "telmate-3.0-fork-2024-11.provider-schema.json",
}
# No dump of this version is to be had: what its source (schema.go of the resource and its parts) changes in the dump
# before; names that it calls legacy are taken out too, for Terraform itself says nothing of them.
CHANGES = {("telmate/proxmox", "3.0.2"): Path(__file__).resolve().parent.parent / "telmate-3.0.2.json"}
DUMMIES = {"string": "stub", "number": 1, "bool": True, "any": "stub"}


def _bodies(value: object) -> list[dict]:
    """A block body, or several of them in an array, without comments."""
    found = value if isinstance(value, list) else [value]
    return [{key: body for key, body in item.items() if key != "//"} for item in found if isinstance(item, dict)]


def _units(tree: Path) -> Iterator[Unit]:
    directory = tree / TERRAFORM
    files = sorted(path for path in directory.iterdir() if path.is_file()) if directory.is_dir() else []
    if any(path.name.endswith(".tf.json") for path in files):
        inputs = {path.name: path for path in files} | {"stub": STUB}
        providers = [UPSTREAM / "terraform" / name for name in SCHEMAS.values()]
        inputs |= {path.name: path for path in [*providers, *CHANGES.values()] if path.exists()}
        yield Unit(str(TERRAFORM), inputs, functools.partial(_terraform, files))


def _schema(source: str, version: str, directory: Path) -> Path | None:
    """The schema that serves a version: a dump, or one made in the directory from the dump of the version before."""
    name = SCHEMAS.get((source, (re.findall(r"\d+", version) or [""])[0]))
    changes = [path for (of, exact), path in CHANGES.items() if of == source and exact in version]
    if name is None or not changes:
        return name and UPSTREAM / "terraform" / name
    dump = json.loads((UPSTREAM / "terraform" / name).read_text())
    (provider,) = dump["provider_schemas"].values()
    for resource, change in json.loads(changes[0].read_text()).items():
        block = provider["resource_schemas"][resource]["block"]
        for attribute in change["remove"]:
            del block["attributes"][attribute]
        block["attributes"] |= change["attributes"]
        block["block_types"] |= change["block_types"]
    changed = directory / changes[0].name
    changed.write_text(json.dumps(dump))
    return changed


def _dummy(kind: str) -> object:
    """A value of a type constraint, as small as the type allows."""
    kind = kind.strip()
    head, _, rest = kind.partition("(")
    inner = rest.rstrip().removesuffix(")")
    if head in ("list", "set"):
        return [_dummy(inner)]
    if head == "map":
        return {"stub": _dummy(inner)}
    if head == "tuple":
        return [_dummy(part) for part in _split(inner.strip("[] \n"))]
    if head == "object":
        fields = [part.split("=", 1) for part in _split(inner.strip().removeprefix("{").removesuffix("}"))]
        return {name.strip(): _dummy(value) for name, value in fields if not value.strip().startswith("optional(")}
    return DUMMIES[kind.strip("${}")]


def _split(text: str) -> list[str]:
    """Splits at the commas and newlines that are in no bracket."""
    parts, depth, current = [], 0, ""
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if char in ",\n" and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    return [part for part in [*parts, current] if part.strip()]


def _required(documents: list[dict]) -> tuple[dict[str, dict], dict[str, dict]]:
    """The required providers and the variables of a module."""
    providers: dict[str, dict] = {}
    variables: dict[str, dict] = {}
    for document in documents:
        for block in _bodies(document.get("terraform", [])):
            for required in _bodies(block.get("required_providers", [])):
                providers |= required
        for block in _bodies(document.get("variable", [])):
            variables |= {name: _bodies(body)[0] for name, body in block.items()}
    return providers, variables


def _terraform(files: list[Path]) -> list[str]:
    documents = []
    for path in files:
        if path.name.endswith(".tf.json"):
            try:
                documents.append(json.loads(path.read_text()))
            except ValueError as error:
                return [f"{path.name}: {error}"]
    providers, variables = _required(documents)
    failures = []
    with scratch() as directory:
        module, plugins = directory / "module", directory / "plugins"
        module.mkdir()
        overrides = []
        for name, provider in providers.items():
            source = str(provider.get("source", "")).lower()
            version = str(provider.get("version", ""))
            schema = _schema(source, version, directory)
            if schema is None:
                failures.append(f"required_providers.{name}: no schema dump for {source} {version!r}, so nothing in it can be checked")
                continue
            wrapper = plugins / name / f"terraform-provider-{source.rsplit('/', 1)[-1]}"
            wrapper.parent.mkdir(parents=True)
            # Without an import cache: the stub lives in a directory that may be read-only.
            wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -B "{STUB}" "{schema}"\n')
            wrapper.chmod(0o755)
            overrides.append(f'"{source}" = "{wrapper.parent}"')
        if failures:
            return failures
        for path in files:
            shutil.copyfile(path, module / path.name)
        config = directory / "terraform.rc"
        config.write_text("disable_checkpoint = true\nprovider_installation {\n  dev_overrides {\n    " + "\n    ".join(overrides) + "\n  }\n}\n")
        values = {name: _dummy(body.get("type", "any")) for name, body in variables.items() if "default" not in body}
        (directory / "values.json").write_text(json.dumps(values))
        env = environment(TF_CLI_CONFIG_FILE=str(config), TF_IN_AUTOMATION="1", TF_DATA_DIR=str(directory / "data"))
        terraform = str(find_program("terraform"))
        _, out, err = run([terraform, "validate", "-json"], cwd=module, env=env)
        try:
            report = json.loads(out)
        except ValueError:
            return lines(out, err)
        for diagnostic in report.get("diagnostics", []):
            if diagnostic.get("summary") == "Provider development overrides are in effect":
                continue
            place = diagnostic.get("range") or {}
            where = f"{place['filename']}:{place['start']['line']}: " if place else ""
            failures.append(f"{where}{diagnostic['severity']}: {diagnostic['summary']}: {' '.join(diagnostic.get('detail', '').split())}")
        if failures:
            return failures
        status, out, err = run(
            [terraform, "plan", "-input=false", "-lock=false", "-no-color", f"-var-file={directory / 'values.json'}"], cwd=module, env=env
        )
        if status:
            return [line.replace(str(directory), "") for line in lines(err)]
        # Every resource of the files, and nothing but them, must have reached the plan.
        if not re.search(r"Plan: \d+ to add, 0 to change, 0 to destroy", out) and "No changes" not in out:
            return ["the plan does not say what it adds:", *lines(out)[-5:]]
    return []


def _version() -> str:
    return run([str(find_program("terraform")), "version"], env=environment(CHECKPOINT_DISABLE="1"))[1]


CONSUMERS = [Consumer("terraform", _units, ["terraform", str(STUB)], _version)]
