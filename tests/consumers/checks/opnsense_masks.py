"""PCRE masks of OPNsense's models as XSD patterns, which Python's `re` reads the same way. It must not guess: what it cannot say, it says.

A mask holds when it matches the whole value (models take the first match and compare it with the value), so anchors at the
ends fall away. One anchor inside is understood: `(X(,|$))+`, a list whose last item has no comma.
"""

from __future__ import annotations

# XML 1.0 has no other characters below a space.
_CONTROLS = (0x9, 0xA, 0xD)
_LAST = 0xFFFD
_META = set("\\|.?*+(){}[]-^")
_NAMED = {"n": [(10, 10)], "r": [(13, 13)], "t": [(9, 9)], "v": [(11, 11)], "f": [(12, 12)]}
_SETS = {"d": [(48, 57)], "w": [(48, 57), (65, 90), (95, 95), (97, 122)], "s": [(9, 13), (32, 32)]}


class Untranslatable(ValueError):
    """The mask has something that an XSD pattern cannot say."""


def translate(mask: str) -> str:
    """The XSD pattern of `/…/flags`. Raises `Untranslatable`."""
    text = mask.strip()
    close = text.rfind("/")
    if len(text) < 2 or text[0] != "/" or close == 0:
        raise Untranslatable(f"{mask}: no delimiters")
    flags = text[close + 1 :]
    if set(flags) - set("ius"):
        raise Untranslatable(f"{mask}: flags {flags}")
    parser = _Parser(text[1:close], "i" in flags, "s" in flags)
    tree = parser.alternation()
    if parser.at < len(parser.text):
        raise Untranslatable(f"{mask}: {parser.text[parser.at :]} is left over")
    return _print(_outer(tree))


def literal(text: str) -> str:
    """A pattern for this text alone."""
    return "".join(_char(c) for c in text)


def _char(c: str) -> str:
    escapes = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "$": "[$]"}
    return escapes.get(c) or (f"\\{c}" if c in _META else c)


# A tree is ("alt", [tree]), ("seq", [tree]), ("repeat", tree, low, high or None), ("set", negated, [(low, high)]), ("start",), ("end",).
class _Parser:
    def __init__(self, text: str, fold: bool, dotall: bool) -> None:
        self.text, self.at, self.fold, self.dotall = text, 0, fold, dotall

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def alternation(self) -> tuple:
        branches = [self.sequence()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.sequence())
        return ("alt", branches) if len(branches) > 1 else branches[0]

    def sequence(self) -> tuple:
        items = []
        while self.peek() and self.peek() not in "|)":
            items.append(self.quantified())
        return ("seq", items)

    def quantified(self) -> tuple:
        atom = self.atom()
        c = self.peek()
        bounds = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(c)
        if bounds:
            self.at += 1
        elif c == "{":
            close = self.text.index("}", self.at)
            low, comma, high = self.text[self.at + 1 : close].partition(",")
            if not low.isdigit() or (high and not high.isdigit()):
                raise Untranslatable(self.text)
            bounds = (int(low), (int(high) if high else None) if comma else int(low))
            self.at = close + 1
        if not bounds:
            return atom
        if self.peek() in ("?", "+"):
            raise Untranslatable(f"{self.text}: a lazy or possessive quantifier")
        return ("repeat", atom, *bounds)

    def atom(self) -> tuple:
        c = self.take()
        if c == "^":
            return ("start",)
        if c == "$":
            return ("end",)
        if c == ".":
            return ("set", True, [] if self.dotall else [(10, 10)])
        if c == "[":
            return self.charset()
        if c == "(":
            if self.peek() == "?":
                if self.text[self.at : self.at + 2] != "?:":
                    raise Untranslatable(f"{self.text}: {self.text[self.at - 1 : self.at + 3]}")
                self.at += 2
            tree = self.alternation()
            if self.peek() != ")":
                raise Untranslatable(f"{self.text}: a group is not closed")
            self.at += 1
            return tree
        if c == "\\":
            if self.peek() in ("A", "z"):
                return ("start",) if self.take() == "A" else ("end",)
            return ("set", False, self.folded(self.escaped()))
        return ("set", False, self.folded([(ord(c), ord(c))]))

    def escaped(self) -> list[tuple[int, int]]:
        c = self.take()
        if c == "x":
            if self.peek() == "{":
                close = self.text.index("}", self.at)
                code, self.at = int(self.text[self.at + 1 : close], 16), close + 1
            else:
                code, self.at = int(self.text[self.at : self.at + 2], 16), self.at + 2
            return [(code, code)]
        if c in _NAMED or c in _SETS:
            return _NAMED.get(c) or _SETS[c]
        if c.isalnum():
            raise Untranslatable(f"{self.text}: \\{c}")
        return [(ord(c), ord(c))]

    def charset(self) -> tuple:
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        first = True
        while first or self.peek() != "]":
            first = False
            if not self.peek():
                raise Untranslatable(f"{self.text}: a class is not closed")
            c = self.take()
            got = self.escaped() if c == "\\" else [(ord(c), ord(c))]
            if len(got) == 1 and got[0][0] == got[0][1] and self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                c = self.take()
                high = self.escaped() if c == "\\" else [(ord(c), ord(c))]
                got = [(got[0][0], high[0][1])]
            ranges += got
        self.at += 1
        return ("set", negated, self.folded(ranges))

    def folded(self, ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
        if not self.fold:
            return ranges
        more = []
        for low, high in ranges:
            for first, last, shift in ((65, 90, 32), (97, 122, -32)):
                a, b = max(low, first), min(high, last)
                if a <= b:
                    more.append((a + shift, b + shift))
        return ranges + more


def _outer(tree: tuple) -> tuple:
    """The tree without the anchors at its ends."""
    if tree[0] == "alt":
        return ("alt", [_outer(t) for t in tree[1]])
    if tree[0] != "seq":
        return tree
    items = list(tree[1])
    while items and items[0] == ("start",):
        items = items[1:]
    while items and items[-1] == ("end",):
        items = items[:-1]
    if len(items) == 1 and items[0][0] in ("alt", "seq"):
        return _outer(items[0])
    return ("seq", items)


def _print(tree: tuple) -> str:
    kind = tree[0]
    if kind == "alt":
        return "(" + "|".join(_print(t) for t in tree[1]) + ")"
    if kind == "seq":
        return "".join(_print(t) for t in tree[1])
    if kind == "set":
        return _set(tree[1], tree[2])
    if kind == "repeat":
        _, inner, low, high = tree
        while inner[0] == "seq" and len(inner[1]) == 1:
            inner = inner[1][0]
        if (low, high) == (1, 1):
            return _print(inner)
        if listed := _list(inner):
            if (low, high) != (1, None):
                raise Untranslatable("a list that may be empty or is counted")
            item, separator = listed
            return f"({item}{separator})*{item}{separator}?"
        mark = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high))
        if mark is None:
            mark = f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"
        text = _print(inner)
        return f"{text}{mark}" if inner[0] in ("set", "alt") else f"({text}){mark}"
    raise Untranslatable("an anchor that is not at an end")


def _list(tree: tuple) -> tuple[str, str] | None:
    """Item and separator of `X(S|$)`."""
    if tree[0] != "seq" or not tree[1] or tree[1][-1][0] != "alt":
        return None
    branches = tree[1][-1][1]
    if ("seq", [("end",)]) not in branches:
        return None
    rest = [b for b in branches if b != ("seq", [("end",)])]
    return _print(("seq", tree[1][:-1])), _print(("alt", rest))


def _set(negated: bool, ranges: list[tuple[int, int]]) -> str:
    kept = []
    for low, high in ranges:
        for c in _CONTROLS:
            if low <= c <= high and low < 32:
                kept.append((c, c))
        low, high = max(low, 32), min(high, _LAST)
        if low <= high:
            kept.append((low, high))
    kept = sorted(set(kept))
    if not kept:
        if negated:
            return "[\\s\\S]"
        raise Untranslatable("a class without characters of XML")
    if not negated and len(kept) == 1 and kept[0][0] == kept[0][1]:
        return _char(chr(kept[0][0]))
    inside = "".join(_in_class(a) if a == b else f"{_in_class(a)}-{_in_class(b)}" for a, b in kept)
    return f"[{'^' if negated else ''}{inside}]"


def _in_class(code: int) -> str:
    c = chr(code)
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c) or (f"\\{c}" if c in "\\[]^-" else c)
