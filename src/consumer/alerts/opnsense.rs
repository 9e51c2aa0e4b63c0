//! Alerts of firewalls (RFC 7.6); data alone.

use super::{About, Alert, Proof, Source, series};
use crate::consumer::Need;
use crate::schema::AlertSeverity;

/// All of them.
pub const ALERTS: &[Alert] = &[
    Alert {
        name: "OPNsenseUnreachable",
        about: About::Firewall,
        source: Source::Prometheus,
        needs: &[Need::FirewallPing],
        severity: AlertSeverity::Critical,
        after: 120,
        expr: r#"probe_success{job="opnsense-icmp", firewall="<firewall>", name="<firewall>"} == 0"#,
        labels: &[("firewall", "<firewall>")],
        summary: "The firewall <firewall> does not answer on VLAN {{ $labels.vlan }}",
        description: "{{ $labels.name }} does not answer pings from <cluster>. <firewall> has <firewall-addresses>: what it routes does not get from one VLAN to another nor out.",
        proof: Proof {
            fires: &[series(
                r#"probe_success{job="opnsense-icmp", firewall="<firewall>", vlan="<vlan>", name="<firewall>"}"#,
                "0x<n>",
            )],
            labels: &[("job", "opnsense-icmp"), ("vlan", "<vlan>"), ("name", "<firewall>")],
            quiet: &[series(
                r#"probe_success{job="opnsense-icmp", firewall="<firewall>", vlan="<vlan>", name="<firewall>"}"#,
                "1x<n>",
            )],
        },
    },
    Alert {
        // Who has the shared address answers for the pair: one node is missed only when the other goes too.
        name: "OPNsenseNodeUnreachable",
        about: About::FirewallPair,
        source: Source::Prometheus,
        needs: &[Need::FirewallPing],
        severity: AlertSeverity::Warning,
        after: 300,
        expr: r#"probe_success{job="opnsense-icmp", firewall="<firewall>", name!="<firewall>"} == 0"#,
        labels: &[("firewall", "<firewall>")],
        summary: "{{ $labels.name }}, a node of <firewall>, does not answer on VLAN {{ $labels.vlan }}",
        description: "{{ $labels.name }} does not answer pings from <cluster> at its own address. While it is away nothing takes over from the other node of <firewall>.",
        proof: Proof {
            fires: &[series(
                r#"probe_success{job="opnsense-icmp", firewall="<firewall>", vlan="<vlan>", name="<node>"}"#,
                "0x<n>",
            )],
            labels: &[("job", "opnsense-icmp"), ("vlan", "<vlan>"), ("name", "<node>")],
            quiet: &[series(
                r#"probe_success{job="opnsense-icmp", firewall="<firewall>", vlan="<vlan>", name="<firewall>"}"#,
                "0x<n>",
            )],
        },
    },
    Alert {
        name: "OPNsenseExporterDown",
        about: About::Firewall,
        source: Source::Prometheus,
        needs: &[Need::FirewallExporter],
        severity: AlertSeverity::Warning,
        after: 600,
        expr: r#"up{job="opnsense-node", firewall="<firewall>"} == 0"#,
        labels: &[("firewall", "<firewall>")],
        summary: "{{ $labels.node }} tells no figures",
        description: "The exporter on {{ $labels.node }}, part of the firewall <firewall>, does not answer on VLAN <figures-vlan>. Alerts on its interfaces are blind.",
        proof: Proof {
            fires: &[series(r#"up{job="opnsense-node", firewall="<firewall>", node="<node>"}"#, "0x<n>")],
            labels: &[("job", "opnsense-node"), ("node", "<node>")],
            quiet: &[series(r#"up{job="opnsense-node", firewall="<firewall>", node="<node>"}"#, "1x<n>")],
        },
    },
    Alert {
        name: "OPNsenseSnmpDown",
        about: About::FirewallSnmp,
        source: Source::Prometheus,
        needs: &[Need::FirewallSnmp],
        severity: AlertSeverity::Warning,
        after: 600,
        expr: r#"up{job="snmp", firewall="<firewall>"} == 0"#,
        labels: &[("firewall", "<firewall>")],
        summary: "The firewall <firewall> tells nothing by SNMP",
        description: "<firewall> does not answer SNMP on VLAN <figures-vlan>.",
        proof: Proof {
            fires: &[series(r#"up{job="snmp", firewall="<firewall>"}"#, "0x<n>")],
            labels: &[("job", "snmp")],
            quiet: &[series(r#"up{job="snmp", firewall="<firewall>"}"#, "1x<n>")],
        },
    },
    Alert {
        name: "OPNsenseInterfaceHighSaturation",
        about: About::FirewallDown,
        source: Source::Prometheus,
        needs: &[Need::FirewallExporter],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: r#"100 * 8 * rate(node_network_receive_bytes_total{job="opnsense-node", firewall="<firewall>", device="<device>"}[5m]) / <bits> > <saturation>"#,
        labels: &[("firewall", "<firewall>"), ("device", "<device>"), ("direction", "in")],
        summary: "The way in on <vlan> of <firewall> is nearly full",
        description: "More than <saturation> % of <bandwidth> come in on <device> of {{ $labels.node }}, VLAN <vlan>. The shaper of <firewall> drops what is beyond its pipe.",
        proof: Proof {
            fires: &[series(
                r#"node_network_receive_bytes_total{job="opnsense-node", firewall="<firewall>", node="<node>", device="<device>"}"#,
                "0+<full>x<n>",
            )],
            labels: &[("job", "opnsense-node"), ("node", "<node>")],
            quiet: &[series(
                r#"node_network_receive_bytes_total{job="opnsense-node", firewall="<firewall>", node="<node>", device="<device>"}"#,
                "9x<n>",
            )],
        },
    },
    Alert {
        name: "OPNsenseInterfaceHighSaturation",
        about: About::FirewallUp,
        source: Source::Prometheus,
        needs: &[Need::FirewallExporter],
        severity: AlertSeverity::Warning,
        after: 900,
        expr: r#"100 * 8 * rate(node_network_transmit_bytes_total{job="opnsense-node", firewall="<firewall>", device="<device>"}[5m]) / <bits> > <saturation>"#,
        labels: &[("firewall", "<firewall>"), ("device", "<device>"), ("direction", "out")],
        summary: "The way out on <vlan> of <firewall> is nearly full",
        description: "More than <saturation> % of <bandwidth> go out on <device> of {{ $labels.node }}, VLAN <vlan>. The shaper of <firewall> drops what is beyond its pipe.",
        proof: Proof {
            fires: &[series(
                r#"node_network_transmit_bytes_total{job="opnsense-node", firewall="<firewall>", node="<node>", device="<device>"}"#,
                "0+<full>x<n>",
            )],
            labels: &[("job", "opnsense-node"), ("node", "<node>")],
            quiet: &[series(
                r#"node_network_transmit_bytes_total{job="opnsense-node", firewall="<firewall>", node="<node>", device="<device>"}"#,
                "9x<n>",
            )],
        },
    },
    Alert {
        name: "OPNsenseStatesTableApproachingLimit",
        about: About::Firewall,
        source: Source::Prometheus,
        needs: &[Need::PacketFilter],
        severity: AlertSeverity::Warning,
        after: 600,
        expr: r#"pf_entries{firewall="<firewall>"} > <states>"#,
        labels: &[("firewall", "<firewall>")],
        summary: "The state table of <firewall> is nearly full",
        description: "What finds no place in the state table of <firewall> gets no connection.",
        proof: Proof { fires: &[], labels: &[], quiet: &[series(r#"pf_entries{firewall="<firewall>"}"#, "0x<n>")] },
    },
];
