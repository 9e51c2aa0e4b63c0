//! Emitter: logs of a cluster: values of Loki, Alloy and Promtail, what Alloy does with each line, the address that firewalls
//! send to, alerts on logs, the bucket; decides nothing, and makes no Secret.

mod loki;
mod readers;
mod rules;

use super::kube::{self, Part, View};
use super::{Meta, Out};
use crate::ir::{LogObjects, Logging, Sealed};
use crate::render::{Composed, IntoDoc, Map, yaml};
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    99;
    NAMESPACE = "What reads logs of a node reads its files, which only a privileged namespace allows." @ "RFC 7.4; Kubernetes, Pod Security Standards";
    BUCKET = "Logs are kept in a bucket of the cluster's own store; Rook makes it, with its endpoint and its keys under the claim's name." @ "RFC 5.8, 7.1; Rook, Object Bucket Claim";
    VALUES = "Values of the chart; what is not said here is the chart's own." @ "RFC 7.1, 8.2; Loki chart 18.11.0, values.yaml";
    MODE = "Each replica does everything." @ "Loki chart 18.11.0, deploymentMode; targets 5";
    OTHERS = "The chart would start three of each beside it, and refuses to render that." @ "Loki chart 18.11.0, templates/validate.yaml";
    TENANT = "There is one tenant: who may read logs is said by Grafana's logins and the policies, not by a header that anybody can set." @ "Loki 3.7, auth_enabled";
    COPIES = "So many have each line." @ "Loki 3.7, common.replication_factor";
    SCHEMA = "The newest schema, from a day before anything was kept: a constant, for another day would leave older logs unread." @ "Loki 3.7, schema_config; Loki chart 18.11.0, schemaConfig";
    STORE = "Endpoint and keys are those that the claim was given; Loki puts them in itself." @ "Loki chart 18.11.0, templates/_pod.tpl: -config.expand-env; Rook, Object Bucket Claim";
    PATHS = "Buckets are parts of the path: nobody answers for names below the gateway's." @ "Ceph, RGW: rgw_dns_name; Loki 3.7, s3forcepathstyle";
    PLAIN = "The gateway is asked without TLS, inside the cluster." @ "RFC 5.8; Loki 3.7, s3_storage_config.insecure";
    KEPT = "So long, then the compactor deletes." @ "RFC 7.1; Loki 3.7, limits_config.retention_period, compactor.retention_enabled";
    METADATA = "What is known of a line beside its few labels is kept with it." @ "Loki 3.7, limits_config.allow_structured_metadata";
    SERIES = "A scan has more sources than the 500 that Loki answers with by itself, and is what is asked about." @ "RFC 7.5; Loki 3.7, limits_config.max_query_series: it holds for each part of a question, before the largest are taken";
    RULER = "Loki asks its own alerts and tells Alertmanager." @ "RFC 7.6; Loki 3.7, ruler";
    EACH = "Each Alertmanager is told, so that none is missed while one is away." @ "Alertmanager, high availability; Loki 3.7, ruler.alertmanager_url; Prometheus operator, governing service alertmanager-operated";
    NO_RULER = "Nobody is told of alerts on logs, so none is asked." @ "Loki chart 18.11.0, ruler.enabled, sidecar.rules";
    RULES_DIR = "Rules of the one tenant are in a folder of its name, where the sidecar puts them." @ "Loki 3.7, ruler.storage.local; auth_enabled: the tenant is called fake";
    VOLUME = "Each has a volume: for what is not in the store yet, or for everything." @ "Loki chart 18.11.0, singleBinary.persistence";
    SILENT = "Nothing is told to the makers." @ "Loki 3.7, analytics.reporting_enabled; Alloy, --disable-reporting";
    NO_CACHE = "Caches of ten gigabytes are for clusters that read terabytes." @ "Loki chart 18.11.0, chunksCache.allocatedMemory";
    NO_GATEWAY = "Each replica answers everything at its own service, so nothing stands before it." @ "Loki chart 18.11.0, gateway";
    NO_CANARY = "Pods that write to Loki and read it back are for those who run Loki for others; Helm's test needs them." @ "Loki chart 18.11.0, lokiCanary, test";
    NODES = "An agent on each node, control plane included, reads what is written there." @ "RFC 7.4; Alloy chart 1.11.1, controller";
    STATE = "How far it has read is kept on the node, lest a restart sends everything again." @ "Alloy chart 1.11.1, alloy.storagePath";
    CONFIG = "What an agent does with each line; it sees by itself when this changes." @ "RFC 7.4; Alloy chart 1.11.1, alloy.configMap, configReloader";
    NO_CRDS = "No object of Alloy's own is used." @ "Alloy chart 1.11.1, crds.create";
    PROMTAIL = "Promtail reads logs of pods; of the journal it reads nothing." @ "RFC 7.4; Promtail chart 6.17.1, config.clients";
    LISTENER = "One agent takes logs of firewalls, and asks Kubernetes nothing." @ "RFC 7.4; Alloy 1.18, loki.source.syslog";
    ADDRESS = "Firewalls send to an address that stays; who sends is seen as he is, so that a policy can tell." @ "RFC 7.4; targets N9; Kubernetes, externalTrafficPolicy";
    PINNED = "The address is asked for in the words of the one who gives it out." @ "metallb.io, loadBalancerIPs; lbipam.cilium.io, ips";
    SOURCE = "Grafana knows Loki by a name that stays, whatever the dashboard." @ "RFC 7.5; kube-prometheus-stack 88.5.3, grafana.sidecar.datasources; Grafana, provisioning";
    ALERTS = "What only logs tell is asked of them." @ "RFC 7.6; Loki chart 18.11.0, sidecar.rules.label";
    ALERT = "An alert asks only what the firewalls send." @ "RFC 7.6; targets 5, 10";
    SEVERITY = "Who is told follows from how much it matters." @ "RFC 7.6; kube-prometheus-stack, severities";
    TEXT = "It says what is wrong, and where." @ "RFC 7.6";
    RUNBOOK = "What to do is on the page of its name." @ "RFC 7.6";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "logging",
    writes: "<folder>/base/{loki,alloy,alloy-syslog,promtail}/values.yaml, <folder>/config/logging/*.yaml",
    what: "Logs: where they are kept, who reads them on nodes, what takes those of firewalls, and alerts on them.",
    reader: "Helm, kubectl, Argo CD, Alloy, Loki",
    apply: "`kubectl apply -k <folder>/config/logging`, then Loki's chart, then those that send to it.",
    step: 9,
    rfc: "7.4",
    systems: &[
        ("Loki", "<folder>/base/loki/values.yaml", "`cluster { logging \"loki\" }`"),
        (
            "Promtail",
            "<folder>/base/promtail/values.yaml",
            "`logging \"loki\" { agent \"promtail\" }`; by default it is Alloy, because Promtail is retired",
        ),
    ],
    rules: RULES,
    block: RULE_BLOCK,
};

/// The namespace of everything that is about logs.
const SPACE: &str = "logging";
/// The claim of the bucket; not `loki`, which is the name of the chart's own configuration.
const CLAIM: &str = "loki-bucket";
/// The release that takes logs of firewalls.
const SYSLOG: &str = "alloy-syslog";

/// Values and objects for every cluster.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
}

/// All of it, where logs are kept.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(logging) = &view.layer.logging else { return Vec::new() };
    let Logging {
        chart: _,
        replicas: _,
        copies: _,
        retention: _,
        objects,
        size: _,
        class: _,
        agent: _,
        promtail: _,
        alloy: _,
        syslog,
        alerts,
        at,
    } = logging;
    let mut all = vec![loki::values(view, logging)];
    let namespace =
        kube::object_with("v1", "Namespace", (words![SPACE].citing(*at), NAMESPACE), None, NAMESPACE, |m| {
            m.map("labels", NAMESPACE, |l| l.put("pod-security.kubernetes.io/enforce", ("privileged", NAMESPACE)));
        });
    all.push(Part::object(SPACE, "namespace", namespace, NAMESPACE));
    if let Some(o) = objects {
        all.push(Part::object(SPACE, "objectbucketclaim-loki", claim(o), BUCKET));
    }
    all.extend(readers::nodes(logging));
    if let Some(s) = syslog {
        all.extend(readers::syslog(logging, s));
    }
    if let (Some(a), Some(s)) = (alerts, syslog) {
        all.extend(rules::all(view, a, s));
    }
    if let Some(m) = &view.layer.monitoring {
        all.push(Part::object(SPACE, "configmap-grafana-loki", source(m.at), SOURCE));
    }
    all
}

/// The claim of the bucket. Rook makes a ConfigMap and a Secret of its name beside it.
fn claim(o: &LogObjects) -> Map {
    // The port is in the ConfigMap that Rook makes; policies open it.
    let LogObjects { store, port } = o;
    let mut doc = kube::object(
        "objectbucket.io/v1alpha1",
        "ObjectBucketClaim",
        (words![CLAIM].citing(port.at), BUCKET),
        Some(SPACE),
        BUCKET,
    );
    doc.map("spec", BUCKET, |s| {
        s.put("generateBucketName", ("loki", BUCKET));
        s.put("storageClassName", store);
    });
    doc
}

/// Loki as a source of data for Grafana.
fn source(monitoring: crate::source::Origin) -> Map {
    let mut doc = Map::new();
    doc.put("apiVersion", (1u32, SOURCE));
    doc.list("datasources", SOURCE, |l| {
        l.map(SOURCE, |m| {
            m.put("name", (words!["Loki"].citing(monitoring), SOURCE));
            m.put("uid", ("loki", SOURCE));
            m.put("type", ("loki", SOURCE));
            m.put("access", ("proxy", SOURCE));
            m.put("url", ("http://loki.logging.svc:3100", SOURCE));
        });
    });
    let mut labels = Map::new();
    labels.put("grafana_datasource", ("1", SOURCE));
    config_map("grafana-datasource-loki", "monitoring", labels, "loki.yaml", inner(&doc, SOURCE), SOURCE)
}

/// A document inside of another: its text, with all that it cites.
pub(super) fn inner(doc: &Map, rule: Rule) -> (Composed, Rule) {
    let text = yaml(doc, &[], rule);
    (Composed { text: text.text.clone(), why: text.all_why().to_vec() }, rule)
}

/// A ConfigMap with one file.
pub(super) fn config_map(
    name: &'static str,
    namespace: &'static str,
    labels: Map,
    file: &'static str,
    text: impl IntoDoc,
    rule: Rule,
) -> Map {
    let mut doc = kube::object_with("v1", "ConfigMap", (name, rule), Some(namespace), rule, |m| {
        if !labels.is_empty() {
            m.put("labels", (labels, rule));
        }
    });
    doc.map("data", rule, |d| d.put(file, text));
    doc
}

/// A size in MiB, as Kubernetes writes it.
fn mebi(size: &Sp<u64>) -> (Composed, Rule) {
    (words![size, "Mi"], VOLUME)
}
