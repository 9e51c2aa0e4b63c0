//! Objects of MetalLB that are about BGP; decides nothing.

use super::*;
use crate::ir::{Advertisement, Bfd, Bgp, Community, Peer};

/// Version of a peer: the one that is stored; v1beta1 is deprecated.
const PEER_VERSION: &str = "metallb.io/v1beta2";

/// Peers, profiles, communities, advertisements.
pub(super) fn parts(view: &View<'_>, pools: &[Pool], bgp: &Bgp, all: &mut Vec<Part>) {
    // What is incomplete is not sealed.
    let Bgp { asn, peers, bfd, communities, advertisements, incomplete: _ } = bgp;
    all.extend(peers.iter().map(|p| peer(view, asn, p)));
    all.extend(bfd.iter().map(profile));
    all.extend(communities.iter().map(community));
    all.extend(advertisements.iter().map(|a| advertisement(pools, bgp, a)));
}

fn peer(view: &View<'_>, asn: &Sp<u32>, p: &Peer) -> Part {
    let Peer {
        name,
        address,
        asn: theirs,
        port,
        hold,
        keepalive,
        connect,
        multi_hop,
        graceful_restart,
        secret,
        bfd,
        source,
        router_id,
        local_asn,
        nodes,
        at: _,
    } = p;
    let mut doc =
        object_with(PEER_VERSION, "BGPPeer", name, Some(NAMESPACE_NAME), PEER, |m| kept(view, secret.as_ref(), m));
    doc.map("spec", PEER, |s| {
        s.put("myASN", asn);
        s.put_some("localASN", *local_asn);
        s.put("peerASN", theirs);
        s.put("peerAddress", address);
        s.put_some("peerPort", *port);
        s.put_some("sourceAddress", *source);
        s.put_some("routerID", *router_id);
        s.put("holdTime", (words![hold, "s"], PEER));
        s.put("keepaliveTime", (words![keepalive, "s"], PEER));
        s.put_some("connectTime", connect.map(|c| (words![c, "s"], PEER)));
        s.put("ebgpMultiHop", multi_hop);
        s.comment("Cannot be changed on an object that is there: delete the peer first.");
        s.put("enableGracefulRestart", graceful_restart);
        s.put_some("bfdProfile", bfd.clone());
        if let Some(secret) = secret {
            let kept = &view.t.secret(secret.v).name;
            s.comment("A secret of type kubernetes.io/basic-auth in this namespace, key `password`.");
            s.map("passwordSecret", PASSWORD, |m| m.put("name", (words![kept].citing(secret.at), PASSWORD)));
        }
        selectors(view, nodes, s);
    });
    Part::object("metallb", &format!("bgppeer-{}", name.v), doc, PEER)
}

fn profile(b: &Bfd) -> Part {
    let Bfd { name, receive, transmit, multiplier, echo, passive, minimum_ttl } = b;
    let mut doc = object(V1BETA1, "BFDProfile", name, Some(NAMESPACE_NAME), WATCH);
    doc.map("spec", WATCH, |s| {
        s.put("receiveInterval", receive);
        s.put("transmitInterval", transmit);
        s.put("detectMultiplier", multiplier);
        if let Some(echo) = echo {
            s.put("echoMode", (true, WATCH));
            s.put("echoInterval", echo);
        }
        s.put("passiveMode", passive);
        s.put_some("minimumTtl", *minimum_ttl);
    });
    Part::object("metallb", &format!("bfdprofile-{}", name.v), doc, WATCH)
}

fn community(c: &Community) -> Part {
    let Community { name, value } = c;
    let mut doc = object(V1BETA1, "Community", name, Some(NAMESPACE_NAME), MARK);
    doc.map("spec", MARK, |s| {
        s.list("communities", MARK, |l| {
            l.map(MARK, |m| {
                m.put("name", name);
                m.put("value", (words![value], MARK));
            });
        });
    });
    Part::object("metallb", &format!("community-{}", name.v), doc, MARK)
}

fn advertisement(pools: &[Pool], bgp: &Bgp, a: &Advertisement) -> Part {
    let Advertisement { name, pools: told, peers, communities, local_preference, aggregate, at: _ } = a;
    let mut doc = object(V1BETA1, "BGPAdvertisement", (words![name], TOLD), Some(NAMESPACE_NAME), TOLD);
    doc.map("spec", TOLD, |s| {
        s.list("ipAddressPools", TOLD, |l| {
            told.iter().for_each(|p| l.push((words![pools[p.v as usize].name].citing(p.at), TOLD)));
        });
        s.put("aggregationLength", aggregate);
        s.put_some("localPref", *local_preference);
        if !communities.is_empty() {
            s.list("communities", TOLD, |l| {
                let name = |c: &Sp<u32>| words![bgp.communities[c.v as usize].name].citing(c.at);
                communities.iter().for_each(|c| l.push((name(c), TOLD)));
            });
        }
        if let Some(peers) = peers {
            s.list("peers", TOLD, |l| {
                peers.iter().for_each(|p| l.push((words![bgp.peers[p.v as usize].name].citing(p.at), TOLD)));
            });
        }
    });
    Part::object("metallb", &format!("bgpadvertisement-{}", name.v), doc, TOLD)
}
