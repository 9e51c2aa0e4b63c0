//! Runs of addresses in the shapes that people and routers want; knows no entity.

use std::net::Ipv4Addr;

use ipnet::{Ipv4Net, Ipv4Subnets};

use crate::render::Composed;
use crate::source::{Origin, Sp};

/// A run of addresses, both ends in it, and why; `from <= to`.
pub struct Run {
    /// First address.
    pub from: Ipv4Addr,
    /// Last address.
    pub to: Ipv4Addr,
    /// The origins of both ends, of all runs that it was joined from.
    pub why: Vec<Origin>,
}

impl Run {
    /// The fewest prefixes that hold exactly these addresses, in their order.
    pub fn prefixes(&self) -> Vec<Ipv4Net> {
        Ipv4Subnets::new(self.from, self.to, 0).collect()
    }

    /// How many addresses it has.
    pub fn count(&self) -> u64 {
        u64::from(u32::from(self.to)) - u64::from(u32::from(self.from)) + 1
    }

    /// All of its addresses.
    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        (u32::from(self.from)..=u32::from(self.to)).map(Ipv4Addr::from)
    }

    /// The run in words.
    pub fn said(&self) -> Composed {
        match self.count() {
            1 => self.cited(self.from.to_string()),
            n => self.cited(format!("{} to {} ({n} addresses)", self.from, self.to)),
        }
    }

    /// A text that follows from this run.
    pub fn cited(&self, text: String) -> Composed {
        Composed { text, why: self.why.clone() }
    }
}

/// Joins runs that touch or overlap; ordered by address.
pub fn joined(ranges: &[(Sp<Ipv4Addr>, Sp<Ipv4Addr>)]) -> Vec<Run> {
    let mut sorted: Vec<_> = ranges.iter().filter(|(from, to)| from.v <= to.v).collect();
    sorted.sort_by_key(|(from, to)| (from.v, to.v));
    let mut runs: Vec<Run> = Vec::new();
    for (from, to) in sorted {
        match runs.last_mut() {
            Some(last) if u32::from(from.v) <= u32::from(last.to).saturating_add(1) => {
                last.to = last.to.max(to.v);
                last.why.extend([from.at, to.at]);
            }
            _ => runs.push(Run { from: from.v, to: to.v, why: vec![from.at, to.at] }),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(ranges: &[(&str, &str)]) -> Vec<String> {
        let at = super::super::SHEET.origin();
        let parse = |s: &str| Sp::new(s.parse().unwrap(), at);
        let ranges: Vec<_> = ranges.iter().map(|(a, b)| (parse(a), parse(b))).collect();
        joined(&ranges).iter().flat_map(Run::prefixes).map(|p| p.to_string()).collect()
    }

    #[test]
    fn a_run_is_cut_into_the_fewest_prefixes() {
        for (ranges, wanted) in [
            (
                &[("103.110.174.17", "103.110.174.29")][..],
                &[
                    "103.110.174.17/32",
                    "103.110.174.18/31",
                    "103.110.174.20/30",
                    "103.110.174.24/30",
                    "103.110.174.28/31",
                ][..],
            ),
            (&[("198.51.100.0", "198.51.100.255")], &["198.51.100.0/24"]),
            (&[("198.51.100.7", "198.51.100.7")], &["198.51.100.7/32"]),
            (&[("198.51.100.3", "198.51.100.4")], &["198.51.100.3/32", "198.51.100.4/32"]),
            (&[("198.51.100.4", "198.51.100.7"), ("198.51.100.0", "198.51.100.3")], &["198.51.100.0/29"]),
            (
                &[("198.51.100.0", "198.51.100.5"), ("198.51.100.2", "198.51.100.3")],
                &["198.51.100.0/30", "198.51.100.4/31"],
            ),
            (
                &[("198.51.100.0", "198.51.100.1"), ("198.51.100.4", "198.51.100.5")],
                &["198.51.100.0/31", "198.51.100.4/31"],
            ),
            (&[("255.255.255.254", "255.255.255.255")], &["255.255.255.254/31"]),
            (&[("0.0.0.0", "255.255.255.255")], &["0.0.0.0/0"]),
        ] {
            assert_eq!(prefixes(ranges), wanted, "{ranges:?}");
        }
    }

    /// Against the definition: in each small range, the prefixes are the range, none can be joined with its neighbour.
    #[test]
    fn every_run_of_64_addresses_is_met_exactly() {
        for from in 0..64u8 {
            for to in from..64 {
                let ends = (format!("10.0.0.{from}"), format!("10.0.0.{to}"));
                let nets: Vec<Ipv4Net> = prefixes(&[(&ends.0, &ends.1)]).iter().map(|p| p.parse().unwrap()).collect();
                let met: Vec<u8> = nets
                    .iter()
                    .flat_map(|n| (u32::from(n.network())..=u32::from(n.broadcast())).map(|a| a as u8))
                    .collect();
                assert_eq!(met, (from..=to).collect::<Vec<_>>());
                assert_eq!(Ipv4Net::aggregate(&nets), nets);
            }
        }
    }
}
