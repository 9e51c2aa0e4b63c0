#!/usr/bin/env python3
"""Runs the generated keepalived files of a cluster's masters and breaks them: `failover.py TREE [VIP MACHINE MACHINE…]`.

Without an address every cluster of the tree is tried, all at once: the machines whose keepalived.conf share an address.
One network namespace a machine, with the interfaces, MAC addresses and addresses of its netplan, on one bridge a subnet;
one real keepalived in each; the API server is a file that a stub curl looks for. It must not touch, nor send to, anything
outside the namespaces that it makes: it runs itself again inside fresh mount, network and process namespaces, and all of
them end with it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent / ".cache" / "venv" / "bin" / "python"
if PYTHON.exists() and Path(sys.prefix) != PYTHON.parent.parent:
    os.execv(PYTHON, [str(PYTHON), *sys.argv])

import argparse
import ipaddress
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
from checks import core, keepalived
from checks.core import ANSIBLE, CACHE, digest, environment, machines, run
from checks.keepalived import interfaces_of, netplan_interfaces, stage, virtual_addresses_of

# One missed check counts twice (`fall 2`), three lost adverts make a master: with the defaults about 8 s.
MOVES_WITHIN = 15.0
OVERLAP = 2.0
STAYS_FOR = 10.0

CURL = "#!/bin/sh\n[ -e /run/api-healthy ] || { echo 'curl: (7) Failed to connect' >&2; exit 7; }\n"
NODE = """
mount -t tmpfs none /etc/keepalived
cp "$1"/* /etc/keepalived/
chmod 644 /etc/keepalived/*; chmod 755 /etc/keepalived/*.sh
mount -t tmpfs none /run
mount --bind "$2/curl" "$(command -v curl)"
touch /run/api-healthy /run/ready
exec sleep infinity
"""


def sh(*command: str) -> str:
    """Runs a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


class Node:
    """One machine: its namespaces, its links, its keepalived."""

    def __init__(self, tree: Path, name: str, index: int, scratch: Path, bridges: dict[str, str]) -> None:
        self.name = name
        self.alive = True
        self.keepalived: subprocess.Popen | None = None
        base = tree / ANSIBLE / "files" / name
        conf = (base / "etc/keepalived/keepalived.conf").read_text()
        inputs = {str(path.relative_to(base)): path for pattern in ("etc/keepalived/*", "etc/netplan/*.yaml") for path in base.glob(pattern)}
        staged = scratch / name
        staged.mkdir()
        stage(staged, inputs, conf)
        self.log = scratch / f"{name}.log"
        self.holder = subprocess.Popen(["unshare", "-m", "-n", "bash", "-euc", NODE, "node", str(staged), str(scratch)], env=environment())
        self.root = Path(f"/proc/{self.holder.pid}/root")
        deadline = time.monotonic() + 10
        while not (self.root / "run/ready").exists():
            if self.holder.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{name}: its namespace did not come up")
            time.sleep(0.02)
        self.run("ip", "link", "set", "lo", "up")
        macs = macs_of(inputs)
        self.ports = []
        planned = netplan_interfaces(inputs)
        if unknown := [interface for interface in interfaces_of(conf) if interface not in planned]:
            raise SystemExit(f"{name}: keepalived.conf names {', '.join(unknown)}, which its netplan does not")
        for number, (interface, addresses) in enumerate(planned.items()):
            subnet = str(ipaddress.ip_interface(addresses[0]).network) if addresses else interface
            if subnet not in bridges:
                bridges[subnet] = f"br{len(bridges)}"
                # STP's forwarding delay would swallow the first adverts.
                sh("ip", "link", "add", bridges[subnet], "type", "bridge", "forward_delay", "0")
                sh("ip", "link", "set", bridges[subnet], "up")
            port = f"n{index}p{number}"
            sh("ip", "link", "add", port, "type", "veth", "peer", "name", f"{port}x")
            sh("ip", "link", "set", f"{port}x", "netns", str(self.holder.pid))
            self.run("ip", "link", "set", f"{port}x", "name", interface)
            if interface in macs:
                self.run("ip", "link", "set", interface, "address", macs[interface])
            sh("ip", "link", "set", port, "master", bridges[subnet], "up")
            self.run("ip", "link", "set", interface, "up")
            for address in addresses:
                self.run("ip", "addr", "add", address, "dev", interface)
            self.ports.append(port)

    def run(self, *command: str) -> str:
        """Runs a command on the machine."""
        return sh("nsenter", "-t", str(self.holder.pid), "-m", "-n", *command)

    def start(self) -> None:
        """Starts keepalived, in the foreground and with its log in a file."""
        with self.log.open("a") as log:
            command = ["nsenter", "-t", str(self.holder.pid), "-m", "-n", "keepalived", "-n", "-l", "-D", "-f", "/etc/keepalived/keepalived.conf"]
            self.keepalived = subprocess.Popen(command, stdout=log, stderr=log, env=environment(), start_new_session=True)

    def stop(self, how: signal.Signals) -> None:
        """Ends keepalived: SIGTERM as a service manager does, SIGKILL with its children as a dying machine does."""
        if how == signal.SIGKILL:
            os.killpg(self.keepalived.pid, how)
        else:
            self.keepalived.send_signal(how)
        self.keepalived.wait(10)

    def link(self, state: str) -> None:
        """Plugs the machine in, or out."""
        for port in self.ports:
            sh("ip", "link", "set", port, state)

    def healthy(self, state: bool) -> None:
        """Whether the API server on this machine answers."""
        mark = self.root / "run/api-healthy"
        mark.touch() if state else mark.unlink()

    def holds(self, address: str) -> bool:
        """Whether the machine is alive and has the address."""
        return self.alive and bool(self.run("ip", "-o", "addr", "show", "to", address).strip())


def macs_of(inputs: dict[str, Path]) -> dict[str, str]:
    """The MAC address that netplan matches each interface by."""
    found = {}
    for name, path in inputs.items():
        if name.startswith("etc/netplan/"):
            for interface, body in (yaml.safe_load(path.read_text())["network"].get("ethernets") or {}).items():
                if mac := (body.get("match") or {}).get("macaddress", body.get("macaddress")):
                    found[body.get("set-name", interface)] = mac
    return found


class Watch(threading.Thread):
    """Notes who holds the address, several times a second, and how long two did."""

    def __init__(self, nodes: list[Node], address: str) -> None:
        super().__init__(daemon=True)
        self.nodes, self.address = nodes, address
        self.holders: list[str] = []
        self.longest_overlap = 0.0
        self.ended = False

    def run(self) -> None:
        since = None
        while not self.ended:
            self.holders = [node.name for node in self.nodes if node.holds(self.address)]
            now = time.monotonic()
            since = (since or now) if len(self.holders) > 1 else None
            if since:
                self.longest_overlap = max(self.longest_overlap, now - since)
            time.sleep(0.1)

    def settle(self, wanted, within: float) -> tuple[bool, float]:
        """Waits until exactly one machine holds the address and `wanted` is true of its name."""
        start = time.monotonic()
        while time.monotonic() - start < within:
            if len(self.holders) == 1 and wanted(self.holders[0]):
                return True, time.monotonic() - start
            time.sleep(0.05)
        return False, time.monotonic() - start


def inside(options: argparse.Namespace) -> int:
    """The trials of one cluster. It must run in namespaces that end with it: it makes links and processes."""
    results: list[bool] = []
    with tempfile.TemporaryDirectory(prefix="topoc-failover-") as name:
        scratch = Path(name)
        (scratch / "curl").write_text(CURL)
        (scratch / "curl").chmod(0o755)
        bridges: dict[str, str] = {}
        nodes = [Node(options.tree, machine, index, scratch, bridges) for index, machine in enumerate(options.machines)]
        by_name = {node.name: node for node in nodes}
        watch = Watch(nodes, options.address)
        watch.start()

        def step(title: str, wanted, within: float = MOVES_WITHIN) -> str | None:
            good, took = watch.settle(wanted, within)
            results.append(good)
            print(f"{'ok' if good else 'FAILED'}: {title}: on {' and '.join(watch.holders) or 'no machine'} after {took:.1f} s")
            return watch.holders[0] if len(watch.holders) == 1 else None

        def stays(title: str, machine: str | None) -> None:
            end = time.monotonic() + STAYS_FOR
            while time.monotonic() < end and watch.holders == [machine]:
                time.sleep(0.1)
            good = watch.holders == [machine]
            results.append(good)
            print(f"{'ok' if good else 'FAILED'}: {title}: on {' and '.join(watch.holders) or 'no machine'} for {STAYS_FOR:.0f} s")

        def recovered(title: str, back: str, away: str | None) -> str | None:
            if options.policy == "preempt":
                return step(title, lambda machine: machine == back)
            stays(title, away)
            return watch.holders[0] if len(watch.holders) == 1 else None

        def trials() -> None:
            if options.bootstrap:
                for node in nodes:
                    node.healthy(False)
            for node in nodes:
                node.start()
            time.sleep(0.5)
            if options.bootstrap:
                # Every check has failed twice by then.
                time.sleep(10)
                if step("no API server answers yet: the address is up all the same", lambda machine: True) is None:
                    return
                for node in nodes:
                    node.healthy(True)
            if (first := step("the address comes up on one machine", lambda machine: True)) is None:
                return
            # Every machine has heard of the others and every check has passed before anything is broken.
            time.sleep(5)
            first = step("and stays on one machine", lambda machine: True, 1) or first
            by_name[first].healthy(False)
            second = step(f"the check fails on {first}: the address moves", lambda machine: machine != first)
            by_name[first].healthy(True)
            holder = recovered(f"the check passes again on {first}", first, second)
            if holder is None:
                return
            by_name[holder].stop(signal.SIGTERM)
            other = step(f"keepalived stops on {holder}: the address moves", lambda machine: machine != holder)
            by_name[holder].start()
            holder = recovered(f"keepalived runs again on {holder}", holder, other)
            if holder is None:
                return
            by_name[holder].link("down")
            other = step(f"{holder} is unplugged: the address moves", lambda machine: machine != holder)
            by_name[holder].link("up")
            holder = recovered(f"{holder} is plugged in again", holder, other)
            if holder is None:
                return
            dead = by_name[holder]
            dead.alive = False
            dead.stop(signal.SIGKILL)
            dead.link("down")
            step(f"{holder} dies: the address moves", lambda machine: machine != holder)

        trials()
        watch.ended = True
        watch.join()
        good = watch.longest_overlap <= OVERLAP
        results.append(good)
        print(f"{'ok' if good else 'FAILED'}: never on two machines for more than {OVERLAP:.0f} s: {watch.longest_overlap:.1f} s at the longest")
        wrong = {line for node in nodes for line in node.log.read_text().splitlines() if re.search(r"auth|truncat|unknown keyword|mismatch", line, re.I)}
        results.append(not wrong)
        print(f"{'FAILED' if wrong else 'ok'}: no complaint about passwords or keywords in the logs" + "".join(f"\n  {line}" for line in sorted(wrong)))
        if options.verbose or not all(results):
            for node in nodes:
                print(f"--- {node.name}\n{node.log.read_text()}")
        for node in nodes:
            if node.keepalived and node.keepalived.poll() is None:
                node.stop(signal.SIGTERM)
            node.holder.kill()
    print(f"trials: {results.count(True)} held, {results.count(False)} failed")
    return 0 if all(results) else 1


def clusters(tree: Path) -> dict[str, list[str]]:
    """The machines of a tree by the virtual address that they share."""
    found: dict[str, list[str]] = {}
    for machine in machines(tree):
        conf = machine / "etc/keepalived/keepalived.conf"
        for address in virtual_addresses_of(conf.read_text()) if conf.is_file() else []:
            found.setdefault(address.split("/")[0], []).append(machine.name)
    return found


def note_of(tree: Path, names: list[str], arguments: list[str]) -> Path:
    """Where a pass is remembered: by the machines' files, the trial itself and keepalived's version."""
    parts: list[bytes | str] = [module.read_bytes() for module in (Path(__file__), Path(core.__file__), Path(keepalived.__file__))]
    parts += [run(["keepalived", "--version"])[2], *arguments]
    for name in names:
        for pattern in ("etc/keepalived/*", "etc/netplan/*.yaml"):
            for path in sorted((tree / ANSIBLE / "files" / name).glob(pattern)):
                parts += [name, path.name, path.read_bytes()]
    return CACHE / "consumers" / "failover" / digest(*parts)


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the generated keepalived files and breaks them.")
    parser.add_argument("tree", type=Path)
    parser.add_argument("address", nargs="?", type=lambda text: str(ipaddress.ip_address(text)), metavar="VIP")
    parser.add_argument("machines", nargs="*", metavar="MACHINE")
    parser.add_argument("--policy", choices=("preempt", "nopreempt"), help="whether a machine that recovers takes the address back; default: nopreempt where the files say so")
    parser.add_argument("--bootstrap", action="store_true", help="the address must come up before any API server answers, as a first `kubeadm init` needs")
    parser.add_argument("--verbose", action="store_true", help="print keepalived's own logs")
    parser.add_argument("--no-cache", action="store_true", help="run again what has passed")
    parser.add_argument("--remember-failures", action="store_true", help="for samples that are meant to fail")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        return inside(options)
    for program in ("keepalived", "ip", "nsenter", "unshare", "curl"):
        if shutil.which(program, path=environment()["PATH"]) is None:
            failed = bool(os.environ.get("CI"))
            print(f"{program} is not installed (tests/install.sh)\n0 passed, {int(failed)} failed, {int(not failed)} skipped")
            return int(failed)
    wanted = {options.address: options.machines} if options.address else clusters(options.tree)
    if any(len(names) < 2 for names in wanted.values()):
        parser.error("an address needs two machines at least")

    runs = []
    for address, names in wanted.items():
        policy = options.policy
        if policy is None:
            confs = [(options.tree / ANSIBLE / "files" / name / "etc/keepalived/keepalived.conf").read_text() for name in names]
            policy = "nopreempt" if all(re.search(r"^\s*nopreempt\b", conf, re.M) for conf in confs) else "preempt"
        arguments = [str(options.tree), address, *names, "--policy", policy, *(["--bootstrap"] if options.bootstrap else []), *(["--verbose"] if options.verbose else [])]
        note = note_of(options.tree, names, arguments[1:])
        if note.exists() and not options.no_cache:
            runs.append((f"{address} on {', '.join(names)}, {policy} (remembered)", note, None))
            continue
        command = ["unshare", "-m", "-n", "-p", "-f", "--mount-proc", "--kill-child", sys.executable, __file__, "--inside", *arguments]
        runs.append((f"{address} on {', '.join(names)}, {policy}", note, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)))
    passed = failed = 0
    for title, note, process in runs:
        out = note.read_text() if process is None else process.communicate()[0]
        print(f"{title}\n{out}", end="")
        counts = re.findall(r"^trials: (\d+) held, (\d+) failed$", out, re.M)
        good, bad = map(int, counts[-1]) if counts else (0, 1)
        passed, failed = passed + good, failed + max(bad, int(process is not None and process.returncode != 0))
        if process is not None and counts and (options.remember_failures or (process.returncode == 0 and not bad)):
            note.parent.mkdir(parents=True, exist_ok=True)
            note.write_text(out)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
