//! What the file says of a firewall's answers to questions for names; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Answers to questions for names.
    FirewallDnsFacts = "dns" {
        /// The VLANs and VPNs that may ask.
        serve: list<ServedRef> required, Emitted, "\"high-speed\"";
        /// The port that it answers on, by UDP and TCP.
        port: value<Port> "53", Emitted, "5353";
        /// Another server that is asked for everything, in the clear.
        upstream: children<UpstreamDnsFacts> "the name servers of the Internet, from the root", Parts;
        /// Another server that is asked for everything, over TLS (RFC 7858).
        upstream_tls: children("upstream-tls")<UpstreamTlsFacts> "the name servers of the Internet, from the root", Parts;
        /// A domain that another server answers for.
        forward: children<ForwardDnsFacts> "none", Parts;
        /// Whether it knows the names of hosts, machines, the API of each cluster and itself in the topology's domain.
        own_names: flag("own-names")<bool> "#true", Emitted, "#false";
        /// A further name with an address.
        record: children<FirewallRecordFacts> "none", Parts;
        /// A published name that has the address inside for those who are inside.
        inside: children<InsideFacts> "whoever is inside gets the public address", Parts;
        /// A server that takes mail for a name.
        mail: children<MailRecordFacts> "none", Parts;
        /// A text that a name has.
        text: children<TextRecordFacts> "none", Parts;
        /// Whether signatures of answers are checked (RFC 4033).
        dnssec: flag<bool> "#false", Emitted, "#true";
        /// Whether it counts what is asked.
        statistics: flag<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// Another server that is asked for everything, in the clear.
    UpstreamDnsFacts = "upstream" {
        /// Its address.
        address: arg<HostAddress> required, Emitted, "\"149.112.112.112\"";
        /// Its port.
        port: prop<Port> "53", Emitted, "5300";
    }
}

statement! {
    /// Another server that is asked for everything, over TLS.
    UpstreamTlsFacts = "upstream-tls" {
        /// Its address.
        address: arg<HostAddress> required, Emitted, "\"149.112.112.112\"";
        /// The name that its certificate must have: without it anybody on the way could answer.
        name: prop<Domain> required, Emitted, "\"dns.quad9.net\"";
        /// Its port.
        port: prop<Port> "853", Emitted, "8853";
    }
}

statement! {
    /// A domain that another server answers for; said again for each further server.
    ForwardDnsFacts = "forward" {
        /// The domain.
        domain: arg<Domain> required, Emitted, "\"branch.example.org\"";
        /// The server's address.
        to: prop<HostAddress> required, Emitted, "\"10.77.0.53\"";
        /// Its port.
        port: prop<Port> "53", Emitted, "5300";
    }
}

statement! {
    /// A name with an address: stated, that of a machine, or that of a cluster's API.
    FirewallRecordFacts = "record" {
        /// The name; one without a dot stands in the topology's domain.
        name: arg<Domain> required, Emitted, "\"wiki.example.org\"";
        /// The address.
        address: prop<Address> "only one of the others", Emitted, "\"10.77.0.8\"";
        /// The machine whose address it is.
        machine: prop<MachineRef> "only one of the others", Emitted, "\"authentik\"";
        /// The cluster whose API has the address.
        api: prop<ClusterRef> "only one of the others", Emitted, "\"prod\"";
    }
}

statement! {
    /// A published name that has the address inside for those who are inside: what answers is one of these three.
    InsideFacts = "inside" {
        /// The name.
        name: arg<Domain> required, Emitted, "\"shop.example.org\"";
        /// The service at a public address, by its name.
        publish: prop<Label> "only one of the others", Emitted, "\"web\"";
        /// The cluster whose way in for HTTP it is.
        ingress: prop<ClusterRef> "only one of the others", Emitted, "\"prod\"";
        /// Which of the cluster's ways in.
        by: prop<WayIn> "the only one with a fixed address", Emitted, "\"nginx\"";
        /// The address.
        address: prop<Address> "only one of the others", Emitted, "\"10.77.0.9\"";
    }
}

statement! {
    /// A server that takes mail for a name (RFC 5321 section 5.1).
    MailRecordFacts = "mail" {
        /// The name; one without a dot stands in the topology's domain.
        name: arg<Domain> required, Emitted, "\"example.org\"";
        /// The server's name.
        server: prop<Domain> required, Emitted, "\"mx2.example.org\"";
        /// Which server is tried first: the lowest.
        rank: prop<MailRank> "10", Emitted, "20";
    }
}

statement! {
    /// A text that a name has (RFC 1035 section 3.3.14).
    TextRecordFacts = "text" {
        /// The name; one without a dot stands in the topology's domain.
        name: arg<Domain> required, Emitted, "\"example.org\"";
        /// The text.
        data: arg<TxtData> required, Emitted, "\"v=spf1 mx -all\"";
    }
}
