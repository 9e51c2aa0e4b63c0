//! Values of the language for who may talk to whom; reads single values, decides nothing.

use super::*;

words! {
    /// Where everything is refused that nothing allows.
    DenyScope {
        Cluster = "cluster" "in every namespace, but for those of `except`",
        Namespaces = "namespaces" "in the namespaces that `namespace` names",
    }
    /// Which direction is refused.
    DenyDirection {
        Both = "both" "what comes to a pod and what leaves it",
        In = "in" "what comes to a pod",
        Out = "out" "what leaves a pod",
    }
    /// Whose policies refuse and allow.
    DenyBy {
        Cilium = "cilium" "policies of Cilium (cilium.io/v2)",
        Kubernetes = "kubernetes" "NetworkPolicy of Kubernetes (networking.k8s.io/v1): no names, nodes or requests",
    }
    /// What somebody who is denied gets to hear.
    DenyAnswer {
        Nothing = "nothing" "the packet is dropped: whoever asks waits",
        Refusal = "refusal" "a refusal (TCP reset, ICMP unreachable): whoever asks knows at once",
    }
    /// What becomes of a connection.
    Verdict {
        Allow = "allow" "all of it gets through, always",
        Deny = "deny" "none of it ever gets through",
    }
    /// A day of the week.
    Weekday {
        Mon = "mon" "Monday",
        Tue = "tue" "Tuesday",
        Wed = "wed" "Wednesday",
        Thu = "thu" "Thursday",
        Fri = "fri" "Friday",
        Sat = "sat" "Saturday",
        Sun = "sun" "Sunday",
    }
    /// A protocol of IP that has no ports (IANA, protocol numbers).
    IpProtocol {
        Ah = "ah" "IPsec authentication (51)",
        Esp = "esp" "IPsec encryption (50)",
        Gre = "gre" "GRE tunnels (47)",
        Igmp = "igmp" "membership of multicast groups (2)",
        Ipip = "ipencap" "IP in IP (4)",
        Ospf = "ospf" "OSPF (89)",
        Pfsync = "pfsync" "what two firewalls tell each other of connections (240)",
        Pim = "pim" "PIM (103)",
        Vrrp = "carp" "VRRP and CARP (112)",
    }
    /// A method of HTTP (RFC 9110 section 9).
    HttpMethod {
        Get = "GET" "read",
        Head = "HEAD" "read without the content",
        Post = "POST" "hand over",
        Put = "PUT" "replace",
        Patch = "PATCH" "change",
        Delete = "DELETE" "remove",
        Options = "OPTIONS" "ask what is possible",
    }
}

integers! {
    /// A type of ICMP message for IPv4 (RFC 792).
    IcmpType(u8) 0 255 "type";
    /// How many connections or packets.
    Amount(u32) 1 1000000 "of them";
}

references! {
    /// A name for ports: one of the file, a well-known one, or `any`.
    ServiceRef [Service] [
        "any" "dns" "http" "https" "kubernetes-api" "ldap" "ldaps" "nfs" "ntp" "ping" "smtp" "snmp" "ssh" "submission" "syslog"
    ];
}

/// What every DNS label of Kubernetes is (RFC 1123): the name of a namespace.
fn label(s: &str) -> Result<(), String> {
    only(s, 63, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
    if s.starts_with('-') || s.ends_with('-') {
        return Err("it starts or ends with a hyphen".into());
    }
    Ok(())
}

forms! {
    /// A namespace of Kubernetes.
    Namespace "a namespace" "shop" |s| label(s);
    /// A name in DNS or a pattern of names: `*` is any characters of one label (Cilium, FQDNSelector: matchName, matchPattern).
    NamePattern "a DNS name, with `*` for a part of a label" "*.docker.io" |s| {
        only(s, 253, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '*'))?;
        if s.split('.').any(|l| l.is_empty() || l.len() > 63 || l.starts_with('-') || l.ends_with('-')) {
            return Err("a label of it is empty, too long, or starts or ends with a hyphen".into());
        }
        if s.split('.').rev().take(2).any(|l| l.contains('*')) {
            return Err("it would match names of strangers: the last two labels have no `*`".into());
        }
        if s.parse::<std::net::Ipv4Addr>().is_ok() {
            return Err("it is an address, not a name: use `net`".into());
        }
        // Cilium, DNS based policies: names select peers outside the cluster.
        if s.ends_with(".cluster.local") || s.ends_with(".svc") {
            return Err("it is a name inside the cluster, and those never match: use `pods`".into());
        }
        Ok(())
    };
    /// A country by its code (ISO 3166-1 alpha-2).
    Country "a country code of two capitals" "NZ" |s| {
        let two = s.len() == 2 && s.bytes().all(|b| b.is_ascii_uppercase());
        match s {
            _ if !two => Err("a country has a code of two capital letters".into()),
            _ if tables::is_country(s) => Ok(()),
            "UK" => Err("ISO 3166-1 calls the United Kingdom GB".into()),
            "EL" => Err("ISO 3166-1 calls Greece GR".into()),
            _ => Err("ISO 3166-1 has no country of this code".into()),
        }
    };
    /// A time of the day by the firewall's clock; OPNsense's schedules know quarters of an hour and the last minute of the day.
    ClockTime "HH:MM, 00, 15, 30 or 45 minutes, or 23:59" "08:00" |s| {
        let part = |s: &str| (s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit())).then(|| s.parse::<u8>().ok()).flatten();
        match s.split_once(':').map(|(h, m)| (part(h), part(m))) {
            Some((Some(h), Some(m))) if h < 24 && (m % 15 == 0 && m < 60 || (h, m) == (23, 59)) => Ok(()),
            _ => Err("a time is HH:MM with 00, 15, 30 or 45 minutes, or 23:59".into()),
        }
    };
    /// A path of a request as an extended regular expression that covers all of it.
    HttpPath "a regular expression of paths" "/api/.*" |s| {
        only(s, 256, |c| c.is_ascii_graphic())?;
        if !s.starts_with('/') { return Err("a path starts with a slash".into()); }
        regex_syntax::parse(s).map(drop).map_err(|_| "it is not a regular expression".into())
    };
    /// A word that flow logs show beside what a policy decided (Cilium from 1.18: at most 32 characters).
    LogWord "at most 32 letters, digits, spaces and - _ ." "shop" |s| {
        only(s, 32, |c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.'))?;
        if s.trim() == s { Ok(()) } else { Err("it starts or ends with a space".into()) }
    };
}

/// A port or a range of ports: `443` or `"6800-7568"`.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct PortSpan(pub (u16, u16));

impl Value for PortSpan {
    const TY: Ty = Ty::Form("a port or a range of ports", "6800-7568");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let port = |n: i128| Port::read(Raw::Int(n)).map(|p| p.0);
        match raw {
            Raw::Int(n) => port(n).map(|p| PortSpan((p, p))),
            Raw::Str(s) => {
                let Some((a, b)) = s.split_once('-') else {
                    return Err(Bad::Value(
                        "a range is FIRST-LAST, a port is a number without quotes".into(),
                        s.parse::<u16>().ok().map(|n| n.to_string()),
                    ));
                };
                match (a.parse::<u16>(), b.parse::<u16>()) {
                    (Ok(a), Ok(b)) if a < b => Ok(PortSpan((port(a.into())?, port(b.into())?))),
                    (Ok(a), Ok(b)) if a == b => Err(Bad::Value("the range is one port".into(), Some(a.to_string()))),
                    (Ok(_), Ok(_)) => bad("the range ends before it starts"),
                    _ => bad("a range is FIRST-LAST, of ports between 1 and 65535"),
                }
            }
            _ => Err(Bad::Type),
        }
    }
}

impl fmt::Display for PortSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            (a, b) if a == b => write!(f, "{a}"),
            (a, b) => write!(f, "{a}-{b}"),
        }
    }
}

/// Addresses that are none of ours: a network or, with /32, one address.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct Cidr(pub ipnet::Ipv4Net);

impl Value for Cidr {
    const TY: Ty = Ty::Form("an IPv4 network", "10.20.0.0/16");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let s = text(raw)?;
        if s.parse::<Ipv4Addr>().is_ok() {
            return Err(Bad::Value("a network has a prefix length".into(), Some(format!("\"{s}/32\""))));
        }
        let net: ipnet::Ipv4Net = s.parse().or_else(|_| bad("it is not an IPv4 network"))?;
        if net.addr() != net.network() {
            let right = format!("\"{}\"", net.trunc());
            return Err(Bad::Value(format!("{net} has bits set behind the prefix"), Some(right)));
        }
        if net.prefix_len() == 0 {
            return bad("everywhere is not a network: the word `internet` leaves out what is private");
        }
        Ok(Cidr(net))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
