"""The content of config.xml as a tree of elements, read from OPNsense's model definitions. It must not hold upstream's text.

What a field's class checks is written down in `CLASSES` by name; the classes in `AS_TEXT` do their checks in PHP that the
definitions do not show, so their fields are any text here. A class in neither is an error: a new release must be looked at.
"""

from __future__ import annotations

import functools
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .core import UPSTREAM
from .opnsense_masks import literal, translate

DIRECTORY = UPSTREAM / "opnsense"
PLUGINS = "plugins-26.7.2"
RELEASES = {"25.7": "core-25.7.11", "26.1": "core-26.1.11", "26.7": "core-26.7.2"}

# Type::isUUID of OPNsense: version 4, variant 8 to b, lower case.
UUID = "[0-9a-f]{8}\\-[0-9a-f]{4}\\-4[0-9a-f]{3}\\-[89ab][0-9a-f]{3}\\-[0-9a-f]{12}"
PLACEHOLDER = "topoc\\-secret:[a-z0-9][\\-a-z0-9_./]*"
# Elements that hold a secret: in what topoc makes they hold a placeholder or nothing.
SECRETS = {
    "password", "scrambled_password", "otp_seed", "apikeys", "privateKey", "Key", "ddns_domain_key_secret", "httpdPassword",
    "auth-gen-token-secret", "key", "prv", "prv_payload", "psk", "privkey", "community", "enckey", "bind_pw", "ldap_bindpw",
    "radius_secret", "ipsecpsk", "pre-shared-key", "ppp_password",
}  # fmt: skip

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = f"{_OCTET}\\.{_OCTET}\\.{_OCTET}\\.{_OCTET}"
IPV6 = "[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{1,40}"
_MASK4, _MASK6 = "/(3[0-2]|[12]?[0-9])", "/(12[0-8]|1[01][0-9]|[1-9]?[0-9])"
_NUMBER = "(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_NAME = "[a-zA-Z_][a-zA-Z0-9_]{0,30}"
_KEY = "[a-zA-Z_][a-zA-Z0-9_]{0,14}"
_DEVICE = "[a-zA-Z][a-zA-Z0-9_.]{0,14}"
_LINE = "[^\\n\\r]*"
TEXT = "[\\s\\S]*"
_HOST = "[a-zA-Z0-9_]([\\-a-zA-Z0-9_]*[a-zA-Z0-9_])?(\\.[a-zA-Z0-9_]([\\-a-zA-Z0-9_]*[a-zA-Z0-9_])?)*\\.?"
# Names of protocols(5) in FreeBSD that pf is asked about.
PROTOCOLS = (
    "ICMP", "IGMP", "IPENCAP", "TCP", "EGP", "IGP", "UDP", "IPV6", "RSVP", "GRE", "ESP", "AH", "IPV6-ICMP", "EIGRP", "OSPFIGP", "ETHERIP",
    "PIM", "IPCOMP", "CARP", "L2TP", "SCTP", "UDPLITE", "PFSYNC",
)  # fmt: skip


@dataclass(frozen=True)
class Text:
    """What an element may hold: a pattern and what it is called; bounds when it is a whole number."""

    pattern: str
    called: str
    low: int | None = None
    high: int | None = None

    def holds(self, value: str) -> bool:
        """Whether this value is one."""
        if not _compiled(self.pattern).fullmatch(value):
            return False
        number = self.low is not None or self.high is not None
        return not number or ((self.low is None or int(value) >= self.low) and (self.high is None or int(value) <= self.high))


@functools.cache
def _compiled(pattern: str) -> re.Pattern:
    return re.compile(pattern)


@dataclass
class Element:
    """An element: its attributes (pattern, required), and either text or elements (`?` once, `1` exactly once, `*` any number).

    `empty` is whether it may hold nothing. `where` is where the definition stands.
    """

    name: str
    where: str = ""
    text: Text | None = None
    empty: bool = False
    attributes: dict[str, tuple[str, bool]] = field(default_factory=dict)
    elements: dict[str, tuple[Element, str]] = field(default_factory=dict)
    definition: ET.Element | None = None

    def add(self, child: Element, occurs: str = "?") -> Element:
        """Puts an element into this one; of two of one name the later stays, as in PHP (Swanctl.xml has two of `imv`)."""
        self.elements[child.name] = (child, occurs)
        return child

    def at(self, *path: str) -> Element:
        """The container at a path, made when it is not there."""
        here = self
        for name in path:
            if name not in here.elements:
                here.add(Element(name))
            here = here.elements[name][0]
        return here


def release_of(version: str) -> str | None:
    """The series of a stated version that there are models of."""
    series = ".".join(version.split(".")[:2])
    return series if series in RELEASES else None


def files(release: str) -> list[Path]:
    """The model definitions of a release; plugins are known of one release."""
    if not DIRECTORY.is_dir():
        raise FileNotFoundError(f"{DIRECTORY}: a schema made of nothing would take nothing")
    return sorted((DIRECTORY / RELEASES[release] / "models").rglob("*.xml")) + sorted((DIRECTORY / PLUGINS).rglob("*.xml"))


@dataclass(frozen=True)
class Model:
    """A model definition: its name as relations say it, its mount (`mapped` has no container), its version, its items."""

    name: str
    where: str
    mount: tuple[str, ...]
    mapped: bool
    version: str
    items: ET.Element


@functools.cache
def models(release: str) -> tuple[Model, ...]:
    """All models of a release that are kept in config.xml."""
    found = []
    for path in files(release):
        root = ET.parse(path).getroot()
        mount = (root.findtext("mount") or "").strip()
        if mount == ":memory:":
            continue
        name = ".".join(["OPNsense", path.parent.name, path.stem]).lower()
        parts = tuple(mount.strip("/").removesuffix("+").split("/"))
        where = str(path.relative_to(DIRECTORY))
        found.append(Model(name, where, parts, mount.endswith("+"), (root.findtext("version") or "").strip(), root.find("items")))
    return tuple(found)


def is_array(e: ET.Element) -> bool:
    """Whether a field holds items: it has a class and fields of its own."""
    return e.get("type") is not None and any(child.get("type") for child in e.iter() if child is not e)


def build(release: str, factory: bool = False) -> Element:
    """The content of config.xml by the models of a release. `factory`: as a configuration that OPNsense has not yet migrated."""
    root = Element("opnsense")
    for model in models(release):
        if model.mapped:
            parent = root.at(*model.mount[:-1])
            (item,) = list(model.items)
            parent.add(_array(item, model.where, factory), "*")
            continue
        container = root.at(*model.mount)
        container.where = model.where
        container.attributes = {
            "version": (literal(model.version), not factory),
            "persisted_at": ("[0-9]{1,10}\\.[0-9]{2}", not factory),
            "description": (_LINE, False),
        }
        _fill(container, model.items, model.where, factory)
    return root


def _array(e: ET.Element, where: str, factory: bool) -> Element:
    item = Element(e.tag, f"{where}: {e.tag}", attributes={"uuid": (UUID, not factory)}, definition=e)
    _fill(item, e, where, factory)
    return item


def _fill(into: Element, fields: ET.Element, where: str, factory: bool) -> None:
    for e in fields:
        if e.get("volatile") == "true" or _class(e) == "LegacyLinkField":
            continue
        if is_array(e):
            into.add(_array(e, where, factory), "*")
        elif e.get("type"):
            leaf = _leaf(e, where)
            needed = yes(e, "Required") and e.find("Default") is None and not factory
            into.add(leaf, "1" if needed else "?")
        elif not any(c.get("type") for c in e.iter()):
            # Options of the array's class (source, key), no element of config.xml, or an empty container.
            if e.tag in ("general",):
                into.add(Element(e.tag, where))
        else:
            child = Element(e.tag, f"{where}: {e.tag}")
            _fill(child, e, where, factory)
            into.add(child, "1" if any(occurs == "1" for _, occurs in child.elements.values()) and not factory else "?")


def _leaf(e: ET.Element, where: str) -> Element:
    text = _text(e)
    if e.tag in SECRETS and text.pattern != TEXT:
        text = Text(f"({text.pattern}|{PLACEHOLDER})", f"{text.called}, or a placeholder")
    return Element(e.tag, f"{where}: {e.tag}", text, not yes(e, "Required"), definition=e)


def yes(e: ET.Element, name: str) -> bool:
    """Whether a property of a field is Y; PHP does not look at the case of a method's name."""
    return any(c.tag.lower() == name.lower() and (c.text or "").strip().upper() in ("Y", "S", "1") for c in e)


def no(e: ET.Element, name: str) -> bool:
    """Whether a property of a field is N."""
    return any(c.tag.lower() == name.lower() and (c.text or "").strip().upper() == "N" for c in e)


def _class(e: ET.Element) -> str:
    return e.get("type", "").removeprefix(".\\")


def _text(e: ET.Element) -> Text:
    name = _class(e)
    if name in AS_TEXT:
        return Text(TEXT, "text")
    if name not in CLASSES:
        raise KeyError(f"{e.tag}: a field of class {name}, of which nothing is written down")
    text = CLASSES[name](e)
    if yes(e, "Multiple") or yes(e, "AsList"):
        return Text(f"{text.pattern}(,{text.pattern})*" if text.pattern[0] == "(" else f"({text.pattern})(,({text.pattern}))*", f"a list with commas of: {text.called}")
    return text


def _one_of(values: list[str]) -> Text:
    values = sorted(set(v for v in values if v))
    return Text("(" + "|".join(literal(v) for v in values) + ")", "one of " + ", ".join(values))


def options(e: ET.Element) -> list[str]:
    """The values of an OptionField: the element's name or its `value`; groups hold more of them."""
    found = []
    for option in e.find("OptionValues"):
        grouped = list(option)
        for o in grouped or [option]:
            found.append(o.get("value", o.tag))
    return found


def _integer(e: ET.Element) -> Text:
    low, high = (int(t) if (t := e.findtext(n)) else None for n in ("MinimumValue", "MaximumValue"))
    called = "a whole number" + (f" from {low}" if low is not None else "") + (f" up to {high}" if high is not None else "")
    return Text("\\-?(0|[1-9][0-9]{0,18})", called, -(2**63) if low is None else low, 2**63 - 1 if high is None else high)


def _masked(e: ET.Element) -> Text:
    strict = _class(e) == "StrictTextField"
    if mask := e.findtext("Mask"):
        return Text(translate(mask), f"text that {mask.strip()} matches")
    if strict:
        return Text(_LINE if yes(e, "AllowSpaces") else "[^\\s]*", "text without white space")
    return Text(TEXT, "text")


def _csv(e: ET.Element) -> Text:
    if not (mask := e.findtext("Mask")):
        return Text(_LINE, "a list with commas")
    pattern = translate(mask)
    return Text(f"({pattern})(,({pattern}))*" if yes(e, "MaskPerItem") else pattern, f"a list with commas of what {mask.strip()} matches")


def _network(e: ET.Element) -> Text:
    family = (e.findtext("AddressFamily") or "").strip().lower()
    if yes(e, "NetMaskRequired"):
        four, six, called = IPV4 + _MASK4, IPV6 + _MASK6, "a network with its mask"
    elif no(e, "NetMaskAllowed"):
        four, six, called = IPV4, IPV6, "an address without a mask"
    else:
        four, six, called = f"{IPV4}({_MASK4})?", f"{IPV6}({_MASK6})?", "an address or a network"
    kinds = {"ipv4": [four], "ipv6": [six]}.get(family, [four, six])
    if family:
        called += f" of {family}"
    if (e.findtext("Default") or "").strip() == "any":
        kinds = [*kinds, "any"]
        called += ", or any"
    return Text("(" + "|".join(kinds) + ")", called)


def _hostname(e: ET.Element) -> Text:
    kinds = [_HOST]
    called = "a name"
    if not no(e, "IpAllowed"):
        kinds += [IPV4, IPV6]
        called = "a name or an address"
    if yes(e, "HostWildcardAllowed") or yes(e, "IsWildcardAllowed"):
        kinds.append("\\*")
    if yes(e, "FqdnWildcardAllowed") or yes(e, "IsWildcardAllowed"):
        kinds.append(f"\\*\\.{_HOST}")
    return Text("(" + "|".join(kinds) + ")", called)


def _port(e: ET.Element) -> Text:
    kinds = [_NUMBER]
    called = "a port"
    if yes(e, "EnableRanges"):
        kinds.append(f"{_NUMBER}\\-{_NUMBER}")
        called += ", a range"
    if yes(e, "EnableAlias"):
        kinds.append(_NAME)
        called += " or an alias"
    if yes(e, "EnableWellKnown"):
        kinds.append("any")
    return Text("(" + "|".join(kinds) + ")", called)


def _protocol(e: ET.Element) -> Text:
    added = [o.get("value", o.tag) for o in e.find("AddOptions")] if e.find("AddOptions") is not None else []
    lower = (e.findtext("ChangeCase") or "").strip() == "lower"
    names = [n.lower() if lower else n for n in (*PROTOCOLS, *added)]
    return _one_of(names + (["any"] if yes(e, "Required") else []))


def _network_or_alias(_: ET.Element) -> Text:
    return Text(f"(any|\\(self\\)|{_NAME}|{IPV4}({_MASK4})?|{IPV6}({_MASK6})?)", "any, (self), an interface, an alias, an address or a network")


@functools.cache
def _answers(name: str) -> tuple[str, ...]:
    found = json.loads((DIRECTORY / "option-lists" / name).read_text())
    return tuple(found)


def _store(e: ET.Element) -> Text:
    asked = (e.findtext("ConfigdPopulateAct") or "").strip()
    if asked.startswith("interface gateways list"):
        return Text("[\\-a-zA-Z0-9_]{1,32}", "the name of a gateway")
    # What a factory 26.7.2 answers; programs and items that only an older release knows have no use here.
    if asked == "syslog list applications":
        return _one_of(list(_answers("syslog-applications.json")))
    if asked == "system ha options":
        return _one_of(list(_answers("ha-sync-options.json")))
    return Text("[^,\\n\\r]+" if yes(e, "Multiple") else "[^\\n\\r]+", f"what {asked} answers")


def _fixed(pattern: str, called: str) -> Callable[[ET.Element], Text]:
    return lambda _: Text(pattern, called)


def _virtual_ip(e: ET.Element) -> Text:
    return Text(UUID, "the uuid of a virtual address") if (e.findtext("key") or "").strip() == "mvc" else Text(_LINE, "text")


_BOOLEAN = Text("[01]", "0 or 1")
_INTERFACE = _fixed(_KEY, "the key of an interface")
_DEVICES = _fixed(_DEVICE, "the name of a device")

CLASSES: dict[str, Callable[[ET.Element], Text]] = {
    "BooleanField": lambda _: _BOOLEAN,
    "IntegerField": _integer,
    "AutoNumberField": _integer,
    "FilterSequenceField": _integer,
    "DNatSequenceField": _integer,
    "VPNIdField": _integer,
    "NumericField": _fixed("\\-?[0-9]+(\\.[0-9]+)?", "a number"),
    "TextField": _masked,
    "StrictTextField": _masked,
    "UpdateOnlyTextField": _masked,
    "DescriptionField": _fixed("[^\\n\\r]{1,255}", "1 to 255 characters on one line"),
    "OptionField": lambda e: _one_of(options(e)),
    "NetworkField": _network,
    "DomainIPField": _network,
    "RangeAddressField": _network,
    "HostnameField": _hostname,
    "InterfaceField": _INTERFACE,
    "VipInterfaceField": _INTERFACE,
    "UnboundInterfaceField": _INTERFACE,
    "VlanInterfaceField": _DEVICES,
    "LaggInterfaceField": _DEVICES,
    "BridgeMemberField": _INTERFACE,
    "PortField": _port,
    "PortMappedField": _port,
    "ProtocolField": _protocol,
    "NetworkAliasField": _network_or_alias,
    "NetworkMappedField": _network_or_alias,
    "ModelRelationField": _fixed(UUID, "a uuid"),
    "JsonKeyValueStoreField": _store,
    "GatewayGroupItemField": _store,
    "CSVListField": _csv,
    "MacAddressField": _fixed("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", "a MAC address"),
    "Base64Field": _fixed("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)", "base64"),
    "StoreB64Field": _fixed("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)", "base64"),
    "UrlField": _fixed("[a-z][\\-a-z0-9+.]*://[^\\s]+", "a URL"),
    "EmailField": _fixed("[^\\s@]+@[^\\s@]+", "an address of mail"),
    "CertificateField": _fixed("[0-9a-f]{13}", "the refid of a certificate"),
    "IPPortField": _fixed(f"({IPV4}|\\[{IPV6}\\]|{_HOST}):{_NUMBER}", "an address and a port"),
    "VirtualIPField": _virtual_ip,
    "AuthenticationServerField": _fixed("[^,\\n\\r]+", "the name of a server that knows users"),
    "AuthGroupField": _fixed("[0-9]+", "the number of a group"),
    "ConfigdActionsField": _fixed("[a-z][\\-a-z0-9_. ]*", "an action of configd"),
    "AliasNameField": _fixed("([a-zA-Z]|(([_a-zA-Z][a-zA-Z0-9]|[a-zA-Z][_a-zA-Z0-9])[_a-zA-Z0-9]{0,29}))", "a name of an alias"),
    "GroupNameField": _fixed("[a-zA-Z_]([a-zA-Z0-9_]{0,13}[a-zA-Z_])?", "a name of a group of interfaces"),
    "CategoryField": _fixed("[^,\\n\\r]+", "the name of a category"),
    "ScheduleField": _fixed("[0-9a-zA-Z_\\-]{1,32}", "the name of a schedule"),
    "UidField": _fixed("[0-9]+", "a number of a user"),
    "GidField": _fixed("[0-9]+", "a number of a group"),
    "MemberField": _fixed("[0-9]+", "a number of a user"),
    "UsernameField": _fixed("[a-zA-Z0-9._@\\-]{1,320}", "a name of a user"),
    "ExpiresField": _fixed("[0-9]{2}/[0-9]{2}/[0-9]{4}", "a day as 12/31/2026"),
    "PrivField": _fixed("[\\-a-z0-9_]+", "the name of a privilege"),
    "KeaPoolsField": _fixed(f"({IPV4}(\\-{IPV4}|{_MASK4})|{IPV6}(\\-{IPV6}|{_MASK6}))(\\n({IPV4}(\\-{IPV4}|{_MASK4})|{IPV6}(\\-{IPV6}|{_MASK6})))*", "ranges or networks, one a line"),
    "OpenVPNServerField": _fixed("[0-9a-f\\-]+", "an instance of OpenVPN"),
}  # fmt: skip

# Their checks are in PHP that is not at hand; what is in these fields is looked at elsewhere or by nobody.
AS_TEXT = {
    "AliasContentField", "ApiKeyField", "CharonLogLevelField", "DNatAssociatedRuleField", "DUIDField", "IKEAddressField",
    "IPsecProposalField", "JsonField", "KeaClasslessStaticRouteField", "KeaOptionDataField", "KeaStaticRoutesField", "PolicyContentField",
    "PoolsField", "RemoteHostField", "TosField", "VipLinkLocalField", "VipNetworkField",
}  # fmt: skip


def classes(release: str) -> dict[str, list[str]]:
    """The classes of all fields of a release that are kept, and where they stand."""
    found: dict[str, list[str]] = {}
    for model in models(release):
        for e in model.items.iter():
            if e.get("type") and not is_array(e) and e.get("volatile") != "true" and _class(e) != "LegacyLinkField":
                found.setdefault(_class(e), []).append(f"{model.where}: {e.tag}")
    return found


def untold(release: str) -> list[str]:
    """Fields whose values this schema does not look at, though OPNsense does."""
    return [f"{release} {name}: {place}" for name, places in sorted(classes(release).items()) if name in AS_TEXT for place in places]


def walk(root: ET.Element, path: tuple[str, ...]) -> Iterator[ET.Element]:
    """Every element at a path below the root."""
    if not path:
        yield root
        return
    for child in root.findall(path[0]):
        yield from walk(child, path[1:])
