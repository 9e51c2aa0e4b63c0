"""keepalived.conf, read by keepalived itself, and the check scripts, read by shellcheck and run against a stub curl.

It must not start a keepalived that sends anything: the configuration test runs in namespaces of its own.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from .core import Consumer, Unit, environment, lines, machine_files, machines, run, run_in_namespace, scratch

SECRET = "auth_pass abcd1234\n"


def interfaces_of(conf: str) -> list[str]:
    """Every interface that a configuration names."""
    conf = re.sub(r"[#!].*", "", conf)
    names = re.findall(r"^\s*interface\s+(\S+)", conf, re.M) + re.findall(r"\bdev\s+(\S+)", conf)
    for block in re.findall(r"track_interface\s*\{([^}]*)\}", conf):
        names += [line.split()[0] for line in block.splitlines() if line.strip()]
    return sorted(set(names))


def scripts_of(conf: str) -> list[str]:
    """The paths of the programs that `vrrp_script` blocks run."""
    return re.findall(r"^\s*script\s+\"?([^\s\"]+)", conf, re.M)


def virtual_addresses_of(conf: str) -> list[str]:
    """The addresses of every `virtual_ipaddress` block, as written."""
    blocks = re.findall(r"virtual_ipaddress\s*\{([^}]*)\}", conf)
    return [line.split()[0] for block in blocks for line in block.splitlines() if line.strip() and line.strip()[0] not in "#!"]


# The machine's own /etc/keepalived under the path it has there; the secret beside it, which no tree may contain.
STAGE = """
mount -t tmpfs none /etc/keepalived
cp "$1"/* /etc/keepalived/
chmod 644 /etc/keepalived/*; chmod 755 /etc/keepalived/*.sh 2>/dev/null || true
mount -t tmpfs none /run
ip link set lo up
"""
CONFIG_TEST = (
    STAGE
    + """
number=0
for name in $2; do
  number=$((number + 1))
  ip link add "$name" type veth peer name "peer$number"
  ip link set "$name" up; ip link set "peer$number" up
done
for pair in $3; do ip addr add "${pair#*=}" dev "${pair%%=*}"; done
status=0; keepalived -t -f /etc/keepalived/keepalived.conf || status=$?
echo "status $status"
"""
)


def _machine_inputs(machine: Path, *patterns: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for pattern in patterns:
        found |= {str(path.relative_to(machine)): path for path in sorted(machine.glob(pattern)) if path.is_file()}
    return found


def _conf_units(tree: Path) -> Iterator[Unit]:
    for machine in machines(tree):
        if (machine / "etc/keepalived/keepalived.conf").is_file():
            inputs = _machine_inputs(machine, "etc/keepalived/*", "etc/netplan/*.yaml")
            yield Unit(f"{machine.name} etc/keepalived/keepalived.conf", inputs, functools.partial(_conf, inputs))


def netplan_interfaces(inputs: dict[str, Path]) -> dict[str, list[str]]:
    """The interfaces that a machine's netplan files name, with their addresses."""
    found: dict[str, list[str]] = {}
    for name, path in inputs.items():
        if name.startswith("etc/netplan/"):
            network = (yaml.safe_load(path.read_text()) or {}).get("network") or {}
            for kind in ("ethernets", "bonds", "vlans", "bridges", "dummy-devices"):
                for interface, body in (network.get(kind) or {}).items():
                    found[body.get("set-name", interface)] = body.get("addresses") or []
    return found


def stage(directory: Path, inputs: dict[str, Path], conf: str) -> None:
    """Lays out a machine's /etc/keepalived with a dummy for every included file that the tree leaves out."""
    for name, path in inputs.items():
        if name.startswith("etc/keepalived/"):
            (directory / path.name).write_bytes(path.read_bytes())
    for included in re.findall(r"^\s*include[a-z]*\s+(\S+)", conf, re.M):
        target = directory / Path(included).name
        if str(Path(included).parent) == "/etc/keepalived" and not target.exists():
            target.write_text(SECRET)


def _conf(inputs: dict[str, Path]) -> list[str]:
    conf = inputs["etc/keepalived/keepalived.conf"].read_text()
    if "etc/keepalived/secret.conf" in inputs:
        return ["etc/keepalived/secret.conf is in the tree: the password must not be committed"]
    failures = []
    planned = netplan_interfaces(inputs)
    names = interfaces_of(conf)
    main = next(iter(re.findall(r"^\s*interface\s+(\S+)", conf, re.M)), "")
    sources = re.findall(r"^\s*unicast_src_ip\s+(\S+)", conf, re.M)
    # keepalived takes a source address that no interface has, and then never hears of its peers.
    if planned:
        have = {address.split("/")[0] for addresses in planned.values() for address in addresses}
        failures += [f"unicast_src_ip {source} is no address of this machine's netplan" for source in sources if source not in have]
        failures += [f"interface {name} is not in this machine's netplan" for name in names if name not in planned]
    addresses = {f"{name}={address}" for name, known in planned.items() if name in names for address in known}
    if not planned:
        addresses = {f"{main}={source}/24" for source in sources}
    with scratch() as directory:
        stage(directory, inputs, conf)
        status, out, err = run_in_namespace(CONFIG_TEST, str(directory), " ".join(names), " ".join(sorted(addresses)))
    said = [line for line in lines(out, err) if line != "status 0"]
    return failures + (said or ([f"exit status {status}"] if status else []))


def _script_units(tree: Path) -> Iterator[Unit]:
    for machine, path in machine_files(tree, "etc/keepalived/*.sh"):
        yield Unit(f"{machine.name} etc/keepalived/{path.name}", {path.name: path}, functools.partial(_shellcheck, path))


def _shellcheck(path: Path) -> list[str]:
    _, out, err = run(["shellcheck", "-s", "sh", "-f", "gcc", str(path)])
    return [line.replace(f"{path.parent}/", "") for line in lines(out, err)]


# One stub for every way to ask: the answer is chosen by STUB. `--fail` and its kin turn an HTTP error into status 22; a
# question without a time limit hangs, as it does against a server that accepts and never answers.
CURL = r"""#!/bin/sh
fail=no limit=no code=no
for argument do
  case $argument in
    --fail|--fail-with-body) fail=yes ;;
    --max-time|--max-time=*) limit=yes ;;
    --write-out|*%{http_code}*|*%{response_code}*) code=yes ;;
    --*) ;;
    -*) case $argument in *f*) fail=yes ;; esac; case $argument in *m*) limit=yes ;; esac ;;
  esac
done
case $STUB in
  healthy) [ $code = yes ] && printf 200 || printf ok; exit 0 ;;
  refused) [ $code = yes ] && printf 000; echo 'curl: (7) Failed to connect' >&2; exit 7 ;;
  error) [ $fail = yes ] && exit 22; [ $code = yes ] && printf 500 || printf 'internal error'; exit 0 ;;
  hang) [ $limit = yes ] && exit 28; sleep 60 ;;
esac
"""
RUN_SCRIPT = (
    STAGE
    + """
ip link add holder type veth peer name other; ip link set holder up
if [ -n "$3" ]; then ip addr add "$3" dev holder; fi
real=$(command -v curl || true)
if [ -n "$real" ]; then mount --bind "$4/curl" "$real"; fi
export PATH="$4:$PATH"
status=0; timeout 4 "$2" || status=$?
echo "status $status"
"""
)


def _run_units(tree: Path) -> Iterator[Unit]:
    for machine in machines(tree):
        conf = machine / "etc/keepalived/keepalived.conf"
        if not conf.is_file():
            continue
        inputs = _machine_inputs(machine, "etc/keepalived/*.sh")
        addresses = virtual_addresses_of(conf.read_text())
        for script in scripts_of(conf.read_text()):
            # What else a configuration tracks asks no API.
            if Path(script).name.startswith("check_") and f"etc/keepalived/{Path(script).name}" in inputs:
                check = functools.partial(_run_script, inputs, script, addresses)
                yield Unit(f"{machine.name} {script} run", inputs, check, extra=" ".join([script, *addresses]))


def _run_script(inputs: dict[str, Path], script: str, addresses: list[str]) -> list[str]:
    failures = []
    with scratch() as directory:
        staged, stubs = directory / "keepalived", directory / "stubs"
        staged.mkdir()
        stubs.mkdir()
        stage(staged, inputs, "")
        (stubs / "curl").write_text(CURL)
        (stubs / "curl").chmod(0o755)
        for answer, healthy in (("healthy", True), ("refused", False), ("error", False), ("hang", False)):
            # With and without the virtual address: a check must not depend on who holds it.
            for held in ["", *addresses[:1]]:
                _, out, err = run_in_namespace(
                    RUN_SCRIPT, str(staged), script, held, str(stubs), env=environment(STUB=answer), timeout=30
                )
                status = int((re.findall(r"^.*status (\d+)$", out, re.M) or ["125"])[-1])
                if status == 124:
                    failures.append(f"{script} hangs as long as the API server does: no time limit on the request")
                elif (status == 0) != healthy or status in (2, 125, 126, 127):
                    where = "holding the address" if held else "without the address"
                    failures.append(f"API {answer}, {where}: exit status {status}" + "".join(f"; {line}" for line in lines(err)))
    return failures


def _version() -> str:
    return "".join(lines(*run(["keepalived", "--version"])[1:])[:1])


CONSUMERS = [
    Consumer("keepalived", _conf_units, ["keepalived", "unshare", "ip"], _version),
    Consumer("check script, shellcheck", _script_units, ["shellcheck"], lambda: run(["shellcheck", "--version"])[1]),
    Consumer("check script, run", _run_units, ["unshare", "ip", "curl"]),
]
