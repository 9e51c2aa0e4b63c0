//! Emitter: the sheet that tells the network team what switches and the upstream router must do; read by people alone.

mod ranges;
mod tables;

use super::{Meta, Out, Site};
use crate::ir::Sealed;
use crate::render::template::{Val, render};
use crate::words;

crate::rules! {
    15;
    SHEET = "Switches and upstream routers are not ours, so what they must do is written down for the network team." @ "RFC 2.1, 9.1";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "handoff",
    writes: "network-team/handoff.md",
    what: "What switches and the upstream router must do, and what must not be there.",
    reader: "the network team",
    apply: "Hand it to the network team and wait for their answers before anything else.",
    step: 1,
    rfc: "2.1",
    rules: RULES,
    block: RULE_BLOCK,
};

/// The one sheet.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    let meta = sealed.meta();
    let mut values = tables::all(sealed);
    values.push(("cloud", words![meta.name].into()));
    values.push(("contact", meta.contact.as_ref().map_or(Val::Flag(false), |c| words![c].into())));
    let text = render("handoff.md", include_str!("handoff.md.jinja"), SHEET, &values);
    out.text(Site::Reader, "network-team/handoff.md".into(), text);
}
