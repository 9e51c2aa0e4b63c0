"""What OPNsense would take of config.xml: xmllint with a schema of the stated release, names that must be there, nodes of a pair.

OPNsense itself checks nothing when it restores. The schema is made from upstream's model definitions each time (opnsense_rng);
it must not lie in the repository.
"""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from . import opnsense_pair, opnsense_refs
from .core import Consumer, Unit, digest, lines, run, scratch
from .opnsense_models import DIRECTORY, RELEASES, files, models, release_of, walk
from .opnsense_node import Node
from .opnsense_rng import schema, sentences

FILES = ("restore.xml", "merge.xml")
MOST = 40
_STATED = re.compile(r"^It is made for .*\bOPNsense (\d[\d.]*\d)", re.MULTILINE)
_IN_TOPOLOGY = re.compile(r'\bversions\s*\{[^{}]*\bopnsense "(\d[\d.]*\d)"')


def _nodes(tree: Path) -> dict[str, dict[str, Path]]:
    """The files of each node of a tree."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(tree.glob("opnsense/*/*.xml")):
        if path.name in FILES:
            found.setdefault(path.parent.name, {})[path.name] = path
    return found


def _release(tree: Path) -> str:
    """The release a tree is for: what its README says, or the topology beside it, or the only one whose models it has; or nothing.

    A case's tree has no README when it shows one emitter. Whatever says it, each container's version is compared with it.
    """
    for path, pattern in ((tree / "README.md", _STATED), (tree.parent / "topology.kdl", _IN_TOPOLOGY)):
        if path.exists() and (found := pattern.search(path.read_text())):
            return found[1]
    stated = [
        ("/".join(m.mount), e.get("version"), release, m.version)
        for release in RELEASES
        for m in models(release)
        for paths in _nodes(tree).values()
        for path in paths.values()
        for e in _containers(path, m.mount)
        if not m.mapped
    ]
    fit = [r for r in RELEASES if all(found == version for _, found, release, version in stated if release == r)]
    return fit[-1] if fit else ""


def _containers(path: Path, mount: tuple[str, ...]) -> list[ET.Element]:
    try:
        return list(walk(ET.parse(path).getroot(), mount))
    except ET.ParseError:
        return []


def _schema_units(tree: Path) -> Iterator[Unit]:
    nodes = _nodes(tree)
    stated = _release(tree) if nodes else ""
    for paths in nodes.values():
        for path in paths.values():
            yield Unit(str(path.relative_to(tree)), {path.name: path}, functools.partial(_schema, path, stated), stated)


def _schema(path: Path, stated: str) -> list[str]:
    text = path.read_text()
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return ["a document type, which the loader may not read"]
    status, out, err = run(["xmllint", "--noout", "--nonet", str(path)])
    if status:
        return _short(lines(out, err), path)
    release = release_of(stated)
    if release is None:
        return [f"for OPNsense {stated or 'of no release'}, of which there are no models here"]
    with scratch() as directory:
        rng = directory / "config.rng"
        rng.write_text(schema(release))
        status, out, err = run(["xmllint", "--noout", "--nonet", "--relaxng", str(rng), str(path)])
    said = sentences(ET.parse(path).getroot(), release)
    if status and not said:
        return _short(lines(out, err), path)
    if said and not status:
        return ["xmllint takes it, but:", *said[:MOST]]
    return said[:MOST]


def _short(words: list[str], path: Path) -> list[str]:
    return [line.replace(f"{path.parent}/", "") for line in words[:MOST]]


def _tree_units(tree: Path) -> Iterator[Unit]:
    nodes = _nodes(tree)
    if nodes:
        stated = _release(tree)
        inputs = {f"{name}/{file}": path for name, paths in nodes.items() for file, path in paths.items()}
        yield Unit("opnsense", inputs, functools.partial(_references, nodes, stated), stated)


def _read(nodes: dict[str, dict[str, Path]], stated: str) -> list[Node]:
    # What cannot be read is the schema's matter.
    release = release_of(stated)
    try:
        return [Node(name, paths, release) for name, paths in nodes.items()] if release else []
    except ET.ParseError:
        return []


def _references(nodes: dict[str, dict[str, Path]], stated: str) -> list[str]:
    found = [words for node in _read(nodes, stated) for words in opnsense_refs.judge(node)]
    return found[: 3 * MOST]


def _pair_units(tree: Path) -> Iterator[Unit]:
    for unit in _tree_units(tree):
        yield Unit(unit.label, unit.inputs, functools.partial(_pairs, _nodes(tree), unit.extra), unit.extra)


def _pairs(nodes: dict[str, dict[str, Path]], stated: str) -> list[str]:
    return [words for group in opnsense_pair.groups(_read(nodes, stated)) for words in opnsense_pair.judge(group)][: 3 * MOST]


@functools.cache
def _version() -> str:
    own = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("opnsense*.py"))]
    upstream = [path.read_bytes() for release in RELEASES for path in files(release)] if DIRECTORY.is_dir() else []
    lists = [path.read_bytes() for path in sorted((DIRECTORY / "option-lists").glob("*"))]
    return digest(*own, *upstream, *lists)


def _all_versions() -> str:
    return _version() + "".join(lines(*run(["xmllint", "--version"])[1:])[:1])


_UPSTREAM = str(DIRECTORY)
CONSUMERS = [
    Consumer("OPNsense schema", _schema_units, ["xmllint", _UPSTREAM], _all_versions),
    Consumer("OPNsense references", _tree_units, ["/etc/services", "/etc/protocols", _UPSTREAM], _version),
    Consumer("OPNsense pairs", _pair_units, [_UPSTREAM], _version),
]
