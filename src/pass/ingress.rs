//! Pass: the way in for HTTP.

use super::Cx;
use super::layer::At;
use crate::ir::*;

crate::rules! {
    44;
}

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Vec<Ingress> {
    let _ = cx;
    let mut all: Vec<Ingress> =
        x.c.ingress.iter().filter_map(|i| Some(Ingress { by: i.by.clone()?, address: None, at: i.at })).collect();
    all.sort_by(|a, b| a.by.v.cmp(&b.by.v));
    all
}
