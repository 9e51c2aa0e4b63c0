//! Pieces of a line: literals of ours and values with an origin. Free text of a user is not a piece: it needs a wrapper that quotes.

use std::fmt::{Display, Write};
use std::net::Ipv4Addr;

use crate::schema::*;
use crate::source::{Origin, Rule, Sp};

/// Why a line is there: at least one origin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Why {
    first: Origin,
    rest: Vec<Origin>,
}

impl Why {
    /// All origins; the first is the nearest.
    pub fn iter(&self) -> impl Iterator<Item = Origin> + '_ {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }

    /// Adds the origins of another reason.
    pub fn also(mut self, other: impl Into<Why>) -> Why {
        let other = other.into();
        self.rest.push(other.first);
        self.rest.extend(other.rest);
        self
    }
}

impl From<Origin> for Why {
    fn from(first: Origin) -> Why {
        Why { first, rest: Vec::new() }
    }
}

impl From<Rule> for Why {
    fn from(rule: Rule) -> Why {
        rule.origin().into()
    }
}

/// A text made of pieces, with the origins of all of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Composed {
    /// The text.
    pub text: String,
    /// Origins of its values, in the order of the pieces.
    pub why: Vec<Origin>,
}

impl Composed {
    /// Cites a further origin that is not printed: what the text depends on without showing it.
    pub fn citing(mut self, origin: Origin) -> Composed {
        self.why.push(origin);
        self
    }
}

/// What can stand in a line.
pub trait Piece {
    /// Adds itself.
    fn add(&self, to: &mut Composed);
}

/// A value that no line format can misread: its characters are limited by its type.
pub trait Atom: Display {}

impl Piece for &'static str {
    fn add(&self, to: &mut Composed) {
        to.text.push_str(self);
    }
}

/// Words of our own tables.
impl Atom for &'static str {}

/// Words of the language.
impl<T: Spelled> Atom for T {}

impl<T: Atom> Piece for Sp<T> {
    fn add(&self, to: &mut Composed) {
        // Writing to a String cannot fail.
        let _ = write!(to.text, "{}", self.v);
        to.why.push(self.at);
    }
}

impl Piece for Composed {
    fn add(&self, to: &mut Composed) {
        to.text.push_str(&self.text);
        to.why.extend_from_slice(&self.why);
    }
}

impl<P: Piece + ?Sized> Piece for &P {
    fn add(&self, to: &mut Composed) {
        (**self).add(to);
    }
}

/// Free text as a remark at the end of a line: the type allows no line break, and nothing follows.
pub struct Remark<'a>(pub &'a Sp<crate::schema::Text>);

impl Piece for Remark<'_> {
    fn add(&self, to: &mut Composed) {
        to.text.push_str(&self.0.v.0);
        to.why.push(self.0.at);
    }
}

macro_rules! atoms {
    ($($T:ty)*) => {$(impl Atom for $T {})*};
}

// What is left out on purpose: Text (free), Label is safe (letters, digits, - _ .).
atoms! {
    u8 u16 u32 u64 i16 i64 bool Ipv4Addr ipnet::Ipv4Net Name Label IfName PortName Domain StoreId UserName SshKey
    CpuType Version ProviderSource Email TreePath SecretPlace LabelKey LabelValue Date Url Mac Seconds Ordinal
    ObjectName CommunityValue HostPattern Region AccessKeyId KeyFile NodePath RegistryHost IdentityName FolderPath
    Namespace PortSpan InterfaceKey Country ClockTime RulesetName MailUser CertificateId TimeZone DirectoryAttribute
    ServerHost WireguardKey GitUrl GitRevision GitUser AlertName MetricLabel PathPrefix JobName BucketName
    GitCommit Sha256 CheckRule
}

/// Joins pieces into a text with origins: `words![address, "/", prefix]`.
#[macro_export]
macro_rules! words {
    ($($piece:expr),+ $(,)?) => {{
        let mut composed = $crate::render::Composed::default();
        $($crate::render::Piece::add(&$piece, &mut composed);)+
        composed
    }};
}

/// Adds a line made of pieces: `line!(text, RULE; "address ", address)`. The rule says why the line exists at all.
#[macro_export]
macro_rules! line {
    ($text:expr, $why:expr; $($piece:expr),+ $(,)?) => {
        $text.push_line($why, &$crate::words![$($piece),+])
    };
}
