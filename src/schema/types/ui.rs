//! Values of the language for the platform's own pages; reads single values, decides nothing.

use super::*;

words! {
    /// A page of the platform.
    PageOf {
        Alertmanager = "alertmanager" "Alertmanager: alerts and silences",
        ArgoCd = "argo-cd" "Argo CD: what is deployed",
        Ceph = "ceph" "Ceph's dashboard",
        Grafana = "grafana" "Grafana: dashboards",
        Hubble = "hubble" "Hubble: flows of the network",
        Kubesphere = "kubesphere" "KubeSphere: the cluster's console",
        Prometheus = "prometheus" "Prometheus: metrics and rules",
    }
}

forms! {
    /// The name of a page: one label of a name in DNS (RFC 1123 section 2.1), in lower case, for names of the Gateway API are.
    PageName "one label of a name in DNS" "argocd" |s| {
        only(s, 63, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
        if s.starts_with('-') || s.ends_with('-') { Err("it starts and ends with a letter or digit".into()) } else { Ok(()) }
    };
    /// A name in DNS with its domain: a name of one label is another thing to each who looks it up, and an address is no name.
    FullName "a name in DNS with its domain" "smtp.example.net" |s| {
        only(s, 253, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))?;
        let label = |l: &str| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-');
        if !s.split('.').all(label) { return Err("a label of it is empty, too long, or starts or ends with a hyphen".into()); }
        if s.rsplit('.').next().is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit())) { return Err("it is a number or an address, not a name".into()); }
        if s.contains('.') { Ok(()) } else { Err("it is one label alone, without a domain".into()) }
    };
}
