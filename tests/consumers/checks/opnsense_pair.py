"""The two nodes of a firewall beside each other: equal but for what must differ. It must not know which of them is the first.

OPNsense synchronizes some sections and not others; topoc makes both files, so a difference that is not in `MAY_DIFFER` is a
difference after the next failover.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from .opnsense_node import Node

# Paths that may differ between nodes, and why.
MAY_DIFFER = {
    r"/interfaces/[a-z0-9]+/(ipaddr|ipaddrv6|spoofmac)": "each node has addresses of its own",
    r"/system/hostname": "each node has its name",
    r"/virtualip/vip\[[^]]*]/advskew": "who is master",
    r"/virtualip/vip\[[^]]*]/peer6?": "unicast goes to the other one",
    r"/hasync/(synchronizetoip|username|password|syncitems|verifypeer)": "only one of them pushes",
    r"/hasync/pfsyncpeerip": "states go to the other one",
    r"/OPNsense/NodeExporter/listenaddress": "an address of the node",
    r"/OPNsense/netsnmp/general/(listen|syslocation|sysname)": "an address of the node",
    r"/OPNsense/Kea/dhcp[46]/ha/this_server_name": "which of the peers it is",
    r"/OPNsense/Kea/ctrl_agent/general/http_host": "an address of the node",
}


def groups(nodes: list[Node]) -> list[list[Node]]:
    """Nodes of one firewall: they share uuids; where nothing has one, the same interfaces."""
    found: list[tuple[set[str], list[Node]]] = []
    for node in nodes:
        marks = {e.get("uuid") for root in node.roots.values() for e in root.iter() if e.get("uuid")}
        if not marks and len(node.interfaces) > 1:
            marks = {" ".join(f"{k}={e.findtext('if')}={e.findtext('descr')}" for k, e in node.interfaces.items())}
        for known, members in found:
            if known & marks:
                known |= marks
                members.append(node)
                break
        else:
            found.append((marks, [node]))
    return [members for _, members in found]


def judge(nodes: list[Node]) -> Iterator[str]:
    """What differs between nodes of one firewall and may not, and what does not differ and must."""
    for other in nodes[1:]:
        for file in sorted(nodes[0].roots.keys() ^ other.roots.keys()):
            yield f"{file}: only one of {nodes[0].name} and {other.name} has it"
        a, b = ({path: text for root in n.roots.values() for path, text in _texts(root, "")} for n in (nodes[0], other))
        for path in sorted(a.keys() | b.keys()):
            if a.get(path) != b.get(path) and not any(re.fullmatch(may, path) for may in MAY_DIFFER):
                said = " and ".join(repr(t.get(path)) if path in t else "nothing" for t in (a, b))
                yield f"{path}: {said} on {nodes[0].name} and {other.name}, which are one firewall"
    yield from _distinct(nodes)


def _texts(e: ET.Element, path: str) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    for child in e:
        seen[child.tag] = seen.get(child.tag, 0) + 1
        mark = f"[{child.get('uuid')}]" if child.get("uuid") else f"#{seen[child.tag]}" if seen[child.tag] > 1 else ""
        here = f"{path}/{child.tag}{mark}"
        yield here, child.text or "" if not len(child) else ""
        yield from _texts(child, here)


def _distinct(nodes: list[Node]) -> Iterator[str]:
    names = " and ".join(n.name for n in nodes)
    owners: dict[str, str] = {}
    for node in nodes:
        for key, e in node.interfaces.items():
            for tag in ("ipaddr", "ipaddrv6"):
                address = e.findtext(tag) or ""
                if not re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]+:[0-9a-fA-F:.]*", address):
                    continue
                if address in owners:
                    yield f"/interfaces/{key}/{tag}: {address} is {owners[address]}'s already"
                owners[address] = f"{node.name} {key}"
    for node in nodes:
        for e in node.all("virtualip", "vip"):
            if (address := e.findtext("subnet")) in owners:
                yield f"virtual address {address}: {owners[address]} has it"
    hostnames = [h for n in nodes if (h := n.text("system", "hostname"))]
    if len(set(hostnames)) < len(hostnames):
        yield f"/system/hostname: {names} have one name"
    skews: dict[str, list[str]] = {}
    for node in nodes:
        for e in node.all("virtualip", "vip"):
            if e.findtext("mode") == "carp":
                skews.setdefault(e.get("uuid", ""), []).append(e.findtext("advskew") or "0")
    for uuid, found in skews.items():
        if len(set(found)) < len(found):
            yield f"/virtualip/vip[{uuid}]/advskew: {found[0]} on {names}: both would be master"
    if len({tuple(sorted({e.findtext("advskew") or "0" for e in n.all("virtualip", "vip") if e.findtext("mode") == "carp"})) for n in nodes if n.all("virtualip", "vip")}) > 0:
        for node in nodes:
            own = {e.findtext("advskew") or "0" for e in node.all("virtualip", "vip") if e.findtext("mode") == "carp"}
            if len(own) > 1:
                yield f"/virtualip: advskew {', '.join(sorted(own, key=int))} on {node.name}: it would be master of some addresses only"
    pushers = [n.name for n in nodes if n.text("hasync", "synchronizetoip")]
    if len(pushers) > 1:
        yield f"/hasync/synchronizetoip: {' and '.join(pushers)} push to each other"
    for node in nodes:
        key, peer, target = (node.text("hasync", n) for n in ("pfsyncinterface", "pfsyncpeerip", "synchronizetoip"))
        others = [n for n in nodes if n is not node]
        at_peer = {str(net.ip) for n in others for k in n.interfaces if (net := n.network(k))}
        if peer and peer not in {str(net.ip) for n in others if (net := n.network(key))}:
            yield f"/hasync/pfsyncpeerip: {peer} is no other node's address on {key}"
        host = re.sub(r"^https?://|[:/].*$", "", target) if target.count(":") < 3 else target
        if target and host not in at_peer:
            yield f"/hasync/synchronizetoip: {target} is no other node's address"
        if not peer and not target and node.all("hasync") and len(nodes) == 1:
            yield "/hasync: nobody to be in step with"
    for node in nodes:
        own = {str(net.ip) for k in node.interfaces if (net := node.network(k))}
        for path in (("OPNsense", "NodeExporter", "listenaddress"), ("OPNsense", "netsnmp", "general", "listen")):
            for address in (node.text(*path) or "").split(","):
                if address and address not in own and address not in ("0.0.0.0", "127.0.0.1", "::"):
                    yield f"/{'/'.join(path)}: {address} is no address of {node.name}"
