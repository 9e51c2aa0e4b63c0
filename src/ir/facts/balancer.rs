//! What the file says of addresses for services: pools, who announces them and to whom; decides nothing.

use crate::schema::*;
use crate::statement;

use super::{LabelFacts, RangeFacts};

statement! {
    /// Addresses for services of type LoadBalancer, and who announces them.
    LoadBalancerFacts = "load-balancer" {
        /// What gives and announces them. A cluster has one: each would serve every service.
        by: arg<Announcer> required, Emitted, "\"cilium\"";
        /// How they are announced.
        mode: value<AnnounceMode> "\"l2\"", Emitted, "\"bgp\"";
        /// A pool of addresses; it is a reservation in its VLAN.
        pool: children<PoolFacts> required, Parts;
        /// The groups of nodes that announce.
        nodes: list<NodesRef> "every worker, with `l2` every one that has a NIC on the pool's VLAN", Emitted, "\"k8s-extra\"";
        /// Whether control-plane nodes announce too; Kubernetes marks them as none that should.
        from_control_plane: flag("announce-from-control-plane")<bool> "#false", Emitted, "#true";
        /// The number of our autonomous system, with `bgp`.
        asn: value<Asn> "an error with `bgp`", Emitted, "64999";
        /// A router that is told where addresses are, with `bgp`.
        peer: children<PeerFacts> "an error with `bgp`", Parts;
        /// How fast the loss of a peer is noticed, with `bgp`.
        bfd: children<BfdFacts> "a lost peer is noticed by the hold time", Parts;
        /// A mark on routes, with `bgp`.
        community: children<CommunityFacts> "routes carry no mark", Parts;
        /// What is told to whom, with `bgp`.
        advertise: children<AdvertiseFacts> "every pool to every peer, each address for itself", Parts;
        /// Whether Prometheus reads its metrics (Prometheus operator), with MetalLB.
        metrics: child<BalancerMetricsFacts> "nobody is told of its metrics", Parts;
    }
}

statement! {
    /// A pool of addresses for services; it is a reservation in its VLAN.
    PoolFacts = "pool" {
        /// Its name.
        name: arg<PoolDef> required, Emitted, "\"services2\"";
        /// The VLAN.
        vlan: prop<VlanRef> required, Emitted, "\"k8s-internal\"";
        /// First and last host number.
        range: child<RangeFacts> required, Parts;
        /// Whether a service gets an address of it without asking for this pool.
        auto_assign: flag("auto-assign")<bool> "#true", Emitted, "#false";
        /// Whether addresses that end in 0 or 255 stay unused: some old devices take them for broadcast.
        avoid_edge_addresses: flag("avoid-edge-addresses")<bool> "#false", Emitted, "#true";
        /// Namespaces whose services may have its addresses.
        namespaces: list<ObjectName> "every namespace's", Emitted, "\"other-shop\"";
        /// A label that services with its addresses have.
        label: children<LabelFacts> "every service", Parts;
        /// Which pool is taken first of those that a service may have: the lowest number.
        priority: value<PoolPriority> "after all that have one", Emitted, "33";
    }
}

statement! {
    /// A router that is told where addresses are (BGP, RFC 4271).
    PeerFacts = "peer" {
        /// Its name.
        name: arg<PeerDef> required, Emitted, "\"tor-9\"";
        /// Its address.
        address: value<HostAddress> required, Emitted, "\"192.168.102.3\"";
        /// The number of its autonomous system.
        asn: value<Asn> required, Emitted, "64998";
        /// Its TCP port.
        port: value<BgpPort> "179", Emitted, "1790";
        /// After what silence it counts as lost, at least 3s.
        hold: value<Seconds> "90s", Emitted, "\"60s\"";
        /// How often we say that we are there.
        keepalive: value<Seconds> "a third of `hold`", Emitted, "\"7s\"";
        /// How long after a failure we try again.
        connect: value<Seconds> "120s", Emitted, "\"9s\"";
        /// Whether there are routers in between; only an external peer needs to know.
        multi_hop: flag("multi-hop")<bool> "#false", Emitted, "#true";
        /// Whether it keeps our routes while an announcing pod restarts (RFC 4724). MetalLB cannot change it later.
        graceful_restart: flag("graceful-restart")<bool> "#false", Emitted, "#true";
        /// The secret that both sides sign their packets with (TCP MD5, RFC 2385).
        secret: value<SecretRef> "no authentication", Emitted, "\"vrrp\"";
        /// The `bfd` that watches it.
        bfd: value<BfdRef> "the hold time alone tells", Emitted, "\"slow\"";
        /// The groups of nodes that talk to it.
        from_nodes: list("from-nodes")<NodesRef> "all that announce", Emitted, "\"k8s-extra\"";
        /// The address that we talk from, for a peer of one node.
        source: value<Address> "the node's address on the way to the peer", Emitted, "\"192.168.102.22\"";
        /// What the node calls itself, for peers of one node (RFC 4271 section 4.2).
        router_id: value("router-id")<Address> "the node's own choice", Emitted, "\"192.0.2.22\"";
        /// Another number of our autonomous system for this peer alone.
        local_asn: value("local-asn")<Asn> "that of the load-balancer", Emitted, "64997";
    }
}

statement! {
    /// How fast the loss of a peer is noticed (BFD, RFC 5880).
    BfdFacts = "bfd" {
        /// Its name.
        name: arg<BfdDef> required, Emitted, "\"slow\"";
        /// The shortest time between packets that we can take.
        receive: value<Millis> "300ms", Emitted, "\"444ms\"";
        /// The shortest time between packets that we send.
        transmit: value<Millis> "300ms", Emitted, "\"555ms\"";
        /// How many missed packets in a row mean loss.
        multiplier: value<BfdMultiplier> "3", Emitted, "9";
        /// The shortest time between echo packets; the peer sends them back unread. Not over several hops.
        echo: value<Millis> "no echo", Emitted, "\"88ms\"";
        /// Whether we wait for the peer to begin.
        passive: flag<bool> "#false", Emitted, "#true";
        /// The least time to live of packets from a peer over several hops.
        minimum_ttl: value("minimum-ttl")<BfdTtl> "254", Emitted, "77";
    }
}

statement! {
    /// A mark on routes by which routers decide (RFC 1997, RFC 8092).
    CommunityFacts = "community" {
        /// Its name.
        name: arg<CommunityDef> required, Emitted, "\"stay-inside\"";
        /// Its value.
        value: arg<CommunityValue> required, Emitted, "\"64999:99\"";
    }
}

statement! {
    /// What is told to whom.
    AdvertiseFacts = "advertise" {
        /// Its name.
        name: arg<ObjectName> required, Emitted, "\"far\"";
        /// The pools.
        pools: list<PoolRef> "all", Emitted, "\"services2\"";
        /// The peers.
        peers: list<PeerRef> "all", Emitted, "\"tor-9\"";
        /// Marks on the routes.
        communities: list<CommunityRef> "none", Emitted, "\"stay-inside\"";
        /// What routers of our own autonomous system prefer it by: the highest number.
        local_preference: value("local-preference")<LocalPreference> "the routers' own", Emitted, "222";
        /// The prefix that addresses are told in; it must not reach beyond the pool.
        aggregate: value<AggregateLen> "32", Emitted, "31";
    }
}

statement! {
    /// That Prometheus reads its metrics, by ServiceMonitor objects of the Prometheus operator.
    BalancerMetricsFacts = "metrics" {
        /// The namespace of Prometheus.
        namespace: value<ObjectName> "\"monitoring\"", Emitted, "\"observability\"";
        /// The account of Prometheus, which is allowed to read them.
        account: value<ObjectName> "\"kube-prometheus-stack-prometheus\"", Emitted, "\"prometheus\"";
    }
}
