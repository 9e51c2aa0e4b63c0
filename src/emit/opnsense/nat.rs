//! Sections of config.xml: nat; decides nothing.

use super::{Section, View};
use crate::render::Xml;

const NONE: crate::source::Rule = super::RESTORE;

/// All of them.
pub fn sections(_: &View<'_>) -> Vec<Section> {
    Vec::new()
}

/// Translation of what leaves, for the container of rules.
pub fn snat(_: &View<'_>) -> Xml {
    Xml::new("snatrules", NONE)
}

/// Machines with a public address of their own, for the container of rules.
pub fn one_to_one(_: &View<'_>) -> Xml {
    Xml::new("onetoone", NONE)
}
