//! Values of the language for addresses that somebody asks; reads single values, decides nothing.

use super::*;

/// The IPv4 address of one host that somebody asks, or that packets are handed to: no host has one of the others.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct HostAddress(pub Ipv4Addr);

impl Value for HostAddress {
    const TY: Ty = <Address as Value>::TY;
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let a = Address::read(raw)?.0;
        // IANA IPv4 Special-Purpose Address Registry; RFC 1122 section 3.2.1.3; RFC 1112 section 4.
        let what = match a.octets()[0] {
            0 => "it is in 0.0.0.0/8, which stands for \"this host\" and is nobody's",
            127 => "it is in 127.0.0.0/8, which leads back to whoever asks",
            224..=239 => "it is a multicast address, of a group and not of a host",
            240.. if a == Ipv4Addr::BROADCAST => "it is everybody on the link, and not a host",
            240.. => "it is in 240.0.0.0/4, which is reserved and nobody's",
            _ => return Ok(HostAddress(a)),
        };
        bad(what)
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
