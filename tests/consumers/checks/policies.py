"""Cilium's policies as its agent takes them: the definition accepts rules that the agent then refuses, or never enforces.

A refused policy stays in the cluster, with a condition that nobody reads, and allows or denies nothing. The rules are those
of pkg/policy/api of Cilium 1.18 to 1.20 (targets.md section 2), stated again. It must not know how topoc decides them.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path

from .cluster import KUSTOMIZATION, documents, folders, minor
from .core import Consumer, Unit

KINDS = ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")
SECTIONS = ("ingress", "ingressDeny", "egress", "egressDeny")
PEERS = {
    "from": ("fromEndpoints", "fromCIDR", "fromCIDRSet", "fromEntities", "fromNodes", "fromGroups"),
    "to": ("toEndpoints", "toCIDR", "toCIDRSet", "toEntities", "toNodes", "toGroups", "toServices", "toFQDNs"),
}
ENTITIES = {
    "all", "world", "world-ipv4", "world-ipv6", "cluster", "host", "init", "ingress", "unmanaged", "remote-node", "health", "none", "kube-apiserver",
}
MORE_ENTITIES = {"1.20": {"cluster-mesh"}}
PROTOCOLS = {"TCP", "UDP", "SCTP", "ANY"}
MORE_PROTOCOLS = {"1.19": {"VRRP", "IGMP"}, "1.20": {"VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH"}}
L7 = ("http", "dns", "kafka", "l7")
MAX_PORTS = 40
# An IANA service name: RFC 6335 section 5.1.
SERVICE = re.compile(r"(?=.*[a-zA-Z])(?!.*--)[a-zA-Z0-9]([a-zA-Z0-9-]{0,13}[a-zA-Z0-9])?")
MATCH_NAME = re.compile(r"[-a-zA-Z0-9_.]+")
MATCH_PATTERN = re.compile(r"[-a-zA-Z0-9_.*]+")


def judge(doc: dict, line: str, learns: bool = False) -> list[str]:
    """What the agent of a version says against a policy; `learns` when another policy lets it see answers of DNS."""
    said = []
    if doc.get("spec") is not None and doc.get("specs") is not None:
        said.append("spec and specs: one policy in two shapes")
    specs = [("spec", doc["spec"])] if doc.get("spec") is not None else []
    specs += [(f"specs[{i}]", spec) for i, spec in enumerate(doc.get("specs") or [])]
    if not specs:
        return ["neither spec nor specs"]
    for where, spec in specs:
        if isinstance(spec, dict):
            said += [f"{where}{text if text.startswith(':') else '.' + text}" for text in _rule(doc["kind"], spec, line, learns)]
        else:
            said.append(f"{where}: a map")
    return said


def _rule(kind: str, spec: dict, line: str, learns: bool) -> Iterator[str]:
    if not any(spec.get(section) for section in SECTIONS):
        yield ": rule must have at least one of Ingress, IngressDeny, Egress, EgressDeny: an empty list is an absent one"
    if ("endpointSelector" in spec) == ("nodeSelector" in spec):
        yield ": one of endpointSelector and nodeSelector"
    host = "nodeSelector" in spec
    if host and kind != "CiliumClusterwideNetworkPolicy":
        yield "nodeSelector: only in a CiliumClusterwideNetworkPolicy"
    value = (spec.get("log") or {}).get("value", "")
    if len(value) > 32 or not value.isprintable():
        yield "log.value: 32 printable characters"
    for section in SECTIONS:
        for i, rule in enumerate(spec.get(section) or []):
            where = f"{section}[{i}]"
            if not isinstance(rule, dict):
                yield f"{where}: a map"
                continue
            yield from (f"{where}{text}" for text in _direction(rule, section.startswith("ingress"), section.endswith("Deny"), host, line))
    names = [i for i, rule in enumerate(spec.get("egress") or []) if isinstance(rule, dict) and rule.get("toFQDNs")]
    if names and not learns and not _asks_dns(spec):
        yield f"egress[{names[0]}].toFQDNs: no policy has a rule with dns names on port 53, so the agent never learns an address"


def _asks_dns(spec: dict) -> bool:
    for rule in spec.get("egress") or []:
        for ports in (rule or {}).get("toPorts") or []:
            if (ports.get("rules") or {}).get("dns") and any(str(p.get("port")) == "53" for p in ports.get("ports") or []):
                return True
    return False


def _direction(rule: dict, ingress: bool, deny: bool, host: bool, line: str) -> Iterator[str]:
    members = [m for m in PEERS["from" if ingress else "to"] if rule.get(m)]
    if len(members) > 1:
        yield f": combining {members[0]} and {members[1]} is not supported yet"
    strange = [m for m in PEERS["to" if ingress else "from"] if m in rule]
    if strange:
        yield f".{strange[0]}: of the other direction"
    requires = "fromRequires" if ingress else "toRequires"
    if rule.get(requires):
        yield f".{requires}: " + ("removed in Cilium 1.19" if line != "1.18" else "deprecated, removed in Cilium 1.19")
    for member in PEERS["from" if ingress else "to"]:
        if member in rule and rule[member] == []:
            yield f".{member}: an empty list selects nobody"
    if rule.get("icmps") and rule.get("toPorts"):
        yield ": icmps and toPorts may not be in one rule"
    for i, icmp in enumerate(rule.get("icmps") or []):
        if len(icmp.get("fields") or []) > MAX_PORTS:
            yield f".icmps[{i}]: at most {MAX_PORTS} types"
    entities = ENTITIES | MORE_ENTITIES.get(line, set())
    for member in ("fromEntities", "toEntities"):
        yield from (f".{member}: unsupported entity: {e}" for e in rule.get(member) or [] if e not in entities)
    for member in ("fromCIDR", "toCIDR"):
        for cidr in rule.get(member) or []:
            if error := _prefix(cidr):
                yield f".{member}: {error}"
    for member in ("fromCIDRSet", "toCIDRSet"):
        for i, item in enumerate(rule.get(member) or []):
            yield from (f".{member}[{i}]{text}" for text in _cidr_rule(item))
    for i, name in enumerate(rule.get("toFQDNs") or []):
        yield from (f".toFQDNs[{i}]{text}" for text in _fqdn(name))
    if deny and rule.get("toFQDNs"):
        yield ".toFQDNs: not in a rule that denies"
    l7 = set()
    for i, ports in enumerate(rule.get("toPorts") or []):
        l7 |= {k for k in L7 if (ports.get("rules") or {}).get(k)}
        yield from (f".toPorts[{i}]{text}" for text in _ports(ports, ingress, deny, host, line))
    if len(l7) > 1:
        yield f".toPorts: {' and '.join(sorted(l7))} rules in one rule"


def _prefix(cidr: object) -> str | None:
    if not isinstance(cidr, str) or "/" not in cidr:
        return f"{cidr} has no prefix length, which newer agents refuse"
    try:
        ipaddress.ip_network(cidr)
    except ValueError as error:
        return str(error)
    return None


def _cidr_rule(item: dict) -> Iterator[str]:
    stated = [k for k in ("cidr", "cidrGroupRef", "cidrGroupSelector") if item.get(k)]
    if len(stated) != 1:
        yield ": exactly one of cidr, cidrGroupRef and cidrGroupSelector"
    if "cidr" not in stated:
        return
    if error := _prefix(item["cidr"]):
        yield f".cidr: {error}"
        return
    for out in item.get("except") or []:
        if error := _prefix(out):
            yield f".except: {error}"
        else:
            a, b = ipaddress.ip_network(item["cidr"]), ipaddress.ip_network(out)
            if a.version != b.version or not b.subnet_of(a):
                yield f".except: {out} is not inside {item['cidr']}"


def _fqdn(name: dict) -> Iterator[str]:
    if bool(name.get("matchName")) == bool(name.get("matchPattern")):
        yield ": one of matchName and matchPattern"
    if name.get("matchName") and not MATCH_NAME.fullmatch(name["matchName"]):
        yield f".matchName: {name['matchName']} is no name"
    if name.get("matchPattern") and not MATCH_PATTERN.fullmatch(name["matchPattern"]):
        yield f".matchPattern: {name['matchPattern']} is no pattern"


def _ports(ports: dict, ingress: bool, deny: bool, host: bool, line: str) -> Iterator[str]:
    rules = ports.get("rules") or {}
    used = [k for k in L7 if rules.get(k)]
    dns = bool(rules.get("dns"))
    listed = ports.get("ports") or []
    if len(listed) > MAX_PORTS:
        yield f".ports: too many ports, the max is {MAX_PORTS}"
    if "rules" in ports and deny:
        yield ".rules: not in a rule that denies"
    if len([k for k in ("http", "dns", "kafka", "l7") if k in rules]) > 1:
        yield ".rules: multiple L7 protocol rule types specified in single rule"
    if line == "1.20":
        yield from (f".rules.{k}: removed in Cilium 1.20" for k in ("kafka", "l7", "l7proto") if k in rules)
    if dns and ingress:
        yield ".rules.dns: DNS rules are not allowed on ingress"
    if dns and not listed:
        yield ".rules.dns: port 53 must be specified"
    if used and host:
        yield ".rules: host policies do not support L7 rules yet"
    if ports.get("serverNames") and used and not ports.get("terminatingTLS"):
        yield ".serverNames: not with L7 rules without terminatingTLS"
    for i, name in enumerate(rules.get("dns") or []):
        yield from (f".rules.dns[{i}]{text}" for text in _fqdn(name))
    for i, port in enumerate(listed):
        yield from (f".ports[{i}]{text}" for text in _port(port, dns, bool(used), line))


def _port(port: dict, dns: bool, l7: bool, line: str) -> Iterator[str]:
    protocol = str(port.get("protocol", "ANY"))
    extended = MORE_PROTOCOLS.get(line, set())
    if protocol not in PROTOCOLS | extended:
        yield f".protocol: no protocol {protocol} in Cilium {line}"
    number = port.get("port", "")
    if not isinstance(number, str):
        yield ".port: a port is text"
        return
    if protocol in extended:
        if number not in ("", "0"):
            yield f".port: {protocol} has no ports"
        return
    if number == "":
        yield ".port: must be specified"
    elif number.isdigit():
        if int(number) > 65535 or str(int(number)) != number:
            yield f".port: {number} is no port"
        if l7 and number == "0":
            yield ".port: L7 rules can not be used when a port is 0"
        end = port.get("endPort", 0)
        if end and (end < int(number) or end > 65535):
            yield f".endPort: {end} is not behind {number}"
        if dns and end > int(number):
            yield ".endPort: DNS rules do not support port ranges"
    elif not SERVICE.fullmatch(number):
        yield f".port: {number} is no name of a port"
    elif port.get("endPort"):
        yield ".endPort: not with the name of a port"
    if l7 and not dns and protocol != "TCP":
        yield f".protocol: L7 rules can only apply to TCP (not {protocol}) except for DNS rules"


def _policies(path: Path) -> list[dict]:
    return [d for d in documents(path) if isinstance(d, dict) and d.get("kind") in KINDS]


def _units(tree: Path) -> Iterator[Unit]:
    for folder in folders(tree):
        # In an environment a changed policy is kustomize's matter: kubernetes.py asks here again with what it makes.
        paths = [path for path in folder.objects() if _policies(path)]
        beside = folder.path / "base" / "cilium" / KUSTOMIZATION
        inputs = {folder.name(p): p for p in [*paths, *([beside] if beside.exists() else [])]}
        line = minor(folder.version("cilium") or "1.20")
        for path in paths:
            yield Unit(folder.name(path), inputs, functools.partial(_file, path, paths, line), folder.name(path))


def learns(paths: list[Path]) -> bool:
    """Whether a policy of these files lets the agent see answers of DNS."""
    specs = [s for p in paths for d in _policies(p) for s in [d.get("spec"), *(d.get("specs") or [])] if isinstance(s, dict)]
    return any(_asks_dns(spec) for spec in specs)


def _file(path: Path, paths: list[Path], line: str) -> list[str]:
    return [text for doc in _policies(path) for text in judge(doc, line, learns(paths))]


CONSUMERS = [Consumer("Cilium policies", _units)]
