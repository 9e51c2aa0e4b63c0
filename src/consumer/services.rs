//! Names that everybody has for the same ports, with IANA's numbers; topologies cannot give them another meaning.

/// What a port belongs to.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Protocol {
    /// TCP (RFC 9293).
    Tcp,
    /// UDP (RFC 768).
    Udp,
    /// SCTP (RFC 9260).
    Sctp,
}

impl Protocol {
    /// As Kubernetes and Cilium spell it.
    pub fn word(self) -> &'static str {
        match self {
            Protocol::Tcp => "TCP",
            Protocol::Udp => "UDP",
            Protocol::Sctp => "SCTP",
        }
    }
}

/// A well-known service.
#[derive(Debug)]
pub struct WellKnown {
    /// Its name.
    pub name: &'static str,
    /// Its ports.
    pub ports: &'static [(Protocol, u16)],
    /// ICMP types for IPv4.
    pub icmp: &'static [u8],
    /// Whether requests are inside TLS from the first byte: nobody between the ends can read them.
    pub encrypted: bool,
}

macro_rules! well_known {
    ($($name:literal $encrypted:literal [$($protocol:ident $port:literal),*] [$($icmp:literal),*];)*) => {
        /// All of them: names and numbers of the IANA Service Name and Transport Protocol Port Number Registry; `any` is every
        /// port of every protocol, `ping` is echo (RFC 792), which has types
        /// and no ports, and `kubernetes-api` is where API servers listen (kube-apiserver, --secure-port).
        pub const WELL_KNOWN: &[WellKnown] = &[$(WellKnown {
            name: $name, ports: &[$((Protocol::$protocol, $port)),*], icmp: &[$($icmp),*], encrypted: $encrypted,
        }),*];
    };
}

well_known! {
    "any" false [] [];
    "dns" false [Udp 53, Tcp 53] [];
    "http" false [Tcp 80] [];
    "https" true [Tcp 443] [];
    "kubernetes-api" false [Tcp 6443] [];
    "ldap" false [Tcp 389] [];
    "ldaps" true [Tcp 636] [];
    "nfs" false [Tcp 2049] [];
    "ntp" false [Udp 123] [];
    "ping" false [] [8];
    "smtp" false [Tcp 25] [];
    "snmp" false [Udp 161] [];
    "ssh" true [Tcp 22] [];
    "submission" false [Tcp 587] [];
    "syslog" false [Udp 514] [];
}

/// The well-known service of that name.
pub fn well_known(name: &str) -> Option<&'static WellKnown> {
    WELL_KNOWN.iter().find(|w| w.name == name)
}

#[cfg(test)]
mod tests {
    use crate::schema::{ServiceRef, Ty, Value};

    #[test]
    fn the_language_and_the_table_name_the_same_services() {
        let Ty::Ref(_, words) = ServiceRef::TY else { panic!("a reference") };
        assert_eq!(words.to_vec(), super::WELL_KNOWN.iter().map(|w| w.name).collect::<Vec<_>>());
    }
}
