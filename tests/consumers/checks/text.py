"""Text that any parser of its language must take: YAML, JSON, shell, UTF-8. It must not know what a file is for."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path

import yaml
import yamllint
from yamllint import linter
from yamllint.config import YamlLintConfig

from .core import HERE, Consumer, Unit, file_units, files_below, lines, run

CONFIG = HERE.parent / "yamllint.yml"


def _with_suffix(tree: Path, *suffixes: str) -> list[Path]:
    # cloud.cfg.d holds YAML under another name.
    return [path for path in files_below(tree) if path.suffix in suffixes or (path.suffix == ".cfg" and path.parent.name == "cloud.cfg.d" and ".yaml" in suffixes)]


@functools.cache
def _lint_config() -> YamlLintConfig:
    return YamlLintConfig(CONFIG.read_text())


def _yamllint(path: Path) -> list[str]:
    problems = linter.run(path.read_text(), _lint_config(), str(path))
    return [f"{problem.line}:{problem.column} {problem.level} {problem.desc} ({problem.rule})" for problem in problems]


class _Strict(yaml.SafeLoader):
    """PyYAML's own YAML 1.1 reading, with a duplicate key refused instead of the last one winning."""


def _mapping(loader: _Strict, node: yaml.MappingNode) -> dict:
    loader.flatten_mapping(node)
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key!r}", key_node.start_mark)
        # A key that YAML 1.1 turns into something else (`on`, `2024-01-01`, `1e3`) is not what was written.
        if not isinstance(key, (str, int)) or isinstance(key, bool):
            raise yaml.constructor.ConstructorError(None, None, f"key is read as {type(key).__name__} {key!r}", key_node.start_mark)
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
# Ansible's own tags are data here; whether they decrypt is not this check's question.
for _tag in ("!vault", "!unsafe"):
    _Strict.add_constructor(_tag, lambda loader, node: loader.construct_scalar(node))

# Tags of Authentik's blueprints; what they name is looked up by its own check.
for _tag in ("!File", "!Env", "!Context", "!KeyOf", "!Find", "!Format", "!If", "!Condition"):
    _Strict.add_constructor(_tag, lambda loader, node: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node))


def _read_back(path: Path) -> list[str]:
    try:
        list(yaml.load_all(path.read_text(), _Strict))
    except (yaml.YAMLError, ValueError) as error:
        return [" ".join(str(error).split())]
    return []


def _json(path: Path) -> list[str]:
    def pairs(found: list[tuple[str, object]]) -> dict:
        keys = [key for key, _ in found]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"duplicate key {key!r}")
        return dict(found)

    def constant(word: str) -> None:
        raise ValueError(f"{word} is not JSON")

    try:
        json.loads(path.read_text(), object_pairs_hook=pairs, parse_constant=constant)
    except ValueError as error:
        return [str(error)]
    return []


def _shell_units(tree: Path) -> Iterator[Unit]:
    yield from file_units(tree, _with_suffix(tree, ".sh"), _shell)


def _shell(path: Path) -> list[str]:
    first = path.read_text().partition("\n")[0]
    if not first.startswith("#!"):
        return ["1: no #! line, so what runs it is a guess"]
    dialect = "bash" if first.rstrip().endswith("bash") else "sh"
    status, out, err = run([dialect, "-n", str(path)])
    said = lines(out, err) or ([f"exit status {status}"] if status else [])
    _, out, err = run(["shellcheck", "-s", dialect, "-f", "gcc", str(path)])
    return [line.replace(f"{path.parent}/", "") for line in [*said, *lines(out, err)]]


def _text_units(tree: Path) -> Iterator[Unit]:
    yield from file_units(tree, files_below(tree), _text)


def _text(path: Path) -> list[str]:
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return [str(error)]
    failures = []
    if "\r" in text:
        failures.append("a carriage return")
    if text.startswith("\ufeff"):
        failures.append("a byte order mark")
    if text and not text.endswith("\n"):
        failures.append("no newline at the end: programs that read lines may drop the last one")
    if any(ord(char) < 32 and char not in "\n\t" for char in text):
        failures.append("a control character")
    return failures


CONSUMERS = [
    Consumer("text", _text_units),
    Consumer(
        "yamllint",
        lambda tree: file_units(tree, _with_suffix(tree, ".yaml", ".yml"), _yamllint),
        version=lambda: yamllint.__version__ + CONFIG.read_text(),
    ),
    Consumer("YAML 1.1 read-back", lambda tree: file_units(tree, _with_suffix(tree, ".yaml", ".yml"), _read_back), version=lambda: yaml.__version__),
    Consumer("JSON", lambda tree: file_units(tree, _with_suffix(tree, ".json"), _json)),
    Consumer("shell", _shell_units, ["shellcheck", "bash"], lambda: run(["shellcheck", "--version"])[1]),
]
