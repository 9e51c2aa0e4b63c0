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
    E0103 "unclosed-string" Error;
    E0104 "unclosed-block" Error;
    E0105 "stray-closing-brace" Error;
    E0106 "missing-property-value" Error;
    E0107 "unquoted-url" Error;
    E0108 "bad-escape" Error;
    E0109 "bad-number" Error;
    E0110 "unquoted-special-character" Error;
    E0111 "forbidden-character" Error;
    E0112 "unclosed-comment" Error;
    E0113 "text-beside-triple-quotes" Error;
    E0114 "uneven-string-indentation" Error;
    E0115 "kdl1-input" Error;
    E0116 "text-after-block" Error;
    E0117 "too-deep" Error;
    E0118 "file-too-large" Error;
    E0119 "missing-space" Error;
    E0120 "dangling-slashdash" Error;
    E0121 "comma-between-values" Error;
    E0122 "bracketed-list" Error;
    E0123 "colon-after-name" Error;
    E0124 "bad-type-annotation" Error;
    E0125 "block-without-name" Error;
    E0126 "unclosed-raw-string" Error;
    E0127 "unopened-string" Error;
    E0128 "line-break-in-string" Error;
    E0129 "kdl1-raw-string" Error;
    E0130 "name-without-quotes" Error;
    E0132 "equals-after-node-name" Error;
    E0133 "unknown-keyword" Error;
    E0134 "hash-comment" Error;
    E0135 "backslash-inside-line" Error;
}
