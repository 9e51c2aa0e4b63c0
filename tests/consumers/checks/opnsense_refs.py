"""What OPNsense would find out about a node's configuration only when it is too late: names that nothing has, lists it cannot read, secrets.

An import validates nothing, so this reads what topoc hands out the way the models and the rule generator do. It must not look
at the topology nor at topoc's code: it is the second opinion.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from .opnsense_models import DIRECTORY, PLACEHOLDER, SECRETS, UUID, Model, models, walk, yes
from .opnsense_node import Node, constraints, default

STATIC_ALIASES = {"bogons", "bogonsv6", "virusprot", "sshlockout"}
PORT = "port"
# Words of pf.conf(5) that are names as aliases are.
PF = set(
    """all anchor antispoof any binat bitmask block bridge carp crop debug drop duplicate fastroute file flags floating flush for fragment from global
    group hostid in inet inet6 interface interval keep label limit load log loginterface max modulate nat no nodf nosync on optimization os out
    overload pass pfsync port prio priority probe proto queue quick random rdr reassemble red reject return rio route rtable rule rules scrub self
    set skip sloppy source state states static synproxy table tag tagged target timeout to tos ttl user""".split()
)
INTERFACE_FIELDS = {"InterfaceField", "VipInterfaceField", "UnboundInterfaceField", "BridgeMemberField"}
ALIAS_FIELDS = {"NetworkAliasField", "NetworkMappedField"}
PORT_FIELDS = {"PortField", "PortMappedField"}
_UUID = re.compile(UUID)
_PLACEHOLDER = re.compile(PLACEHOLDER)
_LOOKS_SECRET = re.compile(r"(?i)(pass(word|wd|phrase)?|priv(ate)?_?key|psk|secret|api_?keys?|otp_seed|prv|community|enckey)$")
_HASH = re.compile(r"\$(1|2[aby]|5|6|argon2id?)\$|PRIVATE KEY")


def judge(node: Node) -> Iterator[str]:
    """What is wrong with a node's configuration."""
    for check in CHECKS:
        for words in check(node):
            yield f"{node.name}: {words}"


def uuids(node: Node) -> Iterator[str]:
    """Type::isUUID; an API call with another one makes a second item or does nothing."""
    seen: dict[str, str] = {}
    for root in node.roots.values():
        for e in root.iter():
            uuid = e.get("uuid")
            if uuid is None:
                continue
            if not _UUID.fullmatch(uuid):
                yield f"{e.tag}: uuid {uuid} is not of version 4 in lower case"
            if uuid in seen:
                yield f"{e.tag}: uuid {uuid} is {seen[uuid]}'s already"
            seen[uuid] = e.tag


def relations(node: Node) -> Iterator[str]:
    """Fields that hold uuids of other items (ModelRelationField): the item is there and passes the field's filters."""
    by_name = {m.name: m for m in models(node.release)}
    for f in node.fields:
        if f.type != "ModelRelationField":
            continue
        e = f.known.definition
        if len(f.values) > 1 and not yes(e, "Multiple"):
            yield f"{f.path}: several uuids where one is taken"
        sources = [
            (by_name[(source.findtext("source") or "").strip().lower()], tuple((source.findtext("items") or "").strip().split(".")), source.find("filters"))
            for source in e.find("Model")
        ]
        for value in f.values:
            item = next((i for m, path, filters in sources for i in node.all(*_at(m, path)) if i.get("uuid") == value), None)
            if item is None:
                yield f"{f.path}: {value} is no {' or '.join(sorted({path[-1] for _, path, _ in sources}))}"
                continue
            passes = False
            for m, path, filters in sources:
                if item in node.all(*_at(m, path)):
                    passes |= all(_filtered(item, m, path, flt) for flt in ([] if filters is None else filters))
            if not passes:
                yield f"{f.path}: {item.tag} {value} is not one of those that can be named here"


def _at(model: Model, items: tuple[str, ...]) -> tuple[str, ...]:
    return (*model.mount[:-1], *items) if model.mapped else (*model.mount, *items)


def _filtered(item: ET.Element, model: Model, path: tuple[str, ...], flt: ET.Element) -> bool:
    value = item.findtext(flt.tag)
    if value is None:
        value = default(functools.reduce(lambda e, name: None if e is None else e.find(name), (*path, flt.tag), model.items))
    return re.search((flt.text or "").strip().strip("/"), value) is not None


def interfaces(node: Node) -> Iterator[str]:
    """Names of interfaces are keys that are there, or groups where groups are taken."""
    legacy = {("ntpd", "interface"), ("ssh", "interfaces"), ("webgui", "interfaces")}
    for f in node.fields:
        parts = re.sub(r"\[[^]]*]", "", f.path).split("/")
        if f.type not in INTERFACE_FIELDS and tuple(parts[-2:]) not in legacy and f.e.tag != "track6-interface":
            continue
        dynamic = f.known.definition is not None and yes(f.known.definition, "AllowDynamic")
        single = f.known.definition is not None and not yes(f.known.definition, "Multiple") and f.type != ""
        if single and len(f.values) > 1:
            yield f"{f.path}: several interfaces where one is taken"
        for value in f.values:
            if value not in node.interfaces and not (dynamic and value in node.groups) and value != "lo0":
                yield f"{f.path}: no interface {value}"
    descriptions: dict[str, str] = {}
    for key, e in node.interfaces.items():
        name = (e.findtext("descr") or key).lower()
        if name in descriptions:
            yield f"/interfaces/{key}: {name} is the name of {descriptions[name]} already"
        descriptions[name] = key
    devices: dict[str, str] = {}
    for key, e in node.interfaces.items():
        device = e.findtext("if", "")
        if device in devices:
            yield f"/interfaces/{key}: {device} is {devices[device]}'s already"
        devices[device] = key


def aliases(node: Node) -> Iterator[str]:
    """Names of aliases, what they hold, and that none holds itself."""
    for name, e in node.aliases.items():
        if name in PF or name.lower() in _service_names():
            yield f"alias {name}: a word of pf, or a name of /etc/services or /etc/protocols"
        if name in node.interfaces or name in node.groups:
            yield f"alias {name}: an interface has this name"
        yield from (f"alias {name}: {words}" for words in _alias_content(node, e))
    for name in node.aliases:
        if cycle := _cycle(node, name, []):
            yield f"alias {name}: holds itself by {' > '.join(cycle)}"


@functools.cache
def _service_names() -> frozenset[str]:
    found = set()
    for file in ("/etc/services", "/etc/protocols"):
        for line in Path(file).read_text(errors="replace").splitlines():
            words = line.partition("#")[0].split()
            found.update(w.lower() for w in words[:1] + words[2:])
    return frozenset(found)


def _nested(node: Node, e: ET.Element) -> list[str]:
    return [t for t in (e.findtext("content") or "").split("\n") if t.lstrip("!") in node.aliases]


def _cycle(node: Node, name: str, way: list[str]) -> list[str]:
    if name in way:
        return [*way[way.index(name) :], name]
    return next((c for t in _nested(node, node.aliases[name]) if (c := _cycle(node, t.lstrip("!"), [*way, name]))), [])


def _alias_content(node: Node, e: ET.Element) -> Iterator[str]:
    kind = e.findtext("type", "")
    text = e.findtext("content") or ""
    tokens = text.split("\n") if text else []
    if kind in ("external", "dynipv6host") and kind == "external" and tokens:
        yield "an external alias holds nothing; others fill it"
    if kind in ("host", "network", "port", "networkgroup", "url", "urltable", "urljson", "geoip", "mac", "asn") and not tokens:
        yield f"nothing in it: a rule that uses it is left out ({kind})"
    if kind == "urltable" and not e.findtext("updatefreq"):
        yield "no updatefreq, so it is read once"
    if len(set(tokens)) < len(tokens):
        yield "the same twice"
    for t in tokens:
        plain = t.removeprefix("!") if kind in ("host", "network") else t
        if t != t.strip() or not t:
            yield f"{t!r} has white space"
        elif kind == "networkgroup":
            if t not in node.aliases or node.aliases[t].findtext("type") == PORT:
                yield f"{t} is no alias of addresses"
        elif kind == PORT:
            if t in node.aliases and node.aliases[t].findtext("type") == PORT:
                continue
            ports = t.split(":")
            if len(ports) > 2 or not all(p.isdigit() and 1 <= int(p) <= 65535 for p in ports) or (len(ports) == 2 and int(ports[0]) >= int(ports[1])):
                yield f"{t} is no port, no range as 80:90 and no alias of ports"
        elif kind in ("host", "network"):
            if plain in node.aliases and node.aliases[plain].findtext("type") != PORT:
                continue
            if not (_literal(plain, kind == "network") or _range(plain) or _fqdn(plain)):
                yield f"{t} is no {kind} and no alias"
        elif kind in ("url", "urltable", "urljson") and not re.fullmatch(r"https?://\S+", t):
            yield f"{t} is no URL"
        elif kind == "geoip" and not re.fullmatch("[A-Z]{2}", t):
            yield f"{t} is no country"
        elif kind == "mac" and not re.fullmatch("[0-9a-fA-F:]{2,17}", t):
            yield f"{t} is no MAC address"
        elif kind == "asn" and not t.isdigit():
            yield f"{t} is no number of an AS"


def _literal(value: str, network: bool = True) -> bool:
    try:
        ipaddress.ip_network(value) if network else ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _range(value: str) -> bool:
    low, dash, high = value.partition("-")
    if not dash or not _literal(low, False) or not _literal(high, False):
        return False
    a, b = ipaddress.ip_address(low), ipaddress.ip_address(high)
    return a.version == b.version and a < b


def _fqdn(value: str) -> bool:
    return "." in value and len(value) <= 253 and not value.replace(".", "").isdigit() and re.fullmatch(r"([a-zA-Z0-9_]([-a-zA-Z0-9_]{0,61}[a-zA-Z0-9_])?\.?)+", value) is not None


def addresses(node: Node) -> Iterator[str]:
    """Addresses of rules: a word, a literal, or aliases that are there; a list holds aliases only and is never negated."""
    for f in node.fields:
        if f.type in ALIAS_FIELDS:
            negated = f.item.findtext(f.e.tag.replace("_net", "_not") if f.e.tag.endswith("_net") else "not") == "1"
            values = f.text.split(",") if f.text else []
            if len(values) > 1 and negated:
                yield f"{f.path}: a list is negated, which pf cannot say"
            if "any" in values and negated:
                yield f"{f.path}: nobody: not any"
            if len(set(values)) < len(values):
                yield f"{f.path}: the same twice"
            for value in values:
                if len(values) > 1 and value not in node.aliases and value not in STATIC_ALIASES:
                    yield f"{f.path}: {value} in a list, which may hold aliases only"
                elif words := _unknown(node, value):
                    yield f"{f.path}: {words}"
        elif f.type in ("NetworkField", "DomainIPField", "VipNetworkField") and f.e.tag != "subnet_bits":
            for value in f.values:
                if value != "any" and not _literal(value) and not _literal(value, False):
                    try:
                        ipaddress.ip_interface(value)
                        strict = f.known.definition is not None and yes(f.known.definition, "Strict")
                    except ValueError:
                        strict = True
                    if strict:
                        yield f"{f.path}: {value} is no address and no network"


def _unknown(node: Node, value: str) -> str | None:
    base = value.removesuffix("ip") if value.endswith("ip") and value not in node.aliases else value
    if value in ("any", "(self)") or value in STATIC_ALIASES or base in node.interfaces or value in node.groups or _literal(value):
        return None
    if value in node.aliases:
        alias = node.aliases[value]
        if alias.findtext("type") == PORT:
            return f"{value} is an alias of ports"
        return f"alias {value} is off" if alias.findtext("enabled") == "0" else None
    if (m := re.fullmatch("__(.+)_network", value)) and m[1] in node.interfaces:
        return None
    return f"no alias {value}, so the rule becomes a comment"


def ports(node: Node) -> Iterator[str]:
    """Ports: one, a range in order, or an alias of ports; never a list."""
    for f in node.fields:
        if f.type not in PORT_FIELDS:
            continue
        if "," in f.text and not yes(f.known.definition, "Multiple"):
            yield f"{f.path}: {f.text} is a list; an alias of ports can say it"
            continue
        for value in f.values:
            low, dash, high = value.partition("-")
            if dash and low.isdigit() and high.isdigit():
                if int(low) >= int(high):
                    yield f"{f.path}: {value} is no range"
            elif not value.isdigit() and value != "any":
                alias = node.aliases.get(value)
                if alias is None or alias.findtext("type") != PORT:
                    yield f"{f.path}: no alias of ports {value}, so the rule becomes a comment"
                elif alias.findtext("enabled") == "0":
                    yield f"{f.path}: alias {value} is off"


def rules(node: Node) -> Iterator[str]:
    """Order of rules, ways out, hours, and what of a translation bypasses the filter."""
    base = ("OPNsense", "Firewall", "Filter")
    tables = {
        "rules": node.all(*base, "rules", "rule"),
        "snatrules": node.all(*base, "snatrules", "rule"),
        "npt": node.all(*base, "npt", "rule"),
        "onetoone": node.all(*base, "onetoone", "rule"),
        "nat": node.all("nat", "rule"),
        "shaper": node.all("OPNsense", "TrafficShaper", "rules", "rule"),
    }
    for table, items in tables.items():
        seen: dict[str, ET.Element] = {}
        for e in items:
            where = f"{table}[{e.get('uuid', '')}]"
            sequence = e.findtext("sequence") or ("1" if table != "nat" or node.release != "25.7" else "")
            if sequence and sequence in seen:
                yield f"{where}: sequence {sequence} is another rule's: which comes first is chance"
            seen[sequence] = e
            if sequence and not (sequence.isdigit() and 1 <= int(sequence) <= 999999):
                yield f"{where}: sequence {sequence}"
            if (name := e.findtext("sched")) and name not in {s.findtext("name") for s in node.all("schedules", "schedule")}:
                yield f"{where}: no schedule {name}"
            if table in ("rules", "snatrules", "nat", "onetoone"):
                yield from (f"{where}: {words}" for words in _rule(e, table))
    names = {e.findtext("name") for e in node.all("OPNsense", "Firewall", "Category", "categories", "category")}
    for e in tables["nat"]:
        where = f"nat[{e.get('uuid', '')}]"
        if e.findtext("pass"):
            yield f"{where}: pass is {e.findtext('pass')}: it bypasses the filter, or comes behind all its rules"
        for name in (e.findtext("category") or "").split(","):
            if name and name not in names:
                yield f"{where}: no category {name}"
        if "-" in (e.findtext("local-port") or ""):
            yield f"{where}: local-port is the first port only"
    for e in tables["onetoone"]:
        where = f"onetoone[{e.get('uuid', '')}]"
        inside, outside = (str(e.findtext(n) or "") for n in ("source_net", "external"))
        if e.findtext("type", "binat") == "binat" and _literal(inside) and _literal(outside):
            if ipaddress.ip_network(inside).prefixlen != ipaddress.ip_network(outside).prefixlen:
                yield f"{where}: {inside} and {outside} are not of one size"
        elif e.findtext("type", "binat") == "binat":
            yield f"{where}: {inside} is not an address or a network"
    for e in tables["snatrules"]:
        if e.findtext("target") == "any":
            yield f"snatrules[{e.get('uuid', '')}]: target any"
    if tables["snatrules"] and node.release != "25.7" and node.text("nat", "outbound", "mode") not in ("hybrid", "advanced"):
        yield f"/nat/outbound/mode: {node.text('nat', 'outbound', 'mode') or 'absent'}, which ignores the {len(tables['snatrules'])} rules of snatrules"


def _rule(e: ET.Element, table: str) -> Iterator[str]:
    protocol = e.findtext("protocol") or "any"
    good = protocol == "any" or (protocol == protocol.lower() if table == "nat" else protocol == protocol.upper())
    if not good:
        yield f"protocol {protocol} is not spelt so in this table"
    ends = [e.find("source"), e.find("destination")] if table == "nat" else []
    stated = [p for end in ends if end is not None for p in [end.findtext("port")] if p]
    stated += [p for n in ("source_port", "destination_port", "target_port", "local-port") if (p := e.findtext(n))]
    if stated and protocol.upper() not in ("TCP", "UDP", "TCP/UDP"):
        yield f"ports {', '.join(stated)} of protocol {protocol}"
    if e.findtext("icmptype") and protocol != "ICMP":
        yield f"types of ICMP with protocol {protocol}"


def gateways(node: Node) -> Iterator[str]:
    """Ways out: unique, on the network of their interface, and named only where they are."""
    known, groups = node.gateways, node.gateway_groups
    items = node.all("OPNsense", "Gateways", "gateway_item")
    for what, values in (("name", [*(i.findtext("name") for i in items), *(g.findtext("name") for g in node.all("gateways", "gateway_group"))]), ("address", [i.findtext("gateway") for i in items])):
        for value in sorted({v for v in values if v and values.count(v) > 1}):
            yield f"gateway {value}: two have this {what}"
    for name, e in known.items():
        address, key = e.findtext("gateway") or "", e.findtext("interface", "wan")
        if address:
            if not _literal(address, False):
                yield f"gateway {name}: {address} is no address"
            elif {4: "inet", 6: "inet6"}[ipaddress.ip_address(address).version] != (e.findtext("ipprotocol") or "inet"):
                yield f"gateway {name}: {address} is not of {e.findtext('ipprotocol')}"
            elif (net := node.network(key)) and e.findtext("fargw", "0") != "1" and ipaddress.ip_address(address) not in net.network and net.version == ipaddress.ip_address(address).version:
                yield f"gateway {name}: {address} is not in {net.network} of {key}"
            elif net and ipaddress.ip_address(address) == net.ip:
                yield f"gateway {name}: {address} is the firewall's own address"
    for name, e in groups.items():
        for item in [i for n in ("item", "item2", "item3", "item4", "item5") for i in e.findall(n)]:
            for member in (item.text or "").split(","):
                if member and member.partition("|")[0] not in known:
                    yield f"group of gateways {name}: no gateway {member}"
    for key, e in node.interfaces.items():
        for tag in ("gateway", "gatewayv6"):
            gateway = e.findtext(tag)
            if gateway and gateway not in known:
                yield f"/interfaces/{key}/{tag}: no gateway {gateway}"
            elif gateway and known[gateway].findtext("interface", "wan") != key:
                yield f"/interfaces/{key}/{tag}: {gateway} is on {known[gateway].findtext('interface')}"
    for e in node.all("staticroutes", "route"):
        name = e.findtext("gateway", "")
        if name not in known:
            yield f"route to {e.findtext('network')}: no gateway {name}"
        if not _literal(e.findtext("network", "")):
            yield f"route to {e.findtext('network')}: no network"
    for e in node.all("OPNsense", "Firewall", "Filter", "rules", "rule"):
        where = f"rules[{e.get('uuid', '')}]"
        if (name := e.findtext("gateway")) and name not in known and name not in groups:
            yield f"{where}: no gateway {name}, so it passes by the routing table"
        elif name and e.findtext("ipprotocol", "inet") == "inet46":
            yield f"{where}: gateway {name} for both families"
        if (name := e.findtext("replyto")) and name not in known:
            yield f"{where}: no gateway {name} for replies"


def virtual_addresses(node: Node) -> Iterator[str]:
    """Addresses that the nodes of a pair share, or that are there beside an interface's own."""
    seen: dict[str, str] = {}
    own = {str(n.ip): key for key in node.interfaces if (n := node.network(key))}
    for e in node.all("virtualip", "vip"):
        address, key, mode = e.findtext("subnet", ""), e.findtext("interface", ""), e.findtext("mode", "ipalias")
        where = f"virtual address {address}"
        if not _literal(address, False):
            yield f"{where}: no address"
            continue
        if address in seen or address in own:
            yield f"{where}: {own.get(address) or seen[address]} has it already"
        seen[address] = where
        net = node.network(key)
        if mode != "carp":
            continue
        yield from (f"{where}: no {n}" for n in ("vhid", "password") if not e.findtext(n))
        # An ipalias may join the vhid of a CARP address; two CARP addresses of one interface may not.
        vhid = f"vhid {e.findtext('vhid')} of {key}"
        if vhid in seen:
            yield f"{where}: {vhid} is {seen[vhid]}'s already"
        seen[vhid] = where
        if net and ipaddress.ip_address(address).version == 4:
            if ipaddress.ip_address(address) not in net.network:
                yield f"{where}: not in {net.network} of {key}"
            if e.findtext("subnet_bits") != str(net.network.prefixlen):
                yield f"{where}: /{e.findtext('subnet_bits')}, where {key} has /{net.network.prefixlen}"


def services(node: Node) -> Iterator[str]:
    """What DHCP, intrusion detection, and groups of users name."""
    subnets = {e.get("uuid"): e for e in node.all("OPNsense", "Kea", "dhcp4", "subnets", "subnet4")}
    keys = [k for k in node.text("OPNsense", "Kea", "dhcp4", "general", "interfaces").split(",") if k]
    for e in subnets.values():
        net = ipaddress.ip_network(e.findtext("subnet", ""), strict=False)
        nets = [n.network for k in keys if (n := node.network(k))]
        if nets and net not in nets:
            yield f"subnet4 {net}: none of the interfaces {', '.join(keys)} is on it"
        for pool in (e.findtext("pools") or "").split("\n"):
            for end in pool.split("-") if "/" not in pool else [pool.partition("/")[0]]:
                if end and ipaddress.ip_address(end.strip()) not in net:
                    yield f"subnet4 {net}: {pool} is not in it"
    for e in node.all("OPNsense", "Kea", "dhcp4", "reservations", "reservation"):
        subnet = subnets.get(e.findtext("subnet", ""))
        if subnet is not None and e.findtext("ip_address") and ipaddress.ip_address(e.findtext("ip_address")) not in ipaddress.ip_network(subnet.findtext("subnet"), strict=False):
            yield f"reservation of {e.findtext('ip_address')}: not in {subnet.findtext('subnet')}"
    rulesets = set(json.loads((DIRECTORY / "option-lists" / "ids-rulesets.json").read_text())["items"])
    for e in node.all("OPNsense", "IDS", "files", "file"):
        if e.findtext("filename") not in rulesets:
            yield f"/OPNsense/IDS/files: no rule set {e.findtext('filename')}"
    servers = {e.findtext("name"): e for e in node.all("system", "authserver")}
    for name, e in servers.items():
        kind = e.findtext("type", "").partition("-")[0]
        needed = {"ldap": ("host", "ldap_port", "ldap_urltype", "ldap_protver", "ldap_scope", "ldap_attr_user", "ldap_authcn"), "radius": ("host", "radius_secret")}
        yield from (f"server of users {name}: no {n}" for n in needed.get(kind, ()) if not e.findtext(n))
        if kind == "ldap" and bool(e.findtext("ldap_binddn")) != bool(e.findtext("ldap_bindpw")):
            yield f"server of users {name}: ldap_binddn and ldap_bindpw go together"
        if len([s for s in node.all("system", "authserver") if s.findtext("name") == name]) > 1:
            yield f"server of users {name}: two have this name"
    asked = [("webgui", node.text("system", "webgui", "authmode"))]
    asked += [("OpenVPN", e.findtext("authmode") or "") for e in node.all("OPNsense", "OpenVPN", "Instances", "Instance")]
    for who, text in asked:
        yield from (f"{who}: no server of users {n}" for n in text.split(",") if n and n not in servers and n != "Local Database")
    users = {e.findtext("uid") for e in node.all("system", "user")} | {"0"}
    for e in node.all("system", "group"):
        for member in [m for found in e.findall("member") for m in (found.text or "").split(",") if m]:
            if member not in users:
                yield f"group {e.findtext('name')}: no user {member}"


def descriptions(node: Node) -> Iterator[str]:
    """DescriptionField counts bytes, not characters."""
    for f in node.fields:
        if (f.type == "DescriptionField" or f.e.tag in ("descr", "description")) and len(f.text.encode()) > 255:
            yield f"{f.path}: {len(f.text.encode())} bytes; 255 are taken"


def secrets(node: Node) -> Iterator[str]:
    """Secrets are filled in by a merge: what is made holds placeholders, and what is restored does not even hold those."""
    for file, root in node.roots.items():
        for e in root.iter():
            text = e.text or ""
            if text.startswith("topoc-secret:"):
                if file == "restore.xml":
                    yield f"{e.tag}: a placeholder in restore.xml: OPNsense would take it for the secret"
                if not _PLACEHOLDER.fullmatch(text):
                    yield f"{e.tag}: {text} is no placeholder"
            elif not text.strip() or len(e):
                continue
            elif (e.tag in SECRETS or _LOOKS_SECRET.search(e.tag)) and not (e.tag == "password" and text == "*"):
                yield f"{e.tag}: a secret in {file}"
            elif _HASH.search(text):
                yield f"{e.tag}: it looks like a hash or a private key in {file}"


@functools.cache
def areas() -> tuple[tuple[tuple[str, ...], ...], ...]:
    """The areas of the restore page, each the paths that it replaces."""
    lines = (DIRECTORY / "option-lists" / "restore-areas.txt").read_text().splitlines()
    return tuple(tuple(tuple(p.split(".")) for p in line.split()[0].split(",")) for line in lines if line.strip())


def restored(node: Node) -> Iterator[str]:
    """A restored area replaces all its paths, and deletes those that the file lacks."""
    restore = node.roots.get("restore.xml")
    if restore is None:
        return
    paths = {path for area in areas() for path in area}

    def outside(e: ET.Element, path: tuple[str, ...]) -> Iterator[str]:
        if path in paths:
            return
        if not any(p[: len(path)] == path for p in paths):
            yield f"restore.xml: /{'/'.join(path)} is in no area, so nobody restores it"
            return
        for child in e:
            yield from outside(child, (*path, child.tag))

    for child in restore:
        yield from outside(child, (child.tag,))
    merge = node.roots.get("merge.xml")
    for area in areas():
        here = [p for p in area if next(walk(restore, p), None) is not None]
        there = [p for p in area if merge is not None and next(walk(merge, p), None) is not None]
        if here and there:
            yield f"area {','.join('.'.join(p) for p in area)}: parts in restore.xml and parts in merge.xml: a restore deletes what the merge put there"
        missing = [p for p in area if p not in here]
        if here and missing and area[0] == ("nat",):
            yield f"restore.xml: an area of translation without {', '.join('.'.join(p) for p in missing)}, which a restore then deletes"


CHECKS = (
    uuids, relations, constraints, interfaces, aliases, addresses, ports, rules, gateways, virtual_addresses, services, descriptions, secrets, restored,
)  # fmt: skip
