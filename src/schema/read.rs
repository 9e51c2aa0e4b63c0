//! Reads one node of a document against its row of the table and reports everything that does not fit; decides nothing.

use super::say::{OTHER_QUOTES, example, expected, help_for, instead, other_quotes, placeholder, secret, usage};
use super::{Bad, FieldInfo, Kind, Name, Raw, Shape, Statement, StatementInfo, Ty, Value, is_secret, nearest};
use crate::diag::{Diag, Sink, code};
use crate::source::{Causes, FileId, Origin, Source, Sp, Span, unseen};
use crate::syntax::{Document, Entry, Literal, NodeId};

/// A name that was used: resolved when all names are known.
#[derive(Clone, Debug)]
pub struct RefUse {
    /// Kinds of things it may name.
    pub kinds: &'static [Kind],
    /// Words that stand for something built in.
    pub words: &'static [&'static str],
    /// The name.
    pub name: Name,
    /// The word that it stands under.
    pub word: &'static str,
    /// The statement that the word is of.
    pub inside: &'static str,
    /// The statement that this one stands in; for those of an environment that of its cluster, empty for the file itself.
    pub within: &'static str,
    /// Where it stands.
    pub span: Span,
}

/// A fact that must change the tree: some line has to cite it.
#[derive(Copy, Clone, Debug)]
pub struct Demand {
    /// The word, for messages.
    pub word: &'static str,
    /// The statement that it stands in; empty for the file itself.
    pub inside: &'static str,
    /// The fact.
    pub at: Origin,
}

/// What a statement says, sorted by word.
#[derive(Debug)]
pub struct Slots {
    /// Origin of the statement: its name and first argument.
    pub at: Origin,
    node: NodeId,
    args: Vec<u32>,
    props: Vec<(&'static str, u32)>,
    children: Vec<(&'static str, NodeId)>,
    next_arg: std::cell::Cell<usize>,
}

/// The statement whose children say only what differs.
pub(super) const PARTIAL: &str = "environment";

/// Reads nodes; one for a whole file.
pub struct Reader<'a> {
    /// The parsed file.
    pub doc: &'a Document,
    /// Its text.
    pub source: &'a Source,
    /// Its number.
    pub file: FileId,
    /// Where origins are made.
    pub causes: &'a mut Causes,
    /// Where problems go.
    pub sink: &'a mut Sink,
    /// Names that were used, in the order of the text.
    pub refs: Vec<RefUse>,
    /// Facts that must change the tree.
    pub demands: Vec<Demand>,
    /// The statement that is being read, for messages.
    pub inside: &'static str,
    /// The statement that it stands in.
    pub within: &'static str,
    /// Words that a statement says in a way that was reported: they are not missing.
    pub spoiled: Vec<(Origin, &'static str)>,
    /// Inside a statement that is merged over another: only names must be stated.
    pub partial: bool,
}

impl<'a> Reader<'a> {
    /// Reads the whole file as the statement `T`.
    pub fn document<T: Statement>(&mut self) -> T {
        let at = self.causes.written(Span::new(self.file, 0, 0));
        let mut slots = Slots {
            at,
            node: NodeId(u32::MAX),
            args: Vec::new(),
            props: Vec::new(),
            children: Vec::new(),
            next_arg: 0.into(),
        };
        self.private_keys();
        self.unseen_signs();
        let roots: Vec<NodeId> = self.doc.roots().collect();
        self.sort_children(T::INFO, &roots, &mut slots);
        T::read(&slots, self)
    }

    /// Reports every private key, whatever word it stands under; only the word is marked, the key is not said again.
    fn private_keys(&mut self) {
        let doc = self.doc;
        for id in (0..doc.nodes.len() as u32).map(NodeId) {
            let node = doc.node(id);
            for e in doc.entries(id) {
                if !self.private_key(e) {
                    continue;
                }
                let (word, span) = e.name.unwrap_or((node.name, node.name_span));
                self.sink.report(secret(doc.text(&self.source.text, word), span));
            }
        }
    }

    fn private_key(&self, entry: &Entry) -> bool {
        match entry.value {
            Literal::Str { text, .. } => self.doc.text(&self.source.text, text).contains("PRIVATE KEY-----"),
            Literal::Int(_) | Literal::Float(_) | Literal::Bool(_) | Literal::Null | Literal::Broken => false,
        }
    }

    /// Sorts what a node says by word, reports what the statement does not know, and reads it.
    fn open<T: Statement>(&mut self, id: NodeId) -> T {
        let outer = std::mem::replace(&mut self.inside, T::INFO.word);
        // What an environment says anew is of its cluster.
        let around = if outer == PARTIAL { self.within } else { outer };
        let around = std::mem::replace(&mut self.within, around);
        let whole = self.partial;
        self.partial |= T::INFO.word == PARTIAL;
        let read = self.open_inside(id);
        self.inside = outer;
        self.within = around;
        self.partial = whole;
        read
    }

    fn open_inside<T: Statement>(&mut self, id: NodeId) -> T {
        let doc = self.doc;
        let node = doc.node(id);
        let info = T::INFO;
        let head =
            doc.entries(id).iter().find(|e| e.name.is_none()).map_or(node.name_span, |e| node.name_span.to(e.span));
        let at = self.causes.written(head);
        let mut slots =
            Slots { at, node: id, args: Vec::new(), props: Vec::new(), children: Vec::new(), next_arg: 0.into() };
        if let Some((_, span)) = node.ty {
            self.type_annotation(span);
        }
        if info.free {
            return T::read(&slots, self);
        }
        let fields = info.flat();
        let room = fields.iter().filter(|f| f.shape == Shape::Arg).count();
        let many = fields.iter().any(|f| f.shape == Shape::Args);
        let base = node.entries.start;
        for (i, entry) in doc.entries(id).iter().enumerate() {
            let n = base + i as u32;
            if let Some((_, span)) = entry.ty {
                self.type_annotation(span);
            }
            match &entry.name {
                None if slots.args.len() < room || many => slots.args.push(n),
                None if self.private_key(entry) => {}
                None => self.stray_argument(info, doc.entries(id), i),
                Some((name, span)) => {
                    let word = doc.text(&self.source.text, *name);
                    match fields.iter().find(|f| f.word == word) {
                        Some(f) if f.shape == Shape::Prop => {
                            let earlier = slots.props.iter().find(|(w, _)| *w == f.word).map(|(_, e)| *e);
                            match earlier {
                                Some(e) => {
                                    let first = doc.entries[e as usize].name.map_or(*span, |(_, s)| s);
                                    self.twice(word, first, *span);
                                }
                                None => slots.props.push((f.word, n)),
                            }
                        }
                        // A list that is written as a property: the value behind it tells.
                        Some(f)
                            if f.shape == Shape::List
                                && slots.args.len() >= room
                                && doc.entries(id).get(i + 1).is_some_and(|next| next.name.is_none()) => {}
                        Some(f) => self.wrong_shape(f, *span, info),
                        None if self.private_key(entry) => {}
                        None => self.unknown(word, *span, info, &fields, slots.at),
                    }
                }
            }
        }
        let children: Vec<NodeId> = doc.children(id).collect();
        if let Some(block) = node.block {
            let any = fields
                .iter()
                .any(|f| matches!(f.shape, Shape::Value | Shape::List | Shape::Flag | Shape::Child | Shape::Children));
            if !any && !children.is_empty() {
                let line = self.on_one_line(id, &children, &fields);
                self.sink.report(
                    Diag::new(code::E0213, format!("`{}` has no block", info.word))
                        .at(block, "nothing can stand in here")
                        .help(format!("write it on one line: {line}")),
                );
                return T::read(&slots, self);
            }
        }
        self.sort_children(info, &children, &mut slots);
        T::read(&slots, self)
    }

    /// A statement as its author wrote it, with what stands in its block as properties where it has such.
    fn on_one_line(&self, id: NodeId, children: &[NodeId], fields: &[&'static FieldInfo]) -> String {
        let (doc, text) = (self.doc, &self.source.text);
        let node = doc.node(id);
        let mut line = text[node.name_span.range()].to_string();
        for e in doc.entries(id) {
            line.push(' ');
            line.push_str(&text[e.name.map_or(e.span, |(_, s)| s.to(e.span)).range()]);
        }
        let said = |word: &str| {
            let named = |e: &Entry| e.name.is_some_and(|(n, _)| doc.text(text, n) == word);
            doc.entries(id).iter().any(named)
        };
        for c in children {
            let word = doc.text(text, doc.node(*c).name);
            let fits = fields.iter().any(|f| f.word == word && f.shape == Shape::Prop) && !said(word);
            if let ([value], true) = (doc.entries(*c), fits)
                && value.name.is_none()
            {
                line.push_str(&format!(" {word}={}", &text[value.span.range()]));
            }
        }
        line
    }

    /// The word with the values that its author gave it, at most so many; an example where there is none.
    fn as_said(&self, field: &FieldInfo, entries: &[Entry], most: usize) -> String {
        let own: Vec<&str> =
            entries.iter().filter(|e| e.name.is_none()).take(most).map(|e| &self.source.text[e.span.range()]).collect();
        if own.is_empty() { instead(field) } else { format!("{} {}", field.word, own.join(" ")) }
    }

    fn sort_children(&mut self, info: &'static StatementInfo, children: &[NodeId], slots: &mut Slots) {
        let doc = self.doc;
        let fields = info.flat();
        for &child in children {
            let node = doc.node(child);
            let word = doc.text(&self.source.text, node.name);
            match fields.iter().find(|f| f.word == word) {
                Some(f) if matches!(f.shape, Shape::Arg | Shape::Args | Shape::Prop) => {
                    self.wrong_shape(f, node.name_span, info);
                    self.spoiled.push((slots.at, f.word));
                }
                Some(f) => {
                    let once = f.shape != Shape::Children;
                    match slots.children.iter().find(|(w, _)| once && *w == f.word) {
                        Some((_, first)) => self.twice(word, doc.node(*first).name_span, node.name_span),
                        None => slots.children.push((f.word, child)),
                    }
                }
                None if doc.entries(child).iter().any(|e| self.private_key(e)) => {}
                None => {
                    let word = word.to_string();
                    self.unknown(&word, node.name_span, info, &fields, slots.at);
                }
            }
        }
    }

    /// One positional argument.
    pub fn arg<T: Value>(&mut self, slots: &Slots, field: &'static FieldInfo) -> Option<Sp<T>> {
        let n = slots.next_arg.get();
        slots.next_arg.set(n + 1);
        match slots.args.get(n) {
            Some(&e) => self.entry(&self.doc.entries[e as usize], field),
            None => self.missing(slots, field),
        }
    }

    /// All further arguments.
    pub fn args<T: Value>(&mut self, slots: &Slots, field: &'static FieldInfo) -> Vec<Sp<T>> {
        let n = slots.next_arg.get();
        let rest = slots.args.get(n..).unwrap_or_default();
        slots.next_arg.set(slots.args.len());
        if rest.is_empty() {
            self.missing::<T>(slots, field);
        }
        rest.iter().filter_map(|&e| self.entry(&self.doc.entries[e as usize], field)).collect()
    }

    /// A property.
    pub fn prop<T: Value>(&mut self, slots: &Slots, field: &'static FieldInfo) -> Option<Sp<T>> {
        match slots.props.iter().find(|(w, _)| *w == field.word) {
            Some(&(_, e)) => {
                let value = self.entry(&self.doc.entries[e as usize], field);
                if value.is_none() {
                    self.spoiled.push((slots.at, field.word));
                }
                value
            }
            None => self.missing(slots, field),
        }
    }

    /// A child with one argument.
    pub fn value<T: Value>(&mut self, slots: &Slots, field: &'static FieldInfo) -> Option<Sp<T>> {
        let Some(id) = slots.child(field.word) else { return self.missing(slots, field) };
        let entries = self.plain(id, field, 1);
        let value = entries.first().and_then(|e| self.entry(e, field));
        if value.is_none() {
            self.spoiled.push((slots.at, field.word));
        }
        value
    }

    /// A child with one or more arguments.
    pub fn list<T: Value>(&mut self, slots: &Slots, field: &'static FieldInfo) -> Vec<Sp<T>> {
        let Some(id) = slots.child(field.word) else {
            self.missing::<T>(slots, field);
            return Vec::new();
        };
        let entries = self.plain(id, field, usize::MAX);
        let mut seen: Vec<(String, Span)> = Vec::new();
        // Numbers may repeat: two equal ports or priorities are somebody else's mistake to explain.
        let repeats = matches!(field.ty, Ty::Int(..));
        for e in entries.iter().filter(|_| !repeats) {
            let text = self.source.text[e.span.range()].to_string();
            match seen.iter().find(|(t, _)| *t == text) {
                Some((t, first)) => self.twice(t, *first, e.span),
                None => seen.push((text, e.span)),
            }
        }
        let values: Vec<_> = entries.iter().filter_map(|e| self.entry(e, field)).collect();
        if values.is_empty() || values.len() < entries.len() {
            self.spoiled.push((slots.at, field.word));
        }
        values
    }

    /// A child that stands for itself, or with a boolean.
    pub fn flag(&mut self, slots: &Slots, field: &'static FieldInfo) -> Option<Sp<bool>> {
        let id = slots.child(field.word)?;
        let doc = self.doc;
        if doc.entries(id).is_empty() && doc.node(id).block.is_none() {
            let at = self.causes.written(doc.node(id).name_span);
            self.demand(field, at);
            return Some(Sp::new(true, at));
        }
        let entries = self.plain(id, field, 1);
        entries.first().and_then(|e| self.entry(e, field))
    }

    /// A child statement, at most one.
    pub fn child<T: Statement>(&mut self, slots: &Slots, field: &'static FieldInfo) -> Option<T> {
        match slots.child(field.word) {
            Some(id) => Some(self.open(id)),
            None => {
                if field.otherwise.is_none() {
                    self.absent(slots, field);
                }
                None
            }
        }
    }

    /// Any number of child statements.
    pub fn children<T: Statement>(&mut self, slots: &Slots, field: &'static FieldInfo) -> Vec<T> {
        let ids: Vec<NodeId> = slots.children.iter().filter(|(w, _)| *w == field.word).map(|(_, id)| *id).collect();
        if ids.is_empty() && field.otherwise.is_none() {
            self.absent(slots, field);
        }
        ids.into_iter().map(|id| self.open(id)).collect()
    }

    /// The fields of another statement that stand among these.
    pub fn inline<T: Statement>(&mut self, slots: &Slots, _: &'static FieldInfo) -> T {
        T::read(slots, self)
    }

    /// The node of a statement, for those who read a subtree of their own (`raw`).
    pub fn node(&self, slots: &Slots) -> NodeId {
        slots.node
    }

    /// A value as a document prints it, without quotes.
    pub fn spelled(&self, entry: &Entry) -> String {
        match entry.value {
            Literal::Str { text, .. } => self.doc.text(&self.source.text, text).to_string(),
            Literal::Int(n) => n.to_string(),
            Literal::Bool(b) => b.to_string(),
            Literal::Null => "null".into(),
            Literal::Float(_) | Literal::Broken => self.source.text[entry.span.range()].to_string(),
        }
    }

    /// Entries of a child that is a word with values only.
    fn plain(&mut self, id: NodeId, field: &'static FieldInfo, most: usize) -> &'a [Entry] {
        let doc = self.doc;
        let node = doc.node(id);
        let entries = doc.entries(id);
        if let Some((_, span)) = node.ty {
            self.type_annotation(span);
        }
        for e in entries {
            if let Some((_, span)) = e.ty {
                self.type_annotation(span);
            }
        }
        if let Some(e) = entries.iter().find(|e| e.name.is_some()) {
            let named = e.name.map(|(name, span)| (doc.text(&self.source.text, name), span));
            if let Some((word, span)) = named.filter(|(word, _)| is_secret(word)) {
                self.sink.report(secret(word, span));
                return &[];
            }
            self.sink.report(
                Diag::new(code::E0208, format!("`{}` takes values without names", field.word))
                    .at(e.name.map_or(e.span, |(_, s)| s), "a property here means nothing")
                    .help(self.as_said(field, entries, most)),
            );
            return &[];
        }
        if let Some(block) = node.block.filter(|_| node.first_child.is_some()) {
            self.sink.report(
                Diag::new(code::E0213, format!("`{}` has no block", field.word))
                    .at(block, "nothing can stand in here")
                    .help(self.as_said(field, entries, most)),
            );
        }
        if entries.is_empty() && !node.broken {
            self.sink.report(
                Diag::new(code::E0206, format!("`{}` has no value", field.word))
                    .at(node.name_span, format!("{} is missing", expected(field.ty)))
                    .help(self.as_said(field, entries, most)),
            );
        }
        if entries.len() > most {
            self.sink.report(
                Diag::new(code::E0208, format!("`{}` takes one value", field.word))
                    .at(entries[most].span, "one too many")
                    .help(self.as_said(field, entries, most)),
            );
            return &entries[..most];
        }
        entries
    }

    fn entry<T: Value>(&mut self, entry: &Entry, field: &'static FieldInfo) -> Option<Sp<T>> {
        let doc = self.doc;
        let source = self.source;
        let written = &source.text[entry.span.range()];
        if self.private_key(entry) {
            return None;
        }
        let raw = match entry.value {
            Literal::Str { text, .. } => Raw::Str(doc.text(&source.text, text)),
            Literal::Int(n) => Raw::Int(n),
            Literal::Float(_) => Raw::Float(written),
            Literal::Bool(b) => Raw::Bool(b),
            Literal::Null => Raw::Null,
            Literal::Broken => return None,
        };
        // It was reported with all of the file.
        if matches!(raw, Raw::Str(text) if text.contains(unseen)) {
            return None;
        }
        if let (Raw::Str(text), true) = (raw, written.starts_with(OTHER_QUOTES)) {
            self.sink.report(other_quotes(text, entry, field));
            return None;
        }
        let wrong = match T::read(raw) {
            Ok(v) => {
                if v.name().is_some_and(|name| super::is_placeholder(name)) {
                    // The name is kept: where a placeholder stands three times, placement is wrong too.
                    self.sink.report(placeholder(entry, field));
                    let at = self.causes.written(entry.span);
                    return Some(Sp::new(v, at));
                }
                if let (Some(name), Ty::Ref(kinds, words)) = (v.name(), T::TY) {
                    self.refs.push(RefUse {
                        kinds,
                        words,
                        name: name.clone(),
                        word: field.word,
                        inside: self.inside,
                        within: self.within,
                        span: entry.span,
                    });
                }
                let at = self.causes.written(entry.span);
                self.demand(field, at);
                return Some(Sp::new(v, at));
            }
            Err(wrong) => wrong,
        };
        let diag = match wrong {
            Bad::Type => {
                let d =
                    Diag::new(code::E0204, format!("`{}` is {}, not {}", field.word, expected(field.ty), raw.noun()))
                        .at(entry.span, format!("{} is expected", expected(field.ty)));
                match (raw, field.ty) {
                    (
                        Raw::Int(_) | Raw::Float(_),
                        Ty::Text | Ty::Word(_) | Ty::Form(..) | Ty::Ref(..) | Ty::Defines(_),
                    ) => d.help(format!("put it in quotes: \"{written}\"")).fix(entry.span, format!("\"{written}\"")),
                    (Raw::Str(s), Ty::Int(..)) if s.parse::<i64>().is_ok() => {
                        d.help(format!("a number stands without quotes: {s}")).fix(entry.span, s.to_string())
                    }
                    (Raw::Str(s), Ty::Int(_, _, "host number")) if s.parse::<std::net::Ipv4Addr>().is_ok() => {
                        let last = s.rsplit('.').next().unwrap_or_default();
                        let how = if field.shape == Shape::Prop { "=" } else { " " };
                        d.help(format!("in a /24 the last number of the address: {}{how}{last}", field.word))
                    }
                    _ => d.help(example(field)),
                }
            }
            Bad::Value(what, better) => {
                let d = Diag::new(code::E0205, format!("bad value for `{}`: {what}", field.word))
                    .at(entry.span, format!("{} is expected", expected(field.ty)));
                match better {
                    Some(b) => d.help(format!("write {b}")).fix(entry.span, b),
                    None => d.help(example(field)),
                }
            }
            Bad::Placeholder => placeholder(entry, field),
            Bad::Secret => secret(field.word, entry.span),
        };
        self.sink.report(diag);
        None
    }

    fn demand(&mut self, field: &FieldInfo, at: Origin) {
        // What is merged over another says again which of several it is, and lists whole.
        let again = self.partial && matches!(field.shape, Shape::Arg | Shape::List);
        if field.fate == super::Fate::Emitted && !again {
            self.demands.push(Demand { word: field.word, inside: self.inside, at });
        }
    }

    fn missing<T>(&mut self, slots: &Slots, field: &'static FieldInfo) -> Option<Sp<T>> {
        if field.otherwise.is_none() {
            self.absent(slots, field);
        }
        None
    }

    fn absent(&mut self, slots: &Slots, field: &'static FieldInfo) {
        if self.spoiled.contains(&(slots.at, field.word)) || (self.partial && field.shape != Shape::Arg) {
            return;
        }
        let doc = self.doc;
        if slots.node.0 == u32::MAX {
            if doc.incomplete {
                return;
            }
            // The whole file lacks a statement: point at its first line.
            let end = self.source.text.find('\n').unwrap_or(self.source.text.len()) as u32;
            self.sink.report(
                Diag::new(code::E0206, format!("the file has no `{}`", field.word))
                    .at(Span::new(self.file, 0, end), "the first line of the file")
                    .help(help_for(field)),
            );
            return;
        }
        let node = doc.node(slots.node);
        if node.broken {
            return;
        }
        let word = doc.text(&self.source.text, node.name);
        let what = match field.shape {
            Shape::Arg | Shape::Args => format!("`{word}` has no {}", field.word),
            _ => format!("`{word}` does not say `{}`", field.word),
        };
        let span = doc
            .entries(slots.node)
            .iter()
            .find(|e| e.name.is_none())
            .map_or(node.name_span, |e| node.name_span.to(e.span));
        self.sink.report(
            Diag::new(code::E0206, what).at(span, format!("{} is missing", expected(field.ty))).help(help_for(field)),
        );
    }

    fn twice(&mut self, word: &str, first: Span, again: Span) {
        let word = word.trim_matches('"');
        self.sink.report(
            Diag::new(code::E0202, format!("`{word}` is stated twice"))
                .at(again, "again here")
                .at(first, "first here")
                .help("keep one of the two"),
        );
    }

    fn unknown(
        &mut self,
        word: &str,
        span: Span,
        info: &'static StatementInfo,
        fields: &[&'static FieldInfo],
        at: Origin,
    ) {
        if is_secret(word) {
            self.sink.report(secret(word, span));
            return;
        }
        let place = if info.word.is_empty() { "a topology".to_string() } else { format!("`{}`", info.word) };
        let mut known: Vec<&str> =
            fields.iter().filter(|f| !matches!(f.shape, Shape::Arg | Shape::Args)).map(|f| f.word).collect();
        known.sort_unstable();
        let d = Diag::new(code::E0201, format!("{place} has no `{word}`")).at(span, "nobody knows this word here");
        let near = nearest(word, &known);
        // Whoever finds nothing said there knows that something was, whatever it was.
        let meant = near.and_then(|w| fields.iter().find(|f| f.word == w));
        self.spoiled.push((at, meant.map_or("", |m| m.word)));
        // What is misplaced in the file itself stands in a statement of its own.
        let inner = |f: &&FieldInfo| match f.ty {
            Ty::Statement(i) => i.flat().iter().any(|g| g.word == word && matches!(g.ty, Ty::Statement(_))),
            _ => false,
        };
        let owners = fields.iter().copied().filter(|f| info.word.is_empty() && inner(f));
        let owners: Vec<String> = owners.map(|f| format!("`{}`", f.word)).collect();
        let d = match near {
            _ if !owners.is_empty() => d.help(format!("`{word}` stands in {}", owners.join(" or "))),
            Some(w) => d.help(format!("did you mean `{w}`?")).fix(span, w),
            None if known.is_empty() => d.help(format!("remove it: {}", usage(info))),
            None => d.help(format!("it has {}", known.join(", "))),
        };
        self.sink.report(d);
    }

    fn wrong_shape(&mut self, field: &'static FieldInfo, span: Span, info: &'static StatementInfo) {
        let d = Diag::new(code::E0210, format!("`{}` is not written like this in `{}`", field.word, info.word));
        let how = match field.shape {
            Shape::Prop => format!("{}={}", field.word, field.sample),
            Shape::Arg | Shape::Args => format!("{} {}", info.word, field.sample),
            Shape::Value | Shape::List => format!("{} {{ {} {} }}", info.word, field.word, field.sample),
            Shape::Flag => format!("{} {{ {} }}", info.word, field.word),
            Shape::Child | Shape::Children | Shape::Inline => format!("{} {{ {} … }}", info.word, field.word),
        };
        let what = match field.shape {
            Shape::Prop => "it is a property",
            Shape::Arg | Shape::Args => "it is an argument",
            Shape::List => "it is a list: a child with arguments",
            _ => "it is a child",
        };
        self.sink.report(d.at(span, what).help(how));
    }

    fn stray_argument(&mut self, info: &'static StatementInfo, entries: &[Entry], i: usize) {
        let entry = &entries[i];
        let before = i.checked_sub(1).map(|p| &entries[p]).filter(|p| p.name.is_some());
        let text = &self.source.text[entry.span.range()];
        let diag = match before {
            Some(p) => {
                let (name, span) = p.name.unwrap_or((crate::syntax::Str::Source(0, 0), p.span));
                let word = self.doc.text(&self.source.text, name);
                let first = &self.source.text[p.span.range()];
                let list = info.flat().iter().any(|f| f.word == word && f.shape == Shape::List);
                let d = Diag::new(
                    code::E0209,
                    match list {
                        true => format!("`{word}` is a list, and `{word}=` takes one value"),
                        false => format!("`{word}=` takes one value"),
                    },
                )
                .at(entry.span, "this is an argument of its own, not a second value")
                .at(span.to(p.span), "the property ends here");
                d.help(match list {
                    true => format!("{} {{ {word} {first} {text} }}", info.word),
                    false => format!("keep one: {word}={first} or {word}={text}"),
                })
            }
            None => Diag::new(code::E0208, format!("`{}` does not take this value", info.word))
                .at(entry.span, "one too many")
                .help(usage(info)),
        };
        self.sink.report(diag);
    }

    fn type_annotation(&mut self, span: Span) {
        self.sink.report(
            Diag::new(code::E0214, "a type annotation means nothing in a topology")
                .at(span, "remove this")
                .help("the table of the language gives each value its type")
                .fix(span, ""),
        );
    }
}

impl Slots {
    fn child(&self, word: &str) -> Option<NodeId> {
        self.children.iter().find(|(w, _)| *w == word).map(|(_, id)| *id)
    }
}
