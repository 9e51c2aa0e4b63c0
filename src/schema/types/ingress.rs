//! Values of the language for the way in for HTTP; reads single values, decides nothing.

use super::*;

words! {
    /// What serves a way in for HTTP.
    WayIn {
        Nginx = "nginx" "ingress-nginx, which gets no fixes any more",
        Gateway = "gateway" "a gateway of the Gateway API, served by Cilium",
    }
    /// What applications see of who calls.
    ClientAddresses {
        Keep = "keep" "the client's address: only nodes that run the controller take its traffic",
        Hide = "hide" "the address of a node: every node takes the traffic and passes it on",
    }
    /// What a web application firewall looks for. It detects and logs; it blocks nothing.
    FirewallRules {
        Owasp = "owasp" "the OWASP core rule set",
        Own = "own" "the rules that each Ingress brings",
    }
    /// Whose routes a gateway takes.
    RoutesFrom {
        All = "all" "those of every namespace",
        Same = "same" "those of the gateway's own namespace",
    }
}

forms! {
    /// A host name, or `*.` and a domain for all names in it (Gateway API, Hostname).
    HostPattern "a host name, or `*.` and a domain" "*.apps.example.net" |s| {
        let rest = s.strip_prefix("*.").unwrap_or(s);
        if rest.contains('*') { return Err("a `*` stands alone before the first dot".into()); }
        only(rest, 253, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))?;
        if !rest.contains('.') { return Err("it is a full name with its domain".into()); }
        if rest.split('.').all(|l| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-')) { Ok(()) } else { Err("a label of it is empty, too long, or starts or ends with a hyphen".into()) }
    };
}
