//! Sections of config.xml: pipes, queues and rules of the traffic shaper; decides nothing.

use super::{ON, Section, View};
use crate::ir::{Pipe, ShapedClass, ShapedLink, Shaper, ShaperProtocol, ShaperRule};
use crate::render::{Composed, Doc, Piece, Why, Xml};
use crate::schema::{LinkScheduler, QueueControl};
use crate::source::Sp;
use crate::words;

crate::rules! {
    80;
    SHAPER = "Each direction of a way out is a pipe, each class a queue in it, and rules say what belongs where." @ "RFC 6.3; opnsense 2";
    ORIGIN = "Pipes, queues and rules of topoc are marked with it, by which a merge knows them." @ "OPNsense core 26.7, TrafficShaper.xml: origin; opnsense 4";
    EMPTY_IS_WF2Q = "No scheduler is WF2Q+, the one with weights." @ "OPNsense core 26.7, TrafficShaper.xml: scheduler";
    OF_PIPE = "A queue takes its share of this pipe." @ "OPNsense core 26.7, TrafficShaper.xml: pipe";
    INTO = "What fits goes there." @ "OPNsense core 26.7, TrafficShaper.xml: target";
    ANYBODY = "Any address." @ "OPNsense core 26.7, TrafficShaper.xml: source";
    ANY_PORT = "Any port." @ "OPNsense core 26.7, TrafficShaper.xml: src_port";
    ANY_PROTOCOL = "Any protocol of IPv4; IPv6 is off." @ "OPNsense core 26.7, TrafficShaper.xml: proto";
    DIRECTION = "What goes out by the way out leaves the firewall there, what comes in enters there." @ "RFC 6.3; ipfw(8)";
    DESCRIPTION = "It is called by link, direction and class." @ "OPNsense core 26.7, TrafficShaper.xml: description";
    SHORT = "What keeps its queue short." @ "OPNsense core 26.7, TrafficShaper.xml: codel_enable, pie_enable";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let Some(Shaper { links, openings: _, at }) = &view.layer.shaper else { return Vec::new() };
    let xml = view.model("OPNsense/TrafficShaper", "TrafficShaper", SHAPER, |x| {
        x.cite(*at);
        x.element("pipes", SHAPER, |x| {
            for l in links {
                x.push(pipe(view, l, &l.up, "up"));
                x.push(pipe(view, l, &l.down, "down"));
            }
        });
        x.element("queues", SHAPER, |x| {
            for l in links {
                for c in &l.classes {
                    x.push(queue(view, l, c, true));
                    x.push(queue(view, l, c, false));
                }
            }
        });
        x.element("rules", SHAPER, |x| {
            for l in links {
                for r in &l.rules {
                    x.push(rule(view, l, r));
                }
            }
        });
    });
    vec![Section { under: &["OPNsense"], xml, area: Some("OPNsense.TrafficShaper") }]
}

fn word(up: bool) -> &'static str {
    if up { "up" } else { "down" }
}

fn pipe_path(l: &ShapedLink, direction: &str) -> String {
    ["shaper/pipe/", l.name.v.as_str(), "/", direction].concat()
}

fn queue_path(l: &ShapedLink, c: &ShapedClass, up: bool) -> String {
    ["shaper/queue/", l.name.v.as_str(), "/", &c.name.v.0, "/", word(up)].concat()
}

fn pipe(view: &View<'_>, l: &ShapedLink, pipe: &Pipe, direction: &'static str) -> Xml {
    let ShapedLink { interface: _, name, down: _, up: _, scheduler, queues: _, classes: _, rules: _, at } = l;
    let Pipe { number, bandwidth } = pipe;
    let mut x = view.item("pipe", &pipe_path(l, direction), *at);
    x.put("number", number);
    x.put("enabled", (true, ON));
    x.put("bandwidth", bandwidth.map(|b| b.number));
    x.put("bandwidthMetric", bandwidth.map(|b| b.unit));
    let spelled = match scheduler.v {
        LinkScheduler::Weights => None,
        LinkScheduler::Qfq => Some("qfq"),
        LinkScheduler::RoundRobin => Some("rr"),
        LinkScheduler::Fifo => Some("fifo"),
        LinkScheduler::FqCodel => Some("fq_codel"),
        LinkScheduler::FqPie => Some("fq_pie"),
    };
    match spelled {
        Some(s) => x.put("scheduler", Sp::new(s, scheduler.at)),
        None => x.put("scheduler", (Doc::Str("".into()), Why::from(EMPTY_IS_WF2Q).also(scheduler.at))),
    }
    x.put("origin", ("topoc", ORIGIN));
    x.put("description", (words![name, "-", direction], DESCRIPTION));
    x
}

fn queue(view: &View<'_>, l: &ShapedLink, c: &ShapedClass, up: bool) -> Xml {
    let ShapedClass { name, weight, default: _, order: _, down: number_down, up: number_up, at } = c;
    let mut x = view.item("queue", &queue_path(l, c, up), *at);
    x.put("number", if up { number_up } else { number_down });
    x.put("enabled", (true, ON));
    let pipe = view.uuid(&pipe_path(l, word(up)));
    x.put("pipe", (pipe.as_str(), OF_PIPE));
    x.put("weight", weight);
    if let Some(q) = &l.queues {
        let why = Why::from(SHORT).also(q.at);
        match q.v {
            QueueControl::Codel => x.put("codel_enable", (Doc::Bool(true), why)),
            QueueControl::Pie => x.put("pie_enable", (Doc::Bool(true), why)),
            QueueControl::Length => x.put("codel_enable", (Doc::Bool(false), why)),
        }
    }
    x.put("description", (words![l.name, "-", word(up), "-", name], DESCRIPTION));
    x.put("origin", ("topoc", ORIGIN));
    x
}

fn rule(view: &View<'_>, l: &ShapedLink, r: &ShaperRule) -> Xml {
    let ShaperRule { key, sequence, up, class, protocol, source, source_port, target, target_port, dscp, at } = r;
    let mut x = view.item("rule", &["shaper/rule/", key].concat(), *at);
    x.put("enabled", (true, ON));
    x.put("sequence", sequence);
    x.put("interface", view.key(l.interface));
    match protocol {
        Some(p) => {
            let spelled = match p.v {
                ShaperProtocol::Tcp => "tcp",
                ShaperProtocol::Udp => "udp",
                ShaperProtocol::Ah => "ah",
                ShaperProtocol::Esp => "esp",
                ShaperProtocol::Gre => "gre",
                ShaperProtocol::Igmp => "igmp",
            };
            x.put("proto", Sp::new(spelled, p.at));
        }
        None => x.put("proto", ("ip4", ANY_PROTOCOL)),
    }
    for (address, port, nets, span) in
        [("source", "src_port", source, source_port), ("destination", "dst_port", target, target_port)]
    {
        if nets.is_empty() {
            x.put(address, ("any", ANYBODY));
        } else {
            x.put(address, (joined(nets.iter().map(literal)), INTO));
        }
        match span {
            Some(p) => x.put(port, (words![p], INTO)),
            None => x.put(port, ("any", ANY_PORT)),
        }
    }
    if !dscp.is_empty() {
        x.put("dscp", (joined(dscp.iter().map(|d| words![d])), INTO));
    }
    x.put("direction", (if *up { "out" } else { "in" }, DIRECTION));
    let class = class.map(|c| &l.classes[c]);
    let uuid = match class {
        Some(c) => view.uuid(&queue_path(l, c, *up)),
        None => view.uuid(&pipe_path(l, word(*up))),
    };
    x.put("target", (uuid.as_str(), INTO));
    let about = match class {
        Some(c) => words![l.name, "-", word(*up), "-", c.name],
        None => words![l.name, "-", word(*up)],
    };
    x.put("description", (about, DESCRIPTION));
    x.put("origin", ("topoc", ORIGIN));
    x
}

/// An address without its prefix when it is one alone.
fn literal(n: &Sp<ipnet::Ipv4Net>) -> Composed {
    if n.v.prefix_len() == 32 { words![n.map(|n| n.addr())] } else { words![n] }
}

/// A list as models have it: with commas.
pub(super) fn joined(parts: impl Iterator<Item = Composed>) -> Composed {
    let mut all = Composed::default();
    for (i, part) in parts.enumerate() {
        if i > 0 {
            ",".add(&mut all);
        }
        part.add(&mut all);
    }
    all
}
