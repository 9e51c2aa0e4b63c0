//! SVG of shapes and labels in which each line carries its origins; knows how wide a text is, and nothing of what is drawn.

use std::fmt::Write;

use super::{Composed, Text, Why};
use crate::source::Rule;

/// What a label looks like. Sizes are pixels.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Face {
    /// What the drawing is called.
    Title,
    /// What a group of rows is called.
    Heading,
    /// What a row is called.
    Name,
    /// More about something.
    Note,
    /// What a lane is called, on its colour.
    Head,
    /// More about a lane, on its colour.
    HeadNote,
    /// What stands at a mark.
    Mark,
}

/// The fonts: DejaVu Sans and Verdana are the widest of those that programs fall back to, and the table of widths is theirs.
const FONTS: &str = "\"DejaVu Sans\",Verdana,Arial,sans-serif";

/// Advance widths of ASCII from the blank on, in thousandths of the size, rounded up (DejaVu Sans 2.37, table `hmtx`).
const REGULAR: [u16; 95] = [
    318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637, 637, 637,
    637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632, 576, 775, 752, 295, 295, 656, 558, 863,
    749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686, 611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635,
    616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637,
    337, 637, 838,
];
/// As [`REGULAR`], of DejaVu Sans Bold.
const BOLD: [u16; 95] = [
    349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696, 696, 696, 696, 696,
    696, 696, 696, 400, 400, 838, 838, 838, 581, 1000, 774, 763, 734, 831, 684, 684, 821, 837, 373, 373, 775, 638, 996,
    837, 851, 733, 851, 771, 721, 683, 813, 774, 1104, 771, 725, 726, 458, 366, 458, 838, 500, 500, 675, 716, 593, 716,
    679, 436, 716, 712, 343, 343, 666, 343, 1042, 712, 688, 716, 716, 494, 596, 479, 712, 652, 924, 646, 652, 583, 712,
    366, 712, 838,
];
/// What any other character may take: the widest of Latin, Greek, Cyrillic and of wide scripts.
const WIDEST: u32 = 2100;

impl Face {
    const ALL: [Face; 7] = [Face::Title, Face::Heading, Face::Name, Face::Note, Face::Head, Face::HeadNote, Face::Mark];

    /// Its class, its size in pixels, and whether it is bold.
    const fn parts(self) -> (&'static str, u32, bool) {
        match self {
            Face::Title => ("title", 20, true),
            Face::Heading => ("heading", 14, true),
            Face::Name => ("name", 13, true),
            Face::Note => ("note", 11, false),
            Face::Head => ("head", 12, true),
            Face::HeadNote => ("headnote", 11, false),
            Face::Mark => ("mark", 11, false),
        }
    }

    /// The distance of two lines, in pixels.
    pub const fn leading(self) -> u32 {
        self.parts().1 * 13 / 10 + 1
    }

    /// How far below the top of its line the letters stand, in pixels.
    pub const fn ascent(self) -> u32 {
        self.parts().1
    }

    /// How wide a text is at most, in pixels: the table and a twentieth, for fonts that stand in.
    pub fn width(self, text: &str) -> u32 {
        let (_, size, bold) = self.parts();
        let table = if bold { &BOLD } else { &REGULAR };
        let one = |c: char| match u32::from(c).checked_sub(32).and_then(|n| table.get(n as usize)) {
            Some(width) => u32::from(*width),
            None => WIDEST,
        };
        (text.chars().map(one).sum::<u32>() * size * 21 / 20).div_ceil(1000)
    }

    /// A text in lines that are at most so wide: broken behind a blank, a hyphen, a dot, a slash or a comma where there is
    /// one, between any characters where there is none. Each line has the origins of the whole.
    pub fn wrap(self, text: &Composed, most: u32) -> Vec<Composed> {
        let mut lines = Vec::new();
        let mut rest = text.text.as_str();
        while self.width(rest) > most {
            let mut fits = 0;
            let mut stop = None;
            for (at, c) in rest.char_indices() {
                let end = at + c.len_utf8();
                if fits > 0 && self.width(rest[..end].trim_end()) > most {
                    break;
                }
                fits = end;
                if matches!(c, ' ' | '-' | '.' | '/' | ',') {
                    stop = Some(end);
                }
            }
            // A point inside an address is no place to break where a blank is near.
            let blank = rest[..fits].rfind(' ').map(|b| b + 1).filter(|b| *b * 3 > fits);
            let (line, more) = rest.split_at(blank.or(stop).unwrap_or(fits));
            lines.push(Composed { text: line.trim_end().into(), why: text.why.clone() });
            rest = more.trim_start();
        }
        if !rest.is_empty() {
            lines.push(Composed { text: rest.into(), why: text.why.clone() });
        }
        lines
    }
}

/// A drawing that grows by shapes; one shape a line.
#[derive(Debug)]
pub struct Svg {
    text: Text,
    depth: usize,
    rule: Rule,
}

/// A rectangle in pixels.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Width.
    pub w: u32,
    /// Height.
    pub h: u32,
}

impl Svg {
    /// A drawing of that size with its title and what it shows, for those who do not see it; `style` are lines of CSS.
    pub fn new(w: u32, h: u32, rule: Rule, title: &Composed, about: &Composed, style: &[&'static str]) -> Svg {
        let mut svg = Svg { text: Text::new(), depth: 0, rule };
        svg.put(&[], |s| {
            let _ = write!(
                s,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title about\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">"
            );
        });
        svg.depth = 1;
        for (id, what, text) in [("title", "title", title), ("about", "desc", about)] {
            svg.put(&text.why, |s| {
                let _ = write!(s, "<{what} id=\"{id}\">");
                escape(s, &text.text);
                let _ = write!(s, "</{what}>");
            });
        }
        svg.put(&[], |s| s.push_str("<style>"));
        svg.put(&[], |s| {
            let _ = write!(s, "  text{{font-family:{FONTS}}}");
        });
        for (class, size, bold) in Face::ALL.map(Face::parts) {
            let weight = if bold { ";font-weight:bold" } else { "" };
            svg.put(&[], |s| {
                let _ = write!(s, "  .{class}{{font-size:{size}px{weight}}}");
            });
        }
        for line in style {
            svg.put(&[], |s| {
                let _ = write!(s, "  {line}");
            });
        }
        svg.put(&[], |s| s.push_str("</style>"));
        svg
    }

    fn put(&mut self, why: &[crate::source::Origin], fill: impl FnOnce(&mut String)) {
        let mut line = "  ".repeat(self.depth);
        fill(&mut line);
        self.text.push_raw(&line, Why::from(self.rule).iter().chain(why.iter().copied()));
    }

    /// Begins a group; what is drawn until its end belongs together.
    pub fn open(&mut self, class: &'static str, why: &Composed) {
        self.put(&why.why, |s| {
            let _ = write!(s, "<g class=\"{class}\">");
        });
        self.depth += 1;
    }

    /// Ends a group.
    pub fn close(&mut self) {
        self.depth -= 1;
        self.put(&[], |s| s.push_str("</g>"));
    }

    /// A rectangle with rounded corners.
    pub fn rect(&mut self, class: &'static str, at: Rect, round: u32, why: &Composed) {
        let Rect { x, y, w, h } = at;
        self.put(&why.why, |s| {
            let _ =
                write!(s, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"{round}\"/>");
        });
    }

    /// A line that goes through these points.
    pub fn path(&mut self, class: &'static str, points: &[(u32, u32)], why: &Composed) {
        self.put(&why.why, |s| {
            let _ = write!(s, "<path class=\"{class}\" d=\"");
            for (n, (x, y)) in points.iter().enumerate() {
                let _ = write!(s, "{}{x} {y}", if n == 0 { "M" } else { "L" });
            }
            s.push_str("\"/>");
        });
    }

    /// A circle.
    pub fn circle(&mut self, class: &'static str, x: u32, y: u32, r: u32, why: &Composed) {
        self.put(&why.why, |s| {
            let _ = write!(s, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>");
        });
    }

    /// A square that stands on a corner.
    pub fn diamond(&mut self, class: &'static str, x: u32, y: u32, r: u32, why: &Composed) {
        self.put(&why.why, |s| {
            let (left, right, up, down) = (x.saturating_sub(r), x + r, y.saturating_sub(r), y + r);
            let _ = write!(s, "<path class=\"{class}\" d=\"M{left} {y}L{x} {up}L{right} {y}L{x} {down}Z\"/>");
        });
    }

    /// A label whose letters stand on `y`.
    pub fn label(&mut self, face: Face, x: u32, y: u32, text: &Composed) {
        let class = face.parts().0;
        self.put(&text.why, |s| {
            let _ = write!(s, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">");
            escape(s, &text.text);
            s.push_str("</text>");
        });
    }

    /// Lines of text from `y` down; gives where the next would start.
    pub fn labels(&mut self, face: Face, x: u32, mut y: u32, lines: &[Composed]) -> u32 {
        for line in lines {
            self.label(face, x, y + face.ascent(), line);
            y += face.leading();
        }
        y
    }

    /// The finished drawing.
    pub fn finish(mut self) -> Text {
        self.depth = 0;
        self.put(&[], |s| s.push_str("</svg>"));
        self.text
    }
}

/// Text of XML 1.0: what begins a tag or a reference is written as a reference.
fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::rules! {
        127;
        DRAWN = "A drawing of a test." @ "this file";
    }

    #[test]
    fn no_line_is_wider_than_it_may_be_and_nothing_is_lost() {
        for text in
            ["a", "one two three", "a-name-with-many-hyphens-in-it", &"w".repeat(63), "192.168.100.200", "ä ö ü"]
        {
            let lines = Face::Name.wrap(&Composed { text: text.into(), why: vec![DRAWN.origin()] }, 60);
            for line in &lines {
                assert!(Face::Name.width(&line.text) <= 60, "{}", line.text);
                assert_eq!(line.why, [DRAWN.origin()]);
            }
            let joined: String = lines.iter().map(|l| l.text.as_str()).collect();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""));
        }
    }

    /// One character that is wider than a line stands alone: breaking further would never end.
    #[test]
    fn a_line_holds_at_least_one_character() {
        let lines = Face::Title.wrap(&Composed { text: "WWW".into(), why: Vec::new() }, 1);
        assert_eq!(lines.len(), 3);
        assert_eq!((DRAWN.parts().0, RULES.len()), (usize::from(RULE_BLOCK), 1));
    }

    #[test]
    fn text_cannot_become_an_element() {
        let text = |t: &str| Composed { text: t.into(), why: Vec::new() };
        let mut svg = Svg::new(10, 10, DRAWN, &text("</title>&"), &text("a"), &[]);
        svg.label(Face::Note, 1, 2, &text("<b>&amp;"));
        let text = svg.finish().text;
        let read = roxmltree::Document::parse(&text).unwrap();
        let found: Vec<_> = read.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect();
        assert!(found.contains(&"</title>&") && found.contains(&"<b>&amp;"), "{found:?}");
    }
}
