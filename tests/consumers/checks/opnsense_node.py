"""One node's configuration: its two files with the definitions beside them, and what the models demand between fields.

It must not know what topoc means by any of it.
"""

from __future__ import annotations

import functools
import ipaddress
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .opnsense_models import Element, walk
from .opnsense_rng import content


@dataclass(frozen=True)
class Found:
    """A field of config.xml beside its definition; `item` is the element that it is in."""

    path: str
    file: str
    e: ET.Element
    known: Element
    item: ET.Element

    @property
    def type(self) -> str:
        """The class of the field, or nothing where there is no model."""
        return "" if self.known.definition is None else self.known.definition.get("type", "").removeprefix(".\\")

    @property
    def text(self) -> str:
        """Its value."""
        return self.e.text or ""

    @property
    def values(self) -> list[str]:
        """Its values, one by one."""
        return [v for v in self.text.split(",") if v]


class Node:
    """What one node is given: the sections of both its files."""

    def __init__(self, name: str, files: dict[str, Path], release: str) -> None:
        self.name, self.release = name, release
        self.roots = {file: ET.parse(path).getroot() for file, path in files.items()}
        self.fields = [f for file, root in self.roots.items() for f in _fields(root, content(release), "", file)]
        self.items = [i for root in self.roots.values() for i in _items(root, content(release), "")]

    def all(self, *path: str) -> list[ET.Element]:
        """Every element at a path, of both files."""
        return [e for root in self.roots.values() for e in walk(root, path)]

    def text(self, *path: str) -> str:
        """The text of the first element at a path."""
        return next((e.text or "" for e in self.all(*path)), "")

    @functools.cached_property
    def interfaces(self) -> dict[str, ET.Element]:
        """Interfaces by their key."""
        return {e.tag: e for parent in self.all("interfaces") for e in parent}

    @functools.cached_property
    def groups(self) -> set[str]:
        """Groups of interfaces: those that are stated, and those that OPNsense makes for VPNs."""
        found = {e.findtext("ifname", "") for e in self.all("ifgroups", "ifgroupentry")}
        if self.all("OPNsense", "wireguard", "server", "servers", "server"):
            found.add("wireguard")
        if self.all("OPNsense", "OpenVPN", "Instances", "Instance"):
            found.add("openvpn")
        if self.all("OPNsense", "Swanctl", "Connections", "Connection"):
            found.add("enc0")
        return found

    @functools.cached_property
    def aliases(self) -> dict[str, ET.Element]:
        """Aliases by their name."""
        return {e.findtext("name", ""): e for e in self.all("OPNsense", "Firewall", "Alias", "aliases", "alias")}

    @functools.cached_property
    def gateways(self) -> dict[str, ET.Element]:
        """Gateways by their name."""
        return {e.findtext("name", ""): e for e in self.all("OPNsense", "Gateways", "gateway_item")}

    @functools.cached_property
    def gateway_groups(self) -> dict[str, ET.Element]:
        """Groups of gateways by their name."""
        return {e.findtext("name", ""): e for e in self.all("gateways", "gateway_group")}

    def network(self, key: str) -> ipaddress.IPv4Interface | None:
        """Address and network of an interface that has one of its own."""
        e = self.interfaces.get(key)
        try:
            return ipaddress.ip_interface(f"{e.findtext('ipaddr')}/{e.findtext('subnet')}") if e is not None else None
        except ValueError:
            return None


def _fields(found: ET.Element, known: Element, path: str, file: str) -> Iterator[Found]:
    for child in found:
        if child.tag not in known.elements:
            continue  # the schema says so
        below = known.elements[child.tag][0]
        here = f"{path}/{child.tag}" + (f"[{child.get('uuid')}]" if child.get("uuid") else "")
        if below.text:
            yield Found(here, file, child, below, found)
        else:
            yield from _fields(child, below, here, file)


def _items(found: ET.Element, known: Element, path: str) -> Iterator[tuple[str, ET.Element, Element]]:
    """Every element that holds fields."""
    yield path, found, known
    for child in found:
        if child.tag in known.elements and not known.elements[child.tag][0].text:
            yield from _items(child, known.elements[child.tag][0], f"{path}/{child.tag}" + (f"[{child.get('uuid')}]" if child.get("uuid") else ""))


def default(definition: ET.Element | None) -> str:
    """What an absent element stands for."""
    return "" if definition is None else (definition.findtext("Default") or "").strip()


def constraints(node: Node) -> Iterator[str]:
    """What a model demands between the fields of an item, or of a field between all items (Base/Constraints)."""
    unique: dict[tuple[str, str, str], set[tuple[str, ...]]] = {}
    for path, item, known in node.items:

        def value(name: str, item: ET.Element = item, known: Element = known) -> str:
            found = item.find(name)
            return (found.text or "") if found is not None else default(known.elements[name][0].definition if name in known.elements else None)

        for name, (leaf, _) in known.elements.items():
            holders = leaf.definition.findall("Constraints") if leaf.text and leaf.definition is not None else []
            for c in [c for holder in holders for c in (holder, *holder) if c.find("type") is not None]:
                others = [(a.text or "").strip() for a in c.find("addFields")] if c.find("addFields") is not None else []
                table = (known.where, name, re.sub(r"\[[^]]*]", "", path))
                for words in _constraint(c, name, value, others, unique.setdefault(table, set())):
                    yield f"{path}/{name}: {words}"


def _constraint(c: ET.Element, name: str, value: Callable[[str], str], others: list[str], seen: set[tuple[str, ...]]) -> Iterator[str]:
    kind, field = c.findtext("type"), (c.findtext("field") or "").strip()
    values = (value(name), *(value(o) for o in others))
    if kind == "UniqueConstraint":
        if values[0] and values in seen:
            yield f"{', '.join(v for v in values if v)} is there twice"
        seen.add(values)
    elif kind == "DependConstraint" and values[0] in ("", "0") and any(v not in ("", "0") for v in values[1:]):
        yield f"nothing, though {', '.join(others)} asks for it"
    elif kind == "SetIfConstraint" and values[0] == "" and value(field) == (c.findtext("check") or ""):
        yield f"nothing, though {field} is {value(field) or 'empty'}"
    elif kind == "SingleSelectConstraint" and len([v for v in values if v not in ("", "0")]) > 1:
        yield f"not together with {', '.join(others)}"
    elif kind == "ComparedToFieldConstraint" and values[0] and value(field):
        less = int(values[0]) < int(value(field)) if c.findtext("operator") == "lt" else int(values[0]) > int(value(field))
        if not less:
            yield f"{values[0]} beside {field} {value(field)}"
