//! Values of the language for addresses of services; reads single values, decides nothing.

use super::*;

words! {
    /// Who gives addresses to services and announces them.
    Announcer {
        Metallb = "metallb" "MetalLB, by its chart",
        Cilium = "cilium" "Cilium, the network plugin itself",
    }
    /// How addresses of services are announced.
    AnnounceMode {
        L2 = "l2" "one node at a time answers for an address on its VLAN (ARP)",
        Bgp = "bgp" "nodes tell routers that the address is behind them (RFC 4271)",
    }
}

integers! {
    /// A TCP port of a BGP router (MetalLB 0.16, BGPPeer.peerPort: at most 16384).
    BgpPort(u16) 1 16384 "port";
    /// What routers of one autonomous system prefer a path by (RFC 4271 section 5.1.5); MetalLB and Cilium keep it in 31 bits.
    LocalPreference(u32) 0 2147483647 "preference";
    /// Bits of the prefix that addresses are announced in; 32 is each for itself.
    AggregateLen(u8) 1 32 "bits";
    /// Which pool is taken first; the lowest number is.
    PoolPriority(u32) 1 1000000 "priority";
    /// Packets in a row that are missed before a neighbour counts as lost (MetalLB 0.16, BFDProfile.detectMultiplier; RFC 5880 section 4.1).
    BfdMultiplier(u8) 2 255 "packets";
    /// The least time to live of an incoming BFD packet (MetalLB 0.16, BFDProfile.minimumTtl).
    BfdTtl(u8) 1 254 "hops";
}

/// The number of an autonomous system (RFC 6793); those that no router accepts are not among them.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Asn(pub u32);

impl Value for Asn {
    const TY: Ty = Ty::Int(1, 4294967294, "autonomous system");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let Raw::Int(n) = raw else { return Err(Bad::Type) };
        match n {
            0 => bad("0 is nobody's (RFC 7607)"),
            23456 => bad("23456 stands for numbers that old routers cannot hold (RFC 6793)"),
            65535 | 4294967295 => bad(format!("{n} is reserved (RFC 7300)")),
            _ => u32::try_from(n).map(Asn).or_else(|_| bad(format!("{n} is not between 1 and 4294967294"))),
        }
    }
}

impl fmt::Display for Asn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A span of time in milliseconds (the file says ms or s), as BFD counts: 10 to 60,000 (MetalLB 0.16, BFDProfile).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Millis(pub u32);

impl Value for Millis {
    const TY: Ty = Ty::Form("a time in ms or s", "300ms");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        if let Raw::Int(n) = raw {
            return Err(Bad::Value("a time has a unit".into(), Some(format!("\"{n}ms\""))));
        }
        let s = text(raw)?;
        let digits = s.bytes().take_while(u8::is_ascii_digit).count();
        let factor = match &s[digits..] {
            "ms" => 1,
            "s" => 1000,
            _ => return bad("it is not a whole number with ms or s"),
        };
        match s[..digits].parse::<u32>().ok().and_then(|n| n.checked_mul(factor)).filter(|n| (10..=60000).contains(n)) {
            Some(n) => Ok(Millis(n)),
            None => bad("it is not between 10ms and 60s"),
        }
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms", self.0)
    }
}

/// Whether each part of a text between colons is a number of at most that size, without leading noughts.
fn numbers(s: &str, parts: usize, max: u32) -> bool {
    let part = |p: &str| {
        p.parse::<u32>().is_ok_and(|n| n <= max && n.to_string() == p) && p.bytes().all(|b| b.is_ascii_digit())
    };
    s.split(':').count() == parts && s.split(':').all(part)
}

forms! {
    /// A mark on a route: standard (RFC 1997) as two numbers, large (RFC 8092) as `large:` and three.
    CommunityValue "a BGP community" "65535:65281" |s| match s.strip_prefix("large:") {
        Some(large) if numbers(large, 3, u32::MAX) => Ok(()),
        Some(_) => Err("a large community is `large:` and three numbers up to 4294967295".into()),
        None if numbers(s, 2, 65535) => Ok(()),
        None if numbers(s, 3, u32::MAX) => Err("a large community starts with `large:`".into()),
        None => Err("a community is two numbers up to 65535 with a colon, or `large:` and three".into()),
    };
}
