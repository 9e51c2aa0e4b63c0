//! Where to go on after a fault: by the line, and by indentation when braces do not pair up; reports braces only.

use super::Parser;
use crate::syntax::lex::line_end;

impl Parser<'_> {
    /// [`line_end`], remembered: many things on one long line may ask.
    pub fn end_of_line(&mut self, at: usize) -> usize {
        let (from, end) = self.end_known;
        if !(from..=end).contains(&at) || end == 0 {
            self.end_known = (at, line_end(self.b, at));
        }
        self.end_known.1
    }

    /// Asked for places that mostly move on, so it looks only at what is new: a long line is not read for each block.
    pub(super) fn line_start(&mut self, at: usize) -> usize {
        let (known, start) = self.line_known;
        let (from, start) = if at >= known { (known, start) } else { (0, 0) };
        let found = self.b[from..at].iter().rposition(|c| *c == b'\n' || *c == b'\r').map_or(start, |i| from + i + 1);
        self.line_known = (at, found);
        found
    }

    /// Width of the space at the start of a line; a tab counts four.
    pub(super) fn indent(&self, line: usize) -> u32 {
        self.b[line..]
            .iter()
            .map_while(|c| match c {
                b' ' => Some(1),
                b'\t' => Some(4),
                _ => None,
            })
            .sum()
    }

    /// Start and indentation of the line, when nothing but space stands before `at`.
    pub(super) fn first_on_line(&self, at: usize) -> Option<(usize, u32)> {
        let blank = self.b[..at].iter().rposition(|c| *c != b' ' && *c != b'\t').map_or(0, |i| i + 1);
        let first = blank == 0 || matches!(self.b[blank - 1], b'\n' | b'\r');
        first.then(|| (blank, self.indent(blank)))
    }

    /// A node that is indented no further than the node around it was meant to stand beside that.
    pub(super) fn close_by_indent(&mut self) {
        let Some((line, indent)) = self.first_on_line(self.at) else { return };
        while self.frames.len() > 1 {
            let frame = self.top();
            if frame.line as usize == line || indent > frame.indent {
                break;
            }
            if frame.child_indent.is_some_and(|c| c <= frame.indent) {
                break;
            }
            let end = self.text[..self.at].trim_end().len();
            self.close_unclosed(Some(self.at), end);
        }
        self.top().child_indent.get_or_insert(indent);
    }

    /// A closing brace that is indented like an outer block closes that one; one indented further closes none.
    /// Returns whether the brace has been dealt with.
    pub(super) fn close_by_brace_indent(&mut self) -> bool {
        let Some((line, indent)) = self.first_on_line(self.at) else { return false };
        let frame = self.top();
        if frame.line as usize == line || frame.indent == indent {
            return false;
        }
        if indent > frame.indent {
            self.stray();
            return true;
        }
        let Some(outer) = self.frames.iter().rposition(|f| f.owner.is_some() && f.indent == indent) else {
            return false;
        };
        let end = self.text[..self.at].trim_end().len();
        while self.frames.len() - 1 > outer {
            self.close_unclosed(Some(self.at), end);
        }
        false
    }

    // ---- recovery ----

    /// Where to go on after something unreadable that began on this line: its end, or before the braces that stand at
    /// its end, as far as they belong to blocks.
    pub fn recover_line(&self, from: usize) -> usize {
        let end = line_end(self.b, from);
        let mut to = self.slice(from, end).find(" //").map_or(end, |n| from + n);
        let rest = self.slice(from, to).trim_end();
        if rest.ends_with('{') {
            return from + rest.len() - 1;
        }
        // Braces close here only as far as blocks were opened on this line.
        let start = self.b[..from].iter().rposition(|c| matches!(c, b'\n' | b'\r')).map_or(0, |i| i + 1);
        let mut allowed =
            self.frames.iter().rev().take_while(|f| f.owner.is_some() && f.brace as usize >= start).count();
        let mut i = from + rest.len();
        while i > from && matches!(self.b[i - 1], b'}' | b' ' | b'\t' | b';') {
            if self.b[i - 1] == b'}' {
                if allowed == 0 {
                    break;
                }
                allowed -= 1;
                to = i - 1;
            }
            i -= 1;
        }
        to
    }
}
