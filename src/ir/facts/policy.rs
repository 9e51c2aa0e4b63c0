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
        /// Other protocols of IP.
        protocol: list<IpProtocol> "none", Emitted, "\"gre\"";
    }
}

statement! {
    /// A name for pods or for what is far away: what it holds is a union.
    GroupFacts = "group" {
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
        /// Machines.
        machine: children<MachineOfFacts> "none", Parts;
        /// Proxmox hosts: all their addresses.
        host: list<HostRef> "none", Emitted, "\"pve-1\"";
        /// All hosts of a Proxmox cluster.
        proxmox: list<ProxmoxRef> "none", Emitted, "\"lab\"";
        /// Groups of nodes. At pods a cluster's nodes are one: Cilium tells them from everything else, not from each other.
        nodes: list<NodesRef> "none", Emitted, "\"k8s-worker\"";
        /// Pods of a cluster.
        pods: children<PodsOfFacts> "none", Parts;
        /// A group of the file.
        group: list<GroupRef> "none", Emitted, "\"office\"";
        /// A network that is none of ours.
        net: children<NetFacts> "none", Parts;
        /// Addresses that no name of the file stands for.
        address: list<Address> "none", Emitted, "\"192.168.102.240\"";
        /// Names in DNS: whatever addresses they have at the time.
        name: list<NamePattern> "none", Emitted, "\"ghcr.io\"";
        /// A firewall's own addresses.
        firewall: list<GatewayRef> "none", Emitted, "\"opnsense\"";
        /// Networks of people who come from afar.
        vpn: list<VpnRef> "none", Emitted, "\"admins\"";
        /// Addresses of a country, by their registration. Only a firewall knows them.
        country: list<Country> "none", Emitted, "\"NZ\"";
        /// Addresses that somebody publishes as a list. Only a firewall reads them.
        feed: children<FeedFacts> "none", Parts;
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
    /// Machines.
    MachineOfFacts = "machine" {
        /// The machines.
        names: args<MachineRef> required, Emitted, "\"authentik\"";
        /// The VLAN whose address is meant.
        on: prop<VlanRef> "all their addresses", Emitted, "\"management\"";
    }
}

statement! {
    /// Addresses that somebody publishes as a list: one a line.
    FeedFacts = "feed" {
        /// Where the list is.
        url: arg<Url> required, Emitted, "\"https://lists.example.net/other.txt\"";
        /// How often it is read again.
        every: prop<ReadEvery> "\"24h\"", Emitted, "\"6h\"";
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
        /// A word that logs show for each connection.
        log: value<LogWord> "logs say nothing of it", Emitted, "\"night shift\"";
        /// The way out that it takes, whatever the routing table says.
        via: value<WayRef> "the routing table decides", Emitted, "\"failover\"";
        /// Hours in which it holds.
        schedule: value<ScheduleRef> "it holds at all times", Emitted, "\"office-hours\"";
        /// How much of it is let through.
        limit: child<LimitFacts> "as much as there is", Parts;
        /// The last day on which it may stand in this file.
        until: value<Date> "it has no end", Checked, "\"2027-03-31\"";
    }
}

statement! {
    /// Who may not talk to whom, whatever is allowed: a refusal beats every allowance.
    DenyFacts = "deny" {
        /// What for, in words; the names of its policies are made from it.
        name: arg<Text> required, Emitted, "\"another refusal\"";
        /// Who opens the connection.
        from: child<FromFacts> required, Parts;
        /// Who would answer.
        to: child<ToFacts> required, Parts;
        /// What they may not use; `any` is every port.
        service: list<ServiceRef> required, Emitted, "\"ntp\"";
        /// What the one who asks gets to hear.
        answer: value<DenyAnswer> "\"nothing\"", Emitted, "\"refusal\"";
        /// A word that logs show for each attempt.
        log: value<LogWord> "logs say nothing of it", Emitted, "\"night shift\"";
        /// Hours in which it holds.
        schedule: value<ScheduleRef> "it holds at all times", Emitted, "\"office-hours\"";
    }
}

statement! {
    /// How much of an allowance is let through; beyond it, nothing is.
    LimitFacts = "limit" {
        /// Connections at a time from one address.
        connections: value<Amount> "any number", Emitted, "77";
        /// New connections of one address in a time.
        rate: child<RateFacts> "any number", Parts;
        /// Packets of the whole rule in a time.
        packets: child<RateFacts> "any number", Parts;
    }
}

statement! {
    /// How many in a time.
    RateFacts = "rate" {
        /// How many.
        count: arg<Amount> required, Emitted, "33";
        /// In which time.
        per: prop<Seconds> required, Emitted, "\"9s\"";
    }
}

statement! {
    /// Hours in which a rule holds, by the firewall's clock.
    ScheduleFacts = "schedule" {
        /// Its name.
        name: arg<ScheduleDef> required, Emitted, "\"nights\"";
        /// Days of the week and hours.
        hours: children<HoursFacts> required, Parts;
    }
}

statement! {
    /// Days of the week and hours.
    HoursFacts = "hours" {
        /// The days.
        days: args<Weekday> required, Emitted, "\"sun\"";
        /// The first minute.
        from: prop<ClockTime> required, Emitted, "\"07:15\"";
        /// The minute at which it ends.
        to: prop<ClockTime> required, Emitted, "\"19:45\"";
    }
}

statement! {
    /// Who opens the connection.
    FromFacts = "from" {
        /// Where they are.
        zones: inline<ZonesFacts> required, Parts;
    }
}

statement! {
    /// Who answers.
    ToFacts = "to" {
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
