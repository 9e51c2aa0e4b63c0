"""Documents for people: charts by Mermaid, drawings by xmllint and librsvg with every label measured, commands by shellcheck.

It must not know what a chart or a drawing is about.
"""

from __future__ import annotations

import functools
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from .core import CACHE, HERE, Consumer, Unit, file_units, files_below, lines, run, scratch

NODE = CACHE / "node"
CHARTS = HERE.parent / "node" / "mermaid.mjs"
FONTS = {False: Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"), True: Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")}
SVG = "{http://www.w3.org/2000/svg}"


def _below(tree: Path, suffix: str) -> list[Path]:
    return [path for path in files_below(tree) if path.suffix == suffix]


def _blocks(text: str, language: str) -> Iterator[tuple[int, str]]:
    """Every fenced block of a language: the number of its first line, and its text."""
    found, start = None, 0
    for number, line in enumerate(text.splitlines(), 1):
        if found is not None and line == "```":
            yield start, "\n".join([*found, ""])
            found = None
        elif found is not None:
            found.append(line)
        elif line == f"```{language}":
            found, start = [], number + 1


def _mermaid_units(tree: Path) -> Iterator[Unit]:
    yield from file_units(tree, [path for path in _below(tree, ".md") if "```mermaid" in path.read_text()], _mermaid)


def _mermaid(path: Path) -> list[str]:
    charts = [{"name": f"line {start}", "text": text} for start, text in _blocks(path.read_text(), "mermaid")]
    if not charts:
        return ["a chart that does not end"]
    with scratch() as directory:
        (directory / "charts.json").write_text(json.dumps(charts))
        status, out, err = run(["sh", "-c", 'exec node "$1" "$2" <"$3"', "sh", str(CHARTS), str(NODE), str(directory / "charts.json")])
    return lines(out, err) + ([f"exit status {status}"] if status else [])


def _versions(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _drawn(path: Path) -> list[str]:
    status, out, err = run(["xmllint", "--noout", "--nonet", str(path)])
    if status or out or err:
        return lines(out, err) or [f"xmllint: exit status {status}"]
    with scratch() as directory:
        picture = directory / "picture.png"
        # Librsvg draws at most 32,767 pixels a side, and a big drawing would only take time.
        status, out, err = run(["rsvg-convert", "--width", "600", "--keep-aspect-ratio", "-o", str(picture), str(path)])
        if status or out or err:
            return lines(out, err) or [f"rsvg-convert: exit status {status}"]
        return [] if picture.stat().st_size > 100 else ["rsvg-convert draws nothing"]


@functools.cache
def _font(bold: bool):
    from fontTools.ttLib import TTFont

    font = TTFont(FONTS[bold], lazy=True)
    return font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm


def _width(text: str, size: int, bold: bool) -> float:
    """How wide a text is by the font's own advance widths."""
    characters, advances, units = _font(bold)
    return sum(advances[characters.get(ord(c), ".notdef")][0] for c in text) * size / units


def _faces(root: ET.Element) -> dict[str, tuple[int, bool]]:
    """Classes of the style that are fonts: size and weight."""
    style = "".join(e.text or "" for e in root.iter(f"{SVG}style"))
    found = re.findall(r"\.([\w-]+)\{font-size:(\d+)px(;font-weight:bold)?\}", style)
    return {name: (int(size), bool(bold)) for name, size, bold in found}


Box = tuple[float, float, float, float]


def _inside(inner: Box, outer: Box) -> bool:
    return inner[0] >= outer[0] and inner[1] >= outer[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _rect(element: ET.Element) -> Box:
    x, y, w, h = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
    return (x, y, x + w, y + h)


def _labels(path: Path) -> list[str]:
    root = ET.parse(path).getroot()
    faces = _faces(root)
    page = tuple(float(n) for n in root.get("viewBox", "0 0 0 0").split())
    page = (page[0], page[1], page[0] + page[2], page[1] + page[3])
    failures: list[str] = []
    labels: list[tuple[Box, str]] = []
    boxes: list[Box] = []
    for what in ("title", "desc"):
        if not (root.findtext(f"{SVG}{what}") or "").strip():
            failures.append(f"no <{what}>")

    def walk(element: ET.Element, box: Box | None) -> None:
        for child in element:
            if child.tag == f"{SVG}g":
                rect = child.find(f"{SVG}rect")
                walk(child, _rect(rect) if child.get("class") == "boxed" and rect is not None else None)
            elif child.tag == f"{SVG}rect":
                if not _inside(_rect(child), page):
                    failures.append(f"a box outside of the page: {_rect(child)}")
                if element.get("class") == "boxed":
                    boxes.append(_rect(child))
            elif child.tag == f"{SVG}text":
                words = child.text or ""
                if child.get("class") not in faces:
                    failures.append(f"{words!r} has no font")
                    continue
                size, bold = faces[child.get("class")]
                x, y = float(child.get("x", "0")), float(child.get("y", "0"))
                # Letters reach from three quarters of the size above the line to a quarter below (DejaVu Sans: ascenders 0.76, descenders 0.24).
                own = (x, y - 0.76 * size, x + _width(words, size, bold), y + 0.24 * size)
                labels.append((own, words))
                if not _inside(own, page):
                    failures.append(f"{words!r} reaches out of the page")
                if box is not None and not _inside(own, box):
                    failures.append(f"{words!r} reaches out of its box")

    walk(root, None)
    if not labels:
        failures.append("no label")
    # Those that begin higher first: a label can only meet those that begin before it ends.
    for name, things in (("label", sorted(labels)), ("box", sorted((b, "a box") for b in boxes))):
        things = sorted(things, key=lambda t: t[0][1])
        for i, (one, words) in enumerate(things):
            for other, more in things[i + 1 :]:
                if other[1] >= one[3]:
                    break
                if _meet(one, other):
                    failures.append(f"{name}s overlap: {words!r} and {more!r}")
    # A label that is in no box must not stand on one either.
    for own, words in labels:
        for box in boxes:
            if _meet(own, box) and not _inside(own, box):
                failures.append(f"{words!r} crosses the edge of a box")
    return failures[:20]


def _shell_units(tree: Path) -> Iterator[Unit]:
    yield from file_units(tree, [path for path in _below(tree, ".md") if "```sh" in path.read_text()], _shell)


# A reader types these: a `cd` that fails is seen, and `exit` would close the terminal.
TYPED = "SC2164"


def _shell(path: Path) -> list[str]:
    failures = []
    with scratch() as directory:
        scripts = {}
        for start, text in _blocks(path.read_text(), "sh"):
            script = directory / f"{start}.sh"
            script.write_text(text)
            scripts[str(script)] = start
        if not scripts:
            return ["a block that does not end"]
        status, out, err = run(["shellcheck", "-s", "sh", "-f", "gcc", "-e", TYPED, *scripts])
        for line in lines(out, err):
            name, _, rest = line.partition(":")
            number, _, words = rest.partition(":")
            failures.append(f"{scripts[name] + int(number) - 1}:{words}" if name in scripts and number.isdigit() else line)
        if status and not failures:
            failures.append(f"shellcheck: exit status {status}")
    return failures


CONSUMERS = [
    Consumer("Mermaid", _mermaid_units, ["node", f"{NODE}/node_modules/mermaid/package.json"], lambda: _versions(CHARTS) + _versions(NODE / "package-lock.json")),
    Consumer("SVG", lambda tree: file_units(tree, _below(tree, ".svg"), _drawn), ["xmllint", "rsvg-convert"], lambda: run(["rsvg-convert", "--version"])[1]),
    Consumer("SVG, labels", lambda tree: file_units(tree, _below(tree, ".svg"), _labels), [str(FONTS[False])]),
    Consumer("shell in documents", _shell_units, ["shellcheck"], lambda: run(["shellcheck", "--version"])[1]),
]
