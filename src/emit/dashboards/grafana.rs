//! Dashboards as Grafana reads them: rows, lines of panels and their places; knows no metric and no topology.

use crate::consumer::Need;
use crate::ir::FirewallId;
use crate::render::{Composed, List, Map, Why};
use crate::source::{Origin, Rule};

use super::{COLUMNS, FOUND, LINKED, LOOKS, PANEL, PLACE, SCHEMA, SHOWN, SOURCE, STEPS};

/// Columns of the grid (Grafana 12, panels: gridPos).
const WIDTH: usize = 24;

/// What turns on what tells a need, where something does: of a firewall, when it is one's.
pub type Tells<'a> = &'a dyn Fn(Need, Option<FirewallId>) -> Option<Origin>;

/// A dashboard.
#[derive(Debug)]
pub struct Board {
    /// What its file and its address are called; never changed, for people keep links.
    pub name: &'static str,
    /// What people read.
    pub title: &'static str,
    /// What it shows.
    pub what: &'static str,
    /// Rows from above.
    pub rows: Vec<Row>,
}

/// A row with a heading.
#[derive(Debug)]
pub struct Row {
    /// The heading.
    pub title: Composed,
    /// Lines of panels from above; the panels of a line are as high as each other and fill it.
    pub lines: Vec<Line>,
}

/// Panels beside each other.
#[derive(Debug)]
pub struct Line {
    /// Their height.
    pub height: usize,
    /// From left to right; at most [`WIDTH`].
    pub panels: Vec<Panel>,
}

/// A panel.
#[derive(Debug)]
pub struct Panel {
    /// How it looks.
    pub kind: Kind,
    /// What it shows, in a few words.
    pub title: Composed,
    /// What it shows, and what a bad value means.
    pub what: Composed,
    /// Grafana's name of the unit.
    pub unit: &'static str,
    /// What it asks.
    pub queries: Vec<Query>,
    /// Colours from a value on; the first has no value. None for colours that mean nothing.
    pub steps: Vec<Step>,
    /// The end of the scale.
    pub most: Option<(i64, Why)>,
    /// Names of values.
    pub names: &'static [(&'static str, &'static str, &'static str)],
    /// What must be told, for it to show anything.
    pub needs: Vec<Need>,
    /// The firewall that must tell it.
    pub of: Option<FirewallId>,
    /// What turns that on.
    pub told: Vec<Origin>,
}

/// How a panel looks.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Lines over time.
    Series,
    /// Areas over time that stand on each other.
    Stack,
    /// One value.
    Stat,
    /// A value between nothing and the end of its scale.
    Gauge,
    /// Values beside each other as bars.
    Bars,
    /// Rows of labels.
    Table,
    /// Lines of a log.
    Logs,
}

/// What a panel asks.
#[derive(Clone, Debug)]
pub struct Query {
    /// PromQL, or LogQL.
    pub expr: Composed,
    /// The name of its series; `{{label}}` stands for a label.
    pub legend: Composed,
    /// Whether Loki is asked.
    pub loki: bool,
}

/// A colour from a value on.
#[derive(Clone, Debug)]
pub struct Step {
    /// From which value on; the first has none.
    pub from: Option<(i64, Why)>,
    /// The colour.
    pub color: &'static str,
}

impl Panel {
    /// A panel that asks nothing yet.
    pub fn new(kind: Kind, title: impl Into<Words>, unit: &'static str, what: impl Into<Words>) -> Panel {
        Panel {
            kind,
            title: title.into().0,
            what: what.into().0,
            unit,
            queries: Vec::new(),
            steps: Vec::new(),
            most: None,
            names: &[],
            needs: Vec::new(),
            of: None,
            told: Vec::new(),
        }
    }

    /// Asks Prometheus.
    pub fn ask(mut self, expr: impl Into<Words>, legend: impl Into<Words>) -> Panel {
        self.queries.push(Query { expr: expr.into().0, legend: legend.into().0, loki: false });
        self
    }

    /// Asks Loki.
    pub fn logs(mut self, expr: impl Into<Words>, legend: impl Into<Words>) -> Panel {
        self.queries.push(Query { expr: expr.into().0, legend: legend.into().0, loki: true });
        self
    }

    /// What must be told.
    pub fn needs(mut self, needs: &[Need]) -> Panel {
        self.needs.extend_from_slice(needs);
        self
    }

    /// The firewall that must tell it.
    pub fn of(mut self, firewall: FirewallId) -> Panel {
        self.of = Some(firewall);
        self
    }

    /// Green, and from these values on orange and red.
    pub fn bad_from(mut self, orange: (i64, Why), red: (i64, Why)) -> Panel {
        self.steps = vec![
            Step { from: None, color: "green" },
            Step { from: Some(orange), color: "orange" },
            Step { from: Some(red), color: "red" },
        ];
        self
    }

    /// Red, and green from this value on.
    pub fn good_from(mut self, green: (i64, Why)) -> Panel {
        self.steps = vec![Step { from: None, color: "red" }, Step { from: Some(green), color: "green" }];
        self
    }

    /// Green, and red from this value on.
    pub fn red_from(mut self, red: (i64, Why)) -> Panel {
        self.steps = vec![Step { from: None, color: "green" }, Step { from: Some(red), color: "red" }];
        self
    }

    /// The end of the scale.
    pub fn most(mut self, most: (i64, Why)) -> Panel {
        self.most = Some(most);
        self
    }

    /// Names of values: the value, what it is called, the colour.
    pub fn names(mut self, names: &'static [(&'static str, &'static str, &'static str)]) -> Panel {
        self.names = names;
        self
    }
}

/// A text with its origins: a literal, or pieces.
#[derive(Debug)]
pub struct Words(pub Composed);

impl From<&'static str> for Words {
    fn from(text: &'static str) -> Words {
        Words(Composed { text: text.into(), why: Vec::new() })
    }
}

impl From<Composed> for Words {
    fn from(text: Composed) -> Words {
        Words(text)
    }
}

/// Panels in lines of at most `per`, as equal as can be: no line is left with a single panel while others are full.
pub fn lines(height: usize, per: usize, panels: Vec<Panel>) -> Vec<Line> {
    let many = panels.len().div_ceil(per.clamp(1, WIDTH));
    let mut rest = panels.into_iter();
    let mut left = rest.len();
    let mut all = Vec::new();
    for n in 0..many {
        let here = left.div_ceil(many - n);
        left -= here;
        all.push(Line { height, panels: rest.by_ref().take(here).collect() });
    }
    all
}

/// The dashboard as Grafana stores it. Panels whose needs nothing meets are left out, then empty rows, then the dashboard.
pub fn board(b: Board, tells: Tells<'_>, why: Rule) -> Option<Map> {
    let Board { name, title, what, rows } = b;
    let rows: Vec<Row> = rows.into_iter().filter_map(|r| told(r, tells)).collect();
    let panels = || rows.iter().flat_map(|r| &r.lines).flat_map(|l| &l.panels);
    panels().next()?;
    let loki = panels().flat_map(|p| &p.queries).any(|q| q.loki);
    let prometheus = panels().flat_map(|p| &p.queries).any(|q| !q.loki);
    let mut doc = Map::new();
    doc.put("uid", (name, why));
    doc.put("title", (title, why));
    doc.put("description", (what, why));
    doc.list("tags", LINKED, |l| l.push(("network", LINKED)));
    doc.put("schemaVersion", (42, SCHEMA));
    doc.put("editable", (false, SCHEMA));
    doc.put("graphTooltip", (1, LOOKS));
    doc.put("refresh", ("1m", SHOWN));
    doc.map("time", SHOWN, |t| {
        t.put("from", ("now-6h", SHOWN));
        t.put("to", ("now", SHOWN));
    });
    doc.put("timezone", ("browser", SHOWN));
    doc.list("links", LINKED, |l| l.map(LINKED, links));
    doc.map("templating", FOUND, |t| {
        t.list("list", FOUND, |l| {
            for (name, label, kind, is) in
                [("datasource", "Figures", "prometheus", prometheus), ("loki", "Logs", "loki", loki)]
            {
                if is {
                    l.map(FOUND, |v| {
                        v.put("name", (name, FOUND));
                        v.put("label", (label, FOUND));
                        v.put("type", ("datasource", FOUND));
                        v.put("query", (kind, FOUND));
                    });
                }
            }
        });
    });
    let mut all = Grid { list: List::new(), id: 0, y: 0 };
    rows.into_iter().for_each(|r| all.row(r));
    doc.put("panels", (all.list, PANEL));
    Some(doc)
}

/// What of a row is told; each panel knows by what.
fn told(r: Row, tells: Tells<'_>) -> Option<Row> {
    let Row { title, lines: before } = r;
    let mut lines = Vec::new();
    for Line { height, panels } in before {
        let there = panels.into_iter().filter_map(|mut p| {
            let met: Option<Vec<Origin>> = p.needs.iter().map(|n| tells(*n, p.of)).collect();
            p.told.extend(met?);
            Some(p)
        });
        let panels: Vec<Panel> = there.collect();
        if !panels.is_empty() {
            lines.push(Line { height, panels });
        }
    }
    (!lines.is_empty()).then_some(Row { title, lines })
}

fn links(m: &mut Map) {
    m.put("type", ("dashboards", LINKED));
    m.put("title", ("Network", LINKED));
    m.list("tags", LINKED, |l| l.push(("network", LINKED)));
    m.put("asDropdown", (true, LINKED));
    m.put("includeVars", (true, LINKED));
    m.put("keepTime", (true, LINKED));
}

/// Panels with their places: each row below the one before it, each line filled from one edge to the other.
struct Grid {
    list: List,
    id: u32,
    y: usize,
}

impl Grid {
    fn row(&mut self, r: Row) {
        let Row { title, lines } = r;
        let (id, y) = (self.next(), self.y);
        self.list.map(PANEL, |m| {
            m.put("id", (id, PANEL));
            m.put("type", ("row", PANEL));
            m.put("title", (title, PANEL));
            m.put("collapsed", (false, PANEL));
            place(m, (0, y, WIDTH, 1));
            m.put("panels", (List::new(), PANEL));
        });
        self.y += 1;
        for Line { height, panels } in lines {
            let (many, mut x) = (panels.len(), 0);
            for (n, p) in panels.into_iter().enumerate() {
                // What does not divide evenly goes to the panels on the left.
                let w = WIDTH / many + usize::from(n < WIDTH % many);
                let (id, y) = (self.next(), self.y);
                self.list.map(PANEL, |m| panel(m, id, (x, y, w, height), p));
                x += w;
            }
            self.y += height;
        }
    }

    fn next(&mut self) -> u32 {
        self.id += 1;
        self.id
    }
}

fn place(m: &mut Map, (x, y, w, h): (usize, usize, usize, usize)) {
    m.map("gridPos", PLACE, |g| {
        for (key, value) in [("x", x), ("y", y), ("w", w), ("h", h)] {
            g.put(key, (value as u32, PLACE));
        }
    });
}

fn source(m: &mut Map, loki: bool) {
    let (kind, uid) = if loki { ("loki", "${loki}") } else { ("prometheus", "${datasource}") };
    m.map("datasource", SOURCE, |d| {
        d.put("type", (kind, SOURCE));
        d.put("uid", (uid, SOURCE));
    });
}

fn panel(m: &mut Map, id: u32, at: (usize, usize, usize, usize), p: Panel) {
    let Panel { kind, title, what, unit, queries, steps, most, names, needs: _, of: _, told } = p;
    let loki = queries.iter().any(|q| q.loki);
    m.put("id", (id, PANEL));
    let spelled = match kind {
        Kind::Series | Kind::Stack => "timeseries",
        Kind::Stat => "stat",
        Kind::Gauge => "gauge",
        Kind::Bars => "bargauge",
        Kind::Table => "table",
        Kind::Logs => "logs",
    };
    m.put("type", (Composed { text: spelled.into(), why: told }, PANEL));
    m.put("title", (title, PANEL));
    m.put("description", (what, PANEL));
    place(m, at);
    source(m, loki);
    if kind != Kind::Logs {
        m.map("fieldConfig", LOOKS, |f| {
            f.map("defaults", LOOKS, |d| fields(d, kind, unit, steps, most, names));
            f.put("overrides", (List::new(), LOOKS));
        });
    }
    m.map("options", LOOKS, |o| options(o, kind));
    m.list("targets", SOURCE, |l| {
        for (n, q) in queries.into_iter().enumerate() {
            let Query { expr, legend, loki } = q;
            l.map(SOURCE, |t| {
                t.put("refId", (reference(n), SOURCE));
                source(t, loki);
                t.put("expr", (expr, SOURCE));
                t.put("legendFormat", (legend, SOURCE));
                let now = matches!(kind, Kind::Stat | Kind::Gauge | Kind::Bars | Kind::Table);
                match loki {
                    true => t.put("queryType", (if now { "instant" } else { "range" }, SOURCE)),
                    false => {
                        t.put("instant", (now, SOURCE));
                        t.put("range", (!now, SOURCE));
                        if kind == Kind::Table {
                            t.put("format", ("table", SOURCE));
                        }
                    }
                }
            });
        }
    });
    if kind == Kind::Table {
        // A table shows labels; the time of asking and the value 1 of an `…_info` say nothing.
        m.list("transformations", COLUMNS, |l| {
            l.map(COLUMNS, |t| {
                t.put("id", ("organize", COLUMNS));
                t.map("options", COLUMNS, |o| {
                    o.map("excludeByName", COLUMNS, |e| e.put("Time", (true, COLUMNS)));
                });
            });
        });
    }
}

/// `A` to `Z`, then `AA`.
fn reference(n: usize) -> String {
    let letter = |n: usize| char::from(b'A' + (n % 26) as u8);
    if n < 26 { letter(n).to_string() } else { [letter(n / 26 - 1), letter(n)].iter().collect() }
}

fn fields(
    d: &mut Map,
    kind: Kind,
    unit: &'static str,
    steps: Vec<Step>,
    most: Option<(i64, Why)>,
    names: &'static [(&'static str, &'static str, &'static str)],
) {
    let lines = matches!(kind, Kind::Series | Kind::Stack);
    d.put("unit", (unit, LOOKS));
    if matches!(kind, Kind::Gauge | Kind::Bars) || (lines && most.is_some()) {
        d.put("min", (0, LOOKS));
    }
    if let Some((most, why)) = most {
        d.put("max", (crate::render::Doc::Int(most), why));
    }
    let colored = !steps.is_empty();
    let by = match (lines, colored) {
        (false, true) => "thresholds",
        (true, _) | (false, false) => "palette-classic",
    };
    d.map("color", LOOKS, |c| c.put("mode", (by, LOOKS)));
    if lines {
        d.map("custom", LOOKS, |c| {
            c.put("drawStyle", ("line", LOOKS));
            c.put("lineWidth", (1, LOOKS));
            c.put("fillOpacity", (if kind == Kind::Stack { 30 } else { 10 }, LOOKS));
            c.put("showPoints", ("never", LOOKS));
            c.map("stacking", LOOKS, |s| s.put("mode", (if kind == Kind::Stack { "normal" } else { "none" }, LOOKS)));
            c.map("thresholdsStyle", LOOKS, |s| s.put("mode", (if colored { "dashed" } else { "off" }, LOOKS)));
        });
    }
    if !names.is_empty() {
        d.list("mappings", LOOKS, |l| {
            l.map(LOOKS, |m| {
                m.put("type", ("value", LOOKS));
                m.map("options", LOOKS, |o| {
                    for (value, text, color) in names {
                        o.map(*value, LOOKS, |v| {
                            v.put("text", (*text, LOOKS));
                            v.put("color", (*color, LOOKS));
                        });
                    }
                });
            });
        });
    }
    d.map("thresholds", STEPS, |t| {
        t.put("mode", ("absolute", STEPS));
        t.list("steps", STEPS, |l| {
            if !colored {
                l.map(STEPS, |s| {
                    s.put("color", ("green", STEPS));
                    s.put("value", ((), STEPS));
                });
            }
            for Step { from, color } in steps {
                l.map(STEPS, |s| {
                    s.put("color", (color, STEPS));
                    match from {
                        Some((value, why)) => s.put("value", (crate::render::Doc::Int(value), why)),
                        None => s.put("value", ((), STEPS)),
                    }
                });
            }
        });
    });
}

fn options(o: &mut Map, kind: Kind) {
    let reduced = |o: &mut Map| {
        o.map("reduceOptions", LOOKS, |r| {
            r.list("calcs", LOOKS, |l| l.push(("lastNotNull", LOOKS)));
            r.put("fields", ("", LOOKS));
            r.put("values", (false, LOOKS));
        });
    };
    match kind {
        Kind::Series | Kind::Stack => {
            o.map("legend", LOOKS, |l| {
                l.put("displayMode", ("table", LOOKS));
                l.put("placement", ("bottom", LOOKS));
                l.put("showLegend", (true, LOOKS));
                l.list("calcs", LOOKS, |c| ["lastNotNull", "max"].iter().for_each(|v| c.push((*v, LOOKS))));
            });
            o.map("tooltip", LOOKS, |t| {
                t.put("mode", ("multi", LOOKS));
                t.put("sort", ("desc", LOOKS));
            });
        }
        Kind::Stat => {
            reduced(o);
            o.put("colorMode", ("background", LOOKS));
            o.put("graphMode", ("none", LOOKS));
            o.put("textMode", ("auto", LOOKS));
        }
        Kind::Gauge => {
            reduced(o);
            o.put("showThresholdLabels", (false, LOOKS));
            o.put("showThresholdMarkers", (true, LOOKS));
        }
        Kind::Bars => {
            reduced(o);
            o.put("displayMode", ("basic", LOOKS));
            o.put("orientation", ("horizontal", LOOKS));
            o.put("showUnfilled", (true, LOOKS));
        }
        Kind::Table => {
            o.put("showHeader", (true, LOOKS));
            o.put("cellHeight", ("sm", LOOKS));
        }
        Kind::Logs => {
            o.put("showTime", (true, LOOKS));
            o.put("wrapLogMessage", (true, LOOKS));
            o.put("enableLogDetails", (true, LOOKS));
            o.put("sortOrder", ("Descending", LOOKS));
        }
    }
}
