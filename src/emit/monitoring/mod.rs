//! Emitter: Prometheus, Alertmanager, Grafana and the exporters beside them: values of charts, what is scraped, what is probed;
//! writes no rule of an alert and no secret.

mod document;
mod probes;
mod told;
mod values;
mod watched;

use super::kube::{self, Chart, Part, View};
use super::{Meta, Out};
use crate::consumer::charts;
use crate::ir::{Monitoring, PageClient, Sealed, SecretId};
use crate::render::{Composed, Map};
use crate::schema::Version;
use crate::source::{Origin, Rule, Sp};
use crate::words;

crate::rules! {
    94;
    VALUES = "the stack runs by its chart with these values" @ "RFC 7.1, 7.2; kube-prometheus-stack 88.5.3, values.yaml";
    NAMESPACE = "the node exporter reads the nodes' own files and network, which the other levels forbid" @ "prometheus-node-exporter 4.56, hostNetwork, hostPID; Kubernetes, Pod Security Standards";
    KEPT = "the Kubernetes Secret is made by hand, in the namespace of monitoring, from where this says" @ "language reference";
    EVERY = "objects of the operator count whatever labels they have: without this only those of the chart's own release do" @ "kube-prometheus-stack 88.5.3, *SelectorNilUsesHelmValues; targets 5";
    KEPT_FOR = "how long figures are kept" @ "RFC 7.1; monitoring.coreos.com/v1, Prometheus.spec.retention";
    FULL = "the oldest figures go before the volume is full: 85 % of it, for what is being written needs room" @ "prometheus, --storage.tsdb.retention.size; Prometheus, storage, right-sizing retention";
    VOLUME = "each replica has a volume of its own" @ "kube-prometheus-stack 88.5.3, storageSpec, storage";
    NOT_SERVED = "it listens on the node's own loopback as kubeadm starts it, or wants a certificate of etcd, so its target would be down for ever" @ "kubeadm, bind-address 127.0.0.1; etcd, --listen-metrics-urls; kube-proxy, metricsBindAddress";
    NO_PROXY = "no kube-proxy runs: Cilium does what it does" @ "cilium, kubeProxyReplacement";
    GRAFANA = "pages with dashboards; dashboards and data sources come by ConfigMaps with a label, which its sidecars find" @ "RFC 7.5; kube-prometheus-stack 88.5.3, grafana.sidecar";
    ACCOUNT = "the account that works when nobody knows who people are is in a Secret" @ "grafana chart 12.11, admin.existingSecret";
    PAGE = "what browsers know the pages by" @ "Grafana, server.root_url";
    OUTSIDE = "links in messages lead to where browsers know it" @ "RFC 7.3, 7.6; kube-prometheus-stack 88.5.3, prometheusSpec.externalUrl, alertmanagerSpec.externalUrl";
    LOGIN = "people log in where they are known, and get a role by their groups" @ "RFC 3.2, 7.3; Grafana, auth.generic_oauth; Authentik, OAuth2 provider";
    ROLES = "who is in none of these groups is not let in" @ "Grafana, role_attribute_path, role_attribute_strict";
    MOUNTED = "secrets are files of Secrets, and no part of the configuration" @ "monitoring.coreos.com/v1, Alertmanager.spec.secrets: /etc/alertmanager/secrets/<secret>";
    TOLD = "who is told of what" @ "RFC 7.6; Alertmanager, route";
    ALWAYS = "this alert always fires: whoever misses it knows that alerts do not come" @ "kube-prometheus-stack 88.5.3, Watchdog";
    SILENT = "this alert is for inhibition alone" @ "kube-prometheus-stack 88.5.3, InfoInhibitor";
    ALL_TOLD = "all routes that match are told, so that their order means nothing" @ "Alertmanager, route.continue";
    GROUPED = "alerts of one name and namespace are one message" @ "Alertmanager, route.group_by";
    RECEIVER = "how somebody is told" @ "RFC 7.6; Alertmanager, receiver";
    ENDED = "whoever was told of it is told that it has ended" @ "Alertmanager, send_resolved";
    INHIBIT = "what is not told while something worse is" @ "Alertmanager, inhibit_rule; kube-prometheus-stack 88.5.3, alertmanager.config.inhibit_rules";
    BLACKBOX = "what looks at things from outside of them runs by its chart" @ "RFC 7.6; prometheus-blackbox-exporter 11.17.2, values.yaml";
    PINGS = "pings need an ICMP socket: the kernel gives one to groups in this range, the capability is what the chart asks for" @ "prometheus-blackbox-exporter 11.17.2, securityContext; blackbox_exporter, Permissions; Linux, ping_group_range; targets 5";
    MODULES = "only what a probe of this tree uses" @ "blackbox_exporter 0.28, CONFIGURATION.md";
    ANY_ANSWER = "topoc does not know which pages there are: any answer shows that somebody speaks HTTP" @ "RFC 9110 section 15; blackbox_exporter, valid_status_codes";
    SCRAPED = "what runs in the cluster and tells its figures" @ "RFC 7.2; monitoring.coreos.com/v1, PodMonitor, ServiceMonitor";
    JOB = "alerts and dashboards know it by this name" @ "RFC 7.6; monitoring.coreos.com/v1, relabelings";
    CILIUM = "agent and operator by the ports of their pods: the chart makes services for them only together with monitors of its own" @ "cilium 1.18 to 1.20, templates/cilium-agent/service.yaml, cilium-operator/service.yaml";
    HUBBLE = "Hubble's figures are those of the agent's pods, at a port of their own" @ "cilium 1.18 to 1.20, templates/hubble/metrics-service.yaml";
    NGINX = "the controller's figures, by the service that the chart makes for them" @ "ingress-nginx 4.15.1, templates/controller-service-metrics.yaml";
    CERTIFICATES = "the controller's figures, by the port of its pods" @ "cert-manager 1.21.1, templates/podmonitor.yaml: http-metrics";
    CEPH = "Ceph's figures, by the services that Rook makes; Rook's own monitors would name the job otherwise, so they are off" @ "rook, deploy/examples/monitoring: service-monitor.yaml, exporter-service-monitor.yaml";
    ARGO_CD = "figures of Argo CD by the services that its chart makes for them; the monitors are here, because Argo CD is put in before there is a definition of monitors" @ "RFC 7.2, 8.1; argo-cd 10.1.1, controller.metrics.service.portName, templates/argocd-*/metrics.yaml";
    LOKI = "figures of Loki by the port of its pods: each of its services leads to all of them again" @ "RFC 7.2; loki chart 18.11.0, templates/single-binary/statefulset.yaml: http-metrics";
    ALLOY = "figures of the agents by the port of their pods, whichever release they are of" @ "RFC 7.2; alloy chart 1.11.1, templates/containers/_agent.yaml: http-metrics";
    TEMPO = "Tempo's figures, by the service that its chart makes" @ "Tempo chart 2.3.0, templates/_ports.tpl: tempo-prom-metrics";
    VELERO_FIGURES = "Velero's own figures, by the port of its pod; the agents on nodes have the same label and another name" @ "RFC 9.2; charts/velero/templates/deployment.yaml, podmonitor.yaml: name, http-monitoring";
    FIREWALLS = "each node of a firewall tells its figures at its own address" @ "RFC 7.2; monitoring.coreos.com/v1alpha1, ScrapeConfig";
    SNMP = "firewalls are asked by SNMP through an exporter; the word that it must know is in a file of a Secret, for it expands no variables there" @ "RFC 7.2; snmp_exporter 0.29, --config.file, auths";
    IF_MIB = "interfaces and their counters" @ "snmp_exporter 0.29, snmp.yml: if_mib";
    TARGET = "something else that has figures" @ "monitoring.coreos.com/v1alpha1, ScrapeConfig";
    PROBE = "it is looked at from outside of it" @ "RFC 7.6; monitoring.coreos.com/v1, Probe";
    DOCUMENT = "What is watched, and what is not, is written down once." @ "RFC 7.2, 7.6";
    TOLD_BY = "what is probed says which alert tells of it, so no alert lists what the others tell" @ "RFC 7.6; monitoring.coreos.com/v1, Probe: targets.staticConfig.labels";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "monitoring",
    writes: "<folder>/base/{kube-prometheus-stack,blackbox-exporter}/values.yaml, <folder>/config/monitoring/*.yaml, documents/monitoring.md",
    what: "Prometheus, Alertmanager and Grafana: values of their charts, what is scraped, what is probed, who is told.",
    reader: "Helm, the Prometheus operator, kubectl, Argo CD, people",
    apply: "Make the Secrets that the namespace's annotations name, `kubectl apply -f <folder>/config/monitoring/namespace.yaml`, let Helm install the charts, then `kubectl apply -k <folder>/config/monitoring`. The definitions that kube-prometheus-stack brings are there before a chart that makes monitors of its own: MetalLB's.",
    step: 10,
    rfc: "7.1, 7.2, 7.6",
    systems: &[
        ("Prometheus", "<folder>/base/kube-prometheus-stack/values.yaml", "`cluster { monitoring }`"),
        ("Grafana", "<folder>/base/kube-prometheus-stack/values.yaml", "`cluster { monitoring }`"),
        ("Alertmanager", "<folder>/base/kube-prometheus-stack/values.yaml", "`monitoring { receiver … }`"),
    ],
    rules: RULES,
    block: RULE_BLOCK,
};

/// What a monitor of ours collects: for whoever draws it.
pub(super) struct Watched {
    /// The label `job` of its figures.
    pub(super) job: &'static str,
    /// The namespace of what tells them.
    pub(super) space: &'static str,
    /// The name of the port.
    pub(super) port: &'static str,
    /// What turns it on.
    pub(super) by: Origin,
}

/// What runs in a cluster and has a monitor of ours, in the order of components.
pub(super) fn jobs(view: &View<'_>) -> Vec<Watched> {
    watched::jobs(view)
}

/// The namespace of all of it.
const SPACE: &str = Monitoring::NAMESPACE;
/// The API of the Prometheus operator.
const API: &str = "monitoring.coreos.com/v1";
/// Its API for what is younger.
const API_ALPHA: &str = "monitoring.coreos.com/v1alpha1";
/// Where Alertmanager's Secrets are mounted.
const SECRETS: &str = "/etc/alertmanager/secrets/";

/// Everything for every cluster, and the document.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
    document::plan(sealed, out);
}

/// Values, namespace, monitors, probes, where it runs.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(m) = &view.layer.monitoring else { return Vec::new() };
    // Rules of alerts have an emitter of their own.
    let Monitoring {
        chart,
        blackbox,
        retention: _,
        replicas: _,
        storage: _,
        grafana: _,
        told: _,
        snmp: _,
        firewalls: _,
        targets: _,
        probes: _,
        unprobed: _,
        alerts: _,
        at: _,
    } = m;
    let of = |name, version: &Sp<Version>| Chart {
        name,
        repository: charts::PROMETHEUS,
        version: version.clone(),
        release: name,
        namespace: SPACE,
    };
    let mut all = vec![
        Part::values("kube-prometheus-stack", of("kube-prometheus-stack", chart), values::stack(view, m), VALUES),
        Part::values("blackbox-exporter", of("prometheus-blackbox-exporter", blackbox), probes::values(m), BLACKBOX),
        Part::object("monitoring", "namespace", namespace(view, m), NAMESPACE),
    ];
    all.extend(watched::parts(view, m));
    all.extend(probes::parts(view, m));
    all
}

/// The namespace, with where each Secret comes from that somebody makes by hand.
fn namespace(view: &View<'_>, m: &Monitoring) -> Map {
    let mut kept = Map::new();
    let mut keep = |secret: &Sp<SecretId>, keys: &'static str| {
        let (annotation, from) = kube::kept(view, secret, keys);
        if kept.get(&annotation.text).is_none() {
            kept.put(annotation, (from, KEPT));
        }
    };
    if let Some(s) = &m.grafana {
        keep(s, "admin-user and admin-password");
    }
    if let Some(login) = oidc(view, m) {
        keep(&login.secret, values::CLIENT_SECRET);
    }
    for (s, key) in m.told.receivers.iter().flat_map(told::secrets) {
        keep(&s, key);
    }
    for s in m.firewalls.iter().filter_map(|f| f.snmp.as_ref()) {
        keep(s, "auth.yml (auths, the firewall's name, version 2 and community)");
    }
    let name = Composed { text: SPACE.into(), why: vec![m.at] };
    kube::object_with("v1", "Namespace", (name, NAMESPACE), None, NAMESPACE, |meta| {
        meta.map("labels", NAMESPACE, |l| l.put("pod-security.kubernetes.io/enforce", ("privileged", NAMESPACE)));
        if !kept.is_empty() {
            meta.put("annotations", (kept, KEPT));
        }
    })
}

/// Who logs people in at Grafana, where somebody does and Grafana runs.
fn oidc<'v>(view: &View<'v>, m: &Monitoring) -> Option<PageClient<'v>> {
    m.grafana?;
    view.t.oidc(view.layer.ui.as_ref()?, crate::schema::PageOf::Grafana)
}

/// A key that exists because of something that it does not show.
fn key(text: &'static str, why: impl IntoIterator<Item = Origin>) -> Composed {
    Composed { text: text.into(), why: why.into_iter().collect() }
}

/// An object of the operator, in the namespace of monitoring.
fn object(api: &'static str, kind: &'static str, name: Composed, rule: Rule) -> Map {
    kube::object(api, kind, (name, rule), Some(SPACE), rule)
}

/// A secret's name, which the Kubernetes Secret has too.
fn named(view: &View<'_>, secret: &Sp<SecretId>) -> Composed {
    words![view.t.secret(secret.v).name].citing(secret.at)
}
