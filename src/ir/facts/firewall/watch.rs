//! What the file says of a firewall's logs, its figures, and what it looks after by itself; decides nothing.

use super::super::FromFacts;
use crate::schema::*;
use crate::statement;

statement! {
    /// Where a firewall's logs go. They stay on it too.
    FirewallLogsFacts = "logs" {
        /// What takes them.
        name: arg<Label> required, Emitted, "\"archive\"";
        /// The cluster whose `logging` takes them: it says address, port and transport.
        cluster: prop<ClusterRef> "`machine` or `address` says where", Emitted, "\"edge\"";
        /// The machine that takes them.
        machine: prop<MachineRef> "`address` says where", Emitted, "\"bastion\"";
        /// Where they are taken.
        address: prop<HostAddress> "`machine` says where", Emitted, "\"192.168.106.41\"";
        /// The port.
        port: prop<Port> "that of the cluster, else 514, with TLS 6514", Emitted, "1599";
        /// How they travel.
        transport: prop<LogTransport> "that of the cluster, else \"udp\"", Emitted, "\"tls\"";
        /// How a message looks.
        format: value<LogFormat> "\"rfc5424\"", Emitted, "\"rfc3164\"";
        /// The least that is sent.
        level: value<LogLevel> "\"info\"", Emitted, "\"warning\"";
        /// What they are about.
        about: list<LogTopic> "everything", Emitted, "\"time\"";
    }
}

statement! {
    /// Who may read a firewall's figures.
    FirewallMetricsFacts = "metrics" {
        /// The VLAN whose address answers; no other does.
        on: prop<VlanRef> required, Emitted, "\"k8s-internal\"";
        /// Who reads them.
        from: child<FromFacts> required, Parts;
        /// For Prometheus.
        node_exporter: child("node-exporter")<NodeExporterFacts> "it does not answer", Parts;
        /// For those who ask by SNMP.
        snmp: child<SnmpFacts> "it does not answer", Parts;
        /// Whether it answers pings of those who read.
        ping: flag<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// Figures for Prometheus: the plugin os-node_exporter.
    NodeExporterFacts = "node-exporter" {
        /// The TCP port.
        port: prop<Port> "9100", Emitted, "9177";
    }
}

statement! {
    /// Figures by SNMP version 2c: the plugin os-net-snmp.
    SnmpFacts = "snmp" {
        /// The word that who asks must know.
        community: prop<SecretRef> required, Emitted, "\"spare\"";
        /// Where it stands.
        location: value<Text> "nothing is told", Emitted, "\"another room\"";
    }
}

statement! {
    /// What a firewall looks after by itself. What it finds is in its log.
    FirewallWatchFacts = "watch" {
        /// How often it looks.
        every: prop<LookEvery> "\"120s\"", Emitted, "\"77s\"";
        /// The share of the processor from which on it speaks.
        cpu: value<Percent> "it does not look", Emitted, "77";
        /// The share of the memory from which on it speaks.
        memory: value<Percent> "it does not look", Emitted, "66";
        /// The share of the disk from which on it speaks.
        disk: value<Percent> "it does not look", Emitted, "55";
        /// Whether it pings the routers of its ways out.
        gateways: flag<bool> "#false", Emitted, "#true";
        /// Who is told by mail.
        mail: child<WatchMailFacts> "nobody", Parts;
    }
}

statement! {
    /// Who is told by mail.
    WatchMailFacts = "mail" {
        /// Who.
        to: list<Email> required, Emitted, "\"night@lab.example.net\"";
        /// The server that takes the mail.
        server: prop<Domain> required, Emitted, "\"relay.lab.example.net\"";
        /// Its port.
        port: prop<Port> "25, with TLS 465", Emitted, "587";
        /// How it leaves the firewall.
        security: prop<MailSecurity> "\"plain\"", Emitted, "\"tls\"";
        /// The account there.
        user: value<MailUser> "none", Emitted, "\"other\"";
        /// Its password.
        secret: value<SecretRef> "none", Emitted, "\"spare\"";
    }
}
