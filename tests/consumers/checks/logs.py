"""Logs: configuration of Alloy by a parser of its own syntax, what it does with real lines, and LogQL by Grafana's grammar.

No Alloy runs here: the components that are used, with their attributes and blocks, are written down from its reference
(v1.18, docs/sources/reference/components). Regular expressions are RE2's, so what only other engines take is refused.
It must not know the topology.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from .cluster import documents, folders
from .core import CACHE, Consumer, Unit, run, scratch

# component -> (attributes, required ones, blocks, exports)
RULE = {"rule": ({"source_labels", "separator", "regex", "modulus", "target_label", "replacement", "action"}, set(), {})}
STAGES = {
    "stage.cri": (set(), set(), {}),
    "stage.json": ({"expressions", "source", "drop_malformed"}, {"expressions"}, {}),
    "stage.label_drop": ({"values"}, {"values"}, {}),
    "stage.labels": ({"values"}, {"values"}, {}),
    "stage.regex": ({"expression", "source", "labels_from_groups"}, {"expression"}, {}),
    "stage.structured_metadata": ({"values", "regex"}, {"values"}, {}),
}
STAGES["stage.match"] = ({"selector", "pipeline_name", "action", "drop_counter_reason"}, {"selector"}, STAGES)
COMPONENTS = {
    "discovery.kubernetes": ({"role", "api_server"}, {"role"}, {"selectors": ({"role", "field", "label"}, {"role"}, {})}, {"targets"}),
    "discovery.relabel": ({"targets"}, {"targets"}, RULE, {"output", "rules"}),
    "local.file_match": ({"path_targets", "sync_period"}, {"path_targets"}, {}, {"targets"}),
    "loki.source.file": ({"targets", "forward_to", "tail_from_end"}, {"targets", "forward_to"}, {}, set()),
    "loki.source.journal": ({"forward_to", "path", "max_age", "matches", "labels", "relabel_rules", "format_as_json"}, {"forward_to"}, {}, set()),
    "loki.source.syslog": (
        {"forward_to", "relabel_rules"},
        {"forward_to"},
        {"listener": ({"address", "protocol", "syslog_format", "use_incoming_timestamp", "max_message_length", "labels", "idle_timeout", "label_structured_data", "use_rfc5424_message"}, {"address"}, {})},
        set(),
    ),
    "loki.relabel": ({"forward_to", "max_cache_size"}, {"forward_to"}, RULE, {"receiver", "rules"}),
    "loki.process": ({"forward_to"}, {"forward_to"}, STAGES, {"receiver"}),
    "loki.write": ({"external_labels", "max_streams"}, set(), {"endpoint": ({"url", "tenant_id", "name"}, {"url"}, {})}, {"receiver"}),
}
TOKEN = re.compile(r'\s+|//[^\n]*|(?P<raw>`[^`]*`)|(?P<str>"(?:[^"\\\n]|\\.)*")|(?P<num>-?[0-9]+)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>[{}\[\]()=,.+])')


class Fault(Exception):
    """What the parser of Alloy's syntax does not take."""


class Parser:
    """Blocks as (name, label, attributes, blocks); a reference is a tuple of words."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str, int]] = []
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if found is None:
                raise Fault(f"line {text.count(chr(10), 0, at) + 1}: {text[at]!r} begins nothing")
            if found.lastgroup:
                self.tokens.append((found.lastgroup, found.group(), text.count("\n", 0, at) + 1))
            at = found.end()
        self.at = 0

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", self.tokens[-1][2] if self.tokens else 1)

    def take(self, text: str | None = None) -> str:
        kind, value, line = self.peek()
        if kind == "end" or (text is not None and value != text):
            raise Fault(f"line {line}: {text or 'more'} is expected, not {value or 'the end'!r}")
        self.at += 1
        return value

    def body(self, end: str) -> tuple[dict, list]:
        attributes: dict = {}
        blocks: list = []
        while self.peek()[1] != end and self.peek()[0] != "end":
            kind, name, line = self.peek()
            if kind != "word":
                raise Fault(f"line {line}: a name is expected, not {name!r}")
            self.take()
            while self.peek()[1] == ".":
                self.take()
                name += "." + self.take()
            if self.peek()[1] == "=":
                self.take()
                if name in attributes:
                    raise Fault(f"line {line}: {name} is said twice")
                attributes[name] = self.value()
                continue
            label = json.loads(self.take()) if self.peek()[0] == "str" else None
            self.take("{")
            inner = self.body("}")
            self.take("}")
            blocks.append((name, label, *inner))
        return attributes, blocks

    def value(self) -> object:
        kind, text, line = self.peek()
        self.take()
        if kind == "raw":
            found: object = text[1:-1]
        elif kind == "str":
            found = json.loads(text)
        elif kind == "num":
            found = int(text)
        elif text in ("[", "{"):
            found = self.many(text)
        elif kind == "word" and text in ("true", "false", "null"):
            found = {"true": True, "false": False, "null": None}[text]
        elif kind == "word":
            path = [text]
            while self.peek()[1] == ".":
                self.take()
                path.append(self.take())
            if self.peek()[1] == "(":
                self.take()
                arguments = []
                while self.peek()[1] != ")":
                    arguments.append(self.value())
                    if self.peek()[1] != ")":
                        self.take(",")
                self.take(")")
                found = ("call", ".".join(path), arguments)
            else:
                found = ("ref", *path)
        else:
            raise Fault(f"line {line}: a value is expected, not {text!r}")
        if self.peek()[1] == "+":
            self.take()
            found = ("sum", found, self.value())
        return found

    def many(self, opened: str) -> object:
        if opened == "[":
            items = []
            while self.peek()[1] != "]":
                items.append(self.value())
                if self.peek()[1] != "]":
                    self.take(",")
            self.take("]")
            return items
        fields: dict = {}
        while self.peek()[1] != "}":
            key = self.take()
            self.take("=")
            fields[key.strip('"')] = self.value()
            if self.peek()[1] != "}":
                self.take(",")
        self.take("}")
        return fields


def parse(text: str) -> list:
    """The components of a configuration."""
    parser = Parser(text)
    attributes, blocks = parser.body("")
    if parser.peek()[0] != "end":
        raise Fault(f"line {parser.peek()[2]}: {parser.peek()[1]!r} closes nothing")
    if attributes:
        raise Fault(f"{next(iter(attributes))}: an attribute outside of any component")
    return blocks


def references(value: object) -> Iterator[tuple]:
    """Every reference in a value."""
    if isinstance(value, tuple):
        if value[0] == "ref":
            yield value[1:]
        for item in value[1:]:
            yield from references(item)
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from references(item)


def shape(where: str, body: tuple[dict, list], known: tuple) -> Iterator[str]:
    """What a block has that it must not have, or has not."""
    attributes, blocks = body
    allowed, required, inner = known[:3]
    yield from (f"{where}: no attribute {name}" for name in attributes if name not in allowed)
    yield from (f"{where}: {name} is missing" for name in sorted(required) if name not in attributes)
    for name, label, *rest in blocks:
        if name not in inner:
            yield f"{where}: no block {name}"
        elif label is not None:
            yield f"{where}: {name} has no label"
        else:
            yield from shape(f"{where} {name}", tuple(rest), inner[name])
    for name in ("expression", "regex"):
        text = attributes.get(name)
        if isinstance(text, str):
            if re.search(r"\(\?(?:=|!|<=|<!|>)|\\[1-9]", text):
                yield f"{where}: RE2 has no look-around and no back reference: {text}"
            try:
                re.compile(text)
            except re.error as error:
                yield f"{where}: {error}: {text}"


def structure(components: list) -> Iterator[str]:
    """What is wrong with components, and what refers to nothing."""
    exported = {}
    for name, label, attributes, blocks in components:
        known = COMPONENTS.get(name)
        where = f"{name} {label}"
        if known is None:
            yield f"{where}: no such component"
            continue
        if not label or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", label):
            yield f"{where}: a component has a label"
        if (name, label) in exported:
            yield f"{where}: there twice"
        exported[name, label] = known[3]
        yield from shape(where, (attributes, blocks), known)
    used = set()
    for name, label, attributes, _ in components:
        for reference in (r for value in attributes.values() for r in references(value)):
            *component, of, field = reference
            target = (".".join(component), of)
            used.add(target)
            if field not in exported.get(target, set()):
                yield f"{name} {label}: {'.'.join(reference)} is exported by nothing"
    for name, label in exported:
        if (name, label) not in used and not name.startswith("loki.source."):
            yield f"{name} {label}: nothing uses it"


def selected(selector: str, labels: dict, line: str) -> bool:
    """Whether a line is in a stage.match; only what is used here is understood."""
    found = re.fullmatch(r'\{(\w+)(=~?)"([^"]*)"\}(?: \|= "([^"]*)")?', selector)
    if found is None:
        raise Fault(f"selector {selector} is not understood")
    label, sign, text, contains = found.groups()
    has = labels.get(label, "")
    return (has == text if sign == "=" else re.fullmatch(text, has) is not None) and (contains or "") in line


def process(blocks: list, line: str, labels: dict, extracted: dict, metadata: dict) -> None:
    """Runs stages over a line as loki.process does."""
    for name, _, attributes, inner in blocks:
        if name == "stage.match":
            if selected(attributes["selector"], labels, line):
                process(inner, line, labels, extracted, metadata)
        elif name == "stage.regex":
            found = re.search(attributes["expression"], line, re.ASCII)
            extracted.update({k: v or "" for k, v in found.groupdict().items()} if found else {})
        elif name == "stage.json":
            try:
                document = json.loads(line)
            except ValueError:
                continue
            for key, path in attributes["expressions"].items():
                value: object = document
                for step in (path or key).split("."):
                    value = value.get(step) if isinstance(value, dict) else None
                if value is not None:
                    extracted[key] = str(value)
        elif name == "stage.labels":
            labels.update({k: extracted[v or k] for k, v in attributes["values"].items() if extracted.get(v or k)})
        elif name == "stage.structured_metadata":
            all_known = {**labels, **extracted}
            metadata.update({k: all_known[v or k] for k, v in attributes["values"].items() if all_known.get(v or k)})
        elif name == "stage.label_drop":
            for label in attributes["values"]:
                labels.pop(label, None)


# Lines as the programs write them, and what must be known of each. filterlog: the order of print-ip.c, print-ip6.c and
# description.txt of opnsense/ports and of scripts/filter/read_log.py of opnsense/core; CARP transitions: core issues 3515, 3671;
# EVE: Suricata's own documentation; lease: Kea's messages (DHCP4_LEASE_ALLOC).
RID = "fae559338f65e11c53669fc3642c93c2"
SAMPLES: list[tuple[str, str, dict]] = [
    ("filterlog", f"96,,,{RID},vtnet1,match,block,in,4,0x0,,64,61633,0,DF,6,tcp,60,203.0.113.7,10.0.0.5,52461,22,0,S,3442468761,,64240,,mss;nop;wscale",
     {"action": "block", "interface": "vtnet1", "direction": "in", "src": "203.0.113.7", "dst": "10.0.0.5", "proto": "tcp", "protonum": "6", "srcport": "52461", "dstport": "22", "tcpflags": "S", "rid": RID, "reason": "match", "ipversion": "4", "rulenr": "96", "length": "60"}),
    ("filterlog", f"12,,,{RID},vtnet0,match,pass,out,4,0x0,,63,0,0,none,17,udp,71,10.0.0.5,9.9.9.9,40000,53,51",
     {"action": "pass", "direction": "out", "src": "10.0.0.5", "dst": "9.9.9.9", "proto": "udp", "srcport": "40000", "dstport": "53", "datalen": "51"}),
    ("filterlog", f"12,,,{RID},vtnet0,match,block,in,4,0x0,,63,4,0,none,1,icmp,84,203.0.113.9,10.0.0.5,datalength=64,echoreq,,7,1,",
     {"action": "block", "src": "203.0.113.9", "dst": "10.0.0.5", "proto": "icmp", "icmptype": "echoreq"}),
    ("filterlog", f"12,,,{RID},vtnet0,match,block,in,4,0x0,,63,4,0,none,1,icmp,84,203.0.113.9,10.0.0.5,datalength=64",
     {"src": "203.0.113.9", "proto": "icmp"}),
    ("filterlog", f"8,,,{RID},vlan0.30,match,block,in,6,0x00,0x00000,64,tcp,6,40,2001:db8::7,2001:db8:1::5,443,51000,0,SA,1,2,64240,,",
     {"action": "block", "interface": "vlan0.30", "src": "2001:db8::7", "dst": "2001:db8:1::5", "proto": "tcp", "protonum": "6", "srcport": "443", "dstport": "51000", "tcpflags": "SA", "ipversion": "6"}),
    ("filterlog", f"8,,,{RID},vtnet0,match,pass,in,6,0x00,0x00000,255,ipv6-icmp,58,32,fe80::1,ff02::1,datalength=32,neighbrsol,0,,,",
     {"src": "fe80::1", "dst": "ff02::1", "proto": "ipv6-icmp", "icmptype": "neighbrsol"}),
    ("filterlog", f"5,,,{RID},vtnet1,match,pass,in,4,0xe0,,255,0,0,DF,112,carp,56,10.0.0.252,224.0.0.18,advertise,255,1,2,0,1",
     {"src": "10.0.0.252", "dst": "224.0.0.18", "proto": "carp", "carptype": "advertise", "vhid": "1", "advskew": "0", "advbase": "1"}),
    # A rule of an anchor, and a fragment: what follows the addresses is not there.
    ("filterlog", "7,2,nat,0,vtnet0,fragment,block,in,4,0x0,,64,1,1480,none,17,udp,1500,203.0.113.7,10.0.0.5,",
     {"reason": "fragment", "action": "block", "src": "203.0.113.7", "proto": "udp", "rulenr": "7", "rid": "0"}),
    ("suricata", json.dumps({"timestamp": "2026-01-01T00:00:00.0+0000", "flow_id": 7, "in_iface": "vtnet0", "event_type": "alert", "src_ip": "203.0.113.7", "src_port": 4, "dest_ip": "10.0.0.5", "dest_port": 80, "proto": "TCP", "alert": {"action": "allowed", "signature_id": 2019401, "signature": "ET SAMPLE", "category": "Misc", "severity": 1}}),
     {"event_type": "alert", "alert_severity": "1", "alert_signature": "ET SAMPLE", "alert_id": "2019401", "src": "203.0.113.7", "dst": "10.0.0.5", "dstport": "80"}),
    ("unbound", "[25141:0] info: 10.0.0.5 www.example.com. A IN", {"unbound_level": "info", "src": "10.0.0.5", "qname": "www.example.com.", "qtype": "A"}),
    ("unbound", "[25141:0] notice: init module 0: validator", {"unbound_level": "notice"}),
    ("openvpn_server1", "anna/203.0.113.7:1194 peer info: IV_VER=2.6.8", {"vpn_user": "anna", "src": "203.0.113.7", "srcport": "1194"}),
    ("kea-dhcp4", "INFO  [kea-dhcp4.leases.0x1] DHCP4_LEASE_ALLOC [hwtype=1 bc:24:11:00:00:01], cid=[no info], tid=0x1: lease 10.0.0.101 has been allocated for 4000 seconds",
     {"dhcp_event": "LEASE_ALLOC", "mac": "bc:24:11:00:00:01", "lease": "10.0.0.101"}),
    ("audit", "/index.php: Web GUI authentication error for 'root' from 203.0.113.7", {"failed_user": "root", "src": "203.0.113.7"}),
    ("audit", "/index.php: Successful login for user 'root' from: 10.0.0.9", {"failed_user": None}),
    ("sshd", "Failed password for invalid user test from 203.0.113.8 port 22 ssh2", {"failed_user": "test", "src": "203.0.113.8"}),
    ("sshd-session", "Failed keyboard-interactive/pam for root from 203.0.113.8 port 22 ssh2", {"failed_user": "root", "src": "203.0.113.8"}),
    ("kernel", "<6>carp: 1@vtnet1: BACKUP -> MASTER (master timed out)", {"vhid": "1", "carp_interface": "vtnet1", "carp_from": "BACKUP", "carp_to": "MASTER"}),
    ("kernel", "carp: VHID 3@vlan0.30: MASTER -> BACKUP (more frequent advertisement received)", {"vhid": "3", "carp_to": "BACKUP"}),
    ("kernel", "vtnet1: link state changed to UP", {"carp_to": None}),
]
# Each value of a label is a stream of its own, so there are few.
LABELS = {"job", "opnsense_host", "opnsense_app", "interface", "action", "direction"}


def behaviour(components: list) -> Iterator[str]:
    """What becomes of lines of a firewall."""
    listeners = [b for name, _, _, blocks in components if name == "loki.source.syslog" for b in blocks if b[0] == "listener"]
    if not listeners:
        return
    for _, _, attributes, _ in listeners:
        if attributes.get("protocol") not in ("tcp", "udp") or attributes.get("syslog_format") != "rfc5424":
            yield "a listener takes one protocol, and messages of RFC 5424"
    (stages,) = [blocks for name, _, _, blocks in components if name == "loki.process"]
    for app, line, expected in SAMPLES:
        labels = {"job": "opnsense", "opnsense_host": "gate", "opnsense_app": app, "severity": "informational"}
        extracted: dict = {}
        metadata: dict = {}
        process(stages, line, labels, extracted, metadata)
        known = {**metadata, **labels}
        for key, value in expected.items():
            if known.get(key) != value:
                yield f"{app}: {key} is {known.get(key)!r}, not {value!r}: {line}"
        if extra := set(labels) - LABELS:
            yield f"{app}: {', '.join(sorted(extra))} would be labels: each value makes a stream"


def known_fields(components: list) -> set[str]:
    """Labels and metadata that lines of firewalls may have."""
    found = {"job", "opnsense_host", "opnsense_app"}

    def walk(blocks: list) -> None:
        for name, _, attributes, inner in blocks:
            if name in ("stage.labels", "stage.structured_metadata"):
                found.update(attributes["values"])
            walk(inner)

    for _, _, _, blocks in components:
        walk(blocks)
    return found


def _maps(path: Path) -> Iterator[tuple[dict, dict]]:
    for doc in documents(path):
        if isinstance(doc, dict) and doc.get("kind") == "ConfigMap":
            yield doc.get("metadata", {}), doc.get("data", {})


def _alloy_units(tree: Path) -> Iterator[Unit]:
    for folder in folders(tree):
        for path in folder.objects():
            if any(key.endswith(".alloy") for _, data in _maps(path) for key in data):
                yield Unit(folder.name(path), {path.name: path}, functools.partial(_alloy, path))


def _alloy(path: Path) -> list[str]:
    said = []
    for text in (v for _, data in _maps(path) for k, v in data.items() if k.endswith(".alloy")):
        try:
            components = parse(text)
            said += structure(components)
            if not said:
                said += behaviour(components)
        except Fault as fault:
            said.append(str(fault))
    return said


def _rule_units(tree: Path) -> Iterator[Unit]:
    for folder in folders(tree):
        beside = [p for p in folder.objects() if p.name == "configmap-alloy-syslog.yaml"]
        for path in folder.objects():
            if any("loki_rule" in (meta.get("labels") or {}) for meta, _ in _maps(path)):
                yield Unit(folder.name(path), {p.name: p for p in [path, *beside]}, functools.partial(_rules, path, beside))


# Prints the places of errors that Grafana's grammar finds, one line a query.
GRAMMAR = """
import { parser } from "@grafana/lezer-logql";
import { readFileSync } from "node:fs";
for (const query of JSON.parse(readFileSync(process.argv[2], "utf8"))) {
  const bad = [];
  parser.parse(query).iterate({ enter(n) { if (n.type.isError) bad.push(n.from); } });
  console.log(JSON.stringify(bad));
}
"""


def _rules(path: Path, beside: list[Path]) -> list[str]:
    said, queries = [], []
    for meta, data in _maps(path):
        if "loki_rule" not in (meta.get("labels") or {}):
            continue
        for name, text in data.items():
            for group in (yaml.safe_load(text) or {}).get("groups", []):
                for rule in group.get("rules", []):
                    missing = {"alert", "expr", "labels", "annotations"} - set(rule)
                    said += [f"{name}: {rule.get('alert')}: {key} is missing" for key in sorted(missing)]
                    said += [f"{name}: {rule.get('alert')}: nobody reads {key}" for key in sorted(set(rule) - {"alert", "expr", "for", "labels", "annotations", "keep_firing_for"})]
                    queries.append((rule.get("alert"), str(rule.get("expr", ""))))
    fields = set()
    for other in beside:
        for text in (v for _, d in _maps(other) for v in d.values()):
            fields |= known_fields(parse(text))
    for alert, query in queries if fields else []:
        plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', query)
        asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\"", plain)) | {w for by in re.findall(r"by \(([^)]*)\)", plain) for w in re.split(r"[ ,]+", by) if w}
        said += [f"{alert}: no line has {field}" for field in sorted(asked - fields)]
    # Node looks for packages in the folders above the program; other trees are checked at the same time.
    with scratch(CACHE / "node") as place:
        program, asked_of = place / "logql.mjs", place / "queries.json"
        program.write_text(GRAMMAR)
        asked_of.write_text(json.dumps([query for _, query in queries]))
        status, out, words = run(["node", str(program), str(asked_of)], cwd=place)
    if status:
        return said + [f"node ended with {status}: {words[:300]}"]
    for (alert, query), line in zip(queries, out.splitlines(), strict=True):
        said += [f"{alert}: not LogQL at {at}: {query[max(0, at - 20):at + 20]}" for at in json.loads(line)]
    return said


CONSUMERS = [
    Consumer("Alloy", _alloy_units),
    Consumer("LogQL", _rule_units, ["node", str(CACHE / "node" / "node_modules" / "@grafana" / "lezer-logql" / "package.json")]),
]
