//! Arithmetic of networks: what is left of one, whether two meet; knows no zone and no rule.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// Whether two networks have an address in common.
pub fn meet(a: &Ipv4Net, b: &Ipv4Net) -> bool {
    a.contains(b) || b.contains(a)
}

/// What is left of a network without these, as few networks as possible, ordered.
pub fn without(net: Ipv4Net, holes: &[Ipv4Net]) -> Vec<Ipv4Net> {
    if holes.iter().any(|h| h.contains(&net)) {
        return Vec::new();
    }
    if !holes.iter().any(|h| net.contains(h)) {
        return vec![net];
    }
    match net.subnets(net.prefix_len() + 1) {
        Ok(halves) => halves.flat_map(|half| without(half, holes)).collect(),
        Err(_) => vec![net],
    }
}

/// The network of one address.
pub fn single(a: Ipv4Addr) -> Ipv4Net {
    Ipv4Net::from(a)
}

/// A set: networks, each without some parts.
pub type Set = Vec<(Ipv4Net, Vec<Ipv4Net>)>;

/// Whether two sets have an address in common.
pub fn sets_meet(a: &Set, b: &Set) -> bool {
    a.iter().any(|(n, holes)| {
        b.iter().filter(|(m, _)| meet(n, m)).any(|(m, more)| {
            let smaller = if n.contains(m) { *m } else { *n };
            let all: Vec<Ipv4Net> = holes.iter().chain(more).copied().collect();
            !without(smaller, &all).is_empty()
        })
    })
}

/// The parts that no network of a union has, though one of them lies around: what is left out of the whole. A part that
/// another member has is not left out, since OPNsense's `!` holds for the whole alias.
pub fn holes_of_union(set: &Set) -> Vec<Ipv4Net> {
    let mut left: Vec<Ipv4Net> = Vec::new();
    for (i, (_, holes)) in set.iter().enumerate() {
        for hole in holes {
            let mut rest = vec![*hole];
            for (j, (n, more)) in set.iter().enumerate() {
                if i == j {
                    continue;
                }
                rest = rest
                    .into_iter()
                    .flat_map(|r| {
                        let had: Vec<Ipv4Net> =
                            if meet(n, &r) { without(if n.contains(&r) { r } else { *n }, more) } else { Vec::new() };
                        without(r, &had)
                    })
                    .collect();
            }
            left.extend(rest);
        }
    }
    left.sort();
    left.dedup();
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(s: &str) -> Ipv4Net {
        s.parse().expect("a network")
    }

    #[test]
    fn a_network_without_a_part_is_the_rest() {
        assert_eq!(without(net("10.0.0.0/30"), &[net("10.0.0.2/32")]), [net("10.0.0.0/31"), net("10.0.0.3/32")]);
        assert_eq!(without(net("10.0.0.0/30"), &[net("10.0.0.0/8")]), []);
        assert_eq!(without(net("10.0.0.0/30"), &[net("10.1.0.0/16")]), [net("10.0.0.0/30")]);
    }

    #[test]
    fn what_another_member_has_is_not_left_out() {
        let one = (net("10.0.0.0/24"), vec![net("10.0.0.254/32")]);
        assert_eq!(holes_of_union(&vec![one.clone()]), [net("10.0.0.254/32")]);
        assert_eq!(holes_of_union(&vec![one.clone(), (net("10.0.0.254/32"), vec![])]), []);
        assert_eq!(
            holes_of_union(&vec![one, (net("10.0.0.0/16"), vec![net("10.0.0.254/32")])]),
            [net("10.0.0.254/32")]
        );
    }

    #[test]
    fn sets_meet_only_where_neither_leaves_out() {
        let whole = vec![(net("10.0.0.0/24"), vec![net("10.0.0.8/29")])];
        assert!(!sets_meet(&whole, &vec![(net("10.0.0.9/32"), vec![])]));
        assert!(sets_meet(&whole, &vec![(net("10.0.0.0/28"), vec![])]));
        assert!(!sets_meet(&whole, &vec![(net("10.0.1.0/24"), vec![])]));
    }
}
