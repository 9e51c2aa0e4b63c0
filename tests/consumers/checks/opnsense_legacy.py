"""Sections of config.xml that have no model, written down by hand from what OPNsense reads of them. It must not widen a model's section.

Most are asked for with `isset`: an element that is there is on, whatever it holds. So a flag is `1`, or the word that the GUI
writes, and never `0`; for off there is no element. An element without text is what an unset field of the GUI leaves in a factory
configuration; topoc has no use for it, so it is refused unless `factory`.
"""

from __future__ import annotations

from .opnsense_masks import literal
from .opnsense_models import IPV4, IPV6, Element, Text

WHERE = "no model"
# Any number may stand behind opt; one for each VLAN is enough.
KEYS = ["wan", "lan", *(f"opt{n}" for n in range(1, 4096))]
_GATEWAY = Text("[\\-a-zA-Z0-9_]{1,32}", "the name of a gateway")
_LINE = Text("[^\\n\\r]{1,255}", "1 to 255 characters on one line")
_WORDS = Text("[^\\s]+( [^\\s]+)*", "words with single spaces")
_KEY_LIST = Text("[a-zA-Z_][a-zA-Z0-9_]*(,[a-zA-Z_][a-zA-Z0-9_]*)*", "keys of interfaces, with commas")
_PORT = Text("[1-9][0-9]{0,4}", "a port", 1, 65535)
_HOST = Text("[a-zA-Z0-9]([\\-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?", "a name without dots")
_DOMAIN = Text("[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?)*", "a domain")
_ADDRESS = Text(f"({IPV4}|{IPV6})", "an address")
_NETWORK = Text(
    f"(any|\\(self\\)|[a-zA-Z_][a-zA-Z0-9_]{{0,30}}|{IPV4}(/[0-9]{{1,2}})?|{IPV6}(/[0-9]{{1,3}})?)", "an interface, an alias, an address or a network"
)
_PORTS = Text("(any|[1-9][0-9]{0,4}(\\-[1-9][0-9]{0,4})?|[a-zA-Z_][a-zA-Z0-9_]{0,30})", "a port, a range or an alias")


def _number(low: int, high: int) -> Text:
    return Text("(0|[1-9][0-9]*)", f"a whole number from {low} to {high}", low, high)


def _words(*words: str) -> Text:
    return Text("(" + "|".join(literal(w) for w in words) + ")", "one of " + ", ".join(words))


FLAG = _words("1", "yes", "enabled")


class _Hand:
    """Makes elements by hand; `factory` lets them be empty."""

    def __init__(self, factory: bool) -> None:
        self.factory = factory

    def put(self, into: Element, **texts: Text) -> None:
        """Elements that hold a text, once; `_` in a name stands for itself, `__` for a hyphen."""
        for name, text in texts.items():
            name = name.replace("__", "-").removesuffix("-")
            into.add(Element(name, WHERE, text, self.factory))

    def flags(self, into: Element, *names: str) -> None:
        """Elements that are on when they are there; in a factory configuration also without text, which is on as well."""
        for name in names:
            into.add(Element(name, WHERE, FLAG, self.factory))


def add(root: Element, release: str, factory: bool = False) -> None:
    """Puts the sections without model into the content of config.xml."""
    hand = _Hand(factory)
    _interfaces(root, hand)
    _system(root, hand, release)
    ntpd = root.at("ntpd")
    hand.put(ntpd, prefer=_WORDS, ispool=_WORDS, iburst=_WORDS, noselect=_WORDS, interface=_KEY_LIST, orphan=_number(1, 16))
    hand.put(ntpd, leapsec=Text("[A-Za-z0-9+/=]+", "base64"), custom_options=Text("[\\s\\S]+", "text"))
    hand.flags(ntpd, "statsgraph", "clientmode", "logpeer", "logsys", "clockstats", "loopstats", "peerstats", "kod", "nomodify", "nopeer")
    hand.flags(ntpd, "notrap", "noquery", "noserve")
    _schedules(root, hand)
    root.at("nat", "outbound").add(Element("mode", WHERE, _words("automatic", "hybrid", "advanced", "disabled")), "1")
    if release == "25.7":
        _port_forwards(root, hand)
    if release in ("25.7", "26.1"):
        _gateway_groups(root, hand)
    # Legacy rules pass by the model's order and nobody can edit them in 26.7, so of this section only its flags are known.
    hand.flags(root.at("filter"), "bypassstaticroutes")
    # Read once by a migration of the model that took their place; parts of an area that is restored.
    for name in ("syslog", "aliases", "openvpn"):
        root.add(Element(name, WHERE))
    unbound = root.at("unbound")
    if factory:
        hand.flags(unbound, "enable")
    for name, (e, _) in root.elements.items():
        e.where = e.where or WHERE


def _interfaces(root: Element, hand: _Hand) -> None:
    interfaces = root.at("interfaces")
    e = Element("interface", WHERE)
    device = Text("[a-zA-Z][a-zA-Z0-9_.]{0,14}", "the name of a device")
    e.add(Element("if", WHERE, device), "1")
    hand.flags(e, "enable", "lock", "blockpriv", "blockbogons", "promisc", "dhcp6prefixonly", "dhcp6usev4iface", "gateway_interface")
    hand.put(
        e,
        descr=Text("[a-zA-Z_0-9]{1,255}", "letters, digits and _"),
        spoofmac=Text("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", "a MAC address"),
        mtu=_number(576, 65535),
        mss=_number(576, 65535),
        ipaddr=Text(f"(dhcp|ppp|pppoe|pptp|l2tp|{IPV4})", "an IPv4 address or how one is got"),
        subnet=_number(1, 32),
        gateway=_GATEWAY,
        ipaddrv6=Text(f"(dhcp6|slaac|6rd|6to4|track6|idassoc6|pppoev6|{IPV6})", "an IPv6 address or how one is got"),
        subnetv6=_number(1, 128),
        gatewayv6=_GATEWAY,
        track6__interface=Text("[a-z]+[0-9]*", "the key of an interface"),
        track6__prefix__id=_number(0, 65535),
        dhcphostname=_DOMAIN,
        media=_LINE,
        mediaopt=_LINE,
        dhcp6__ia__pd__len=_number(0, 64),
    )
    for key in KEYS:
        interfaces.elements[key] = (e, "?")


def _system(root: Element, hand: _Hand, release: str) -> None:
    system = root.at("system")
    hand.put(
        system,
        hostname=_HOST,
        domain=_DOMAIN,
        timezone=Text("[A-Za-z_]+(/[\\-+A-Za-z0-9_]+)*", "a zone of time"),
        timeservers=_WORDS,
        language=Text("[a-z]{2}_[A-Z]{2}", "a language"),
        optimization=_words("normal", "high-latency", "aggressive", "conservative"),
        dnssearchdomain=_DOMAIN,
        dnsallowoverride_exclude=_KEY_LIST,
        aliasesresolveinterval=_number(1, 86400),
        maximumstates=_number(1, 2**31 - 1),
        maximumtableentries=_number(1, 2**31 - 1),
        maximumfrags=_number(1, 2**31 - 1),
        backupcount=_number(0, 10**6),
        primaryconsole=_words("video", "serial", "efi", "null"),
        secondaryconsole=_words("video", "serial", "efi", "null"),
        serialspeed=_words("115200", "57600", "38400", "19200", "14400", "9600"),
        powerd_ac_mode=_words("hadp", "adp", "min", "max"),
        powerd_battery_mode=_words("hadp", "adp", "min", "max"),
        powerd_normal_mode=_words("hadp", "adp", "min", "max"),
    )
    system.add(Element("dnsserver", WHERE, _ADDRESS, hand.factory), "*")
    for n in range(1, 9):
        hand.put(system, **{f"dns{n}gw": _GATEWAY})
    hand.flags(
        system,
        *("dnsallowoverride", "dnslocalhost", "prefer_ipv4", "gw_switch_default", "disablenatreflection", "enablebinatreflection"),
        *("enablenatreflectionhelper", "skip_rules_gw_down", "disablereplyto", "pf_share_forward", "lb_use_sticky", "schedule_states"),
        *("usevirtualterminal", "disableconsolemenu", "powerd_enable", "disablefilter", "disablescrub"),
    )
    if release == "25.7" or hand.factory:
        hand.flags(system, "ipv6allow")
    if release == "25.7":
        # Interfaces/Settings.xml takes their place from 26.1 on.
        hand.flags(system, "disablechecksumoffloading", "disablesegmentationoffloading", "disablelargereceiveoffloading", "disablevlanhwfilter")
    hand.put(system.at("bogons"), interval=_words("monthly", "weekly", "daily"))
    _servers(system, hand)
    ssh = system.at("ssh")
    hand.put(ssh, group=Text("[\\-a-zA-Z0-9_.]{1,32}", "a group"), port=_PORT, interfaces=_KEY_LIST)
    hand.put(ssh, kex=_LINE, ciphers=_LINE, macs=_LINE, keys=_LINE, keysig=_LINE, rekeylimit=_LINE)
    hand.flags(ssh, "enabled", "noauto", "passwordauth", "permitrootlogin")
    webgui = system.at("webgui")
    webgui.add(Element("protocol", WHERE, _words("http", "https")), "1")
    hand.put(webgui, port=_PORT, interfaces=_KEY_LIST, ssl__certref=Text("[0-9a-f]{13}", "the refid of a certificate"), session_timeout=_number(1, 10**6))
    hand.put(webgui, althostnames=_WORDS, authmode=_LINE, ssl__ciphers=_LINE)
    hand.flags(webgui, "noantilockout", "disablehttpredirect", "quietlogin", "nodnsrebindcheck", "nohttpreferercheck", "httpaccesslog", "ssl-hsts")


def _servers(system: Element, hand: _Hand) -> None:
    """Servers that know users (system_authservers.php)."""
    server = system.add(Element("authserver", WHERE), "*")
    server.add(Element("refid", WHERE, Text("[0-9a-f]{13}", "13 hexadecimal digits")), "1")
    server.add(Element("type", WHERE, _words("ldap", "ldap-totp", "radius", "totp")), "1")
    server.add(Element("name", WHERE, Text("[^,\\n\\r]{1,255}", "a name without commas")), "1")
    hand.put(server, host=Text(f"({IPV4}|{_DOMAIN.pattern})", "a name or an address"), ldap_port=_PORT, ldap_protver=_words("2", "3"))
    hand.put(server, ldap_urltype=_words("TCP - Standard", "StartTLS", "SSL - Encrypted"), ldap_scope=_words("one", "subtree"))
    hand.put(server, ldap_basedn=_LINE, ldap_authcn=_LINE, ldap_extended_query=_LINE, ldap_attr_user=_LINE, ldap_binddn=_LINE, ldap_bindpw=_LINE)
    hand.put(server, ldap_caref=Text("[0-9a-f]{13}", "the refid of an authority"), ldap_sync_default_groups=_LINE)
    hand.flags(server, "ldap_read_properties", "ldap_sync_memberof", "ldap_sync_memberof_constraint", "ldap_sync_create_local_users")
    hand.flags(server, "caseInSensitiveUsernames")
    hand.put(server, radius_secret=_LINE, radius_timeout=_number(1, 600), radius_auth_port=_PORT, radius_acct_port=_PORT, radius_stationid=_LINE)
    hand.put(server, radius_protocol=_words("PAP", "MSCHAPv2", "CHAP_MD5", "MSCHAPv1"))


def _schedules(root: Element, hand: _Hand) -> None:
    schedules = root.at("schedules")
    one = schedules.add(Element("schedule", WHERE), "*")
    one.add(Element("name", WHERE, Text("[\\-a-zA-Z0-9_]{1,32}", "a name of at most 32 letters, digits, - and _")), "1")
    hand.put(one, descr=_LINE, schedlabel=Text("[0-9a-f]+(\\.[0-9]+)?", "a label"))
    span = one.add(Element("timerange", WHERE), "*")
    # Either days of a week (Monday is 1), or days of months.
    hand.put(span, position=Text("[1-7](,[1-7])*", "days of a week, Monday is 1"), rangedescr=_LINE)
    hand.put(span, month=Text("(1[0-2]|[1-9])(,(1[0-2]|[1-9]))*", "months"), day=Text("(3[01]|[12][0-9]|[1-9])(,(3[01]|[12][0-9]|[1-9]))*", "days"))
    hours = "(2[0-4]|1[0-9]|0?[0-9]):[0-5][0-9]"
    span.add(Element("hour", WHERE, Text(f"{hours}\\-{hours}", "two times of a day")), "1")


def _port_forwards(root: Element, hand: _Hand) -> None:
    """25.7 reads `pass` whatever it holds as a way past the filter, so it is not known here."""
    rule = root.at("nat").add(Element("rule", WHERE), "*")
    rule.attributes = {"uuid": ("[0-9a-f]{8}\\-[0-9a-f]{4}\\-4[0-9a-f]{3}\\-[89ab][0-9a-f]{3}\\-[0-9a-f]{12}", False)}
    hand.flags(rule, "disabled", "nordr", "log", "nosync")
    hand.put(
        rule,
        interface=_KEY_LIST,
        ipprotocol=_words("inet", "inet6", "inet46"),
        protocol=_words("tcp", "udp", "tcp/udp", "icmp", "esp", "ah", "gre", "ipv6", "igmp", "pim", "ospf"),
        target=_NETWORK,
        local__port=_PORTS,
        natreflection=_words("purenat", "disable"),
        category=Text("[^,\\n\\r]+(,[^,\\n\\r]+)*", "names of categories"),
        descr=_LINE,
        tag=Text("[\\-0-9a-zA-Z.,_]{1,512}", "a tag"),
        tagged=Text("[\\-0-9a-zA-Z.,_]{1,512}", "a tag"),
        poolopts=_LINE,
    )
    for name in ("source", "destination"):
        end = rule.add(Element(name, WHERE), "1")
        hand.put(end, network=_NETWORK, address=_NETWORK, port=_PORTS)
        hand.flags(end, "any", "not")


def _gateway_groups(root: Element, hand: _Hand) -> None:
    group = root.at("gateways").add(Element("gateway_group", WHERE), "*")
    group.attributes = {"uuid": ("[0-9a-f]{8}\\-[0-9a-f]{4}\\-4[0-9a-f]{3}\\-[89ab][0-9a-f]{3}\\-[0-9a-f]{12}", False)}
    group.add(Element("name", WHERE, _GATEWAY), "1")
    group.add(Element("item", WHERE, Text("[\\-a-zA-Z0-9_]{1,32}\\|[1-5]", "a gateway and its tier")), "*")
    hand.put(group, trigger=_words("down", "downloss", "downlatency", "downlosslatency"), descr=_LINE, poolopts=_LINE)
