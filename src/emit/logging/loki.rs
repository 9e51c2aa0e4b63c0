//! Values of Loki's chart.

use super::*;
use crate::consumer::charts;
use crate::emit::kube::{Chart, set};
use crate::render::Scalar;
use crate::source::Origin;

/// Them.
pub(super) fn values(view: &View<'_>, l: &Logging) -> Part {
    let chart = Chart {
        name: "loki",
        repository: charts::GRAFANA_COMMUNITY,
        version: l.chart.clone(),
        release: "loki",
        namespace: SPACE,
    };
    let mut doc = Map::new();
    doc.put("deploymentMode", ("Monolithic", MODE));
    doc.map("loki", VALUES, |m| config(view, l, m));
    doc.map("singleBinary", MODE, |m| {
        m.put("replicas", l.replicas);
        if let Some(o) = &l.objects {
            m.list("extraEnvFrom", STORE, |e| {
                for kind in ["configMapRef", "secretRef"] {
                    e.map(STORE, |e| e.map(kind, STORE, |r| r.put("name", (words![CLAIM].citing(o.store.at), STORE))));
                }
            });
        }
        m.map("persistence", VOLUME, |p| {
            p.put("size", mebi(&l.size));
            p.put("storageClass", &l.class);
        });
    });
    for part in ["backend", "read", "write"] {
        doc.map(part, OTHERS, |m| m.put("replicas", (0u32, OTHERS)));
    }
    let asked = l.alerts.is_some();
    let rule = if asked { RULER } else { NO_RULER };
    doc.map("ruler", rule, |m| m.put("enabled", said(asked, rule, l)));
    set(&mut doc, &["sidecar", "rules"], "enabled", said(asked, rule, l), rule);
    if asked {
        set(&mut doc, &["sidecar", "rules"], "folder", ("/rules/fake", RULES_DIR), RULES_DIR);
    }
    for cache in ["chunksCache", "resultsCache"] {
        doc.map(cache, NO_CACHE, |m| m.put("enabled", (false, NO_CACHE)));
    }
    doc.map("gateway", NO_GATEWAY, |m| m.put("enabled", (false, NO_GATEWAY)));
    doc.map("lokiCanary", NO_CANARY, |m| m.put("enabled", (false, NO_CANARY)));
    doc.map("test", NO_CANARY, |m| m.put("enabled", (false, NO_CANARY)));
    Part::values("loki", chart, doc, VALUES)
}

/// Yes or no, and who is told when it is yes.
fn said(asked: bool, rule: Rule, l: &Logging) -> impl IntoDoc + use<> {
    let why: Origin = l.alerts.as_ref().map_or(rule.origin(), |a| a.told);
    (asked.scalar(), crate::render::Why::from(rule).also(why))
}

/// Each Alertmanager by the name of its pod: they tell each other of silences and messages, not of alerts.
fn alertmanagers(view: &View<'_>, told: Origin) -> Composed {
    let one = |n: Option<u32>, at: Origin| match n {
        Some(n) => words![
            "http://alertmanager-kube-prometheus-stack-alertmanager-",
            Sp::new(n, at),
            ".alertmanager-operated.monitoring.svc:9093"
        ],
        None => words!["http://kube-prometheus-stack-alertmanager.monitoring.svc:9093"],
    };
    let replicas = view.layer.monitoring.as_ref().map(|m| m.replicas).filter(|n| n.v > 1);
    let all = replicas.map(|r| (0..r.v).map(|n| one(Some(n), r.at)).reduce(|a, b| words![a, ",", b]));
    all.flatten().unwrap_or_else(|| one(None, told)).citing(told)
}

/// Loki's own configuration.
fn config(view: &View<'_>, l: &Logging, m: &mut Map) {
    let store = match &l.objects {
        Some(o) => words!["s3"].citing(o.store.at),
        None => words!["filesystem"],
    };
    m.put("auth_enabled", (false, TENANT));
    m.map("commonConfig", COPIES, |c| c.put("replication_factor", l.copies));
    m.map("schemaConfig", SCHEMA, |s| {
        s.list("configs", SCHEMA, |c| {
            c.map(SCHEMA, |c| {
                c.put("from", ("2024-04-01", SCHEMA));
                c.put("store", ("tsdb", SCHEMA));
                c.put("object_store", (store.clone(), SCHEMA));
                c.put("schema", ("v13", SCHEMA));
                c.map("index", SCHEMA, |i| {
                    i.put("prefix", ("loki_index_", SCHEMA));
                    i.put("period", ("24h", SCHEMA));
                });
            });
        });
    });
    m.map("storage", STORE, |s| {
        s.put("type", (store.clone(), STORE));
        if l.objects.is_some() {
            s.map("bucketNames", STORE, |b| {
                b.put("chunks", ("${BUCKET_NAME}", STORE));
                b.put("ruler", ("${BUCKET_NAME}", STORE));
            });
            s.map("s3", STORE, |s| {
                s.put("endpoint", ("${BUCKET_HOST}:${BUCKET_PORT}", STORE));
                s.put("accessKeyId", ("${AWS_ACCESS_KEY_ID}", STORE));
                s.put("secretAccessKey", ("${AWS_SECRET_ACCESS_KEY}", STORE));
                s.put("s3ForcePathStyle", (true, PATHS));
                s.put("insecure", (true, PLAIN));
            });
        }
    });
    m.map("limits_config", KEPT, |c| {
        c.put("retention_period", l.retention);
        c.put("allow_structured_metadata", (true, METADATA));
        c.put("max_query_series", (20_000u32, SERIES));
    });
    m.map("compactor", KEPT, |c| {
        c.put("retention_enabled", (true, KEPT));
        c.put("delete_request_store", (store, KEPT));
    });
    if let Some(a) = &l.alerts {
        m.map("rulerConfig", RULER, |r| {
            r.put("alertmanager_url", (alertmanagers(view, a.told), EACH));
            r.put("rule_path", ("/tmp/rules", RULES_DIR));
            r.map("storage", RULES_DIR, |s| {
                s.put("type", ("local", RULES_DIR));
                s.map("local", RULES_DIR, |l| l.put("directory", ("/rules", RULES_DIR)));
            });
        });
    }
    m.map("analytics", SILENT, |a| a.put("reporting_enabled", (false, SILENT)));
}
