//! What observes what: who tells whom, who keeps it, who shows it, who is told; one list for the drawing and for the chart.

use super::layout::{Block, Lane, Mark, Row, Score, Shape};
use super::whole::whole_rows;
use super::{OBSERVED, own};
use crate::emit::kube::View;
use crate::emit::monitoring;
use crate::ir::{AlertMail, Logging, Monitoring, Probe, ProbeHow, ProbeOf, Receiver, Route, Syslog};
use crate::render::Composed;
use crate::schema::{Announcer, LogAgent, PageOf};
use crate::source::{Origin, Sp};
use crate::words;

/// Who collects, keeps or hands on. Who keeps traces takes a place between logs and alerts.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Via {
    /// The blackbox exporter.
    Probes,
    /// The SNMP exporter.
    Snmp,
    /// Prometheus.
    Prometheus,
    /// The agent on each node.
    Agents,
    /// The listener for logs of firewalls.
    Syslog,
    /// Loki.
    Loki,
    /// Tempo.
    Traces,
    /// Hubble's relay.
    Flows,
    /// Alertmanager.
    Alertmanager,
}

/// Something that is observed or reads what was.
pub(super) struct Seen {
    /// What Mermaid calls it, behind the cluster's name.
    pub(super) id: Composed,
    /// Its name.
    pub(super) name: Composed,
    /// More about it.
    pub(super) notes: Vec<Composed>,
    /// Which of the lines it is itself.
    pub(super) is: Option<Via>,
    /// Whom it tells something, and what.
    pub(super) tells: Vec<(Via, Composed)>,
    /// Who tells it something, or whom it asks.
    pub(super) asks: Vec<(Via, Composed)>,
}

/// Things of one kind.
pub(super) struct Part {
    /// What Mermaid calls it, behind the cluster's name.
    pub(super) id: &'static str,
    /// What they are.
    pub(super) title: Composed,
    /// They.
    pub(super) all: Vec<Seen>,
}

fn seen(id: Composed, name: Composed, notes: Vec<Composed>) -> Seen {
    Seen { id, name: name.citing(OBSERVED.origin()), notes, is: None, tells: Vec::new(), asks: Vec::new() }
}

/// A word of ours about something stated.
fn said(text: &'static str, at: Origin) -> Composed {
    words![text].citing(at)
}

impl Seen {
    fn tells(mut self, via: Via, what: Composed) -> Seen {
        self.tells.push((via, what));
        self
    }

    fn asks(mut self, via: Via, what: Composed) -> Seen {
        self.asks.push((via, what));
        self
    }

    fn is(mut self, via: Via) -> Seen {
        self.is = Some(via);
        self
    }
}

/// Everything that observes or is observed; nothing where nobody does.
pub(super) fn parts(view: &View<'_>) -> Vec<Part> {
    let (monitoring, logging) = (view.layer.monitoring.as_ref(), view.layer.logging.as_ref());
    if monitoring.is_none() && logging.is_none() {
        return Vec::new();
    }
    let title = |text: &'static str| words![text, view.cluster.name];
    let all = vec![
        Part { id: "inside", title: title("In cluster "), all: inside(view, monitoring, logging) },
        Part { id: "outside", title: own("Outside of it"), all: outside(view, monitoring, logging) },
        Part { id: "keep", title: own("Who collects and keeps"), all: keep(view, monitoring, logging) },
        Part { id: "show", title: own("Who shows and who is told"), all: show(view, monitoring) },
    ];
    all.into_iter().filter(|p| !p.all.is_empty()).collect()
}

/// What runs in the cluster: figures by monitors, logs by the agent of its node, flows.
fn inside(view: &View<'_>, m: Option<&Monitoring>, l: Option<&Logging>) -> Vec<Seen> {
    let mut all = Vec::new();
    if let Some(m) = m {
        for (job, note) in [
            ("node-exporter", "nodes: processors, memory, disks, networks"),
            ("kubelet", "pods and volumes of each node"),
            ("kube-state-metrics", "what Kubernetes knows of its objects"),
            ("apiserver", "the API"),
            ("coredns", "names inside the cluster"),
        ] {
            let what = words!["figures"].citing(m.at);
            all.push(seen(words!["job-", job], said(job, m.at), vec![own(note)]).tells(Via::Prometheus, what));
        }
        for w in monitoring::jobs(view) {
            let place = vec![words!["in ", w.space]];
            let port = words!["port ", w.port].citing(w.by);
            all.push(seen(words!["job-", w.job], said(w.job, w.by), place).tells(Via::Prometheus, port));
        }
        let metallb = view.layer.balancers.iter().filter(|b| b.by.v == Announcer::Metallb);
        for at in metallb.filter_map(|b| b.metrics.as_ref()).map(|m| m.at).take(1) {
            let place = vec![own("in metallb-system")];
            all.push(seen(words!["job-metallb"], said("metallb", at), place).tells(Via::Prometheus, own("figures")));
        }
    }
    if let Some(l) = l {
        let notes = vec![own("what pods of each node write")];
        all.push(seen(words!["logs"], said("logs of pods", l.agent.at), notes).tells(Via::Agents, own("lines")));
    }
    for space in view.layer.tracing.iter().flat_map(|t| &t.from) {
        let row =
            seen(words!["traces-", space], words!["traces of ", space], vec![own("what its pods say of themselves")]);
        all.push(row.tells(Via::Traces, own("traces")));
    }
    if let Some(f) = view.layer.cilium.as_ref().and_then(|c| c.flows.as_ref()).filter(|f| f.relay.v) {
        let notes = vec![own("what Cilium's agents see")];
        all.push(seen(words!["flows"], said("flows of pods", f.at), notes).tells(Via::Flows, own("flows")));
    }
    all
}

/// Firewalls, other figures, and what is looked at from outside of it.
fn outside(view: &View<'_>, m: Option<&Monitoring>, l: Option<&Logging>) -> Vec<Seen> {
    let t = view.t;
    let mut all = Vec::new();
    for f in m.iter().flat_map(|m| &m.firewalls) {
        let node = &t.machine(f.node).name;
        let notes = vec![words!["node of firewall ", t.firewall(f.firewall).name], words![f.address]];
        let mut row = seen(words!["figures-", node], words![node], notes);
        if let Some(port) = &f.exporter {
            row = row.tells(Via::Prometheus, words!["port ", port]);
        }
        if let Some(s) = &f.snmp {
            row = row.tells(Via::Snmp, said("SNMP", s.at));
        }
        all.push(row);
    }
    if let Some(s) = l.and_then(|l| l.syslog.as_ref()) {
        for sender in &s.senders {
            let name = &t.firewall(sender.firewall).name;
            let notes = vec![own("logs of the firewall").citing(sender.at)];
            let by = words![s.protocol, " ", s.port];
            all.push(seen(words!["logs-", name], words![name], notes).tells(Via::Syslog, by));
        }
    }
    for target in m.iter().flat_map(|m| &m.targets) {
        let notes = vec![words![target.address, target.path]];
        let row = seen(words!["target-", target.name], words![target.name], notes);
        all.push(row.tells(Via::Prometheus, words!["port ", target.port]));
    }
    all.extend(m.iter().flat_map(|m| &m.probes).map(|p| probe(view, p)));
    all
}

fn probe(view: &View<'_>, p: &Probe) -> Seen {
    let Probe { of, how, address, port, inside: _ } = p;
    let text = |s: &str| Composed { text: s.into(), why: vec![address.at] };
    let (name, what) = match of {
        ProbeOf::Firewall(f, vlan, name) => {
            let on = words!["on VLAN ", view.t.vlan(*vlan).name, ", of ", view.t.firewall(*f).name];
            (text(name), on)
        }
        ProbeOf::Critical(vlan, name) => (text(name), words!["on VLAN ", view.t.vlan(*vlan).name]),
        ProbeOf::Publish(slug) => (text(slug), own("published")),
        ProbeOf::Expect(slug) => (text(slug), own("expected to get through")),
    };
    let by = match how {
        ProbeHow::Ping => "ping",
        ProbeHow::Connect => "connection",
        ProbeHow::Http => "HTTP",
        ProbeHow::Tls(..) => "TLS",
    };
    let by = Sp::new(by, address.at);
    let (id, by) = match port {
        None => (words!["probe-", address], words![by]),
        Some(port) => (words!["probe-", address, "-", port], words![by, ", port ", port]),
    };
    let kind = match of {
        ProbeOf::Firewall(..) => "f-",
        ProbeOf::Critical(..) => "c-",
        ProbeOf::Publish(_) => "p-",
        ProbeOf::Expect(_) => "e-",
    };
    seen(words![kind, id], name, vec![what, words![address]]).tells(Via::Probes, by)
}

/// Those between what is observed and who looks.
fn keep(view: &View<'_>, m: Option<&Monitoring>, l: Option<&Logging>) -> Vec<Seen> {
    let mut all = Vec::new();
    if let Some(m) = m {
        if !m.probes.is_empty() {
            let row =
                seen(words!["blackbox"], said("blackbox exporter", m.blackbox.at), vec![own("looks from outside")]);
            all.push(row.is(Via::Probes).tells(Via::Prometheus, own("results")));
        }
        if let Some(s) = &m.snmp {
            let row = seen(words!["snmp"], words!["SNMP exporter ", s.version], vec![own("asks firewalls")]);
            all.push(row.is(Via::Snmp).tells(Via::Prometheus, own("figures")));
        }
    }
    if let Some(l) = l {
        let name = match l.agent.v {
            LogAgent::Alloy => "Alloy",
            LogAgent::Promtail => "Promtail",
        };
        let row = seen(words!["agents"], said(name, l.agent.at), vec![own("on each node")]);
        all.push(row.is(Via::Agents).tells(Via::Loki, own("lines")));
        if let Some(s) = &l.syslog {
            let Syslog { address, port, .. } = s;
            let row = seen(words!["syslog"], said("Alloy, for firewalls", s.at), vec![words![address, ":", port]]);
            all.push(row.is(Via::Syslog).tells(Via::Loki, own("lines")));
        }
    }
    if let Some(m) = m {
        let kept = vec![words!["figures of ", m.retention]];
        let row = seen(words!["prometheus"], said("Prometheus", m.at), kept).is(Via::Prometheus);
        all.push(row.tells(Via::Alertmanager, own("alerts")));
    }
    if let Some(l) = l {
        let kept = vec![words!["logs of ", l.retention]];
        let mut row = seen(words!["loki"], said("Loki", l.at), kept).is(Via::Loki);
        if l.alerts.is_some() && m.is_some() {
            row = row.tells(Via::Alertmanager, own("alerts"));
        }
        all.push(row);
    }
    if let Some(t) = &view.layer.tracing {
        let kept = vec![words!["traces of ", t.retention]];
        all.push(seen(words!["tempo"], said("Tempo", t.at), kept).is(Via::Traces));
    }
    if let Some(f) = view.layer.cilium.as_ref().and_then(|c| c.flows.as_ref()).filter(|f| f.relay.v) {
        let row = seen(words!["relay"], said("Hubble relay", f.relay.at), vec![own("flows of all nodes")]);
        all.push(row.is(Via::Flows));
    }
    if let Some(m) = m {
        let row = seen(words!["alertmanager"], said("Alertmanager", m.at), page(view, PageOf::Alertmanager));
        all.push(row.is(Via::Alertmanager));
    }
    all
}

/// Where a page is, for whoever opens it.
fn page(view: &View<'_>, of: PageOf) -> Vec<Composed> {
    view.layer.ui.iter().filter_map(|u| u.page(of)).map(|p| words![p.host]).collect()
}

/// Pages, and who is told.
fn show(view: &View<'_>, m: Option<&Monitoring>) -> Vec<Seen> {
    let mut all = Vec::new();
    if let Some((m, grafana)) = m.and_then(|m| Some((m, m.grafana.as_ref()?))) {
        let row = seen(words!["grafana"], said("Grafana", grafana.at), page(view, PageOf::Grafana));
        let mut row = row.asks(Via::Prometheus, said("questions", m.at));
        if let Some(l) = &view.layer.logging {
            row = row.asks(Via::Loki, said("questions", l.at));
        }
        if let Some(t) = &view.layer.tracing {
            row = row.asks(Via::Traces, said("questions", t.at));
        }
        all.push(row);
    }
    if let Some(f) = view.layer.cilium.as_ref().and_then(|c| c.flows.as_ref()).filter(|f| f.ui.v && f.relay.v) {
        let row = seen(words!["hubble-ui"], said("Hubble UI", f.ui.at), page(view, PageOf::Hubble));
        all.push(row.asks(Via::Flows, own("questions")));
    }
    for r in m.iter().flat_map(|m| &m.told.receivers) {
        let Receiver { name, webhook, email, slack, pagerduty, at: _ } = r;
        let mut notes: Vec<Composed> = Vec::new();
        notes.extend(webhook.as_ref().map(|(host, port, _)| words!["webhook of ", host, ":", port]));
        notes.extend(email.iter().flat_map(|AlertMail { to, .. }| to).map(|to| words!["mail to ", to]));
        notes.extend(slack.as_ref().map(|(channel, _)| said("Slack", channel.at)));
        notes.extend(pagerduty.as_ref().map(|s| said("PagerDuty", s.at)));
        let told = m.iter().flat_map(|m| &m.told.routes).filter(|route| route.to.v == name.v).map(told);
        notes.extend(told);
        let usual = m.iter().any(|m| m.told.default.v == name.v);
        let what = if usual { "all that has no route" } else { "alerts" };
        let row = seen(words!["told-", name], words!["receiver ", name], notes);
        all.push(row.asks(Via::Alertmanager, own(what)));
    }
    all
}

/// What a route is about.
fn told(r: &Route) -> Composed {
    let Route { to: _, severity, alerts, namespaces, at } = r;
    let parts = severity.iter().map(|s| words![s]);
    let parts = parts.chain(alerts.iter().map(|a| words![a])).chain(namespaces.iter().map(|n| words![n]));
    let all = parts.reduce(|a, b| words![a, ", ", b]).unwrap_or_else(|| own("everything"));
    words!["is told of: ", all].citing(*at)
}

/// How a line is called, what it is there for, and the number of its colour.
fn line(via: Via) -> (&'static str, &'static str, u16) {
    match via {
        Via::Probes => ("Probes", "looked at", 3),
        Via::Snmp => ("SNMP", "asked", 2),
        Via::Prometheus => ("Prometheus", "figures", 1),
        Via::Agents => ("Agents", "lines of nodes", 4),
        Via::Syslog => ("Listener", "lines of firewalls", 9),
        Via::Loki => ("Loki", "lines", 6),
        Via::Traces => ("Tempo", "traces", 8),
        Via::Flows => ("Hubble", "flows", 7),
        Via::Alertmanager => ("Alertmanager", "alerts", 5),
    }
}

/// Lines that something is on, in their order.
fn lines(parts: &[Part]) -> Vec<Via> {
    let rows = || parts.iter().flat_map(|p| &p.all);
    let mut all: Vec<Via> = rows().filter_map(|s| s.is).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The drawing.
pub(super) fn score(view: &View<'_>, parts: &[Part]) -> Score {
    let lanes = lines(parts);
    let at = |via: Via| lanes.iter().position(|l| *l == via);
    let rows = |s: &Seen| {
        let is = s.is.and_then(at).map(|lane| (lane, Shape::Gateway, Composed::default()));
        let tells = s.tells.iter().filter_map(|(via, what)| Some((at(*via)?, Shape::Dot, what.clone())));
        let asks = s.asks.iter().filter_map(|(via, what)| Some((at(*via)?, Shape::Ring, what.clone())));
        let mut marks: Vec<Mark> = is
            .into_iter()
            .chain(tells)
            .chain(asks)
            .map(|(lane, shape, label)| Mark { lane, shape, label, below: None })
            .collect();
        marks.sort_by_key(|m| m.lane);
        Row { name: s.name.clone(), notes: s.notes.clone(), marks }
    };
    let blocks = parts.iter().map(|p| Block {
        title: p.title.clone(),
        notes: Vec::new(),
        rows: whole_rows(p.all.iter().map(rows).collect()),
    });
    let head = |via: &Via| {
        let (name, what, tag) = line(*via);
        Lane { tag, short: own(name), head: vec![own(name), own(what)] }
    };
    Score {
        title: words![view.cluster.name, ": what observes what"].citing(OBSERVED.origin()),
        about: own(
            "Every collector as a vertical line, and as marks on it what tells it something, what it is, and who asks it or is told by it.",
        ),
        wiring: None,
        legend: Some([
            (Shape::Dot, "tells it something"),
            (Shape::Gateway, "is it"),
            (Shape::Ring, "asks it, or is told by it"),
        ]),
        lanes: lanes.iter().map(head).collect(),
        blocks: blocks.collect(),
    }
}
