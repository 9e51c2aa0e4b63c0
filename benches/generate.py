#!/usr/bin/env python3
"""Prints a clean topology with so many named machines, spread over hosts and VLANs with unlike names; the same each time."""

import hashlib
import sys

WORDS = "amber birch cedar delta ember fjord glade heron indigo jade kestrel larch maple north onyx pearl quartz river slate tern umber vale willow yarrow zinc".split()


def name(i: int) -> str:
    """A name of its own that does not sort by its number."""
    h = int(hashlib.sha256(str(i).encode()).hexdigest(), 16)
    return f"{WORDS[h % 25]}-{WORDS[h // 25 % 25]}-{i}"


def main(n: int) -> None:
    hosts = max(3, min(200, n // 50))
    # One VLAN takes 200 machines; its router is the upstream.
    vlans = max(2, -(-n // 200))
    out = []
    out.append('topology "bench" { domain "bench.example.org" }')
    out.append('versions { proxmox "9.1"; terraform "1.11"; terraform-provider "bpg/proxmox" "0.111" }')
    out.append('upstream "core" {')
    out.append('    router "hypervisors" address="10.0.0.1"')
    for v in range(vlans):
        out.append(f'    router "net-{WORDS[v % 25]}-{v}" address="10.{1 + v // 250}.{v % 250}.1"')
    out.append("}")
    out.append('vlan "hypervisors" id=2 subnet="10.0.0.0/24" routed-by="core" internet=#true')
    for v in range(vlans):
        out.append(
            f'vlan "net-{WORDS[v % 25]}-{v}" id={100 + v} subnet="10.{1 + v // 250}.{v % 250}.0/24" routed-by="core" internet=#true {{ purpose "machines {v}" }}'
        )
    out.append('resolve { server "10.0.0.1" }')
    out.append('proxmox "rack" {\n    bridges "vlan-aware"\n    trunk "bond0"')
    out.append('    bond "bond0" { ports "eno1" "eno2"; mode "lacp" }\n    management "hypervisors"')
    out.append('    datastore "local-zfs" shared=#false')
    for h in range(hosts):
        out.append(f'    host "hv-{WORDS[h % 25]}-{h}" host={2 + h}')
    out.append("}")
    out.append('login "ops" { ssh-key "ops" "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZ1c3R5LXNhbXBsZS1rZXktZm9yLXRvcG9jLWluaXQtMDAx" }')
    out.append('template "ubuntu" { image "ubuntu-24"; vm-id 900; os "ubuntu-24.04"; login "ops"; agent }')
    for i in range(n):
        v, h = i % vlans, i % hosts
        w = (v + 1) % vlans
        out.append(
            f'vm "{name(i)}" on="hv-{WORDS[h % 25]}-{h}" host={10 + i // vlans} {{\n'
            f'    template "ubuntu"\n    cores {1 + i % 8}\n    memory "{1 + i % 16}GiB"\n'
            f'    disk "root" size="{16 + i % 64}GiB"\n'
            f'    nic "net-{WORDS[v % 25]}-{v}" default-route=#true\n}}'
        )
    print("\n".join(out))


if __name__ == "__main__":
    main(int(sys.argv[1]))
