//! Values of the language that every part of Kubernetes knows; reads single values, decides nothing.

use super::*;

forms! {
    /// A name of an object or a namespace of Kubernetes: a DNS label (RFC 1123 section 2.1), a digit may come first.
    ObjectName "a name in Kubernetes" "monitoring" |s| {
        only(s, 63, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
        if s.starts_with('-') || s.ends_with('-') { Err("it starts and ends with a letter or a digit".into()) } else { Ok(()) }
    };
}
