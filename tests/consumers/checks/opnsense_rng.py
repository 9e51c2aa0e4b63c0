"""The content of config.xml as a RELAX NG schema, and as sentences about what is wrong. It must not decide what is right: that is the tree's.

The two readings must agree: xmllint's verdict is the one that counts, its messages name the outermost element only.
"""

from __future__ import annotations

import functools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from . import opnsense_legacy, opnsense_models
from .opnsense_models import Element, Text

_COUNTED = re.compile(r"(\[(?:\\.|[^\]\\])*\])\{(\d+)\}")


@functools.cache
def content(release: str, factory: bool = False) -> Element:
    """What config.xml may hold in a release."""
    root = opnsense_models.build(release, factory)
    opnsense_legacy.add(root, release, factory)
    return root


@functools.cache
def schema(release: str, factory: bool = False) -> str:
    """The RELAX NG schema of a release, XML syntax."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<grammar xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">',
        "<start>",
        *_element(content(release, factory), ["opnsense"]),
        "</start>",
        "</grammar>",
    ]
    return "\n".join(lines) + "\n"


def _element(e: Element, names: list[str]) -> Iterator[str]:
    yield f"<element><choice>{''.join(f'<name>{n}</name>' for n in names)}</choice>" if len(names) > 1 else f"<element name={quoteattr(names[0])}>"
    for name, (pattern, required) in e.attributes.items():
        body = f"<attribute name={quoteattr(name)}>{data(Text(pattern, name))}</attribute>"
        yield body if required else f"<optional>{body}</optional>"
    if e.text:
        yield f"<choice><empty/>{data(e.text)}</choice>" if e.empty else data(e.text)
    elif not e.elements:
        yield "<empty/>"
    else:
        yield "<interleave>"
        wraps = {"?": ("<optional>", "</optional>"), "*": ("<zeroOrMore>", "</zeroOrMore>"), "1": ("", "")}
        # Elements of one definition are one pattern; that none is there twice the sentences say.
        called: dict[int, list[str]] = {}
        for name, (child, _) in e.elements.items():
            called.setdefault(id(child), []).append(name)
        for child, occurs in {id(c): (c, occurs) for c, occurs in e.elements.values()}.values():
            names = called[id(child)]
            opening, closing = wraps["*" if len(names) > 1 else occurs]
            yield opening
            yield from _element(child, names)
            yield closing
        yield "</interleave>"
    yield "</element>"


def data(text: Text) -> str:
    """The pattern of a text."""
    if text.pattern == opnsense_models.TEXT:
        return "<text/>"
    kind, bounds = "string", ""
    if text.low is not None or text.high is not None:
        kind = "integer"
        bounds += f'<param name="minInclusive">{text.low}</param>' if text.low is not None else ""
        bounds += f'<param name="maxInclusive">{text.high}</param>' if text.high is not None else ""
    # libxml2 2.9 takes `([a-z]{4})*x` for what it is not: the count of a class inside a loop is written out.
    pattern = _COUNTED.sub(lambda m: m[1] * int(m[2]) if int(m[2]) <= 16 else m[0], text.pattern)
    return f'<data type="{kind}"><param name="pattern">{escape(pattern)}</param>{bounds}</data>'


def sentences(root: ET.Element, release: str, factory: bool = False) -> list[str]:
    """What is wrong with a document, each with the path of its element."""
    if root.tag != "opnsense":
        return [f"the root is {root.tag}, not opnsense"]
    return list(_read(root, content(release, factory), ""))


def _read(found: ET.Element, known: Element, path: str) -> Iterator[str]:
    for name, value in found.attrib.items():
        if name not in known.attributes:
            yield f"{path}: no attribute {name}"
        elif not Text(known.attributes[name][0], "").holds(value):
            yield f"{path}: {name} is {value!r}, not as {known.attributes[name][0]}"
    for name, (_, required) in known.attributes.items():
        if required and name not in found.attrib:
            yield f"{path}: no attribute {name}"
    text = found.text or ""
    if known.text:
        if len(found):
            yield f"{path}: holds elements; it is a text"
        elif not (known.empty and text == "") and not known.text.holds(text):
            said = f"{text[:80]!r} is not" if text else "nothing in it, which is not"
            yield f"{path}: {said} {known.text.called} ({known.where})"
        return
    if (text + "".join(c.tail or "" for c in found)).strip():
        yield f"{path}: holds text; it has elements ({known.where})"
    counts: dict[str, int] = {}
    for child in found:
        name = str(child.tag)
        here = f"{path}/{name}" + (f"[{child.get('uuid', '')}]" if "uuid" in child.attrib else "")
        counts[name] = counts.get(name, 0) + 1
        if name not in known.elements:
            yield f"{here}: no such element ({known.where or 'no section of this name'})"
            continue
        element, occurs = known.elements[name]
        if counts[name] == 2 and occurs != "*":
            yield f"{here}: twice"
        yield from _read(child, element, here)
    for name, (element, occurs) in known.elements.items():
        if occurs == "1" and name not in counts:
            yield f"{path}: no {name}, which is required and has no default ({element.where})"
