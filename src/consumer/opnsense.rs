//! OPNsense: one row for each series whose model definitions were checked; what differs between them is data here.

use serde::Serialize;

/// What is known of a series of OPNsense (upstream/opnsense: core-25.7.11, core-26.1.11, core-26.7.2).
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct OpnsenseCaps {
    /// The series.
    pub line: &'static str,
    /// The release whose models were checked.
    pub checked: &'static str,
    /// Versions of models: mount point and version, ordered by mount point.
    pub models: &'static [(&'static str, &'static str)],
    /// Whether port forwards are items of a model; before, `pass` was a bypass of the filter whatever it held.
    pub dnat_model: bool,
    /// Whether a rule can be limited by packets in a time (Filter.xml: max-pkt-rate-number).
    pub packet_rate: bool,
    /// Whether types of ICMP messages beyond address masks (18) have words (Filter.xml: icmptype).
    pub late_icmp: bool,
    /// Whether a source translation must name its target (Filter.xml 1.0.4: snatrules target is required).
    pub snat_target_required: bool,
    /// Whether members of a group of gateways are elements `item` to `item5`; before, `item` held `NAME|tier` again and again.
    pub gateway_group_items: bool,
    /// Whether a static route says `enabled`; before, it said `disabled`.
    pub route_enabled: bool,
    /// Whether intrusion detection says `mode`; before, a flag `ips`.
    pub ids_mode: bool,
    /// Whether a subnet of Kea says its own number.
    pub kea_subnet_id: bool,
    /// Whether a subnet of Kea says its own lease time (KeaDhcpv4.xml 1.0.5: subnet4 valid_lifetime); before, one for all.
    pub kea_subnet_lifetime: bool,
    /// Whether a name of Unbound says if its address has it (Unbound.xml 1.0.15: addptr); before, the first name had it.
    pub dns_reverse: bool,
    /// Whether ntpd is told which names stand for many servers (`ntpd/ispool` of config.xml.sample).
    pub ntp_pools: bool,
    /// Whether there is a model for the settings of all interfaces (Interfaces/Settings.xml); before, `system/ipv6allow`.
    pub interface_settings: bool,
}

impl OpnsenseCaps {
    /// The version of the model at a mount point, which every container says of itself.
    ///
    /// # Panics
    /// When the series has no such model: an emitter's mistake, which a test of every section finds.
    pub fn model(&self, mount: &str) -> &'static str {
        let found = self.models.iter().find(|(m, _)| *m == mount);
        found.unwrap_or_else(|| panic!("OPNsense {} has no model at {mount}", self.line)).1
    }

    /// The word for a type of ICMP messages for IPv4 (Filter.xml: icmptype); `None` when the series has none.
    pub fn icmp_word(&self, number: u8) -> Option<&'static str> {
        let late = number > 18;
        ICMP_WORDS.iter().find(|(n, _)| *n == number && (self.late_icmp || !late)).map(|(_, w)| *w)
    }
}

/// Types of ICMP messages (IANA, ICMP type numbers) and OPNsense's words for them.
const ICMP_WORDS: &[(u8, &str)] = &[
    (0, "echorep"),
    (3, "unreach"),
    (4, "squench"),
    (5, "redir"),
    (6, "althost"),
    (8, "echoreq"),
    (9, "routeradv"),
    (10, "routersol"),
    (11, "timex"),
    (12, "paramprob"),
    (13, "timereq"),
    (14, "timerep"),
    (15, "inforeq"),
    (16, "inforep"),
    (17, "maskreq"),
    (18, "maskrep"),
    (30, "trace"),
    (31, "dataconv"),
    (32, "mobredir"),
    (33, "ipv6-where"),
    (34, "ipv6-here"),
    (35, "mobregreq"),
    (36, "mobregrep"),
    (39, "skip"),
    (40, "photuris"),
];

/// All rows, the oldest first.
pub const OPNSENSE: &[OpnsenseCaps] = &[
    OpnsenseCaps {
        line: "25.7",
        checked: "25.7.11",
        models: MODELS_25_7,
        dnat_model: false,
        packet_rate: false,
        late_icmp: false,
        snat_target_required: true,
        gateway_group_items: false,
        route_enabled: false,
        ids_mode: false,
        kea_subnet_id: false,
        kea_subnet_lifetime: false,
        dns_reverse: false,
        ntp_pools: false,
        interface_settings: false,
    },
    OpnsenseCaps {
        line: "26.1",
        checked: "26.1.11",
        models: MODELS_26_1,
        dnat_model: true,
        packet_rate: false,
        late_icmp: true,
        snat_target_required: false,
        gateway_group_items: false,
        route_enabled: true,
        ids_mode: true,
        kea_subnet_id: false,
        kea_subnet_lifetime: true,
        dns_reverse: true,
        ntp_pools: true,
        interface_settings: true,
    },
    OpnsenseCaps {
        line: "26.7",
        checked: "26.7.2",
        models: MODELS_26_7,
        dnat_model: true,
        packet_rate: true,
        late_icmp: true,
        snat_target_required: false,
        gateway_group_items: true,
        route_enabled: true,
        ids_mode: true,
        kea_subnet_id: true,
        kea_subnet_lifetime: true,
        dns_reverse: true,
        ntp_pools: true,
        interface_settings: true,
    },
];

/// The row of a stated version: the series or a release of it.
pub fn opnsense(stated: &str) -> Option<&'static OpnsenseCaps> {
    OPNSENSE.iter().find(|r| super::provider::covers(r.line, stated))
}

const MODELS_25_7: &[(&str, &str)] = &[
    ("OPNsense/Firewall/Alias", "1.0.1"),
    ("OPNsense/Firewall/Category", "1.0.0"),
    ("OPNsense/Firewall/Filter", "1.0.4"),
    ("OPNsense/Gateways", "1.0.0"),
    ("OPNsense/IDS", "1.1.1"),
    ("OPNsense/Kea/ctrl_agent", "0.0.1"),
    ("OPNsense/Kea/dhcp4", "1.0.4"),
    ("OPNsense/Kea/dhcp6", "1.0.0"),
    ("OPNsense/NodeExporter", "0.2.0"),
    ("OPNsense/OpenVPN", "1.0.1"),
    ("OPNsense/Syslog", "1.0.2"),
    ("OPNsense/TrafficShaper", "1.0.3"),
    ("OPNsense/cron", "1.0.4"),
    ("OPNsense/monit", "1.0.14"),
    ("OPNsense/netsnmp/general", "1.0.5"),
    ("OPNsense/trust/general", "1.0.1"),
    ("OPNsense/unboundplus", "1.0.13"),
    ("OPNsense/wireguard/client", "1.0.0"),
    ("OPNsense/wireguard/general", "0.0.1"),
    ("OPNsense/wireguard/server", "1.0.1"),
    ("ca", "1.0.0"),
    ("cert", "1.0.0"),
    ("dnsmasq", "1.0.8"),
    ("hasync", "1.0.2"),
    ("ifgroups", "1.0.0"),
    ("staticroutes", "1.0.0"),
    ("sysctl", "1.0.2"),
    ("system/group", "1.0.0"),
    ("system/user", "1.0.0"),
    ("virtualip", "1.0.1"),
    ("vlans", "1.0.0"),
];

const MODELS_26_1: &[(&str, &str)] = &[
    ("OPNsense/Firewall/Alias", "1.0.1"),
    ("OPNsense/Firewall/Category", "1.0.0"),
    ("OPNsense/Firewall/Filter", "1.0.5"),
    ("OPNsense/Gateways", "1.0.0"),
    ("OPNsense/IDS", "1.1.2"),
    ("OPNsense/Interfaces/settings", "1.0.0"),
    ("OPNsense/Kea/ctrl_agent", "0.0.1"),
    ("OPNsense/Kea/ddns", "1.0.0"),
    ("OPNsense/Kea/dhcp4", "1.0.5"),
    ("OPNsense/Kea/dhcp6", "1.0.2"),
    ("OPNsense/NodeExporter", "0.2.0"),
    ("OPNsense/OpenVPN", "1.0.1"),
    ("OPNsense/Syslog", "1.0.2"),
    ("OPNsense/TrafficShaper", "1.0.3"),
    ("OPNsense/cron", "1.0.4"),
    ("OPNsense/monit", "1.0.14"),
    ("OPNsense/netsnmp/general", "1.0.5"),
    ("OPNsense/trust/general", "1.0.1"),
    ("OPNsense/unboundplus", "1.0.15"),
    ("OPNsense/wireguard/client", "1.0.0"),
    ("OPNsense/wireguard/general", "0.0.1"),
    ("OPNsense/wireguard/server", "1.0.1"),
    ("ca", "1.0.0"),
    ("cert", "1.0.0"),
    ("dnsmasq", "1.0.9"),
    ("hasync", "1.0.2"),
    ("ifgroups", "1.0.0"),
    ("nat/rule", "1.0.0"),
    ("staticroutes", "1.0.1"),
    ("sysctl", "1.0.2"),
    ("system/group", "1.0.0"),
    ("system/user", "1.0.0"),
    ("virtualip", "1.0.1"),
    ("vlans", "1.0.0"),
];

const MODELS_26_7: &[(&str, &str)] = &[
    ("OPNsense/Firewall/Alias", "1.0.1"),
    ("OPNsense/Firewall/Category", "1.0.0"),
    ("OPNsense/Firewall/Filter", "1.0.5"),
    ("OPNsense/Gateways", "1.0.0"),
    ("OPNsense/IDS", "1.1.2"),
    ("OPNsense/Interfaces/settings", "1.0.0"),
    ("OPNsense/Kea/ctrl_agent", "0.0.1"),
    ("OPNsense/Kea/ddns", "1.0.0"),
    ("OPNsense/Kea/dhcp4", "1.0.6"),
    ("OPNsense/Kea/dhcp6", "1.0.3"),
    ("OPNsense/NodeExporter", "0.2.0"),
    ("OPNsense/OpenVPN", "1.0.1"),
    ("OPNsense/Syslog", "1.0.2"),
    ("OPNsense/TrafficShaper", "1.0.3"),
    ("OPNsense/cron", "1.0.4"),
    ("OPNsense/monit", "1.0.14"),
    ("OPNsense/netsnmp/general", "1.0.5"),
    ("OPNsense/trust/general", "1.0.2"),
    ("OPNsense/unboundplus", "1.0.15"),
    ("OPNsense/wireguard/client", "1.0.0"),
    ("OPNsense/wireguard/general", "0.0.1"),
    ("OPNsense/wireguard/server", "1.0.1"),
    ("ca", "1.0.0"),
    ("cert", "1.0.0"),
    ("dnsmasq", "1.0.9"),
    ("gateways/gateway_group", "1.0.0"),
    ("hasync", "1.0.2"),
    ("ifgroups", "1.0.0"),
    ("nat/rule", "1.0.0"),
    ("staticroutes", "1.0.1"),
    ("sysctl", "1.0.2"),
    ("system/group", "1.0.0"),
    ("system/user", "1.0.0"),
    ("virtualip", "1.0.1"),
    ("vlans", "1.0.0"),
];
