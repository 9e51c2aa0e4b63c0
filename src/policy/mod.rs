//! Sets of packets and what is left of one after others took their share, and rules as such sets; knows no file.

mod ranges;
pub mod rules;

use std::collections::BTreeSet;

pub use ranges::Ranges;

/// Addresses: numbers, and contents that nobody knows before they are looked up.
///
/// A name in DNS, a list that is read from elsewhere, a country: each is an atom, equal only to itself. Whether a known
/// address is in an atom is never assumed in either direction, except that every address is inside "all".
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Addresses {
    /// What is known.
    pub known: Ranges,
    /// What is not.
    pub atoms: BTreeSet<String>,
}

impl Addresses {
    /// Every address.
    pub fn all() -> Addresses {
        Addresses { known: Ranges::of(0, u32::MAX), atoms: BTreeSet::new() }
    }

    /// Nobody.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty() && self.atoms.is_empty()
    }

    /// Both.
    pub fn union(&self, other: &Addresses) -> Addresses {
        Addresses { known: self.known.union(&other.known), atoms: self.atoms.union(&other.atoms).cloned().collect() }
    }

    /// Whether each of these is one of those, whatever the atoms hold.
    fn inside(&self, other: &Addresses) -> bool {
        self.minus(other).is_empty()
    }

    /// Those that are surely in both: nothing less than this may be taken away.
    fn meet(&self, other: &Addresses) -> Addresses {
        if other.is_all() {
            return self.clone();
        }
        if self.is_all() {
            return other.clone();
        }
        Addresses {
            known: self.known.intersect(&other.known),
            atoms: self.atoms.intersection(&other.atoms).cloned().collect(),
        }
    }

    /// Those that may be left when the others are gone: an atom goes only with itself or with everything.
    fn minus(&self, other: &Addresses) -> Addresses {
        if other.is_all() {
            return Addresses::default();
        }
        Addresses {
            known: self.known.minus(&other.known),
            atoms: self.atoms.difference(&other.atoms).cloned().collect(),
        }
    }

    /// Whether some address may be in both: an atom may hold any.
    fn may_meet(&self, other: &Addresses) -> bool {
        let unknown = |a: &Addresses, b: &Addresses| !a.atoms.is_empty() && !b.is_empty();
        !self.known.intersect(&other.known).is_empty() || unknown(self, other) || unknown(other, self)
    }

    fn is_all(&self) -> bool {
        self.known == Ranges::of(0, u32::MAX)
    }
}

/// What is spoken: numbers over one line, so that all protocols are one set of ranges.
///
/// TCP and UDP have 65536 numbers each, SCTP too; ICMP has its 256 types; each other protocol one number.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Traffic(pub Ranges);

const TCP: u32 = 0;
const UDP: u32 = 0x1_0000;
const SCTP: u32 = 0x2_0000;
const ICMP: u32 = 0x3_0000;
const OTHER: u32 = 0x4_0000;
const END: u32 = OTHER + 255;

impl Traffic {
    /// Everything.
    pub fn all() -> Traffic {
        Traffic(Ranges::of(0, END))
    }

    /// TCP ports, both included.
    pub fn tcp(first: u16, last: u16) -> Traffic {
        Traffic(Ranges::of(TCP + u32::from(first), TCP + u32::from(last)))
    }

    /// UDP ports, both included.
    pub fn udp(first: u16, last: u16) -> Traffic {
        Traffic(Ranges::of(UDP + u32::from(first), UDP + u32::from(last)))
    }

    /// SCTP ports, both included.
    pub fn sctp(first: u16, last: u16) -> Traffic {
        Traffic(Ranges::of(SCTP + u32::from(first), SCTP + u32::from(last)))
    }

    /// A type of ICMP messages for IPv4.
    pub fn icmp(kind: u8) -> Traffic {
        Traffic(Ranges::of(ICMP + u32::from(kind), ICMP + u32::from(kind)))
    }

    /// All types of ICMP messages.
    pub fn all_icmp() -> Traffic {
        Traffic(Ranges::of(ICMP, ICMP + 255))
    }

    /// Another protocol of IP by its number (IANA, protocol numbers).
    pub fn protocol(number: u8) -> Traffic {
        Traffic(Ranges::of(OTHER + u32::from(number), OTHER + u32::from(number)))
    }

    /// Both.
    pub fn union(&self, other: &Traffic) -> Traffic {
        Traffic(self.0.union(&other.0))
    }
}

/// Packets: each that is from one of these, to one of those, and speaks one of these.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packets {
    /// From whom.
    pub from: Addresses,
    /// To whom.
    pub to: Addresses,
    /// What they speak.
    pub traffic: Traffic,
}

impl Packets {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.from.is_empty() || self.to.is_empty() || self.traffic.0.is_empty()
    }

    /// Whether each of these is one of those.
    pub fn inside(&self, other: &Packets) -> bool {
        self.is_empty()
            || self.from.inside(&other.from)
                && self.to.inside(&other.to)
                && self.traffic.0.minus(&other.traffic.0).is_empty()
    }

    /// Whether one of these may be one of those.
    pub fn may_meet(&self, other: &Packets) -> bool {
        self.from.may_meet(&other.from)
            && self.to.may_meet(&other.to)
            && !self.traffic.0.intersect(&other.traffic.0).is_empty()
    }

    /// Those that may be left when the others are gone, as sets that share no packet.
    pub fn minus(&self, other: &Packets) -> Vec<Packets> {
        let from = self.from.meet(&other.from);
        let to = self.to.meet(&other.to);
        let traffic = Traffic(self.traffic.0.intersect(&other.traffic.0));
        if from.is_empty() || to.is_empty() || traffic.0.is_empty() {
            return vec![self.clone()];
        }
        let parts = [
            Packets { from: self.from.minus(&other.from), to: self.to.clone(), traffic: self.traffic.clone() },
            Packets { from: from.clone(), to: self.to.minus(&other.to), traffic: self.traffic.clone() },
            Packets { from, to, traffic: Traffic(self.traffic.0.minus(&other.traffic.0)) },
        ];
        parts.into_iter().filter(|p| !p.is_empty()).collect()
    }
}

/// What may be left of packets when all others are gone; stops early and keeps the rest when there would be more than
/// `most` parts, which never says that nothing is left when something is.
pub fn left<'a>(packets: &Packets, gone: impl IntoIterator<Item = &'a Packets>, most: usize) -> Vec<Packets> {
    let mut parts = vec![packets.clone()];
    parts.retain(|p| !p.is_empty());
    for g in gone {
        if parts.is_empty() || parts.len() > most {
            break;
        }
        parts = parts.iter().flat_map(|p| p.minus(g)).collect();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(a: u32, b: u32) -> Addresses {
        Addresses { known: Ranges::of(a, b), atoms: BTreeSet::new() }
    }

    fn atom(name: &str) -> Addresses {
        Addresses { known: Ranges::default(), atoms: BTreeSet::from([name.to_string()]) }
    }

    fn packets(from: Addresses, to: Addresses, traffic: Traffic) -> Packets {
        Packets { from, to, traffic }
    }

    #[test]
    fn several_take_what_none_takes_alone() {
        let all = packets(net(10, 20), net(1, 1), Traffic::tcp(80, 90));
        let low = packets(net(0, 15), Addresses::all(), Traffic::all());
        let high = packets(net(16, 99), Addresses::all(), Traffic::tcp(1, 100));
        assert!(!all.inside(&low) && !all.inside(&high));
        assert_eq!(left(&all, [&low, &high], 100), []);
        let narrow = packets(net(16, 99), Addresses::all(), Traffic::tcp(81, 100));
        let rest = left(&all, [&low, &narrow], 100);
        assert_eq!(rest, [packets(net(16, 20), net(1, 1), Traffic::tcp(80, 80))]);
    }

    #[test]
    fn what_nobody_knows_is_taken_by_itself_and_by_everything_alone() {
        let named = packets(net(1, 9), atom("a name"), Traffic::tcp(443, 443));
        let known = packets(net(1, 9), net(0, 1_000_000), Traffic::all());
        assert_eq!(left(&named, [&known], 100), std::slice::from_ref(&named));
        assert!(named.may_meet(&known), "the name may have such an address");
        assert_eq!(left(&named, [&named.clone()], 100), []);
        let every = packets(Addresses::all(), Addresses::all(), Traffic::all());
        assert_eq!(left(&named, [&every], 100), []);
        assert!(!packets(net(1, 2), net(1, 2), Traffic::udp(53, 53)).may_meet(&named));
    }

    #[test]
    fn protocols_do_not_meet() {
        let tcp = packets(Addresses::all(), Addresses::all(), Traffic::tcp(0, 65535));
        for other in [Traffic::udp(0, 65535), Traffic::all_icmp(), Traffic::protocol(0), Traffic::sctp(0, 65535)] {
            assert!(!tcp.may_meet(&packets(Addresses::all(), Addresses::all(), other)));
        }
        let both = Traffic::tcp(53, 53).union(&Traffic::udp(53, 53));
        assert_eq!(both.0.minus(&Traffic::udp(53, 53).0), Traffic::tcp(53, 53).0);
        assert!(packets(net(1, 1), net(1, 1), Traffic::icmp(8)).inside(&packets(
            net(1, 1),
            net(0, 2),
            Traffic::all_icmp()
        )));
    }

    #[test]
    fn too_many_parts_are_kept() {
        let all = packets(Addresses::all(), Addresses::all(), Traffic::all());
        let points: Vec<Packets> = (0..40)
            .map(|i| packets(net(i * 10, i * 10), net(i * 7, i * 7), Traffic::tcp(i as u16, i as u16)))
            .collect();
        assert!(!left(&all, &points, 8).is_empty());
    }
}
