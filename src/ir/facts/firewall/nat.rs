//! What the file says of services at public addresses and of translation beyond that; decides nothing.

use crate::ir::facts::{FromFacts, MachineOfFacts};
use crate::schema::*;
use crate::statement;

statement! {
    /// A service that is reached at a public address.
    PublishFacts = "publish" {
        /// Its name.
        name: arg<Label> required, Emitted, "\"web2\"";
        /// The public address: one that is delivered to a firewall, or a firewall's own on a way out.
        at_: value("at")<Address> required, Emitted, "\"198.51.100.17\"";
        /// Who serves it.
        to: child<TargetFacts> required, Parts;
        /// The ports at which it is reached; TCP and UDP.
        service: list<ServiceRef> required, Emitted, "\"https\"";
        /// Who may reach it.
        from: child<FromFacts> "everybody on the Internet", Parts;
        /// The port at which it is served; of a range the first.
        to_port: value("to-port")<Port> "the port at which it is reached", Emitted, "8443";
        /// Whether clients inside reach it at the public address too, by way of the firewall: those of its own network, and whoever an `allow` lets to the inner address.
        reflect: flag<bool> "#false: names should have the inner address inside", Emitted, "#true";
        /// Whether each connection is logged.
        log: flag<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// Who serves what is published: one of them, with one address.
    TargetFacts = "to" {
        /// A way in for HTTP of a cluster.
        ingress: child<TargetIngressFacts> "something else serves it", Parts;
        /// A machine.
        machine: child<TargetMachineFacts> "something else serves it", Parts;
        /// The API servers of a cluster, at the address that they share.
        api: value<ClusterRef> "something else serves it", Emitted, "\"prod\"";
        /// An address that no name of the file stands for.
        address: value<Address> "something else serves it", Emitted, "\"192.168.102.201\"";
    }
}

statement! {
    /// A way in for HTTP of a cluster.
    TargetIngressFacts = "ingress" {
        /// The cluster.
        cluster: arg<ClusterRef> required, Emitted, "\"prod\"";
        /// What serves it.
        by: prop<WayIn> "its only way in", Emitted, "\"nginx\"";
    }
}

statement! {
    /// A machine.
    TargetMachineFacts = "machine" {
        /// The machine.
        name: arg<MachineRef> required, Emitted, "\"authentik\"";
        /// The VLAN whose address is meant.
        on: prop<VlanRef> "its only address", Emitted, "\"management\"";
    }
}

statement! {
    /// Translation of addresses beyond what follows from `publish` and from having a way out.
    NatFacts = "nat" {
        /// A machine that has a public address of its own.
        one_to_one: children("one-to-one")<OneToOneFacts> "none", Parts;
        /// Who leaves with another address than the firewall's own.
        leave_as: children("leave-as")<LeaveAsFacts> "everybody leaves with the firewall's address on the way out", Parts;
        /// Who leaves with the address that it has.
        keep: children<KeepFacts> "nobody", Parts;
    }
}

statement! {
    /// A machine that has a public address of its own, in and out. It opens nothing: an `allow` says who may come in.
    OneToOneFacts = "one-to-one" {
        /// The public address.
        public: arg<Address> required, Emitted, "\"198.51.100.18\"";
        /// The machine.
        machine: prop<MachineRef> required, Emitted, "\"authentik\"";
        /// The VLAN whose address is meant.
        on: prop<VlanRef> "its only address", Emitted, "\"management\"";
    }
}

statement! {
    /// Whose addresses are translated, or kept: a union.
    SourcesFacts = "sources" {
        /// VLANs: their subnets.
        vlan: list<VlanRef> "none", Emitted, "\"management\"";
        /// Machines.
        machine: children<MachineOfFacts> "none", Parts;
        /// Networks that none of our VLANs has, such as one behind a route.
        net: list<Cidr> "none", Emitted, "\"10.77.0.0/16\"";
        /// Networks of people who come from afar.
        vpn: list<VpnRef> "none", Emitted, "\"admins\"";
    }
}

statement! {
    /// Who leaves with another address than the firewall's own.
    LeaveAsFacts = "leave-as" {
        /// The public address that others see.
        public: arg<Address> required, Emitted, "\"198.51.100.19\"";
        /// Who.
        sources: inline<SourcesFacts> required, Parts;
    }
}

statement! {
    /// Who leaves with the address that it has: whoever is outside must know the way back.
    KeepFacts = "keep" {
        /// Who.
        sources: inline<SourcesFacts> required, Parts;
        /// For whom.
        to: list<Cidr> "for everybody", Emitted, "\"10.20.0.0/16\"";
        /// The VLAN of the way out.
        by: value<VlanRef> "every way out", Emitted, "\"public\"";
    }
}
