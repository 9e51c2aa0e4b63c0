//! A document of keys and values in which each entry carries its origins; printed as YAML or JSON, patched by `raw`.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use super::{Composed, Why};
use crate::schema::*;
use crate::source::{Rule, Sp};

/// A value of a document.
#[derive(Clone, PartialEq, Debug)]
pub enum Doc {
    /// Nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A text; printers quote it as their format needs.
    Str(Box<str>),
    /// A list.
    List(List),
    /// A map in the order in which it is printed.
    Map(Map),
    /// A scalar or a list with a tag of the reader's own (YAML 1.2.2 section 6.8.1); formats without tags print what is tagged.
    Tagged(&'static str, Box<Doc>),
    /// Lines with origins of their own: a program in a document.
    Lines(Box<super::Text>),
}

/// A list; each item has origins.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct List {
    /// The items.
    pub items: Vec<(Why, Doc)>,
}

/// Keys and values in the order in which they are printed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Map {
    /// The entries; keys are unique.
    pub entries: Vec<Entry>,
    comment: Option<String>,
}

/// A key and its value.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// The key.
    pub key: Cow<'static, str>,
    /// Why it is there.
    pub why: Why,
    /// The value.
    pub doc: Doc,
    /// Lines above the key, where the format has comments.
    pub comment: Option<String>,
}

/// What can be a key: a word of the format, or a value with an origin.
pub trait IntoKey {
    /// The text, and its origins when it is a value.
    fn into_key(self) -> (Cow<'static, str>, Vec<crate::source::Origin>);
}

impl IntoKey for &'static str {
    fn into_key(self) -> (Cow<'static, str>, Vec<crate::source::Origin>) {
        (Cow::Borrowed(self), Vec::new())
    }
}

impl IntoKey for Composed {
    fn into_key(self) -> (Cow<'static, str>, Vec<crate::source::Origin>) {
        (Cow::Owned(self.text), self.why)
    }
}

impl<T: super::Atom> IntoKey for &Sp<T> {
    fn into_key(self) -> (Cow<'static, str>, Vec<crate::source::Origin>) {
        (Cow::Owned(self.v.to_string()), vec![self.at])
    }
}

/// What can be a value: always with a reason.
pub trait IntoDoc {
    /// The value and why it is there.
    fn into_doc(self) -> (Doc, Why);
}

/// A value without structure.
pub trait Scalar {
    /// As a document.
    fn scalar(&self) -> Doc;
}

impl<T: Scalar> IntoDoc for &Sp<T> {
    fn into_doc(self) -> (Doc, Why) {
        (self.v.scalar(), self.at.into())
    }
}

impl<T: Scalar> IntoDoc for Sp<T> {
    fn into_doc(self) -> (Doc, Why) {
        (self.v.scalar(), self.at.into())
    }
}

/// A constant of the format and the rule that fixes it.
impl<T: Scalar> IntoDoc for (T, Rule) {
    fn into_doc(self) -> (Doc, Why) {
        (self.0.scalar(), self.1.into())
    }
}

/// A text made of pieces and the rule that makes it.
impl IntoDoc for (Composed, Rule) {
    fn into_doc(self) -> (Doc, Why) {
        let mut why = Why::from(self.1);
        for origin in self.0.why {
            why = why.also(origin);
        }
        (Doc::Str(self.0.text.into()), why)
    }
}

/// A program in a document: its lines keep their origins.
impl IntoDoc for (super::Text, Rule) {
    fn into_doc(self) -> (Doc, Why) {
        (Doc::Lines(Box::new(self.0)), self.1.into())
    }
}

impl IntoDoc for (Map, Rule) {
    fn into_doc(self) -> (Doc, Why) {
        (Doc::Map(self.0), self.1.into())
    }
}

impl IntoDoc for (List, Rule) {
    fn into_doc(self) -> (Doc, Why) {
        (Doc::List(self.0), self.1.into())
    }
}

impl Doc {
    /// The same value under a tag of the reader's own.
    pub fn tagged(tag: &'static str, value: impl IntoDoc) -> (Doc, Why) {
        let (doc, why) = value.into_doc();
        (Doc::Tagged(tag, Box::new(doc)), why)
    }
}

impl IntoDoc for (Doc, Why) {
    fn into_doc(self) -> (Doc, Why) {
        self
    }
}

impl Map {
    /// No keys.
    pub fn new() -> Self {
        Map::default()
    }

    /// Adds a key with a value.
    ///
    /// # Panics
    /// In debug builds when the key is there already: a topology cannot cause that, an emitter's mistake can.
    pub fn put(&mut self, key: impl IntoKey, value: impl IntoDoc) {
        let (key, more) = key.into_key();
        let (doc, mut why) = value.into_doc();
        for origin in more {
            why = why.also(origin);
        }
        debug_assert!(!self.entries.iter().any(|e| e.key == key), "key {key} twice");
        let comment = self.comment.take();
        self.entries.push(Entry { key, why, doc, comment });
    }

    /// Adds a key when there is a value.
    pub fn put_some(&mut self, key: impl IntoKey, value: Option<impl IntoDoc>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// Adds a key with a map; the rule says why the key is there.
    pub fn map(&mut self, key: impl IntoKey, rule: Rule, fill: impl FnOnce(&mut Map)) {
        let mut inner = Map::new();
        fill(&mut inner);
        self.put(key, (inner, rule));
    }

    /// Adds a key with a list; the rule says why the key is there.
    pub fn list(&mut self, key: impl IntoKey, rule: Rule, fill: impl FnOnce(&mut List)) {
        let mut inner = List::default();
        fill(&mut inner);
        self.put(key, (inner, rule));
    }

    /// The map behind a key, made when it is not there; the rule says why.
    ///
    /// # Panics
    /// When the key has a value that is not a map: a topology cannot cause that, an emitter's mistake can.
    pub fn sub(&mut self, key: &'static str, rule: Rule) -> &mut Map {
        let at = match self.entries.iter().position(|e| e.key == key) {
            Some(at) => at,
            None => {
                self.put(key, (Map::new(), rule));
                self.entries.len() - 1
            }
        };
        match &mut self.entries[at].doc {
            Doc::Map(map) => map,
            other => panic!("{key} is {other:?}, not a map"),
        }
    }

    /// The value behind a key.
    pub fn get(&self, key: &str) -> Option<&Doc> {
        self.entries.iter().find(|e| e.key == key).map(|e| &e.doc)
    }

    /// Puts a comment above the next key.
    pub fn comment(&mut self, comment: &'static str) {
        self.comment = Some(comment.into());
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl List {
    /// No items.
    pub fn new() -> Self {
        List::default()
    }

    /// Adds an item.
    pub fn push(&mut self, value: impl IntoDoc) {
        let (doc, why) = value.into_doc();
        self.items.push((why, doc));
    }

    /// Adds a map as an item.
    pub fn map(&mut self, rule: Rule, fill: impl FnOnce(&mut Map)) {
        let mut inner = Map::new();
        fill(&mut inner);
        self.push((inner, rule));
    }
}

/// What a merge met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Merge {
    /// Keys that both sides have, with dots, in the order of the patch.
    pub collisions: Vec<String>,
}

/// Adds the keys of `patch` to `base`. Maps are merged key by key; anything else that both have is a collision and is replaced.
pub fn merge(base: &mut Map, patch: Map) -> Merge {
    let mut met = Merge { collisions: Vec::new() };
    merge_at(base, patch, "", &mut met);
    met
}

fn merge_at(base: &mut Map, patch: Map, path: &str, met: &mut Merge) {
    for entry in patch.entries {
        let at = if path.is_empty() { entry.key.to_string() } else { format!("{path}.{}", entry.key) };
        match base.entries.iter_mut().find(|e| e.key == entry.key) {
            None => base.entries.push(entry),
            Some(old) => match (&mut old.doc, entry.doc) {
                (Doc::Map(a), Doc::Map(b)) => merge_at(a, b, &at, met),
                (slot, new) => {
                    met.collisions.push(at);
                    *slot = new;
                    old.why = entry.why;
                }
            },
        }
    }
}

macro_rules! numbers {
    ($($T:ty)*) => {$(impl Scalar for $T {
        fn scalar(&self) -> Doc {
            Doc::Int(*self as i64)
        }
    })*};
}

/// Words of the language.
impl<T: crate::schema::Spelled> Scalar for T {
    fn scalar(&self) -> Doc {
        Doc::Str(self.to_string().into())
    }
}

numbers! { u8 u16 u32 u64 i16 i32 i64 }

impl Scalar for bool {
    fn scalar(&self) -> Doc {
        Doc::Bool(*self)
    }
}

impl Scalar for &str {
    fn scalar(&self) -> Doc {
        Doc::Str((*self).into())
    }
}

impl Scalar for String {
    fn scalar(&self) -> Doc {
        Doc::Str(self.as_str().into())
    }
}

impl Scalar for crate::schema::Text {
    fn scalar(&self) -> Doc {
        Doc::Str(self.0.as_ref().into())
    }
}

/// `null`, for formats that need the key.
impl Scalar for () {
    fn scalar(&self) -> Doc {
        Doc::Null
    }
}

macro_rules! texts {
    ($($T:ty)*) => {$(impl Scalar for $T {
        fn scalar(&self) -> Doc {
            Doc::Str(self.to_string().into())
        }
    })*};
}

texts! {
    Ipv4Addr ipnet::Ipv4Net Name Label IfName PortName Domain StoreId UserName SshKey CpuType Version ProviderSource
    Email TreePath SecretPlace LabelKey LabelValue Date Url Mac Seconds ObjectName HostPattern Region AccessKeyId
    KeyFile NodePath RegistryHost IdentityName FolderPath DiskPattern PathPrefix Namespace NamePattern HttpPath
    LogWord InterfaceKey Country ClockTime RulesetName MailUser TxtData CertificateId TimeZone DirectoryName
    DirectoryAttribute DirectoryFilter ServerHost WireguardKey GitUrl GitRevision GitUser AlertName MetricLabel
    SlackChannel JobName BucketName CiRunner GitCommit ShellLine
}
