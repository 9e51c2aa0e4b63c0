"""Netplan and the Proxmox hosts' /etc/network/interfaces, read by netplan's generator and by ifupdown2.

It must not touch the network of the machine it runs on: everything happens in a scratch root or in namespaces.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from .core import Consumer, Unit, find_program, lines, machine_files, machines, run, run_in_namespace, scratch

# `netplan generate` is a python wrapper around this program, which is twenty times faster to start.
GENERATORS = ("/usr/libexec/netplan/generate", "/lib/netplan/generate")
IFUPDOWN2 = "/usr/share/ifupdown2/__main__.py"


def _package_version(name: str) -> str:
    return run(["dpkg-query", "-W", "-f", "${Version}", name])[1]


def _netplan_units(tree: Path) -> Iterator[Unit]:
    for machine in machines(tree):
        files = {path.name: path for path in sorted((machine / "etc/netplan").glob("*.yaml"))}
        if files:
            yield Unit(f"{machine.name} etc/netplan", files, functools.partial(_netplan, files))


def _netplan(files: dict[str, Path]) -> list[str]:
    with scratch() as root:
        directory = root / "etc/netplan"
        directory.mkdir(parents=True)
        for name, path in files.items():
            (directory / name).write_bytes(path.read_bytes())
            (directory / name).chmod(0o600)
        generator = next((path for path in GENERATORS if os.path.exists(path)), None)
        command = [generator] if generator else [find_program("netplan"), "generate"]
        status, out, err = run([*command, "--root-dir", str(root)])
        said = [line.replace(f"{root}/", "") for line in lines(out, err)]
        # A warning leaves the status at 0: two default routes, a deprecated key, wide file modes.
        return said or ([f"exit status {status}"] if status else [])


def _owner_units(tree: Path) -> Iterator[Unit]:
    for machine in machines(tree):
        files = {f"netplan/{path.name}": path for path in sorted((machine / "etc/netplan").glob("*.yaml"))}
        files |= {f"cloud/{path.name}": path for path in sorted((machine / "etc/cloud/cloud.cfg.d").glob("*.cfg"))}
        if files:
            yield Unit(f"{machine.name} network owner", files, functools.partial(_owner, files))


def _owner(files: dict[str, Path]) -> list[str]:
    """Two owners of one interface yield two default gateways: cloud-init writes 50-cloud-init.yaml unless it is told not to."""
    netplan = [name for name in files if name.startswith("netplan/")]
    disabled = []
    for name, path in files.items():
        if not name.startswith("cloud/"):
            continue
        data = yaml.safe_load(path.read_text()) or {}
        network = data.get("network") if isinstance(data, dict) else None
        if network == {"config": "disabled"}:
            disabled.append(name)
        elif network is not None:
            return [f"{name}: network is {network!r}, neither absent nor {{config: disabled}}"]
    if netplan and not disabled:
        return [f"two owners of the network: {', '.join(netplan)} and cloud-init, which nothing disables"]
    if disabled and not netplan:
        return [f"no owner of the network: {', '.join(disabled)} disables cloud-init and no netplan file is delivered"]
    return []


# ifupdown2 keeps its state and its lock below /run and /var/tmp, its log below /var/log: all of them the namespace's own.
IFRELOAD = """
keep=$(mktemp -d); cp -r /etc/network/ifupdown2/. "$keep"
mount -t tmpfs none /etc/network
mkdir /etc/network/interfaces.d /etc/network/ifupdown2
cp -r "$keep/." /etc/network/ifupdown2; rm -rf "$keep"
cp "$1" /etc/network/interfaces
mount -t tmpfs none /run; mkdir /run/network
mount -t tmpfs none /var/tmp
mount -t tmpfs none /var/log
exec ifreload -a -s
"""
TOP_LEVEL = {"auto", "iface", "source", "source-directory", "vlan", "mapping"}
# Words of interfaces(5) that belong to no ifupdown2 module, and so are in no catalogue.
STANZA = {"pre-up", "up", "post-up", "pre-down", "down", "post-down", "inherits"}
METHODS = {"static", "manual", "dhcp", "loopback", "auto"}


@functools.cache
def _catalogue() -> frozenset[str]:
    """Every attribute that a module of ifupdown2 names: what `ifquery --syntax-help` prints, two spaces deep."""
    _, out, _ = run_in_namespace("exec ifquery --syntax-help")
    words = re.findall(r"^  (\S+)$", out, re.M)
    aliases = re.findall(r"^    aliases: (.+)$", out, re.M)
    return frozenset(words) | {word.strip() for line in aliases for word in line.split(",")} | STANZA


def _ifupdown2_units(tree: Path) -> Iterator[Unit]:
    for machine, path in machine_files(tree, "etc/network/interfaces"):
        yield Unit(f"{machine.name} etc/network/interfaces", {"interfaces": path}, functools.partial(_ifupdown2, path))


def _ifupdown2(path: Path) -> list[str]:
    status, out, err = run_in_namespace(IFRELOAD, str(path))
    said = [line for line in lines(out, err) if "interface not recognized" not in line]
    unrecognized = "interface not recognized" in out + err
    failures = [line for line in said if re.match(r"(warning|error):", line)]
    # Interfaces that are not on this machine leave a status of 1; any other status or text without a reason is new to us.
    if not failures and (said or (status and not unrecognized and status != 1)):
        failures = said or [f"exit status {status}"]
    return failures + _interfaces(path.read_text())


def _interfaces(text: str) -> list[str]:
    """What ifupdown2 lets through: unknown words, VLAN ids, ports nobody declares, a gateway outside every subnet, no SDN include."""
    failures: list[str] = []
    stanzas: dict[str, list[tuple[int, str, str]]] = {}
    current: list[tuple[int, str, str]] | None = None
    used: list[tuple[int, str]] = []
    sourced = False
    catalogue = _catalogue()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word in TOP_LEVEL or word.startswith("allow-"):
            current = None
            if word == "iface":
                fields = rest.split()
                current = stanzas.setdefault(fields[0], []) if fields else None
                if len(fields) == 3 and fields[2] not in METHODS:
                    failures.append(f"line {number}: unknown method {fields[2]}")
            elif word == "auto":
                used += [(number, name) for name in rest.split()]
            elif word == "source" and rest == "/etc/network/interfaces.d/*":
                sourced = True
            continue
        if current is None:
            failures.append(f"line {number}: {word} is neither a statement of interfaces(5) nor inside an iface stanza")
            continue
        current.append((number, word, rest))
        if word not in catalogue:
            failures.append(f"line {number}: {word} is no attribute of ifupdown2 (ifquery --syntax-help)")
    for number, name in used:
        if name not in stanzas:
            failures.append(f"line {number}: auto {name} has no iface stanza")
    for name, attributes in stanzas.items():
        if "." in name:
            failures += _vlan_ids(0, f"iface {name}", name.rsplit(".", 1)[1])
            if name.rsplit(".", 1)[0] not in stanzas:
                failures.append(f"iface {name}: its raw device {name.rsplit('.', 1)[0]} has no iface stanza")
        subnets, gateways = [], []
        for number, word, rest in attributes:
            if word in ("bridge-vids", "bridge-pvid", "bridge-access", "vlan-id"):
                failures += _vlan_ids(number, word, *rest.split())
            if word in ("bridge-ports", "bond-slaves") and rest != "none":
                for port in rest.split():
                    base, _, vlan = port.partition(".")
                    if vlan:
                        failures += _vlan_ids(number, word, vlan)
                    if port not in stanzas and base not in stanzas:
                        failures.append(f"line {number}: {word} names {port}, which no iface stanza declares")
            try:
                if word == "address":
                    subnets.append(ipaddress.ip_interface(rest).network)
                if word == "gateway":
                    gateways.append((number, ipaddress.ip_address(rest)))
            except ValueError as error:
                failures.append(f"line {number}: {word}: {error}")
        for number, gateway in gateways:
            if not any(gateway in subnet for subnet in subnets):
                failures.append(f"line {number}: gateway {gateway} is in no subnet of {name}")
    if not sourced:
        failures.append("no `source /etc/network/interfaces.d/*`: what Proxmox SDN writes would be ignored")
    return failures


def _vlan_ids(number: int, word: str, *values: str) -> list[str]:
    where = f"line {number}: {word}" if number else word
    failures = []
    for value in values:
        ends = value.split("-")
        if not all(end.isdigit() and 1 <= int(end) <= 4094 for end in ends) or len(ends) > 2 or int(ends[0]) > int(ends[-1]):
            failures.append(f"{where}: VLAN id {value} is outside 1..4094")
    return failures


CONSUMERS = [
    Consumer("netplan", _netplan_units, ["netplan"], lambda: _package_version("netplan.io")),
    Consumer("network owner", _owner_units),
    Consumer("ifupdown2", _ifupdown2_units, [IFUPDOWN2, "unshare", "ip"], lambda: _package_version("ifupdown2")),
]
