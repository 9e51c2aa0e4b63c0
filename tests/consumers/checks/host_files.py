"""Small files of /etc: sysctl.d, modules-load.d, resolv.conf, systemd's drop-ins and units, chrony.

Where the reading program can be asked it is; for the rest the grammar is its manual page's. It must not set anything.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path

from .core import CACHE, Consumer, Unit, file_units, lines, machine_files, machines, run, scratch

CHRONYD = CACHE / "chrony" / "usr/sbin/chronyd"
# timesyncd.conf(5) and resolved.conf(5) of systemd 252: an unknown key is a line in the journal that nobody reads.
DROP_INS = {
    "timesyncd": {
        "Time": {"NTP", "FallbackNTP", "RootDistanceMaxSec", "PollIntervalMinSec", "PollIntervalMaxSec", "ConnectionRetrySec", "SaveIntervalSec"}
    },
    "resolved": {
        "Resolve": {
            "DNS", "FallbackDNS", "Domains", "LLMNR", "MulticastDNS", "DNSSEC", "DNSOverTLS", "Cache", "CacheFromLocalhost",
            "DNSStubListener", "DNSStubListenerExtra", "ReadEtcHosts", "ResolveUnicastSingleLabel",
        }
    },
}  # fmt: skip


def _content(path: Path, marks: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.strip() and line.strip()[0] not in marks:
            yield number, line.strip()


def _paths(tree: Path, *patterns: str) -> list[Path]:
    return [path for pattern in patterns for _, path in machine_files(tree, pattern)]


def _sysctl(path: Path) -> list[str]:
    """sysctl.d(5): `key = value`, a leading `-` to ignore failures, the key with dots or slashes."""
    failures, seen = [], set()
    for number, line in _content(path, "#;"):
        found = re.fullmatch(r"-?([A-Za-z0-9_*-]+(?:[./][A-Za-z0-9_*:-]+)+)\s*=\s*(\S.*)", line)
        if not found:
            failures.append(f"{number}: not `key = value`: {line}")
            continue
        key = found[1].replace("/", ".")
        if key.split(".")[0] not in ("abi", "debug", "dev", "fs", "kernel", "net", "user", "vm"):
            failures.append(f"{number}: {key} is below no directory of /proc/sys")
        if key in seen:
            failures.append(f"{number}: {key} is set twice")
        seen.add(key)
    return failures


def _modules(path: Path) -> list[str]:
    """modules-load.d(5): one module name a line and nothing else on it."""
    return [f"{number}: not one module name: {line}" for number, line in _content(path, "#;") if not re.fullmatch(r"[A-Za-z0-9_-]+", line)]


def _resolv(path: Path) -> list[str]:
    """resolv.conf(5): glibc reads three name servers, six search domains, and skips what it does not know."""
    failures, servers = [], 0
    for number, line in _content(path, "#;"):
        word, _, rest = line.partition(" ")
        if word == "nameserver":
            servers += 1
            try:
                ipaddress.ip_address(rest.strip())
            except ValueError as error:
                failures.append(f"{number}: {error}")
            if servers > 3:
                failures.append(f"{number}: name server {servers} is never asked, glibc reads three")
        elif word not in ("search", "options", "domain", "sortlist") or not rest.strip():
            failures.append(f"{number}: not a line of resolv.conf(5): {line}")
    return failures or ([] if servers else ["no name server"])


def _drop_in(path: Path) -> list[str]:
    known = DROP_INS[path.parent.name.split(".")[0]]
    failures, section, seen = [], None, set()
    for number, line in _content(path, "#;"):
        if line.startswith("["):
            section = line.strip("[]")
            if line != f"[{section}]" or section not in known:
                failures.append(f"{number}: unknown section {line}")
            continue
        key, equals, _ = line.partition("=")
        if not equals or section is None:
            failures.append(f"{number}: not `Key=value` inside a section: {line}")
        elif key.strip() not in known.get(section, set()):
            failures.append(f"{number}: unknown key {key.strip()} in [{section}]")
        elif key in seen:
            failures.append(f"{number}: {key} is set twice")
        seen.add(key)
    return failures


def _chrony(path: Path) -> list[str]:
    # `-p` prints the configuration and ends; it opens no socket.
    status, out, err = run([str(CHRONYD), "-p", "-f", str(path)])
    return [re.sub(r"^\S+Z ", "", line).replace(f"{path.parent}/", "") for line in lines(err)] or ([f"exit status {status}"] if status else [])


def _unit(path: Path) -> list[str]:
    with scratch() as directory:
        copy = directory / path.name
        copy.write_bytes(path.read_bytes())
        # Programs that a unit starts live on the machine, not here.
        _, out, err = run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(copy)])
        return [line.replace(f"{directory}/", "") for line in lines(out, err) if "is not executable" not in line]


def _check_paths(tree: Path) -> Iterator[Unit]:
    """Every path below a machine is one that some check here reads: a new kind of file needs a check of its own."""
    known = re.compile(
        r"etc/(network/interfaces|netplan/[^/]+\.yaml|keepalived/(keepalived\.conf|[^/]+\.sh)|systemd/(timesyncd|resolved)\.conf\.d/[^/]+\.conf"
        r"|chrony/[^/]+\.conf|modules-load\.d/[^/]+\.conf|sysctl\.d/[^/]+\.conf|resolv\.conf|cloud/cloud\.cfg\.d/[^/]+\.cfg"
        r"|systemd/system/[^/]+\.(service|timer|mount|target|socket|path)|docker/daemon\.json)"
        r"|opt/authentik/(compose\.yaml|blueprints/[^/]+\.yaml)|usr/local/sbin/authentik-backup"
    )
    for machine in machines(tree):
        names = sorted(str(path.relative_to(machine)) for path in machine.rglob("*") if path.is_file())
        unknown = [f"no check reads {name}" for name in names if not known.fullmatch(name)]
        yield Unit(f"{machine.name} paths", {}, lambda unknown=unknown: unknown, extra="\n".join(names))


def _consumer(name: str, check, *patterns: str, programs: tuple[str, ...] = (), version=lambda: "") -> Consumer:
    return Consumer(name, lambda tree: file_units(tree, _paths(tree, *patterns), check), list(programs), version)


CONSUMERS = [
    _consumer("sysctl.d", _sysctl, "etc/sysctl.d/*.conf"),
    _consumer("modules-load.d", _modules, "etc/modules-load.d/*.conf"),
    _consumer("resolv.conf", _resolv, "etc/resolv.conf"),
    _consumer("systemd drop-ins", _drop_in, "etc/systemd/timesyncd.conf.d/*.conf", "etc/systemd/resolved.conf.d/*.conf"),
    _consumer("chrony", _chrony, "etc/chrony/*.conf", programs=(str(CHRONYD),), version=lambda: run([str(CHRONYD), "--version"])[1]),
    _consumer(
        "systemd units", _unit, "etc/systemd/system/*.service", "etc/systemd/system/*.timer", programs=("systemd-analyze",),
        version=lambda: run(["systemd-analyze", "--version"])[1],
    ),  # fmt: skip
    Consumer("machine paths", _check_paths),
]
