//! Where everything of a drawing stands: lanes side by side, rows below each other, a mark where a row is on a lane; knows no topology.

use super::DRAWING;
use crate::render::svg::{Face, Rect, Svg};
use crate::render::{Composed, Text};

/// A drawing: what is on which VLAN.
#[derive(Debug, Default)]
pub(super) struct Score {
    /// What it is called.
    pub(super) title: Composed,
    /// What it shows, for those who do not see it too.
    pub(super) about: Composed,
    /// What brings the lanes in; `None` where that is not drawn.
    pub(super) wiring: Option<Wiring>,
    /// What the marks mean, where that is not who has an address.
    pub(super) legend: Option<[(Shape, &'static str); 3]>,
    /// The VLANs, side by side.
    pub(super) lanes: Vec<Lane>,
    /// What is on them, from above.
    pub(super) blocks: Vec<Block>,
}

/// NICs of a host and the trunk that they make.
#[derive(Debug)]
pub(super) struct Wiring {
    /// The trunk's name and more about it.
    pub(super) trunk: Vec<Composed>,
    /// The NICs, side by side.
    pub(super) nics: Vec<Wire>,
}

/// A NIC.
#[derive(Debug)]
pub(super) struct Wire {
    /// Where its cable ends; `None` where that is not stated.
    pub(super) port: Option<Vec<Composed>>,
    /// Its name and more about it.
    pub(super) name: Vec<Composed>,
    /// Whether it is part of the trunk.
    pub(super) carries: bool,
}

/// A VLAN.
#[derive(Debug)]
pub(super) struct Lane {
    /// Its tag: its colour follows, so that a new VLAN takes no other's.
    pub(super) tag: u16,
    /// The tag to print beside every block.
    pub(super) short: Composed,
    /// Its name and more about it.
    pub(super) head: Vec<Composed>,
}

/// Rows that belong together.
#[derive(Debug)]
pub(super) struct Block {
    /// What they are.
    pub(super) title: Composed,
    /// More about them.
    pub(super) notes: Vec<Composed>,
    /// They.
    pub(super) rows: Vec<Row>,
}

/// One thing.
#[derive(Debug)]
pub(super) struct Row {
    /// Its name.
    pub(super) name: Composed,
    /// More about it.
    pub(super) notes: Vec<Composed>,
    /// Where it is, ordered by lane; at most one a lane.
    pub(super) marks: Vec<Mark>,
}

/// A thing on a lane.
#[derive(Debug)]
pub(super) struct Mark {
    /// The lane's number.
    pub(super) lane: usize,
    /// What it is there.
    pub(super) shape: Shape,
    /// Its address, or what it does there.
    pub(super) label: Composed,
    /// More about it.
    pub(super) below: Option<Composed>,
}

/// What a thing is on a lane.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// It has an address.
    Dot,
    /// Its address is the gateway.
    Gateway,
    /// It passes the VLAN and has no address.
    Ring,
}

/// From the edge of the page, and between what stands side by side.
const PAD: u32 = 24;
/// Between the edge of a box and what is in it.
const INSET: u32 = 10;
/// Names and notes of rows are broken at this width.
const COLUMN: u32 = 280;
/// Names and notes of lanes are broken at this width.
const HEAD: u32 = 150;
/// From the left edge of a lane to its line.
const LINE: u32 = 16;
/// From the line of a lane to the label of a mark.
const BESIDE: u32 = 11;
/// A row is at least so high: a label stands above its line.
const ROW: u32 = 32;
/// As [`ROW`], with a label below the line too.
const TALL: u32 = 42;

/// Colours of lanes on light and on dark, each told apart from its page by 4.5 to 1 (WCAG 2.2, 1.4.3); the dark ones carry
/// dark letters.
const STYLE: &[&str] = &[
    "text{fill:#1f2328}",
    ".note,.mark{fill:#495057}",
    ".head,.headnote{fill:#ffffff}",
    ".page{fill:#ffffff}",
    ".band{fill:#f4f6f8;stroke:#d0d7de}",
    ".box{fill:#ffffff;stroke:#8c959f}",
    ".bar{fill:#e7ecf1;stroke:#57606a}",
    ".open{fill:none;stroke:#8c959f;stroke-dasharray:4 3}",
    ".wire{fill:none;stroke:#57606a;stroke-width:2}",
    ".row{fill:none;stroke:#afb8c1;stroke-width:1}",
    "[class^=line]{fill:none;stroke-width:4}",
    "[class^=ring]{stroke-width:2;fill:#ffffff}",
    ".line0,.ring0{stroke:#57606a}.fill0{fill:#57606a}",
    ".line1,.ring1{stroke:#b3261e}.fill1{fill:#b3261e}",
    ".line2,.ring2{stroke:#7a5200}.fill2{fill:#7a5200}",
    ".line3,.ring3{stroke:#1a5fb4}.fill3{fill:#1a5fb4}",
    ".line4,.ring4{stroke:#5c6b00}.fill4{fill:#5c6b00}",
    ".line5,.ring5{stroke:#7b3fa0}.fill5{fill:#7b3fa0}",
    ".line6,.ring6{stroke:#00695c}.fill6{fill:#00695c}",
    ".line7,.ring7{stroke:#1b7837}.fill7{fill:#1b7837}",
    ".line8,.ring8{stroke:#a8327d}.fill8{fill:#a8327d}",
    ".line9,.ring9{stroke:#3949ab}.fill9{fill:#3949ab}",
    "@media (prefers-color-scheme:dark){",
    "text{fill:#e6edf3}.note,.mark{fill:#b6c2cf}.head,.headnote{fill:#0d1117}",
    ".page{fill:#0d1117}.band{fill:#161b22;stroke:#30363d}.box{fill:#21262d;stroke:#6e7681}",
    ".bar{fill:#2d333b;stroke:#8b949e}.open{stroke:#6e7681}.wire{stroke:#8b949e}.row{stroke:#484f58}",
    "[class^=ring]{fill:#0d1117}",
    ".line0,.ring0{stroke:#b1bac4}.fill0{fill:#b1bac4}.line1,.ring1{stroke:#ff9b93}.fill1{fill:#ff9b93}",
    ".line2,.ring2{stroke:#e3b341}.fill2{fill:#e3b341}.line3,.ring3{stroke:#79c0ff}.fill3{fill:#79c0ff}",
    ".line4,.ring4{stroke:#c4d03f}.fill4{fill:#c4d03f}.line5,.ring5{stroke:#d2a8ff}.fill5{fill:#d2a8ff}",
    ".line6,.ring6{stroke:#56d4c4}.fill6{fill:#56d4c4}.line7,.ring7{stroke:#7ee787}.fill7{fill:#7ee787}",
    ".line8,.ring8{stroke:#ff9bd2}.fill8{fill:#ff9bd2}.line9,.ring9{stroke:#a5b4fc}.fill9{fill:#a5b4fc}",
    "}",
];

/// Classes of one colour.
struct Colour {
    line: &'static str,
    ring: &'static str,
    fill: &'static str,
}

macro_rules! colours {
    ($($n:literal)*) => {
        [$(Colour { line: concat!("line", $n), ring: concat!("ring", $n), fill: concat!("fill", $n) }),*]
    };
}

/// One colour a class.
const COLOURS: [Colour; 10] = colours!(0 1 2 3 4 5 6 7 8 9);

/// The number of a tag's colour: its digits, each with a weight that has no factor in common with ten, so that tags which
/// differ in one digit differ in colour.
pub(super) fn hue(tag: u16) -> usize {
    let digits = std::iter::successors(Some(usize::from(tag)), |rest| Some(rest / 10).filter(|r| *r > 0));
    digits.zip([1, 3, 7, 9, 1]).map(|(rest, weight)| rest % 10 * weight).sum::<usize>() % COLOURS.len()
}

fn colour(tag: u16) -> &'static Colour {
    &COLOURS[hue(tag)]
}

/// A lane and where it is.
struct Placed<'a> {
    lane: &'a Lane,
    head: Vec<(Face, Composed)>,
    x: u32,
    w: u32,
}

/// A box with its texts, before it has a place.
struct Boxed {
    lines: Vec<(Face, Composed)>,
    w: u32,
    h: u32,
}

/// The first text as what it is called, the others as more about it.
fn texts(all: &[Composed], first: Face, rest: Face, most: u32) -> Vec<(Face, Composed)> {
    let face = |n: usize| if n == 0 { first } else { rest };
    all.iter().enumerate().flat_map(|(n, t)| face(n).wrap(t, most).into_iter().map(move |l| (face(n), l))).collect()
}

fn widest(lines: &[(Face, Composed)]) -> u32 {
    lines.iter().map(|(f, t)| f.width(&t.text)).max().unwrap_or(0)
}

fn height(lines: &[(Face, Composed)]) -> u32 {
    lines.iter().map(|(f, _)| f.leading()).sum()
}

fn boxed(all: &[Composed]) -> Boxed {
    let lines = texts(all, Face::Name, Face::Note, HEAD);
    Boxed { w: widest(&lines) + 2 * INSET, h: height(&lines) + INSET, lines }
}

/// Prints texts from `y` down.
fn print(svg: &mut Svg, x: u32, mut y: u32, lines: &[(Face, Composed)]) {
    for (face, line) in lines {
        svg.label(*face, x, y + face.ascent(), line);
        y += face.leading();
    }
}

/// The drawing.
pub(super) fn draw(score: &Score) -> Text {
    let Score { title, about, wiring, legend, lanes, blocks } = score;
    let column = column(blocks);
    let mut x = PAD + column + 2 * INSET;
    let lanes: Vec<Placed<'_>> = lanes
        .iter()
        .enumerate()
        .map(|(n, lane)| {
            let head = texts(&lane.head, Face::Head, Face::HeadNote, HEAD);
            let marks = blocks.iter().flat_map(|b| &b.rows).flat_map(|r| &r.marks).filter(|m| m.lane == n);
            let labels = marks.flat_map(|m| [Some(&m.label), m.below.as_ref()].into_iter().flatten());
            let label = labels.map(|l| Face::Mark.width(&l.text)).max().unwrap_or(0);
            let w = (widest(&head) + INSET).max(LINE + BESIDE + label).max(90) + INSET;
            let placed = Placed { lane, head, x, w };
            x += w;
            placed
        })
        .collect();
    let wires = wiring.as_ref().map(Cables::of);
    let legend = legend.unwrap_or_else(usual);
    let right = x.max(wires.as_ref().map_or(0, |w| PAD + w.width));
    let page = right.max(PAD + 600) + PAD;
    let title_lines = Face::Title.wrap(title, page - 2 * PAD);
    let about_lines = Face::Note.wrap(about, page - 2 * PAD);
    // Heights come before shapes: the page is printed first.
    let top = PAD + Face::Title.leading() * title_lines.len() as u32;
    let wired = top + Face::Note.leading() * about_lines.len() as u32 + PAD;
    let heads = wired + wires.as_ref().map_or(0, Cables::height);
    let head = lanes.iter().map(|l| height(&l.head)).max().unwrap_or(0) + INSET;
    let first = heads + head + PAD / 2;
    let shapes: Vec<Shaped<'_>> = blocks.iter().map(Shaped::of).collect();
    let bottom = first + shapes.iter().map(|b| b.h + PAD / 2).sum::<u32>();
    let last = bottom + legend_height();
    let mut svg = Svg::new(page, last + PAD / 2, DRAWING, title, about, STYLE);
    svg.rect("page", Rect { x: 0, y: 0, w: page, h: last + PAD / 2 }, 8, title);
    let below = svg.labels(Face::Title, PAD, PAD / 2 + 4, &title_lines);
    svg.labels(Face::Note, PAD, below, &about_lines);
    let end = lanes.last().map_or(right, |l| l.x + l.w);
    if let Some(cables) = &wires {
        cables.draw(&mut svg, wired, end.max(PAD + cables.width) - PAD);
    }
    let mut y = first;
    for b in &shapes {
        svg.rect("band", Rect { x: PAD, y, w: end - PAD, h: b.h }, 6, &b.block.title);
        y += b.h + PAD / 2;
    }
    for l in &lanes {
        lane(&mut svg, l, heads, head, bottom - PAD / 2, wires.is_some());
    }
    let mut y = first;
    for b in &shapes {
        b.draw(&mut svg, y, column, &lanes);
        y += b.h + PAD / 2;
    }
    draw_legend(&mut svg, bottom, legend);
    svg.finish()
}

/// How wide the column of rows is.
fn column(blocks: &[Block]) -> u32 {
    let of = |b: &Block| {
        let inside = b.rows.iter().map(|r| widest(&row_texts(r)) + 4 * INSET).max().unwrap_or(0);
        inside.max(widest(&block_texts(b)) + 2 * INSET)
    };
    blocks.iter().map(of).max().unwrap_or(0).max(180)
}

fn row_texts(r: &Row) -> Vec<(Face, Composed)> {
    let mut all = texts(std::slice::from_ref(&r.name), Face::Name, Face::Note, COLUMN);
    all.extend(r.notes.iter().flat_map(|n| Face::Note.wrap(n, COLUMN)).map(|l| (Face::Note, l)));
    all
}

fn block_texts(b: &Block) -> Vec<(Face, Composed)> {
    let mut all = texts(std::slice::from_ref(&b.title), Face::Heading, Face::Note, COLUMN);
    all.extend(b.notes.iter().flat_map(|n| Face::Note.wrap(n, COLUMN)).map(|l| (Face::Note, l)));
    all
}

/// The head of a lane and its line to the end of the last block.
fn lane(svg: &mut Svg, l: &Placed<'_>, top: u32, head: u32, bottom: u32, fed: bool) {
    let Colour { line, fill, .. } = colour(l.lane.tag);
    let why = &l.lane.short;
    svg.open("lane", why);
    let x = l.x + LINE;
    let from = if fed { top - PAD / 2 } else { top + head };
    svg.path(line, &[(x, from), (x, bottom)], why);
    svg.rect(fill, Rect { x: l.x, y: top, w: l.w - INSET, h: head }, 4, why);
    print(svg, l.x + INSET / 2, top + INSET / 2, &l.head);
    svg.close();
}

/// A block with its rows, and how high it is.
struct Shaped<'a> {
    block: &'a Block,
    head: Vec<(Face, Composed)>,
    rows: Vec<(Vec<(Face, Composed)>, u32)>,
    h: u32,
}

impl<'a> Shaped<'a> {
    fn of(block: &'a Block) -> Self {
        let head = block_texts(block);
        let rows: Vec<_> = block
            .rows
            .iter()
            .map(|r| {
                let lines = row_texts(r);
                let least = if r.marks.iter().any(|m| m.below.is_some()) { TALL } else { ROW };
                let h = (height(&lines) + INSET).max(least);
                (lines, h)
            })
            .collect();
        let inside: u32 = rows.iter().map(|(_, h)| h + INSET / 2).sum();
        let h = INSET + height(&head) + INSET / 2 + inside + INSET / 2;
        Shaped { block, head, rows, h }
    }

    fn draw(&self, svg: &mut Svg, top: u32, column: u32, lanes: &[Placed<'_>]) {
        svg.open("block", &self.block.title);
        print(svg, PAD + INSET, top + INSET / 2, &self.head);
        for l in lanes {
            let at = top + INSET / 2 + Face::Heading.ascent();
            svg.label(Face::Mark, l.x + LINE + BESIDE, at, &l.lane.short);
        }
        let mut y = top + INSET + height(&self.head) + INSET / 2;
        for ((lines, h), row) in self.rows.iter().zip(&self.block.rows) {
            let Row { name, notes: _, marks } = row;
            svg.open("row-of", name);
            let middle = y + h / 2;
            let place = Rect { x: PAD + INSET, y, w: column - 2 * INSET, h: *h };
            if let Some(last) = marks.iter().map(|m| lanes[m.lane].x + LINE).max() {
                svg.path("row", &[(place.x + place.w, middle), (last, middle)], name);
            }
            svg.open("boxed", name);
            svg.rect("box", place, 4, name);
            print(svg, place.x + INSET, y + (h - height(lines)) / 2, lines);
            svg.close();
            for Mark { lane, shape, label, below } in marks {
                let l = &lanes[*lane];
                let Colour { ring, fill, .. } = colour(l.lane.tag);
                let x = l.x + LINE;
                match shape {
                    Shape::Dot => svg.circle(fill, x, middle, 6, label),
                    Shape::Gateway => svg.diamond(fill, x, middle, 9, label),
                    Shape::Ring => svg.circle(ring, x, middle, 5, label),
                }
                if !label.text.is_empty() {
                    svg.label(Face::Mark, x + BESIDE, middle - 4, label);
                }
                if let Some(below) = below {
                    svg.label(Face::Mark, x + BESIDE, middle + 13, below);
                }
            }
            svg.close();
            y += h + INSET / 2;
        }
        svg.close();
    }
}

/// The NICs of a host in boxes, each below the port that its cable ends in, and the trunk below those that carry it.
struct Cables<'a> {
    wiring: &'a Wiring,
    nics: Vec<(Boxed, Boxed)>,
    trunk: Vec<(Face, Composed)>,
    ports: u32,
    names: u32,
    width: u32,
}

impl<'a> Cables<'a> {
    fn of(wiring: &'a Wiring) -> Self {
        let unknown = [Composed { text: "not stated".into(), why: vec![DRAWING.origin()] }];
        let nics: Vec<(Boxed, Boxed)> =
            wiring.nics.iter().map(|n| (boxed(n.port.as_deref().unwrap_or(&unknown)), boxed(&n.name))).collect();
        let ports = nics.iter().map(|(p, _)| p.h).max().unwrap_or(0);
        let names = nics.iter().map(|(_, n)| n.h).max().unwrap_or(0);
        let boxes: u32 = nics.iter().map(|(p, n)| p.w.max(n.w) + PAD).sum();
        let trunk = texts(&wiring.trunk, Face::Name, Face::Note, COLUMN);
        let width = boxes.saturating_sub(PAD).max(widest(&trunk) + 2 * INSET);
        Cables { wiring, nics, trunk, ports, names, width }
    }

    fn bar(&self) -> u32 {
        height(&self.trunk) + INSET
    }

    fn height(&self) -> u32 {
        self.ports + PAD + self.names + PAD + self.bar() + PAD / 2
    }

    fn draw(&self, svg: &mut Svg, top: u32, width: u32) {
        let name = &self.wiring.trunk[0];
        let mut x = PAD;
        let nics = top + self.ports + PAD;
        let bar = nics + self.names + PAD;
        for ((port, nic), wire) in self.nics.iter().zip(&self.wiring.nics) {
            let w = port.w.max(nic.w);
            let why = &wire.name[0];
            svg.open("wire-of", why);
            svg.path("wire", &[(x + w / 2, top + self.ports), (x + w / 2, nics)], why);
            if wire.carries {
                svg.path("wire", &[(x + w / 2, nics + self.names), (x + w / 2, bar)], why);
            }
            let class = if wire.port.is_some() { "box" } else { "open" };
            for (class, y, h, b) in [(class, top, self.ports, port), ("box", nics, self.names, nic)] {
                svg.open("boxed", why);
                svg.rect(class, Rect { x, y, w, h }, 4, why);
                print(svg, x + INSET, y + (h - height(&b.lines)) / 2, &b.lines);
                svg.close();
            }
            svg.close();
            x += w + PAD;
        }
        svg.open("boxed", name);
        svg.rect("bar", Rect { x: PAD, y: bar, w: width, h: self.bar() }, 4, name);
        print(svg, PAD + INSET, bar + INSET / 2, &self.trunk);
        svg.close();
    }
}

/// What the marks mean on VLANs.
fn usual() -> [(Shape, &'static str); 3] {
    [
        (Shape::Dot, "has an address"),
        (Shape::Gateway, "has the address of the gateway"),
        (Shape::Ring, "the VLAN is there, without an address"),
    ]
}

const fn legend_height() -> u32 {
    24
}

fn draw_legend(svg: &mut Svg, top: u32, entries: [(Shape, &'static str); 3]) {
    let why = Composed { text: String::new(), why: vec![DRAWING.origin()] };
    let y = top + legend_height() / 2;
    let mut x = PAD + INSET;
    svg.open("legend", &why);
    for (shape, words) in entries {
        let Colour { ring, fill, .. } = &COLOURS[0];
        match shape {
            Shape::Dot => svg.circle(fill, x, y, 6, &why),
            Shape::Gateway => svg.diamond(fill, x, y, 9, &why),
            Shape::Ring => svg.circle(ring, x, y, 5, &why),
        }
        let text = Composed { text: words.into(), why: why.why.clone() };
        svg.label(Face::Note, x + LINE, y + 4, &text);
        x += LINE + Face::Note.width(words) + PAD;
    }
    svg.close();
}

#[cfg(test)]
mod tests {
    use super::hue;

    #[test]
    fn tags_that_differ_in_one_digit_differ_in_colour() {
        for tag in 1..4094u16 {
            for other in [tag + 1, tag + 10, tag + 100, tag + 1000] {
                let digits = |t: u16| [t / 1000, t / 100 % 10, t / 10 % 10, t % 10];
                let differ = digits(tag).iter().zip(digits(other)).filter(|(a, b)| **a != *b).count();
                assert!(differ > 1 || other > 4094 || hue(tag) != hue(other), "{tag} and {other}");
            }
        }
    }
}
