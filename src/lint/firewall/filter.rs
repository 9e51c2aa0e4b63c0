//! Checks of what rules are made from beyond what the file says; a lint changes nothing.

use crate::diag::{Diag, Sink, code};
use crate::ir::*;
use crate::lint::Lints;

/// All of them.
pub const LINTS: &[super::Lint] = &[countries];

/// L0438: addresses of countries come from a database that is not in the tree.
fn countries(x: &Lints<'_>, sink: &mut Sink) {
    for f in &x.topology.firewalls {
        let named = f.layer.filter.aliases.iter().filter_map(|a| match &a.content {
            AliasContent::Countries(list) => Some(list),
            AliasContent::Hosts(_)
            | AliasContent::Networks { .. }
            | AliasContent::Names(_)
            | AliasContent::Ports(_)
            | AliasContent::Feed { .. }
            | AliasContent::Aliases(_) => None,
        });
        let Some(first) = named.flatten().map(|c| x.span(c.at)).min() else { continue };
        sink.report(
            Diag::new(code::L0438, format!("firewall {} knows countries by a database that it downloads", f.name))
                .at(first, "empty until then: an `allow` allows nothing, a `deny` denies nothing")
                .at(x.span(f.at), "with a key that is stored on this firewall")
                .help("set it up under Firewall: Aliases: GeoIP settings"),
        );
    }
}
