//! Values of the language for two firewall nodes; reads single values, decides nothing.

use super::*;

words! {
    /// Whom a node of a pair tells that it holds the shared addresses (carp(4); OPNsense 25.7, Interfaces/Vip.xml: peer).
    CarpAnnounce {
        Multicast = "multicast" "everybody on the VLAN: nothing to set up",
        Unicast = "unicast" "the other node alone: for a network that drops multicast",
    }
    /// A part of a firewall's configuration that one node copies to the other (OPNsense 26.7, `system ha options`).
    SyncPart {
        Aliases = "aliases" "names for addresses and ports",
        CaptivePortal = "captive-portal" "pages that people log in to a network by",
        Categories = "categories" "categories of rules",
        Certificates = "certificates" "certificates and authorities, with their keys",
        DhcpKea = "dhcp" "addresses given out by Kea",
        DhcpRelay = "dhcp-relay" "questions for addresses that are handed on",
        Dnsmasq = "dnsmasq" "names and addresses by Dnsmasq",
        HostDiscovery = "host-discovery" "who was seen on a network",
        Ids = "ids" "intrusion detection",
        InterfaceGroups = "interface-groups" "groups of interfaces",
        Ipsec = "ipsec" "IPsec, with its keys",
        Jobs = "jobs" "what is done at certain hours",
        LogTemplates = "log-templates" "views of the firewall's log",
        LogTargets = "logs" "where logs go",
        LoginServers = "login-servers" "who knows people: LDAP, RADIUS",
        Nat = "nat" "translation of addresses",
        Netflow = "netflow" "figures of connections",
        Ntp = "ntp" "the time",
        OpenDns = "opendns" "filters of OpenDNS",
        Openvpn = "openvpn" "OpenVPN, with its keys",
        RouterAdvertisements = "router-advertisements" "how IPv6 machines learn of the router",
        Routes = "routes" "routes, gateways and their groups",
        Rules = "rules" "filter rules",
        Schedules = "schedules" "hours in which rules hold",
        Shaper = "shaper" "how bandwidth is shared",
        SharedAddresses = "shared-addresses" "virtual addresses, with their password",
        Ssh = "ssh" "the SSH server",
        Tunables = "tunables" "settings of the kernel",
        Unbound = "unbound" "names by Unbound",
        Users = "users" "people and groups, with their passwords",
        Watch = "watch" "what Monit looks after",
        Web = "web" "the web interface",
        Wireguard = "wireguard" "WireGuard, with its keys",
    }
}
