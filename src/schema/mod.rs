//! The language as one declarative table: every word, its type, its documentation, its fate. No other module knows a word.

mod read;
pub mod reference;
mod say;
mod tables;
mod ty;
mod types;
mod unseen;

pub use read::{Demand, Reader, RefUse, Slots};
pub use ty::{Bad, Kind, Raw, Ty, Value};
pub use types::*;

/// A statement of the language: a node with arguments, properties and children.
#[derive(Debug)]
pub struct StatementInfo {
    /// The node's name; empty for the file itself.
    pub word: &'static str,
    /// What it means: one paragraph.
    pub doc: &'static str,
    /// What may stand in it, in the order in which `fmt` and the reference list it.
    pub fields: &'static [FieldInfo],
    /// Its block is the words of somebody else's format: kept as nodes.
    pub free: bool,
}

/// One thing that a statement may say.
#[derive(Debug)]
pub struct FieldInfo {
    /// The word; for arguments the name that messages and the reference use.
    pub word: &'static str,
    /// How it is written.
    pub shape: Shape,
    /// What may be written.
    pub ty: Ty,
    /// What it means.
    pub doc: &'static str,
    /// `None` when it must be stated; else what happens without it.
    pub otherwise: Option<&'static str>,
    /// What becomes of it.
    pub fate: Fate,
    /// A value that differs from any default, for the sensitivity test and for `help`.
    pub sample: &'static str,
}

/// How a field is written.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One argument of the statement.
    Arg,
    /// All further arguments.
    Args,
    /// `word=value`.
    Prop,
    /// A child with one argument: `word value`.
    Value,
    /// A child with one or more arguments: `word value value`.
    List,
    /// A child without arguments, or with `#true` / `#false`.
    Flag,
    /// A child statement, at most one.
    Child,
    /// Any number of child statements.
    Children,
    /// The fields of another statement, written as if they stood here.
    Inline,
}

/// What becomes of a stated fact. The sensitivity test holds each field to it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It changes at least one line of the tree.
    Emitted,
    /// Only checks read it.
    Checked,
    /// It is for readers of the topology.
    Note,
    /// A statement: its fields have fates of their own.
    Parts,
}

/// Implemented by [`statement!`](crate::statement) for each statement.
pub trait Statement: Sized {
    /// The table row.
    const INFO: &'static StatementInfo;
    /// Reads what [`Reader::open`] sorted by word.
    fn read(slots: &Slots, reader: &mut Reader<'_>) -> Self;
    /// The same statement with what `over` says: scalars and lists replace, named statements merge by name.
    fn merged(&self, over: &Self) -> Self;
    /// What tells it from its like: its first argument; `None` when there is only one of it.
    fn key(&self) -> Option<String>;
    /// Required fields that nobody stated, at any depth: a merge may leave some.
    fn gaps(&self, into: &mut Vec<(crate::source::Origin, &'static FieldInfo)>);
    /// Where it and everything in it is said, at any depth.
    fn places(&self, into: &mut Vec<crate::source::Origin>);
}

/// Merges lists of named statements: one of the same name is merged, others are added. A list without names replaces, and so
/// does one in which a name stands twice: nobody could say which of the two is meant.
pub fn merge_named<T: Statement + Clone>(base: &[T], over: &[T]) -> Vec<T> {
    let twice = |all: &[T]| (1..all.len()).any(|i| all[..i].iter().any(|a| a.key() == all[i].key()));
    if over.iter().any(|o| o.key().is_none()) || (!over.is_empty() && (twice(base) || twice(over))) {
        return over.to_vec();
    }
    let mut all = base.to_vec();
    for o in over {
        match all.iter_mut().find(|b| b.key() == o.key()) {
            Some(b) => *b = b.merged(o),
            None => all.push(o.clone()),
        }
    }
    all
}

/// Declares a statement: its struct, its row of the table and its reader.
///
/// `/// doc` `name: shape<Type> required|"what happens without it", Fate, "sample";` for each field; a word with a
/// hyphen is given in parentheses after the shape.
#[macro_export]
macro_rules! statement {
    (
        $(#[doc = $doc:literal])+
        $Name:ident = $word:literal {
            $(
                $(#[doc = $fdoc:literal])+
                $field:ident : $shape:ident $(($fword:literal))? <$ty:ty> $need:tt, $fate:ident $(, $sample:literal)? ;
            )*
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        pub struct $Name {
            /// Where the statement itself comes from.
            pub at: $crate::source::Origin,
            $($(#[doc = $fdoc])+ pub $field: $crate::statement!(@type $shape $ty),)*
        }

        impl $crate::schema::Statement for $Name {
            const INFO: &'static $crate::schema::StatementInfo = &$crate::schema::StatementInfo {
                word: $word,
                doc: concat!($($doc, "\n"),+),
                fields: &[$($crate::schema::FieldInfo {
                    word: $crate::statement!(@word $field $($fword)?),
                    shape: $crate::statement!(@shape $shape),
                    ty: $crate::statement!(@ty $shape $ty),
                    doc: concat!($($fdoc, "\n"),+),
                    otherwise: $crate::statement!(@need $need),
                    fate: $crate::schema::Fate::$fate,
                    sample: $crate::statement!(@sample $($sample)?),
                }),*],
                free: false,
            };

            fn read(slots: &$crate::schema::Slots, reader: &mut $crate::schema::Reader<'_>) -> Self {
                let mut __n = 0usize..;
                $(let $field = reader.$shape(slots, &Self::INFO.fields[__n.next().unwrap_or_default()]);)*
                $Name { at: slots.at, $($field),* }
            }

            fn merged(&self, over: &Self) -> Self {
                $Name { at: self.at, $($field: $crate::statement!(@merge $shape self.$field, over.$field)),* }
            }

            fn key(&self) -> Option<String> {
                let keys: [Option<String>; [$(stringify!($field)),*].len()] =
                    [$($crate::statement!(@key $shape self.$field)),*];
                keys.into_iter().flatten().next()
            }

            fn gaps(&self, into: &mut Vec<($crate::source::Origin, &'static $crate::schema::FieldInfo)>) {
                let mut __n = 0usize..;
                $(
                    let field = &Self::INFO.fields[__n.next().unwrap_or_default()];
                    $crate::statement!(@gap $shape self.$field, field, self.at, into);
                )*
            }

            fn places(&self, into: &mut Vec<$crate::source::Origin>) {
                into.push(self.at);
                $($crate::statement!(@place $shape self.$field, into);)*
            }
        }
    };
    (@merge args $base:expr, $over:expr) => { if $over.is_empty() { $base.clone() } else { $over.clone() } };
    (@merge list $base:expr, $over:expr) => { if $over.is_empty() { $base.clone() } else { $over.clone() } };
    (@merge child $base:expr, $over:expr) => {
        match (&$base, &$over) {
            (Some(base), Some(over)) => Some($crate::schema::Statement::merged(base, over)),
            (base, None) => base.clone(),
            (None, over) => over.clone(),
        }
    };
    (@merge children $base:expr, $over:expr) => { $crate::schema::merge_named(&$base, &$over) };
    (@merge inline $base:expr, $over:expr) => { $crate::schema::Statement::merged(&$base, &$over) };
    (@merge $shape:ident $base:expr, $over:expr) => { $over.clone().or_else(|| $base.clone()) };
    (@key arg $value:expr) => { $value.as_ref().map(|x| format!("{:?}", x.v)) };
    (@key $shape:ident $value:expr) => { None };
    (@gap args $value:expr, $field:expr, $at:expr, $into:expr) => {
        if $value.is_empty() && $field.otherwise.is_none() { $into.push(($at, $field)); }
    };
    (@gap list $value:expr, $field:expr, $at:expr, $into:expr) => {
        if $value.is_empty() && $field.otherwise.is_none() { $into.push(($at, $field)); }
    };
    (@gap child $value:expr, $field:expr, $at:expr, $into:expr) => {
        match &$value {
            Some(inner) => $crate::schema::Statement::gaps(inner, $into),
            None if $field.otherwise.is_none() => $into.push(($at, $field)),
            None => {}
        }
    };
    (@gap children $value:expr, $field:expr, $at:expr, $into:expr) => {
        if $value.is_empty() && $field.otherwise.is_none() { $into.push(($at, $field)); }
        for inner in &$value { $crate::schema::Statement::gaps(inner, $into); }
    };
    (@gap inline $value:expr, $field:expr, $at:expr, $into:expr) => {{
        let _ = $field;
        $crate::schema::Statement::gaps(&$value, $into);
    }};
    (@gap $shape:ident $value:expr, $field:expr, $at:expr, $into:expr) => {
        if $value.is_none() && $field.otherwise.is_none() { $into.push(($at, $field)); }
    };
    (@place child $value:expr, $into:expr) => {
        if let Some(inner) = &$value { $crate::schema::Statement::places(inner, $into); }
    };
    (@place children $value:expr, $into:expr) => {
        for inner in &$value { $crate::schema::Statement::places(inner, $into); }
    };
    (@place inline $value:expr, $into:expr) => { $crate::schema::Statement::places(&$value, $into); };
    // One value, or a list of them.
    (@place $shape:ident $value:expr, $into:expr) => { $into.extend($value.iter().map(|x| x.at)); };
    (@word $field:ident) => { stringify!($field) };
    (@word $field:ident $word:literal) => { $word };
    (@sample) => { "" };
    (@sample $sample:literal) => { $sample };
    (@need required) => { None };
    (@need $what:literal) => { Some($what) };
    (@type arg $ty:ty) => { Option<$crate::source::Sp<$ty>> };
    (@type prop $ty:ty) => { Option<$crate::source::Sp<$ty>> };
    (@type value $ty:ty) => { Option<$crate::source::Sp<$ty>> };
    (@type flag $ty:ty) => { Option<$crate::source::Sp<bool>> };
    (@type args $ty:ty) => { Vec<$crate::source::Sp<$ty>> };
    (@type list $ty:ty) => { Vec<$crate::source::Sp<$ty>> };
    (@type child $ty:ty) => { Option<$ty> };
    (@type children $ty:ty) => { Vec<$ty> };
    (@type inline $ty:ty) => { $ty };
    (@shape arg) => { $crate::schema::Shape::Arg };
    (@shape prop) => { $crate::schema::Shape::Prop };
    (@shape value) => { $crate::schema::Shape::Value };
    (@shape flag) => { $crate::schema::Shape::Flag };
    (@shape args) => { $crate::schema::Shape::Args };
    (@shape list) => { $crate::schema::Shape::List };
    (@shape child) => { $crate::schema::Shape::Child };
    (@shape children) => { $crate::schema::Shape::Children };
    (@shape inline) => { $crate::schema::Shape::Inline };
    (@ty child $ty:ty) => { $crate::schema::Ty::Statement(<$ty as $crate::schema::Statement>::INFO) };
    (@ty children $ty:ty) => { $crate::schema::Ty::Statement(<$ty as $crate::schema::Statement>::INFO) };
    (@ty inline $ty:ty) => { $crate::schema::Ty::Statement(<$ty as $crate::schema::Statement>::INFO) };
    (@ty $shape:ident $ty:ty) => { <$ty as $crate::schema::Value>::TY };
}

impl StatementInfo {
    /// All fields, with those of inlined statements in their place.
    pub fn flat(&'static self) -> Vec<&'static FieldInfo> {
        let mut all = Vec::with_capacity(self.fields.len());
        for field in self.fields {
            match (field.shape, field.ty) {
                (Shape::Inline, Ty::Statement(info)) => all.extend(info.flat()),
                _ => all.push(field),
            }
        }
        all
    }
}
