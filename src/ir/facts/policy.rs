//! What the file says of who may talk to whom: services, groups, allowances, the default deny; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// A name for ports. It has at least one; well-known services have names already.
    ServiceFacts = "service" {
        /// Its name.
        name: arg<ServiceDef> required, Parts, "\"mysql\"";
        /// TCP ports, ranges in quotes.
        tcp: list<PortSpan> "none", Emitted, "6789";
        /// UDP ports, ranges in quotes.
        udp: list<PortSpan> "none", Emitted, "\"5000-5010\"";
        /// SCTP ports, ranges in quotes.
        sctp: list<PortSpan> "none", Emitted, "3868";
        /// Types of ICMP messages for IPv4.
        icmp: list<IcmpType> "none", Emitted, "13";
    }
}

statement! {
    /// A name for pods or for what is far away: what it holds is a union.
    GroupFacts = "group" not_yet ["service-of" "vpn"] {
        /// Its name.
        name: arg("called")<GroupDef> required, Parts, "\"kiosks\"";
        /// What is in it.
        zones: inline<ZonesFacts> required, Parts;
    }
}

statement! {
    /// Zones: places that traffic comes from or goes to. All that is said is a union.
    ZonesFacts = "zones" {
        /// VLANs: their subnets without the router's own addresses.
        vlan: list<VlanRef> "none", Emitted, "\"management\"";
        /// Machines: all their addresses.
        machine: list<MachineRef> "none", Emitted, "\"authentik\"";
        /// Groups of nodes. At pods a cluster's nodes are one: Cilium tells them from everything else, not from each other.
        nodes: list<NodesRef> "none", Emitted, "\"k8s-worker\"";
        /// Pods of a cluster.
        pods: children<PodsOfFacts> "none", Parts;
        /// A group of the file.
        group: list<GroupRef> "none", Emitted, "\"office\"";
        /// A network that is none of ours.
        net: children<NetFacts> "none", Parts;
        /// Names in DNS: whatever addresses they have at the time.
        name: list<NamePattern> "none", Emitted, "\"ghcr.io\"";
        /// A firewall's own addresses.
        firewall: list<GatewayRef> "none", Emitted, "\"opnsense\"";
        /// The API servers of a cluster.
        api: list<ClusterRef> "none", Emitted, "\"prod\"";
        /// The ways in for HTTP of a cluster: its ingress controllers and gateways.
        ingress: list<ClusterRef> "none", Emitted, "\"prod\"";
        /// Everything that nobody of this file owns; never a private address.
        internet: flag<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// Pods of a cluster.
    PodsOfFacts = "pods" {
        /// The cluster.
        cluster: arg<ClusterRef> required, Emitted, "\"prod\"";
        /// Their namespace.
        namespace: prop<Namespace> "every namespace", Emitted, "\"billing\"";
        /// A label that they have.
        label: children<PodLabelFacts> "whatever labels they have", Parts;
    }
}

statement! {
    /// A label of pods.
    PodLabelFacts = "label" {
        /// The key.
        key: arg<LabelKey> required, Emitted, "\"app.kubernetes.io/name\"";
        /// The values: any one of them.
        values: args<LabelValue> required, Emitted, "\"backend\"";
    }
}

statement! {
    /// A network that is none of ours.
    NetFacts = "net" {
        /// Its addresses.
        net: arg<Cidr> required, Emitted, "\"10.21.0.0/16\"";
        /// Parts of it that are not meant.
        except: list<Cidr> "all of it is meant", Emitted, "\"10.20.9.0/24\"";
    }
}

statement! {
    /// Who may talk to whom. Nothing is opened beyond what is said, and the statement never refuses anything by itself.
    AllowFacts = "allow" {
        /// What for, in words; the names of its policies are made from it.
        name: arg<Text> required, Emitted, "\"another sentence\"";
        /// Who opens the connection.
        from: child<FromFacts> required, Parts;
        /// Who answers.
        to: child<ToFacts> required, Parts;
        /// What they may use; `any` is every port.
        service: list<ServiceRef> required, Emitted, "\"ntp\"";
        /// Requests that are allowed; all others on these ports are refused.
        http: children<HttpFacts> "nobody looks into requests", Parts;
        /// A word that flow logs show.
        log: value<LogWord> "flow logs show no word", Emitted, "\"night shift\"";
    }
}

statement! {
    /// Who opens the connection.
    FromFacts = "from" not_yet ["service-of" "vpn"] {
        /// Where they are.
        zones: inline<ZonesFacts> required, Parts;
    }
}

statement! {
    /// Who answers.
    ToFacts = "to" not_yet ["service-of" "vpn"] {
        /// Where they are.
        zones: inline<ZonesFacts> required, Parts;
    }
}

statement! {
    /// Requests that are allowed: all that is said must hold.
    HttpFacts = "http" {
        /// The method.
        method: value<HttpMethod> "any", Emitted, "\"PUT\"";
        /// The path.
        path: value<HttpPath> "any", Emitted, "\"/health\"";
    }
}

statement! {
    /// Refuses what nothing allows. What keeps the cluster alive is allowed beside it, for the parts that are there.
    DefaultDenyFacts = "default-deny" {
        /// Where.
        scope: arg<DenyScope> required, Emitted, "\"namespaces\"";
        /// Namespaces where nothing is refused.
        except: list<Namespace> "none", Emitted, "\"legacy\"";
        /// The namespaces where it is refused.
        namespace: list<Namespace> "an error where the scope is `namespaces`", Emitted, "\"billing\"";
        /// Which direction.
        direction: value<DenyDirection> "\"both\"", Emitted, "\"in\"";
        /// Whose policies refuse and allow.
        by: value<DenyBy> "\"cilium\"", Emitted, "\"kubernetes\"";
        /// Who scrapes metrics of all pods.
        metrics: child<ScrapeFacts> "nobody does", Parts;
    }
}

statement! {
    /// Who scrapes metrics of all pods and nodes, and where they answer.
    ScrapeFacts = "metrics" {
        /// The namespace of those who scrape.
        namespace: value<Namespace> required, Emitted, "\"observability\"";
        /// The TCP ports of metrics, ranges in quotes.
        tcp: list<PortSpan> required, Emitted, "9095";
    }
}
