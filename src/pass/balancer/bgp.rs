//! Pass: to which routers addresses of services are told, and how; what contradicts itself is a lint's to say.

use super::*;

/// Reports what only makes sense with BGP.
pub(super) fn in_l2(l: &LoadBalancerFacts, mode: Sp<AnnounceMode>, cx: &mut Cx<'_>) {
    let said = l.asn.map(|a| ("asn", a.at)).into_iter();
    let said = said
        .chain(l.peer.iter().map(|p| ("peer", p.at)))
        .chain(l.bfd.iter().map(|p| ("bfd", p.at)))
        .chain(l.community.iter().map(|p| ("community", p.at)))
        .chain(l.advertise.iter().map(|p| ("advertise", p.at)));
    for (word, at) in said {
        let a = cx.span(at);
        let mut d = Diag::new(code::E0944, format!("`{word}` is about BGP, addresses are announced by ARP"))
            .at(a, "nothing would come of this");
        d = match mode.at.rule() {
            None => d.at(cx.span(mode.at), "announced like this"),
            Some(_) => d.at(cx.span(l.at), "no `mode` is stated: that is \"l2\""),
        };
        cx.report(d.help("mode \"bgp\""));
    }
}

/// Decides it; `None` when there is no number of our own or no peer, which is reported.
pub(super) fn decide(
    x: &At<'_>,
    l: &LoadBalancerFacts,
    pools: &[Pool],
    nodes: &Announcers,
    control_plane: Sp<bool>,
    mode: Sp<AnnounceMode>,
    cx: &mut Cx<'_>,
) -> Option<Bgp> {
    let spoiled = |word: &'static str, cx: &Cx<'_>| cx.spoiled.contains(&(l.at, word));
    if l.asn.is_none() && !spoiled("asn", cx) {
        let (a, b) = (cx.span(mode.at), cx.span(l.at));
        cx.report(
            Diag::new(code::E0943, "BGP needs the number of our autonomous system")
                .at(a, "announced like this")
                .at(b, "no `asn` in here")
                .help("asn 64512"),
        );
    }
    if l.peer.is_empty() {
        let (a, b) = (cx.span(mode.at), cx.span(l.at));
        cx.report(
            Diag::new(code::E0943, "BGP without a peer: nobody is told where the addresses are")
                .at(a, "announced like this")
                .at(b, "no `peer` in here")
                .help(match x.t.vlan(x.cluster.node_network.v).gateway {
                    Some(g) => format!("peer \"router\" {{ address \"{}\"; asn 64513 }}, or mode \"l2\"", g.v),
                    None => "a `peer` with the router's address and number, or mode \"l2\"".into(),
                }),
        );
    }
    let bfd = profiles(l);
    let mut communities: Vec<Community> = l
        .community
        .iter()
        .filter_map(|c| {
            let name = c.name.as_ref()?;
            Some(Community { name: Sp::new(name.v.0.clone(), name.at), value: c.value.clone()? })
        })
        .collect();
    communities.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    communities.dedup_by(|a, b| a.name.v == b.name.v);
    let peers = peers(x, l, nodes, control_plane, &bfd, cx);
    let advertisements = advertisements(x, l, pools, &peers, &communities, mode, cx);
    let asn = l.asn?.map(|a| a.0);
    let whole = |a: &AdvertiseFacts| match advertisements.iter().find(|d| d.at == a.at) {
        Some(d) => a.pools.is_empty() && !cx.spoiled.contains(&(a.at, "pools")) || d.pools.len() == a.pools.len(),
        None => false,
    };
    let incomplete = !l.advertise.iter().all(whole);
    (!peers.is_empty()).then_some(Bgp { asn, peers, bfd, communities, advertisements, incomplete })
}

fn profiles(l: &LoadBalancerFacts) -> Vec<Bfd> {
    let mut all: Vec<Bfd> = l
        .bfd
        .iter()
        .filter_map(|b| {
            let name = b.name.as_ref()?;
            Some(Bfd {
                name: Sp::new(name.v.0.clone(), name.at),
                receive: or(b.receive.map(|m| m.map(|m| m.0)), 300, DEFAULT_BFD_TIME),
                transmit: or(b.transmit.map(|m| m.map(|m| m.0)), 300, DEFAULT_BFD_TIME),
                multiplier: or(b.multiplier.map(|m| m.map(|m| m.0)), 3, DEFAULT_BFD_LOSS),
                echo: b.echo.map(|m| m.map(|m| m.0)),
                passive: or(b.passive, false, DEFAULT_NO),
                minimum_ttl: b.minimum_ttl.map(|m| m.map(|m| m.0)),
            })
        })
        .collect();
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

/// Whether any load balancer of the file has such a thing.
fn elsewhere(x: &At<'_>, has: impl Fn(&LoadBalancerFacts) -> bool) -> bool {
    x.facts.cluster.iter().flat_map(|c| &c.load_balancer).any(has)
}

fn peers(
    x: &At<'_>,
    l: &LoadBalancerFacts,
    nodes: &Announcers,
    control_plane: Sp<bool>,
    bfd: &[Bfd],
    cx: &mut Cx<'_>,
) -> Vec<Peer> {
    let mut all = Vec::new();
    for p in &l.peer {
        let (Some(name), Some(address), Some(asn)) = (&p.name, p.address, p.asn) else { continue };
        let own = match p.from_nodes.is_empty() {
            true => nodes.clone(),
            false => announcers(x, &p.from_nodes, control_plane, p.at, cx),
        };
        let hold = or(p.hold.map(|h| h.map(|h| h.0)), 90, DEFAULT_HOLD);
        let keepalive = match p.keepalive {
            Some(k) => k.map(|k| k.0),
            None => cx.make((hold.v / 3).max(1), DEFAULT_KEEPALIVE, &[hold.at]),
        };
        let watched = p.bfd.as_ref().filter(|b| {
            let found = bfd.iter().any(|k| k.name.v == b.v.0);
            if !found {
                let other = elsewhere(x, |l| l.bfd.iter().any(|k| k.name.as_ref().is_some_and(|n| n.v.0 == b.v.0)));
                foreign(&b.v.0, b.at, "BFD profile", other, x, cx);
            }
            found
        });
        all.push(Peer {
            name: Sp::new(name.v.0.clone(), name.at),
            address: address.map(|a| a.0),
            asn: asn.map(|a| a.0),
            port: p.port.map(|n| n.map(|n| n.0)),
            hold,
            keepalive,
            connect: p.connect.map(|c| c.map(|c| c.0)),
            multi_hop: or(p.multi_hop, false, DEFAULT_NO),
            graceful_restart: or(p.graceful_restart, false, DEFAULT_NO),
            secret: p.secret.as_ref().map(|s| Sp::new(x.index.secret(&s.v.0), s.at)).filter(|s| s.v.is_known()),
            bfd: watched.map(|b| Sp::new(b.v.0.clone(), b.at)),
            source: p.source.map(|a| a.map(|a| a.0)),
            router_id: p.router_id.map(|a| a.map(|a| a.0)),
            local_asn: p.local_asn.map(|a| a.map(|a| a.0)),
            nodes: own,
            at: p.at,
        });
    }
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all.dedup_by(|a, b| a.name.v == b.name.v);
    all
}

fn advertisements(
    x: &At<'_>,
    l: &LoadBalancerFacts,
    pools: &[Pool],
    peers: &[Peer],
    communities: &[Community],
    mode: Sp<AnnounceMode>,
    cx: &mut Cx<'_>,
) -> Vec<Advertisement> {
    let every = |at: Origin, cx: &mut Cx<'_>| -> Vec<Sp<u32>> {
        (0u32..).zip(pools).map(|(i, p)| cx.make(i, WHOLE, &[at, p.name.at])).collect()
    };
    let mut all: Vec<Advertisement> = Vec::new();
    for a in &l.advertise {
        let Some(name) = a.name.clone() else { continue };
        let mut told = Vec::new();
        for p in &a.pools {
            match pools.iter().position(|k| k.name.v == p.v.0) {
                Some(i) => told.push(Sp::new(i as u32, p.at)),
                None => {
                    let other =
                        elsewhere(x, |l| l.pool.iter().any(|k| k.name.as_ref().is_some_and(|n| n.v.0 == p.v.0)));
                    // One of this cluster that is not in the list was wrong and reported.
                    let own = l.pool.iter().any(|k| k.name.as_ref().is_some_and(|n| n.v.0 == p.v.0));
                    foreign(&p.v.0, p.at, "pool", other && !own, x, cx);
                }
            }
        }
        if a.pools.is_empty() {
            told = every(name.at, cx);
        }
        told.sort_by_key(|p| p.v);
        let mut who = Vec::new();
        for p in &a.peers {
            match peers.iter().position(|k| k.name.v == p.v.0) {
                Some(i) => who.push(Sp::new(i as u32, p.at)),
                None => {
                    let other =
                        elsewhere(x, |l| l.peer.iter().any(|k| k.name.as_ref().is_some_and(|n| n.v.0 == p.v.0)));
                    let own = l.peer.iter().any(|k| k.name.as_ref().is_some_and(|n| n.v.0 == p.v.0));
                    foreign(&p.v.0, p.at, "peer", other && !own, x, cx);
                }
            }
        }
        who.sort_by_key(|p| p.v);
        let mut marks = Vec::new();
        for c in &a.communities {
            match communities.iter().position(|k| k.name.v == c.v.0) {
                Some(i) => marks.push(Sp::new(i as u32, c.at)),
                None => {
                    let other =
                        elsewhere(x, |l| l.community.iter().any(|k| k.name.as_ref().is_some_and(|n| n.v.0 == c.v.0)));
                    let own = l.community.iter().any(|k| k.name.as_ref().is_some_and(|n| n.v.0 == c.v.0));
                    foreign(&c.v.0, c.at, "community", other && !own, x, cx);
                }
            }
        }
        marks.sort_by_key(|c| c.v);
        if let Some(first) = all.iter().find(|k| k.name.v == name.v) {
            let (again, first) = (cx.span(name.at), cx.span(first.name.at));
            cx.report(
                Diag::new(code::E0207, format!("\"{}\" is the name of more than one `advertise`", name.v))
                    .at(again, "this one takes the name")
                    .at(first, "which this one has")
                    .help("give one of them another name"),
            );
            continue;
        }
        all.push(Advertisement {
            name,
            pools: told,
            peers: (!a.peers.is_empty()).then_some(who),
            communities: marks,
            local_preference: a.local_preference.map(|p| p.map(|p| p.0)),
            aggregate: or(a.aggregate.map(|b| b.map(|b| b.0)), 32, ONE_BY_ONE),
            at: a.at,
        });
    }
    if l.advertise.is_empty() {
        let at = cx.derived(EVERYTHING, &[mode.at]);
        all.push(Advertisement {
            name: Sp::new(ObjectName("everything".into()), at),
            pools: every(at, cx),
            peers: None,
            communities: Vec::new(),
            local_preference: None,
            aggregate: Sp::new(32, ONE_BY_ONE.origin()),
            at,
        });
    }
    all.sort_by(|a, b| a.name.v.cmp(&b.name.v));
    all
}
