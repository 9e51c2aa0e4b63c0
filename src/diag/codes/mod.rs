//! The list of all codes: one line and one page (`E0203.md`) each. A code is never used again for something else.

/// How bad it is.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// Nothing is written.
    Error,
    /// Written, and said; `allow-lint` silences it with a reason and an end.
    Warning,
    /// Said.
    Note,
}

/// A diagnostic's code; ordered by its number.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Code(u16);

/// What is known of a code.
#[derive(Debug)]
pub struct CodeInfo {
    /// `E0203` or `L0301`: `E` cannot be built, `L` is a lint.
    pub id: &'static str,
    /// `unknown-vlan`: names the pattern that is wrong.
    pub name: &'static str,
    /// How bad it is.
    pub level: Level,
    /// The page that `topoc explain` prints; its KDL blocks are tests.
    pub page: &'static str,
}

macro_rules! codes {
    ($($id:ident $name:literal $level:ident;)*) => {
        #[allow(clippy::upper_case_acronyms)]
        enum Number { $($id),* }
        /// Every code by its id.
        pub mod code {
            use super::{Code, Number};
            $(#[doc = concat!("`", $name, "`")] pub const $id: Code = Code(Number::$id as u16);)*
        }
        /// All codes in the order of their numbers.
        pub const ALL: &[CodeInfo] = &[$(CodeInfo {
            id: stringify!($id), name: $name, level: Level::$level, page: include_str!(concat!(stringify!($id), ".md")),
        }),*];
    };
}

impl Code {
    /// What is known of it.
    pub fn info(self) -> &'static CodeInfo {
        &ALL[self.0 as usize]
    }

    /// How bad it is.
    pub fn level(self) -> Level {
        self.info().level
    }
}

/// The code of that id or name, whatever the case.
pub fn by_name(text: &str) -> Option<&'static CodeInfo> {
    ALL.iter().find(|c| c.id.eq_ignore_ascii_case(text) || c.name.eq_ignore_ascii_case(text))
}

codes! {
    // 01 syntax
    E0101 "unexpected-text" Error;
    E0102 "bare-keyword" Error;
    // 02 names and shapes
    E0201 "unknown-word" Error;
    E0202 "stated-twice" Error;
    E0203 "unknown-name" Error;
    E0204 "wrong-type" Error;
    E0205 "bad-value" Error;
    E0206 "missing-fact" Error;
    E0207 "name-taken" Error;
    E0208 "stray-value" Error;
    E0209 "list-as-property" Error;
    E0210 "wrong-shape" Error;
    E0211 "placeholder-value" Error;
    E0212 "secret-in-file" Error;
    E0213 "stray-block" Error;
    E0214 "type-annotation" Error;
    // 06 emission
    E0601 "not-yet-rendered" Error;
    E0602 "raw-collides" Error;
    E0603 "raw-meets-nothing" Error;
}
