//! Pass: traces of a cluster's applications: how long and where they are kept, and how they come; spells nothing.

use super::layer::At;
use super::{Cx, ingress, logging, or};
use crate::diag::{Diag, code};
use crate::ir::facts::*;
use crate::ir::*;
use crate::schema::*;
use crate::source::Sp;

crate::rules! {
    49;
    RETENTION = "traces are kept for two weeks, as nothing else is stated" @ "RFC 7.1; Tempo 2.10, compactor.compaction.block_retention";
    BOTH = "they come by gRPC and by HTTP, as nothing else is stated" @ "RFC 7.1; OpenTelemetry Protocol 1.0, OTLP/gRPC and OTLP/HTTP";
}

/// The least that traces are kept: a block is open for half an hour and counts from its end (Tempo 2.10, modules/ingester:
/// max_block_duration; tempodb: compacted_block_retention 1h).
const HOUR: u32 = 3600;

/// Decides it from the merged statements.
pub fn decide(x: &At<'_>, cx: &mut Cx<'_>) -> Option<Tracing> {
    let TracingFacts { at, by: _, retention, volume, otlp, from } = x.c.tracing.as_ref()?;
    let retention = or(*retention, Seconds(14 * 24 * HOUR), RETENTION);
    if retention.v.0 < HOUR {
        let span = cx.span(retention.at);
        cx.report(
            Diag::new(code::E1281, format!("traces would be kept for {}, Tempo keeps an hour at least", retention.v))
                .at(span, "what it writes is a block of half an hour")
                .help("retention \"1h\""),
        );
    }
    let target = x.t.targets.cluster.tempo.as_ref()?;
    broken(target, cx);
    let mut ways = otlp.clone();
    if ways.is_empty() {
        ways = [OtlpProtocol::Grpc, OtlpProtocol::Http].map(|p| Sp::new(p, BOTH.origin())).to_vec();
    }
    ways.sort_by_key(|p| p.v.port());
    let mut from = from.clone();
    from.sort_by(|a, b| a.v.cmp(&b.v));
    from.dedup_by(|a, b| a.v == b.v);
    let volume = volume.as_ref()?;
    let class = class(volume, x, cx);
    Some(Tracing {
        chart: ingress::with_kubernetes(&target.version, x, cx),
        caps: target.caps,
        retention,
        size: volume.size.map(|s| s.map(|s| s.0))?,
        class: class?,
        otlp: ways,
        from,
        at: *at,
    })
}

/// E1286: a chart whose own defaults its Tempo refuses.
fn broken(target: &Target<crate::consumer::TempoCaps>, cx: &mut Cx<'_>) {
    let Target { version, caps } = target;
    if let Some((_, why, help)) = caps.v.broken.iter().find(|(v, ..)| *v == &*version.v.0) {
        let span = cx.span(version.at);
        cx.report(
            Diag::new(code::E1286, format!("Tempo of the chart {} never starts", version.v))
                .at(span, *why)
                .help(format!("tempo \"{help}\"")),
        );
    }
}

/// The class of the volume; E1280 where nobody says which.
fn class(v: &LogVolumeFacts, x: &At<'_>, cx: &mut Cx<'_>) -> Option<Sp<ObjectName>> {
    let found = logging::class(v, x, cx);
    // Storage that is wrong was reported.
    if found.is_none() && (x.c.storage.is_empty() || x.layer.storage.is_some()) {
        let span = cx.span(v.at);
        cx.report(
            Diag::new(code::E1280, "nobody says on what traces are kept")
                .at(span, "the cluster makes no default class of block volumes, and none is named")
                .note("without a class the volume is never made, and Tempo never starts")
                .help(format!("volume size=\"20GiB\" class=\"{}\"", logging::some_class(x))),
        );
    }
    found
}
