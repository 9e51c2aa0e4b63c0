//! Lints of consumers: what a stated version needs, and what nobody should start with any more.

use super::Lints;
use crate::diag::{Diag, Sink, code};

/// E0503: what a provider cannot do without is stated.
pub fn providers(x: &Lints<'_>, sink: &mut Sink) {
    let t = x.topology;
    let Some(p) = &t.targets.provider else { return };
    for template in &t.templates {
        let used =
            t.machines.iter().any(|m| m.template.v.is_known() && std::ptr::eq(t.template(m.template.v), template));
        if used && p.v.clones_by_id && template.vm_id.is_none() {
            sink.report(
                Diag::new(code::E0503, format!("{} clones by VM id, template {} has none", p.v.source, template.name))
                    .at(x.span(template.at), "this template")
                    .at(x.span(p.at), "the provider")
                    .help("vm-id 9000"),
            );
        }
    }
}

/// L0505: a consumer that nobody maintains, or whose support has ended (RFC fault K13).
pub fn retired(x: &Lints<'_>, sink: &mut Sink) {
    if let Some(p) = &x.topology.targets.provider
        && let Some(why) = p.v.retired
    {
        sink.report(
            Diag::new(code::L0505, format!("{} {} is retired: {why}", p.v.source, p.v.version))
                .at(x.span(p.at), "stated here")
                .help("terraform-provider \"bpg/proxmox\" \"0.111\""),
        );
    }
    if let Some(p) = &x.topology.targets.proxmox
        && let Some(end) = p.v.end_of_life.filter(|end| *end < x.today)
    {
        sink.report(
            Diag::new(code::L0505, format!("Proxmox VE {} is without support since {end}", p.v.version))
                .at(x.span(p.at), "stated here")
                .help("proxmox \"9.1\""),
        );
    }
}
