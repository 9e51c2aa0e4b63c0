#!/usr/bin/env python3
"""Writes the RELAX NG schema of OPNsense's config.xml: `opnsense_rng.py RELEASE` with 25.7, 26.1 or 26.7.

`--untold` lists the fields whose values the schema cannot look at; `--test` tries the making of it. It must not be committed with
what it writes: the schema is made from upstream's model definitions.
"""

from __future__ import annotations

import argparse
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from checks import opnsense_models, opnsense_rng
from checks.core import find_program, lines, run, scratch
from checks.opnsense_masks import Untranslatable, translate
from checks.opnsense_models import DIRECTORY, RELEASES, Element, Text

# A mask, what it takes and what it does not; a mask that no XSD pattern says has None.
MASKS: list[tuple[str, list[str] | None, list[str]]] = [
    ("/^([0-9a-zA-Z.,_\\-]){0,4}$/u", ["", "a.,_", "-9"], ["a b", "abcde", "ä"]),
    ("/[^,]+/", ["a", "a b"], ["", "a,b"]),
    ("/[0-9]+[kmg]?/i", ["1", "50m", "50M"], ["m", "1mm", "50t"]),
    ("/^(\\/[^\\/ ]*)+\\/?|syslog.*$/", ["/a/b/", "syslog x"], ["a/b", "xsyslog"]),
    ("/^((?:\\*|[1-5][0-9]|[0-9])(,{1}|-{1}|\\/{1}|$))+$/", ["*", "*/5", "1,20", "1,20,"], ["123", "1,,2", ""]),
    ("/\\A[^\\r\\n]*\\z/", ["", "a b"], ["a\nb"]),
    ("/^[\\x{00A0}-\\x{FFFF}$]{1,2}$/u", ["ä", "$"], ["a", "äää"]),
    ("/^(.){1,3}$/s", ["a\nb"], ["", "abcd"]),
    ("/^(?!any).*$/", None, []),
    ("/^(a)\\1$/", None, []),
    ("/a+?/", None, []),
    ("/^(a$|b)c$/", None, []),
    ("#^a$#", None, []),
]
# What the factory configuration of each release has that the schema does not: settings of the box that topoc leaves alone, and what
# a first start migrates into models (rules of 25.7 and 26.1, memberships of groups).
FACTORY = {
    "25.7": {"/trigger_initial_wizard", "/theme", "/rrd", "/system/user/groupname", "/system/rrdbackup", "/system/netflowbackup", "/filter/rule"},
    "26.1": {"/trigger_initial_wizard", "/theme", "/rrd", "/system/user/groupname", "/system/rrdbackup", "/system/netflowbackup", "/filter/rule"},
    "26.7": {"/trigger_initial_wizard", "/theme", "/rrd", "/system/user/groupname"},
}
PROBES = [
    "", "0", "1", "2", "-1", "10", "255", "256", "4095", "65535", "65536", "1.5", "a", "A", "any", "wan", "opt1", "opt100", "wan,lan", "wan, lan", "a b", "a_b", "a-b", "1a",
    "t_x", "10.0.0.1", "10.0.0.256", "10.0.0.0/8", "10.0.0.0/33", "10.0.0.1,10.0.0.2", "10.0.0.1-10.0.0.9", "fe80::1", "2001:db8::/32", "::", "example.net", "*.example.net",
    "-example", "80", "80-90", "80,90", "(self)", "TCP", "tcp", "TCP/UDP", "00:11:22:33:44:55", "00-11-22-33-44-55", "https://example.net/x", "a@example.net", "QUJD", "QUI=", "QUI",
    "9b8b6906-8ddd-4ad1-8cc2-a9232282017d", "9b8b6906-8ddd-5ad1-8cc2-a9232282017d", "9B8B6906-8DDD-4AD1-8CC2-A9232282017D", "66f000ce47001", "line\nline", "tab\there", "ä", "x" * 255,
    "x" * 256, "topoc-secret:a", "/a/b", "$", "^", "[", "]", "\\", "|", "{}", "a.b", "UP_GW|1", "5:00-6:30", " ",
]  # fmt: skip


def failures() -> list[str]:
    """What is wrong with the making of the schema; nothing when upstream's definitions are not here."""
    if not DIRECTORY.is_dir() or find_program("xmllint") is None:
        return []
    return [f"opnsense_rng: {words}" for check in (_masks, _classes, _factory, _agree) for words in check()]


def _masks() -> Iterator[str]:
    for mask, takes, refuses in MASKS:
        try:
            pattern = translate(mask)
        except Untranslatable:
            if takes is not None:
                yield f"{mask} is not translated"
            continue
        if takes is None:
            yield f"{mask} is translated to {pattern}, which cannot be right"
            continue
        yield from (f"{mask} refuses {value!r}" for value in takes if not re.fullmatch(pattern, value))
        yield from (f"{mask} takes {value!r}" for value in refuses if re.fullmatch(pattern, value))


def _classes() -> Iterator[str]:
    used = {name for release in RELEASES for name in opnsense_models.classes(release)}
    for name in sorted((opnsense_models.AS_TEXT | set(opnsense_models.CLASSES)) - used):
        yield f"class {name} is of no field any more"
    for name in sorted(used - opnsense_models.AS_TEXT - set(opnsense_models.CLASSES)):
        yield f"class {name}: nothing is written down of it"
    for name in sorted(opnsense_models.AS_TEXT & set(opnsense_models.CLASSES)):
        yield f"class {name} is taken as text and is not"


def _factory() -> Iterator[str]:
    for release, core in RELEASES.items():
        path = DIRECTORY / core / "config.xml.sample"
        root = ET.parse(path).getroot()
        said = opnsense_rng.sentences(root, release, factory=True)
        unknown = {words.partition(":")[0] for words in said if ": no such element" in words}
        yield from (f"{core}/config.xml.sample: {words}" for words in said if ": no such element" not in words)
        for name in sorted(unknown ^ FACTORY[release]):
            yield f"{core}/config.xml.sample: {name}: {'unknown' if name in unknown else 'known or gone'}, against what is written down here"
        for name in FACTORY[release]:
            *above, last = name.strip("/").split("/")
            for parent in opnsense_models.walk(root, tuple(above)):
                for child in parent.findall(last):
                    parent.remove(child)
        yield from (f"{core}/config.xml.sample: {words}" for words in _xmllint(opnsense_rng.schema(release, True), ET.tostring(root, encoding="unicode")))


def _xmllint(schema: str, document: str) -> list[str]:
    with scratch() as directory:
        (directory / "schema.rng").write_text(schema)
        (directory / "document.xml").write_text(document)
        status, out, err = run(["xmllint", "--noout", "--nonet", "--relaxng", str(directory / "schema.rng"), str(directory / "document.xml")])
    return lines(out, err)[:5] or [f"exit status {status}"] if status else []


def _texts(e: Element) -> Iterator[Text]:
    if e.text:
        yield e.text
    for child, _ in e.elements.values():
        yield from _texts(child)


def _agree() -> Iterator[str]:
    """xmllint reads every pattern as Python does: what Python takes validates, and so does the rest with the opposite schema."""
    texts = {t for release in RELEASES for t in _texts(opnsense_rng.content(release)) if t.pattern != opnsense_models.TEXT}
    texts |= {Text(translate(mask), mask) for mask, takes, _ in MASKS if takes is not None}
    ordered = sorted(texts, key=lambda t: (t.pattern, t.low or 0, t.high or 0, t.called))
    # xs:integer strips white space before it looks, and an exception of it must be a number too: the sentences find such a value.
    for taken in (True, False):
        parts, values = [], []
        for n, text in enumerate(ordered):
            data = opnsense_rng.data(text)
            opposite = f'<data type="{"string" if text.low is None else "integer"}"><except>{data}</except></data>'
            body = data if taken else opposite
            parts.append(f'<element name="v{n}">{body}</element>')
            values += [f"<v{n}>{escape(p, {chr(10): '&#10;', chr(9): '&#9;'})}</v{n}>" for p in PROBES if text.holds(p) == taken and (text.low is None or re.fullmatch("-?[0-9]+", p))]
        schema = (
            '<grammar xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">'
            f'<start><element name="all"><zeroOrMore><choice>{"".join(parts)}</choice></zeroOrMore></element></start></grammar>'
        )
        for words in _xmllint(schema, f"<all>{chr(10).join(values)}</all>"):
            yield f"xmllint {'refuses' if taken else 'takes'} what Python {'takes' if taken else 'refuses'}: {words}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the RELAX NG schema of OPNsense's config.xml.")
    parser.add_argument("release", choices=list(RELEASES), nargs="?", default=list(RELEASES)[-1])
    parser.add_argument("--factory", action="store_true", help="for a configuration that was not yet migrated: attributes are optional")
    parser.add_argument("--untold", action="store_true", help="list the fields that the schema takes as text")
    parser.add_argument("--test", action="store_true", help="try the making of the schema")
    options = parser.parse_args()
    if options.test:
        found = failures()
        print("\n".join([*found, f"{len(found)} failed"]))
        return 1 if found else 0
    if options.untold:
        print("\n".join(opnsense_models.untold(options.release)))
    else:
        sys.stdout.write(opnsense_rng.schema(options.release, options.factory))
    return 0


if __name__ == "__main__":
    sys.exit(main())
