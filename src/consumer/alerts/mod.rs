//! Alerts as data: what each asks, how long it waits, what it says, and a series that fires beside one that does not; it
//! knows no topology, and a name in angle brackets stands for what a topology fills in.

mod ceph;
mod certificates;
mod cilium;
mod copies;
mod coredns;
mod delivery;
mod ingress;
mod logging;
mod logs;
mod metallb;
mod opnsense;
pub mod probes;
mod tracing;

use super::Need;
use crate::schema::AlertSeverity;

/// An alert.
#[derive(Debug)]
pub struct Alert {
    /// Its name; several of one name differ in what they are about.
    pub name: &'static str,
    /// What it is about: there is a rule for each.
    pub about: About,
    /// Who is asked.
    pub source: Source,
    /// What must be on.
    pub needs: &'static [Need],
    /// How much it matters.
    pub severity: AlertSeverity,
    /// Seconds for which it must hold.
    pub after: u32,
    /// What is asked: PromQL, or LogQL.
    pub expr: &'static str,
    /// Labels beside the severity and those of the series.
    pub labels: &'static [(&'static str, &'static str)],
    /// One line.
    pub summary: &'static str,
    /// What is wrong, and what that breaks.
    pub description: &'static str,
    /// What shows that it fires, and that it does not.
    pub proof: Proof,
}

/// Who is asked.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// Prometheus, by a PrometheusRule.
    Prometheus,
    /// Loki's ruler: only logs tell.
    Loki,
}

/// What an alert is about. Where a topology has none of it, there is no such alert, and nothing is said of that.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum About {
    /// Cilium.
    Cilium,
    /// A gateway that Cilium serves.
    CiliumGateway,
    /// Hubble.
    Flows,
    /// MetalLB.
    Metallb,
    /// BGP by MetalLB.
    MetallbBgp,
    /// Each pool that MetalLB gives out.
    MetallbPool,
    /// ingress-nginx as a Deployment.
    NginxReplicas,
    /// ingress-nginx on each node.
    NginxNodes,
    /// ingress-nginx, however many there are.
    Nginx,
    /// CoreDNS.
    CoreDns,
    /// cert-manager.
    Certificates,
    /// Ceph.
    Ceph,
    /// Velero.
    Velero,
    /// Argo CD.
    ArgoCd,
    /// Argo CD where it puts in force by itself what the repository says.
    ArgoCdSync,
    /// Loki.
    Loki,
    /// Alloy.
    Alloy,
    /// Tempo.
    Traces,
    /// Each firewall.
    Firewall,
    /// Each firewall of two nodes.
    FirewallPair,
    /// Each firewall that tells by SNMP.
    FirewallSnmp,
    /// Each way out of a firewall whose bandwidth is stated, for what comes in.
    FirewallDown,
    /// The same for what goes out.
    FirewallUp,
    /// Firewalls that look for intrusions.
    LoggedIntrusions,
    /// Firewalls.
    LoggedPackets,
    /// Firewalls that people log in to.
    LoggedLogins,
    /// Firewalls of two nodes.
    LoggedTakeovers,
    /// Messages of firewalls' kernels, in Loki.
    LoggedKernel,
    /// Each hypervisor with an address.
    Host,
    /// The address of the API.
    Api,
    /// Every other address that much depends on.
    Critical,
    /// Each identity server whose certificate is looked at.
    Identity,
    /// Each published service.
    Published,
    /// Each published service at port 443.
    PublishedTls,
    /// Everything that is expected to get through.
    Expected,
}

/// What shows that an alert fires when it shall, and is quiet when it shall.
#[derive(Debug)]
pub struct Proof {
    /// Series that make it fire.
    pub fires: &'static [Series],
    /// Labels that it then has from those series.
    pub labels: &'static [(&'static str, &'static str)],
    /// Series that do not.
    pub quiet: &'static [Series],
}

/// A series: a value a minute.
#[derive(Debug)]
pub struct Series {
    /// Metric and labels.
    pub of: &'static str,
    /// Values as promtool writes them; `<n>` is more minutes than the alert waits.
    pub values: &'static str,
}

/// A series, for the tables.
const fn series(of: &'static str, values: &'static str) -> Series {
    Series { of, values }
}

/// The file and the group of the alerts of one component.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Its alerts.
    pub alerts: &'static [Alert],
}

/// All of them, by component.
pub const GROUPS: &[Group] = &[
    Group { name: "argo-cd", alerts: delivery::ALERTS },
    Group { name: "ceph", alerts: ceph::ALERTS },
    Group { name: "cert-manager", alerts: certificates::ALERTS },
    Group { name: "cilium", alerts: cilium::ALERTS },
    Group { name: "coredns", alerts: coredns::ALERTS },
    Group { name: "ingress-nginx", alerts: ingress::ALERTS },
    Group { name: "logging", alerts: logging::ALERTS },
    Group { name: "logs", alerts: logs::ALERTS },
    Group { name: "metallb", alerts: metallb::ALERTS },
    Group { name: "opnsense", alerts: opnsense::ALERTS },
    Group { name: "probes", alerts: probes::ALERTS },
    Group { name: "tempo", alerts: tracing::ALERTS },
    Group { name: "velero", alerts: copies::ALERTS },
];

/// Every name once, in the order of components.
pub fn names() -> Vec<&'static str> {
    let mut all: Vec<&'static str> = Vec::new();
    for a in GROUPS.iter().flat_map(|g| g.alerts) {
        if !all.contains(&a.name) {
            all.push(a.name);
        }
    }
    all
}

/// Names of metrics in an expression: what is no word of PromQL, no function, no label and no number.
pub fn metrics_of(expr: &str) -> Vec<&str> {
    const WORDS: [&str; 13] = [
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "and",
        "or",
        "unless",
        "offset",
        "bool",
        "inf",
        "nan",
    ];
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut all = Vec::new();
    let mut rest = expr;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '"' => rest[1..].find('"').map_or(rest.len(), |n| n + 2),
            '{' | '[' => close(rest),
            '<' if rest[1..].starts_with(|c: char| c.is_ascii_lowercase()) => {
                rest.find('>').map_or(rest.len(), |n| n + 1)
            }
            c if letter(c) => {
                let end = rest.find(|c| !letter(c)).unwrap_or(rest.len());
                let (word, after) = (&rest[..end], rest[end..].trim_start());
                let list = ["by", "without", "on", "ignoring", "group_left", "group_right"].contains(&word);
                match () {
                    () if list && after.starts_with('(') => rest.len() - after.len() + close(after),
                    () => {
                        let number = word.starts_with(|c: char| c.is_ascii_digit());
                        // An aggregation may name its labels before its brackets.
                        let call = ["(", "by ", "by(", "without"].iter().any(|c| after.starts_with(c));
                        if !number && !call && !WORDS.contains(&word) {
                            all.push(word);
                        }
                        end
                    }
                }
            }
            c => c.len_utf8(),
        };
        rest = &rest[end..];
    }
    all
}

/// The end of what the first character opens; texts in it may hold anything.
fn close(text: &str) -> usize {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '}' | ']' | ')' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consumer::metric;

    #[test]
    fn every_metric_is_in_the_catalogue_and_is_asked_for() {
        for a in GROUPS.iter().flat_map(|g| g.alerts).filter(|a| a.source == Source::Prometheus) {
            let asked = metrics_of(a.expr);
            assert!(!asked.is_empty(), "{}", a.name);
            for name in asked {
                let m = metric(name).unwrap_or_else(|| panic!("{}: {name} is in no catalogue", a.name));
                assert!(m.needs.iter().any(|n| a.needs.contains(n)), "{}: {name} needs {:?}", a.name, m.needs);
            }
        }
    }

    #[test]
    fn series_of_a_proof_are_of_the_metrics_that_are_asked() {
        for a in GROUPS.iter().flat_map(|g| g.alerts).filter(|a| a.source == Source::Prometheus) {
            assert!(!a.proof.quiet.is_empty(), "{}", a.name);
            for s in a.proof.fires.iter().chain(a.proof.quiet) {
                let name = s.of.split('{').next().unwrap_or_default();
                assert!(metrics_of(a.expr).contains(&name), "{}: {}", a.name, s.of);
            }
        }
    }

    #[test]
    fn a_name_belongs_to_one_component() {
        for (i, g) in GROUPS.iter().enumerate() {
            for a in g.alerts {
                let other = GROUPS[..i].iter().find(|o| o.alerts.iter().any(|b| b.name == a.name));
                assert!(other.is_none(), "{} is in {} and {}", a.name, g.name, other.map_or("", |o| o.name));
            }
        }
    }

    #[test]
    fn metrics_are_told_from_words_labels_and_numbers() {
        let expr = "100 * sum by (le, up) (rate(a_total{b=\"c{\", d!~\"e\"}[5m] offset 1d)) / on (pool) b > 1e9 unless <x> == c";
        assert_eq!(metrics_of(expr), ["a_total", "b", "c"]);
        assert_eq!(metrics_of("absent(up{job=\"coredns\"} == 1)"), ["up"]);
    }
}
