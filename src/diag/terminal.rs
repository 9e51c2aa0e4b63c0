//! Draws problems for a terminal; the only module that knows miette. Reads no environment and decides no exit code.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity,
    SourceCode, SourceSpan, SpanContents,
};

use super::{Context, Diag, Fix, Label, Level};
use crate::source::{FileId, Source, Sources, Span, unseen};

/// Reports drawn at most; what comes after is counted in one line. A reader repairs the first few and runs again.
const MOST_REPORTS: usize = 100;
/// A label over more lines than this is drawn on its first line only: an unclosed block would print the whole file.
const MOST_LINES: u32 = 12;
/// A line longer than this is drawn in part: a file of one line would be printed once per report.
const LONGEST_LINE: usize = 1000;
/// Bytes drawn on each side of the place in such a line.
const AROUND: usize = 200;
/// Lines of a fix that are drawn.
const MOST_FIX_LINES: usize = 12;
/// No terminal is narrower for us: below this, wrapping leaves nothing readable.
const NARROWEST: usize = 40;

/// All problems as text for a terminal, in the order given, and a closing line that counts them.
///
/// The first label of a problem is the primary one and gives the place in the frame's head. A label in another file
/// gets a frame of its own below, because miette draws one file per report. Control characters of the quoted text
/// are replaced, so a file cannot send sequences to the terminal. Empty when there are no problems.
pub fn render(diags: &[Diag], cx: Context) -> String {
    let width = cx.width.max(NARROWEST);
    let theme = if cx.fancy { GraphicalTheme::unicode() } else { GraphicalTheme::none() };
    // miette would break lines at hyphens, which makes names and paths wrong to copy: `wrap` below breaks at spaces.
    let handler = GraphicalReportHandler::new_themed(theme)
        .without_syntax_highlighting()
        .with_links(false)
        .with_wrap_lines(false)
        .with_width(width);
    let mut views = BTreeMap::new();
    for span in diags.iter().take(MOST_REPORTS).flat_map(|d| d.labels.iter().map(|l| l.span)) {
        views.entry(span.file).or_insert_with(|| View::new(cx.sources.get(span.file)));
    }
    let mut out = String::new();
    for diag in diags.iter().take(MOST_REPORTS) {
        // Writing to a String cannot fail, and `View` gives no error for any span.
        let _ = report(&mut out, &handler, &views, diag, cx, width);
        out.push('\n');
    }
    if let Some(more @ 1..) = diags.len().checked_sub(MOST_REPORTS) {
        let _ = writeln!(out, "{more} more {} not shown", if more == 1 { "problem is" } else { "problems are" });
    }
    let count = |level| diags.iter().filter(|d| d.code.level() == level).count();
    out.push_str(&summary(count(Level::Error), count(Level::Warning), count(Level::Note)));
    out
}

/// `2 errors, 1 warning` and a line end; empty when all are 0.
fn summary(errors: usize, warnings: usize, notes: usize) -> String {
    let parts: Vec<String> = [(errors, "error"), (warnings, "warning"), (notes, "note")]
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}{}", if *n == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { String::new() } else { parts.join(", ") + "\n" }
}

fn report(
    out: &mut String,
    handler: &GraphicalReportHandler,
    views: &BTreeMap<FileId, View>,
    diag: &Diag,
    cx: Context,
    width: usize,
) -> fmt::Result {
    let info = diag.code.info();
    let first_file = diag.labels.first().map(|l| l.span.file);
    let mut others: Vec<FileId> = Vec::new();
    for label in &diag.labels {
        if Some(label.span.file) != first_file && !others.contains(&label.span.file) {
            others.push(label.span.file);
        }
    }
    let labels = |file: FileId| -> Vec<LabeledSpan> {
        let source = cx.sources.get(file);
        let here = diag.labels.iter().enumerate().filter(|(_, l)| l.span.file == file);
        here.map(|(i, l)| drawn(l, source, i == 0)).collect()
    };
    let severity = match info.level {
        Level::Error => Severity::Error,
        Level::Warning => Severity::Warning,
        Level::Note => Severity::Advice,
    };
    let frame = Frame {
        code: Some(format!("{} {}", info.id, info.name)),
        message: wrap(&visible(&diag.message), width - 6),
        severity,
        source: first_file.map(|f| &views[&f]),
        labels: first_file.map(labels).unwrap_or_default(),
    };
    handler.render_report(out, &frame)?;
    for file in others {
        let frame = Frame {
            code: None,
            message: format!("see also {}", visible(&cx.sources.get(file).name)),
            severity: Severity::Advice,
            source: Some(&views[&file]),
            labels: labels(file),
        };
        handler.render_report(out, &frame)?;
    }
    for note in &diag.notes {
        paragraph(out, "note", note, cx.fancy, width)?;
    }
    if let Some(help) = &diag.help {
        paragraph(out, "help", help, cx.fancy, width)?;
    }
    if let Some(fix) = &diag.fix {
        replaced(out, fix, cx.sources, cx.fancy)?;
    }
    Ok(())
}

/// One frame as miette wants it.
#[derive(Debug)]
struct Frame<'a> {
    code: Option<String>,
    message: String,
    severity: Severity,
    source: Option<&'a View<'a>>,
    labels: Vec<LabeledSpan>,
}

impl fmt::Display for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Frame<'_> {}

impl Diagnostic for Frame<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|c| Box::new(c) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.map(|s| s as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = _>>)
    }
}

/// A label as it is drawn: inside the text, and not longer than [`MOST_LINES`].
fn drawn(label: &Label, source: &Source, primary: bool) -> LabeledSpan {
    let len = source.text.len();
    let start = (label.span.start as usize).min(len);
    let mut end = (label.span.end as usize).clamp(start, len);
    let (first, last) = (source.line_col(start as u32).0, source.line_col(end as u32).0);
    let mut text = visible(&label.text).into_owned();
    if last - first >= MOST_LINES {
        end = source.line_starts()[first as usize] as usize;
        end -= source.text[start..end].len() - source.text[start..end].trim_end_matches(['\n', '\r']).len();
        let upto = format!("to line {last}");
        text = if text.is_empty() { upto } else { format!("{text} ({upto})") };
    }
    let text = (!text.is_empty()).then_some(text);
    let span = SourceSpan::from((start, end - start));
    if primary { LabeledSpan::new_primary_with_span(text, span) } else { LabeledSpan::new_with_span(text, span) }
}

/// A source for miette, which by itself would scan the text from byte 0 for each label.
///
/// The text has the same length as the source's, with control characters replaced, and one line end more: miette
/// draws nothing at the very end of a text otherwise.
#[derive(Debug)]
struct View<'a> {
    source: &'a Source,
    name: String,
    text: String,
}

impl<'a> View<'a> {
    fn new(source: &'a Source) -> Self {
        let mut text = String::with_capacity(source.text.len() + 1);
        let mut chars = source.text.chars().peekable();
        while let Some(c) = chars.next() {
            let line_end = c == '\n' || c == '\r' && chars.peek() == Some(&'\n');
            text.push(match c.len_utf8() {
                _ if line_end || c == '\t' || !harmful(c) => c,
                1 => '?',
                2 => '\u{bf}',
                _ => '\u{fffd}',
            });
        }
        text.push('\n');
        debug_assert_eq!(text.len(), source.text.len() + 1);
        View { source, name: visible(&source.name).into_owned(), text }
    }

    fn char_start(&self, mut at: usize) -> usize {
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

impl SourceCode for View<'_> {
    fn read_span<'b>(
        &'b self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let starts = self.source.line_starts();
        let last_byte = self.text.len() - 1;
        let start = span.offset().min(last_byte);
        // The last byte of the span, not the one after it: a span that ends with a line end is on that line.
        let end = (span.offset() + span.len().saturating_sub(1)).clamp(start, last_byte);
        let line_of = |byte: usize| starts.partition_point(|s| *s as usize <= byte) - 1;
        let (first, last) = (line_of(start).saturating_sub(before), line_of(end));
        // The empty line after the last line end is drawn only when the span is on it.
        let lines = if starts.len() > 1 && starts[starts.len() - 1] as usize == last_byte {
            starts.len() - 1
        } else {
            starts.len()
        };
        let past = (last + 1 + after).min(lines).max(last + 1);
        let mut from = starts[first] as usize;
        let mut to = starts.get(past).map_or(self.text.len(), |s| *s as usize);
        let (mut line, mut column) = (first, 0);
        if before == 0 {
            // miette asks this for the place in the frame's head.
            (from, line) = (self.char_start(start), line_of(start));
            column = self.text[starts[line] as usize..from].chars().count();
        } else if to - from > LONGEST_LINE * (past - first) {
            line = line_of(start);
            from = self.char_start(start.saturating_sub(AROUND)).max(starts[line] as usize);
            to = self.char_start(to.min(end.min(start + LONGEST_LINE) + AROUND));
        }
        let span = SourceSpan::from((from, to - from));
        let data = &self.text.as_bytes()[from..to];
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, span, line, column, past - line)))
    }
}

/// Whether a character would steer the terminal or reorder the line (Unicode UAX 9 directional formatting), or cannot be seen.
fn harmful(c: char) -> bool {
    c.is_control() || unseen(c)
}

/// The text with harmful characters written as escapes; line ends stay.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c != '\n' && harmful(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    for c in text.chars() {
        if c != '\n' && harmful(c) {
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The text with line ends put in at spaces so that lines have at most `width` characters, where words allow it.
fn wrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let mut used = 0;
        for (j, word) in line.split(' ').enumerate() {
            let len = word.chars().count();
            if j > 0 && used + 1 + len > width && used > 0 {
                out.push('\n');
                used = 0;
            } else if j > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += len;
        }
    }
    out
}

fn paragraph(out: &mut String, word: &str, text: &str, fancy: bool, width: usize) -> fmt::Result {
    write!(out, "  {}: ", paint(word, "36", fancy))?;
    let indent = word.len() + 4;
    for (i, line) in wrap(&visible(text), width.saturating_sub(indent + 1)).split('\n').enumerate() {
        if i > 0 {
            write!(out, "{:indent$}", "")?;
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Draws the lines that a fix takes away and those it puts there.
fn replaced(out: &mut String, fix: &Fix, sources: &Sources, fancy: bool) -> fmt::Result {
    let source = sources.get(fix.span.file);
    let Some(Replaced { mut line, old, new }) = replaced_lines(source, fix.span, &fix.replacement) else {
        return Ok(());
    };
    writeln!(out, "  {}: {}:{line}", paint("fix", "36", fancy), visible(&source.name))?;
    let digits = (line as usize + old.len().max(new.len())).to_string().len();
    let from = line;
    for (lines, sign, colour) in [(old, '-', "31"), (new, '+', "32")] {
        line = from;
        for text in lines.iter().take(MOST_FIX_LINES) {
            let shown = visible(&text.replace('\t', "    ")).into_owned();
            writeln!(out, "  {line:digits$} {}", paint(format!("{sign} {shown}").trim_end(), colour, fancy))?;
            line += 1;
        }
        if let Some(more @ 1..) = lines.len().checked_sub(MOST_FIX_LINES) {
            writeln!(out, "  {:digits$} {sign} ({more} more)", "")?;
        }
    }
    Ok(())
}

struct Replaced {
    /// Number of the first line that changes, from 1.
    line: u32,
    old: Vec<String>,
    new: Vec<String>,
}

/// Which whole lines change, or `None` when none does.
fn replaced_lines(source: &Source, span: Span, replacement: &str) -> Option<Replaced> {
    let starts = source.line_starts();
    let (start, end) = (span.start as usize, span.end as usize);
    // A fix that does not fit the text is not drawn; `topoc fix` refuses it with the reason.
    source.text.get(start..end)?;
    let first = starts.partition_point(|s| *s as usize <= start) - 1;
    let last = starts.partition_point(|s| *s as usize <= end) - 1;
    let from = starts[first] as usize;
    let to = starts.get(last + 1).map_or(source.text.len(), |s| *s as usize);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let mut old = lines(&source.text[from..to]);
    let mut new = lines(&format!("{}{replacement}{}", &source.text[from..start], &source.text[end..to]));
    while old.last().is_some() && old.last() == new.last() {
        old.pop();
        new.pop();
    }
    let same = old.iter().zip(&new).take_while(|(o, n)| o == n).count();
    old.drain(..same);
    new.drain(..same);
    (!old.is_empty() || !new.is_empty()).then_some(Replaced { line: (first + same) as u32 + 1, old, new })
}

fn paint(text: &str, colour: &str, fancy: bool) -> String {
    if fancy { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::code;

    fn one(text: &str) -> (Sources, FileId) {
        let mut sources = Sources::default();
        let file = sources.add(Source::new("lab.kdl", text));
        (sources, file)
    }

    fn plain(sources: &Sources, diags: &[Diag]) -> String {
        render(diags, Context { sources, fancy: false, width: 80 })
    }

    fn problem(file: FileId, start: u32, end: u32, text: &str) -> Diag {
        Diag::new(code::E0101, "text is not expected here").at(Span::new(file, start, end), text)
    }

    #[test]
    fn a_label_stands_under_its_characters() {
        // Two-byte letters and a tab before the place: the column counts characters, the mark counts cells.
        let (sources, file) = one("zone \"dmz\"\n\tvlan \"Büro Köln\" 4095 here\r\nend\n");
        let at = sources.get(file).text.find("4095").unwrap() as u32;
        let shown = plain(&sources, &[problem(file, at, at + 4, "4094 is the last tag")]);
        let expected = "\
E0101 unexpected-text

  x text is not expected here
   ,-[lab.kdl:2:19]
 1 | zone \"dmz\"
 2 |     vlan \"Büro Köln\" 4095 here
   :                      ^^|^
   :                        `-- 4094 is the last tag
 3 | end
   `----

1 error
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_very_end_of_a_file_can_be_shown() {
        for (text, place, line) in [("", "1:1", " 1 | "), ("a {", "1:4", " 1 | a {"), ("a {\n", "2:1", " 2 | ")] {
            let (sources, file) = one(text);
            let end = text.len() as u32;
            let shown = plain(&sources, &[problem(file, end, end, "a brace is missing")]);
            assert!(shown.contains(&format!("[lab.kdl:{place}]\n")), "{text:?}\n{shown}");
            let lines: Vec<&str> = shown.lines().collect();
            let at = lines.iter().position(|l| l.contains("^")).unwrap_or_else(|| panic!("no mark: {text:?}\n{shown}"));
            assert_eq!(lines[at - 1], line, "{text:?}\n{shown}");
            assert!(lines[at + 1].ends_with("`-- a brace is missing"), "{text:?}\n{shown}");
        }
    }

    #[test]
    fn several_lines_and_several_files() {
        let (mut sources, file) = one("a {\n  b\n}\nc\n");
        let lock = sources.add(Source::new("lab.lock", "x\ny z\n"));
        let diag = problem(file, 0, 9, "this block")
            .at(Span::new(lock, 4, 5), "known from here")
            .note("a note")
            .help("topoc fmt lab.kdl")
            .fix(Span::new(file, 6, 7), "bee");
        let expected = "\
E0101 unexpected-text

  x text is not expected here
   ,-[lab.kdl:1:1]
 1 | ,-> a {
 2 | |     b
 3 | |-> }
   : `---- this block
 4 |     c
   `----
  > see also lab.lock
   ,-[lab.lock:2:3]
 1 | x
 2 | y z
   :   |
   :   `-- known from here
   `----
  note: a note
  help: topoc fmt lab.kdl
  fix: lab.kdl:2
  2 -   b
  2 +   bee

1 error
";
        assert_eq!(plain(&sources, &[diag]), expected);
    }

    #[test]
    fn the_first_label_names_the_place() {
        let (sources, file) = one("a\nb\n");
        let shown = plain(&sources, &[problem(file, 2, 3, "second").at(Span::new(file, 0, 1), "first")]);
        assert!(shown.contains("[lab.kdl:2:1]"), "{shown}");
    }

    #[test]
    fn long_labels_and_long_lines_are_cut() {
        let (sources, file) = one(&"line {\r\n".repeat(30));
        let shown = plain(&sources, &[problem(file, 0, 240, "unclosed")]);
        assert!(shown.contains("unclosed (to line 31)"), "{shown}");
        assert!(shown.lines().count() < 12, "{shown}");

        let text = format!("{}HERE{}", "é".repeat(400_000), "ö".repeat(400_000));
        let (sources, file) = one(&text);
        let shown = plain(&sources, &[problem(file, 800_000, 800_004, "x")]);
        assert!(shown.contains("[lab.kdl:1:400001]") && shown.contains("HERE"), "{shown}");
        assert!(shown.len() < 4000, "{}", shown.len());
    }

    #[test]
    fn a_file_cannot_steer_the_terminal() {
        let (sources, file) = one("a \u{1b}[31m \u{85} \u{202e} \r b\n");
        let diag = Diag::new(code::E0101, "bad \u{1b}[0m name").at(Span::new(file, 0, 1), "l\u{7}").help("x\u{9b}");
        let shown = plain(&sources, &[diag]);
        assert!(!shown.chars().any(|c| c != '\n' && harmful(c)), "{shown:?}");
        assert!(shown.contains("bad \\u{1b}[0m name"), "{shown}");
        assert!(shown.contains("a ?[31m \u{bf} \u{fffd} ? b"), "{shown}");
    }

    #[test]
    fn no_span_is_refused() {
        let text = "a\t\"é\u{4e2d}\"\r\n\n\r\n \u{1f600}x\ry\nlast";
        let (sources, file) = one(text);
        for start in 0..=text.len() as u32 + 2 {
            for end in start..=text.len() as u32 + 2 {
                let diag = problem(file, start, end, "here").at(Span::new(file, 3, 12), "two\nlines");
                let shown = plain(&sources, &[diag.fix(Span::new(file, start, end), "\n")]);
                assert!(shown.contains("[lab.kdl:") && !shown.contains("Failed"), "{start}..{end}\n{shown}");
            }
        }
    }

    #[test]
    fn a_fix_is_shown_as_whole_lines() {
        let (sources, file) = one("a\nb\nc");
        let shown = |start, end, text: &str| {
            let fix = Fix { span: Span::new(file, start, end), replacement: text.into() };
            let mut out = String::new();
            replaced(&mut out, &fix, &sources, false).unwrap();
            out
        };
        assert_eq!(shown(2, 4, ""), "  fix: lab.kdl:2\n  2 - b\n", "a line goes");
        assert_eq!(shown(5, 5, "\nd \\t\te"), "  fix: lab.kdl:4\n  4 + d \\t    e\n", "a line comes at the end");
        assert_eq!(shown(0, 1, "a"), "", "nothing changes");
        assert_eq!(shown(4, 9, "x"), "", "does not fit the text");
    }

    #[test]
    fn counts_are_words() {
        assert_eq!(summary(0, 0, 0), "");
        assert_eq!(summary(2, 1, 0), "2 errors, 1 warning\n");
        assert_eq!(summary(1, 0, 2), "1 error, 2 notes\n");
        assert_eq!(plain(&Sources::default(), &[]), "");
        let none = Diag::new(code::E0101, "no file at fault");
        assert_eq!(plain(&Sources::default(), &[none]), "E0101 unexpected-text\n\n  x no file at fault\n\n1 error\n");
    }

    #[test]
    fn the_101st_is_only_counted() {
        let (sources, file) = one("a\n");
        for (n, line) in
            [(100, None), (101, Some("1 more problem is not shown")), (103, Some("3 more problems are not shown"))]
        {
            let shown = plain(&sources, &vec![problem(file, 0, 1, ""); n]);
            assert_eq!(shown.matches("E0101").count(), 100);
            assert_eq!(shown.lines().find(|l| l.contains("more")), line);
            assert!(shown.ends_with(&format!("\n{n} errors\n")));
        }
    }

    #[test]
    fn lines_break_at_spaces_only() {
        let (sources, _) = one("");
        let command = "topoc build --out /srv/a-very-long-path/with-hyphens/that-must-stay-whole/generated";
        let diag = Diag::new(code::E0101, "m").help(format!("run {command} now"));
        let shown = render(&[diag], Context { sources: &sources, fancy: false, width: 0 });
        assert!(shown.contains("/srv/a-very-long-path/with-hyphens/that-must-stay-whole/generated"), "{shown}");
        assert!(shown.contains("  help: run topoc build --out\n        /srv/"), "{shown}");
    }

    #[test]
    fn colours_only_when_asked() {
        let (sources, file) = one("a\n");
        let diag = problem(file, 0, 1, "x").note("n").fix(Span::new(file, 0, 1), "b");
        let fancy = render(std::slice::from_ref(&diag), Context { sources: &sources, fancy: true, width: 80 });
        assert!(fancy.contains("\u{1b}[31m") && fancy.contains('\u{256d}'), "{fancy}");
        assert!(plain(&sources, &[diag]).is_ascii());
    }

    #[test]
    fn the_effort_does_not_grow_with_the_place() {
        // miette's own sources need 1.6 ms a report at the end of such a file, 20 times ours.
        let text = "vlan \"name\" 100 // one of very many lines\n".repeat(17_000);
        let (sources, file) = one(&text);
        let time = |at: u32| {
            let diags = vec![problem(file, at, at + 4, "x"); MOST_REPORTS];
            (0..3)
                .map(|_| {
                    let begin = std::time::Instant::now();
                    assert!(plain(&sources, &diags).contains("vlan"));
                    begin.elapsed()
                })
                .min()
                .unwrap()
        };
        let (first, last) = (time(0), time(text.len() as u32 - 42));
        assert!(last < first * 4, "{first:?} at the start, {last:?} at the end");
    }
}
