//! The metrics that rules and dashboards read: who tells each, what turns it on, where that was looked up; no other module
//! may name a metric that is not here.

use crate::schema::FlowMetric;

/// A metric of Prometheus.
#[derive(Debug)]
pub struct Metric {
    /// Its name; a histogram's series are this with `_bucket`, `_sum` and `_count`.
    pub name: &'static str,
    /// What its value is.
    pub kind: MetricKind,
    /// Labels beside those of the target. One that a target has too (`namespace`, `pod`, …) is called `exported_…`.
    pub labels: &'static [&'static str],
    /// What tells it: one of these must be on.
    pub needs: &'static [Need],
    /// The program that tells it, with the file or page at upstream that says so.
    pub source: &'static str,
}

/// What the value of a metric is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum MetricKind {
    /// It only grows, and begins again when its program does.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts in buckets.
    Histogram,
}

/// What must be on, for a metric to be there. Whether it is on in a topology says `Topology::tells`.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Need {
    /// What kube-prometheus-stack collects by itself: kube-state-metrics, kubelet, API servers, CoreDNS, nodes.
    Stack,
    /// Agent and operator of Cilium.
    Cilium,
    /// Hubble, with this kind of count.
    Flows(FlowMetric),
    /// Controller and speakers of MetalLB.
    Metallb,
    /// frr-k8s beside MetalLB: BGP.
    MetallbBgp,
    /// ingress-nginx.
    Nginx,
    /// cert-manager.
    CertManager,
    /// Ceph's managers.
    Ceph,
    /// Velero.
    Velero,
    /// Argo CD.
    ArgoCd,
    /// Loki.
    Loki,
    /// Alloy.
    Alloy,
    /// Tempo.
    Traces,
    /// The exporter on a firewall.
    FirewallExporter,
    /// SNMP on a firewall.
    FirewallSnmp,
    /// A firewall that answers pings.
    FirewallPing,
    /// Probes of hypervisors and of the API's address.
    Critical,
    /// A probe of each `publish`.
    Published,
    /// A probe of each `expect "allow"` that can be probed.
    Expected,
    /// pf's own counters of a firewall: no exporter that topoc sets up reads them.
    PacketFilter,
    /// What firewalls stop, in Loki.
    LoggedPackets,
    /// What their intrusion detection sees, in Loki.
    LoggedIntrusions,
    /// Who logs in to them, in Loki.
    LoggedLogins,
    /// Which node of a pair has the shared addresses, in Loki.
    LoggedTakeovers,
    /// What the kernels of firewalls say, in Loki.
    LoggedKernel,
}

impl Need {
    /// What turns it on, as it can be typed; where nothing does, why.
    pub fn remedy(self) -> &'static str {
        match self {
            Need::Stack | Need::Critical => "monitoring",
            Need::Cilium => "`metrics` in `network \"cilium\"`",
            Need::Flows(m) => match m {
                FlowMetric::Dns => "`metrics \"dns\"` in `flows`",
                FlowMetric::Drop => "`metrics \"drop\"` in `flows`",
                FlowMetric::Tcp => "`metrics \"tcp\"` in `flows`",
                FlowMetric::Flow => "`metrics \"flow\"` in `flows`",
                FlowMetric::Icmp => "`metrics \"icmp\"` in `flows`",
                FlowMetric::Http => "`metrics \"http\"` in `flows`",
                FlowMetric::Policy => "`metrics \"policy\"` in `flows`",
                FlowMetric::Ports => "`metrics \"port-distribution\"` in `flows`",
                FlowMetric::World => "`metrics \"flows-to-world\"` in `flows`",
            },
            Need::Metallb | Need::MetallbBgp => "`metrics` in `load-balancer \"metallb\"`",
            Need::Nginx => "`metrics` in `ingress \"nginx\"`",
            Need::CertManager => "`metrics #true` in `certificates`",
            Need::Ceph => "`metrics #true` in `storage \"ceph\"`",
            Need::Velero => "`monitoring` and `backup \"velero\"` in the cluster",
            Need::ArgoCd => "`gitops` in the cluster",
            Need::Loki => "`logging` in the cluster",
            Need::Alloy => "`logging` in the cluster, by Alloy",
            Need::Traces => "`tracing` in the cluster",
            Need::FirewallExporter => "`node-exporter` in `metrics` of the firewall",
            Need::FirewallSnmp => "`snmp` in `metrics` of the firewall",
            Need::FirewallPing => "`ping` in `metrics` of the firewall",
            Need::Published => "`publish`",
            Need::Expected => "`expect \"allow\"`",
            Need::PacketFilter => "the plugin os-telegraf, which topoc does not set up",
            Need::LoggedPackets
            | Need::LoggedIntrusions
            | Need::LoggedLogins
            | Need::LoggedTakeovers
            | Need::LoggedKernel => "`logging` with `syslog` in the cluster, and `logs` of the firewall",
        }
    }
}

/// The metric of that name; a series of a histogram is its histogram.
pub fn metric(name: &str) -> Option<&'static Metric> {
    let exact = METRICS.iter().find(|m| m.name == name);
    exact.or_else(|| {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end))?;
        METRICS.iter().find(|m| m.name == base && m.kind == MetricKind::Histogram)
    })
}

use MetricKind::{Counter, Gauge, Histogram};

const fn row(
    name: &'static str,
    kind: MetricKind,
    labels: &'static [&'static str],
    needs: &'static [Need],
    source: &'static str,
) -> Metric {
    Metric { name, kind, labels, needs, source }
}

/// What is asked by a probe.
const PROBES: &[Need] = &[Need::Critical, Need::Published, Need::Expected, Need::FirewallPing];
/// What Prometheus asks for figures.
const SCRAPED: &[Need] =
    &[Need::Stack, Need::Loki, Need::Traces, Need::Velero, Need::FirewallExporter, Need::FirewallSnmp];

const PROMETHEUS: &str = "Prometheus: made for each target of a scrape (jobs and instances)";
const KSM_WORKLOADS: &str = "kube-state-metrics 2.x, docs/metrics/workload";
const AGENT: &str = "cilium 1.18 to 1.20, Documentation/observability/metrics.rst, cilium-agent";
const METALLB: &str = "MetalLB 0.16, internal/allocator/stats.go, website: prometheus-metrics";
const NGINX: &str = "ingress-nginx controller 1.15, internal/ingress/metric/collectors, docs/user-guide/monitoring.md";
const COREDNS: &str = "CoreDNS 1.11 and later, plugin/metrics: README";
const CERT_MANAGER: &str = "cert-manager 1.21, internal/collectors/certificate_collector.go";
const BLACKBOX: &str = "blackbox_exporter 0.2x, prober/handler.go, prober/http.go, prober/tls.go";
const MEMORY_BSD: &str = "node_exporter 1.x on FreeBSD, collector/memory_bsd.go";
const NETDEV_BSD: &str = "node_exporter 1.x on FreeBSD, collector/netdev_bsd.go (no speed of the link)";
const TEMPO: &str =
    "Tempo 2.10, modules/ingester/flush.go, modules/overrides/discarded_spans.go; its namespace is tempo";
const VELERO_FIGURES: &str = "Velero 1.17, pkg/metrics/metrics.go, pkg/controller/backup_controller.go; 0 is a failure";
const CEPH: &str = "Ceph 18 to 20, src/pybind/mgr/prometheus/module.py";
const API: &str = "Kubernetes, staging/src/k8s.io/apiserver/pkg: endpoints/metrics, admission/metrics";
const ARGO: &str = "Argo CD 3.x, controller/metrics/metrics.go";
const LOKI: &str = "Loki 3.x, pkg/validation/validate.go: DiscardedSamples, ReasonLabel";
const ALLOY: &str = "Alloy 1.x, internal/component/common/loki/client/metrics.go: labels host, tenant, reason";
const KUBELET: &str = "Kubernetes, pkg/kubelet/metrics: volume stats";
const NODE: &str = "node_exporter 1.x on Linux, collector: cpu, meminfo, filesystem, netdev, netclass";

/// All of them, by component.
pub const METRICS: &[Metric] = &[
    row("up", Gauge, &[], SCRAPED, PROMETHEUS),
    // kube-state-metrics: the stack keeps its labels (honorLabels).
    row("kube_daemonset_status_number_ready", Gauge, &["namespace", "daemonset"], &[Need::Stack], KSM_WORKLOADS),
    row(
        "kube_daemonset_status_desired_number_scheduled",
        Gauge,
        &["namespace", "daemonset"],
        &[Need::Stack],
        KSM_WORKLOADS,
    ),
    row(
        "kube_deployment_status_replicas_available",
        Gauge,
        &["namespace", "deployment"],
        &[Need::Stack],
        KSM_WORKLOADS,
    ),
    row("kube_deployment_spec_replicas", Gauge, &["namespace", "deployment"], &[Need::Stack], KSM_WORKLOADS),
    row("kube_pod_info", Gauge, &["namespace", "pod", "node"], &[Need::Stack], KSM_WORKLOADS),
    row(
        "kube_service_spec_type",
        Gauge,
        &["namespace", "service", "type"],
        &[Need::Stack],
        "kube-state-metrics 2.x, docs/metrics/service/service-metrics.md",
    ),
    row(
        "kube_node_status_condition",
        Gauge,
        &["node", "condition", "status"],
        &[Need::Stack],
        "kube-state-metrics 2.x, docs/metrics/cluster/node-metrics.md",
    ),
    // Kubernetes itself.
    row("apiserver_request_total", Counter, &["verb", "resource", "code"], &[Need::Stack], API),
    row("apiserver_request_duration_seconds", Histogram, &["verb", "resource", "le"], &[Need::Stack], API),
    row(
        "apiserver_admission_webhook_rejection_count",
        Counter,
        &["name", "type", "operation", "error_type", "rejection_code"],
        &[Need::Stack],
        API,
    ),
    row(
        "kubelet_volume_stats_available_bytes",
        Gauge,
        &["namespace", "persistentvolumeclaim"],
        &[Need::Stack],
        KUBELET,
    ),
    row("kubelet_volume_stats_capacity_bytes", Gauge, &["namespace", "persistentvolumeclaim"], &[Need::Stack], KUBELET),
    row("node_cpu_seconds_total", Counter, &["cpu", "mode"], &[Need::Stack, Need::FirewallExporter], NODE),
    row("node_memory_MemAvailable_bytes", Gauge, &[], &[Need::Stack], NODE),
    row("node_memory_MemTotal_bytes", Gauge, &[], &[Need::Stack], NODE),
    row("node_network_receive_drop_total", Counter, &["device"], &[Need::Stack], NODE),
    row("node_network_transmit_drop_total", Counter, &["device"], &[Need::Stack], NODE),
    row(
        "node_uname_info",
        Gauge,
        &["sysname", "release", "version", "machine", "nodename", "domainname"],
        &[Need::Stack],
        "node_exporter 1.x on Linux, collector/uname.go",
    ),
    // Cilium.
    row("cilium_unreachable_nodes", Gauge, &[], &[Need::Cilium], AGENT),
    row("cilium_drop_count_total", Counter, &["reason", "direction"], &[Need::Cilium], AGENT),
    row("cilium_drop_bytes_total", Counter, &["reason", "direction"], &[Need::Cilium], AGENT),
    row("cilium_forward_count_total", Counter, &["direction"], &[Need::Cilium], AGENT),
    row("cilium_forward_bytes_total", Counter, &["direction"], &[Need::Cilium], AGENT),
    row("cilium_bpf_map_pressure", Gauge, &["map_name"], &[Need::Cilium], AGENT),
    row("cilium_endpoint_state", Gauge, &["state"], &[Need::Cilium], AGENT),
    row("cilium_policy", Gauge, &[], &[Need::Cilium], AGENT),
    row("cilium_policy_change_total", Counter, &["outcome"], &[Need::Cilium], AGENT),
    row("cilium_policy_endpoint_enforcement_status", Gauge, &["enforcement"], &[Need::Cilium], AGENT),
    // Hubble; ends are told apart by the context that is stated.
    row(
        "hubble_dns_queries_total",
        Counter,
        &["rcode", "qtypes", "ips_returned"],
        &[Need::Flows(FlowMetric::Dns)],
        "cilium, pkg/hubble/metrics/dns/handler.go",
    ),
    row(
        "hubble_dns_responses_total",
        Counter,
        &["rcode", "qtypes", "ips_returned"],
        &[Need::Flows(FlowMetric::Dns)],
        "cilium, pkg/hubble/metrics/dns/handler.go",
    ),
    row(
        "hubble_drop_total",
        Counter,
        &["reason", "protocol"],
        &[Need::Flows(FlowMetric::Drop)],
        "cilium, pkg/hubble/metrics/drop/handler.go",
    ),
    row(
        "hubble_tcp_flags_total",
        Counter,
        &["flag", "family"],
        &[Need::Flows(FlowMetric::Tcp)],
        "cilium, pkg/hubble/metrics/tcp/handler.go",
    ),
    row(
        "hubble_flows_processed_total",
        Counter,
        &["protocol", "type", "subtype", "verdict"],
        &[Need::Flows(FlowMetric::Flow)],
        "cilium, pkg/hubble/metrics/flow/handler.go",
    ),
    row(
        "hubble_icmp_total",
        Counter,
        &["family", "type"],
        &[Need::Flows(FlowMetric::Icmp)],
        "cilium, pkg/hubble/metrics/icmp/handler.go",
    ),
    row(
        "hubble_http_requests_total",
        Counter,
        &["method", "protocol", "reporter"],
        &[Need::Flows(FlowMetric::Http)],
        "cilium, pkg/hubble/metrics/http/handler.go",
    ),
    row(
        "hubble_policy_verdicts_total",
        Counter,
        &["direction", "match", "action"],
        &[Need::Flows(FlowMetric::Policy)],
        "cilium, pkg/hubble/metrics/policy/handler.go",
    ),
    row(
        "hubble_port_distribution_total",
        Counter,
        &["protocol", "port"],
        &[Need::Flows(FlowMetric::Ports)],
        "cilium, pkg/hubble/metrics/port-distribution/handler.go",
    ),
    row(
        "hubble_flows_to_world_total",
        Counter,
        &["protocol", "verdict"],
        &[Need::Flows(FlowMetric::World)],
        "cilium, pkg/hubble/metrics/flows-to-world/handler.go",
    ),
    // MetalLB.
    row("metallb_allocator_addresses_total", Gauge, &["pool"], &[Need::Metallb], METALLB),
    row("metallb_allocator_addresses_in_use_total", Gauge, &["pool"], &[Need::Metallb], METALLB),
    row("metallb_k8s_client_config_loaded_bool", Gauge, &[], &[Need::Metallb], METALLB),
    row("metallb_k8s_client_config_stale_bool", Gauge, &[], &[Need::Metallb], METALLB),
    row(
        "metallb_speaker_announced",
        Gauge,
        &["service", "protocol", "node", "ip"],
        &[Need::Metallb],
        "MetalLB 0.16, speaker/main.go; e2etest: metrics",
    ),
    row(
        "frrk8s_bgp_session_up",
        Gauge,
        &["peer", "vrf"],
        &[Need::MetallbBgp],
        "MetalLB 0.16, values.yaml: frr-k8s.prometheus (prefix frrk8s_)",
    ),
    // ingress-nginx.
    row(
        "nginx_ingress_controller_requests",
        Counter,
        &["host", "status", "method", "path", "namespace", "ingress", "service", "canary"],
        &[Need::Nginx],
        NGINX,
    ),
    row(
        "nginx_ingress_controller_request_duration_seconds",
        Histogram,
        &["host", "status", "method", "path", "namespace", "ingress", "service", "canary", "le"],
        &[Need::Nginx],
        NGINX,
    ),
    row(
        "nginx_ingress_controller_response_duration_seconds",
        Histogram,
        &["host", "status", "method", "path", "namespace", "ingress", "service", "canary", "le"],
        &[Need::Nginx],
        NGINX,
    ),
    row(
        "nginx_ingress_controller_connect_duration_seconds",
        Histogram,
        &["host", "status", "method", "path", "namespace", "ingress", "service", "canary", "le"],
        &[Need::Nginx],
        NGINX,
    ),
    row(
        "nginx_ingress_controller_request_size",
        Histogram,
        &["host", "status", "method", "path", "namespace", "ingress", "service", "canary", "le"],
        &[Need::Nginx],
        NGINX,
    ),
    row(
        "nginx_ingress_controller_response_size",
        Histogram,
        &["host", "status", "method", "path", "namespace", "ingress", "service", "canary", "le"],
        &[Need::Nginx],
        NGINX,
    ),
    row(
        "nginx_ingress_controller_config_last_reload_successful",
        Gauge,
        &["controller_class", "controller_namespace", "controller_pod"],
        &[Need::Nginx],
        NGINX,
    ),
    row("nginx_ingress_controller_nginx_process_connections", Gauge, &["state"], &[Need::Nginx], NGINX),
    // CoreDNS; coredns_forward_request_* are coredns_proxy_request_* since 1.11, and KubeKey 3.1 installs an older one.
    row(
        "coredns_dns_requests_total",
        Counter,
        &["server", "zone", "view", "proto", "family", "type"],
        &[Need::Stack],
        COREDNS,
    ),
    row(
        "coredns_dns_responses_total",
        Counter,
        &["server", "zone", "view", "rcode", "plugin"],
        &[Need::Stack],
        COREDNS,
    ),
    row("coredns_dns_request_duration_seconds", Histogram, &["server", "zone", "view", "le"], &[Need::Stack], COREDNS),
    row(
        "coredns_cache_hits_total",
        Counter,
        &["server", "type", "zones", "view"],
        &[Need::Stack],
        "CoreDNS, plugin/cache: README",
    ),
    row(
        "coredns_cache_requests_total",
        Counter,
        &["server", "zones", "view"],
        &[Need::Stack],
        "CoreDNS, plugin/cache: README",
    ),
    row("coredns_forward_healthcheck_broken_total", Counter, &[], &[Need::Stack], "CoreDNS, plugin/forward/metrics.go"),
    row(
        "coredns_forward_request_duration_seconds",
        Histogram,
        &["to", "rcode", "le"],
        &[Need::Stack],
        "CoreDNS up to 1.10, plugin/forward/metrics.go; KubeKey 3.1 installs 1.9.3 (cmd/kk/pkg/images/tasks.go)",
    ),
    row(
        "coredns_proxy_request_duration_seconds",
        Histogram,
        &["proxy_name", "to", "rcode", "le"],
        &[Need::Stack],
        "CoreDNS 1.11 and later, plugin/pkg/proxy/metrics.go",
    ),
    // cert-manager.
    row(
        "certmanager_certificate_expiration_timestamp_seconds",
        Gauge,
        &["name", "namespace", "issuer_name", "issuer_kind", "issuer_group"],
        &[Need::CertManager],
        CERT_MANAGER,
    ),
    row(
        "certmanager_certificate_ready_status",
        Gauge,
        &["name", "namespace", "condition", "issuer_name", "issuer_kind", "issuer_group"],
        &[Need::CertManager],
        CERT_MANAGER,
    ),
    // Probes.
    row("probe_success", Gauge, &[], PROBES, BLACKBOX),
    row("probe_duration_seconds", Gauge, &[], PROBES, BLACKBOX),
    row("probe_ssl_earliest_cert_expiry", Gauge, &[], &[Need::Critical, Need::Published], BLACKBOX),
    // Firewalls.
    row("node_network_receive_bytes_total", Counter, &["device"], &[Need::Stack, Need::FirewallExporter], NETDEV_BSD),
    row("node_network_transmit_bytes_total", Counter, &["device"], &[Need::Stack, Need::FirewallExporter], NETDEV_BSD),
    row("node_network_receive_packets_total", Counter, &["device"], &[Need::Stack, Need::FirewallExporter], NETDEV_BSD),
    row(
        "node_network_transmit_packets_total",
        Counter,
        &["device"],
        &[Need::Stack, Need::FirewallExporter],
        NETDEV_BSD,
    ),
    row("node_network_receive_errs_total", Counter, &["device"], &[Need::Stack, Need::FirewallExporter], NETDEV_BSD),
    row("node_network_transmit_errs_total", Counter, &["device"], &[Need::Stack, Need::FirewallExporter], NETDEV_BSD),
    row("node_memory_size_bytes", Gauge, &[], &[Need::FirewallExporter], MEMORY_BSD),
    row("node_memory_free_bytes", Gauge, &[], &[Need::FirewallExporter], MEMORY_BSD),
    row("node_memory_inactive_bytes", Gauge, &[], &[Need::FirewallExporter], MEMORY_BSD),
    row("node_memory_laundry_bytes", Gauge, &[], &[Need::FirewallExporter], MEMORY_BSD),
    row(
        "node_filesystem_avail_bytes",
        Gauge,
        &["device", "fstype", "mountpoint"],
        &[Need::Stack, Need::FirewallExporter],
        "node_exporter 1.x, collector/filesystem_common.go",
    ),
    row(
        "node_filesystem_size_bytes",
        Gauge,
        &["device", "fstype", "mountpoint"],
        &[Need::Stack, Need::FirewallExporter],
        "node_exporter 1.x, collector/filesystem_common.go",
    ),
    row(
        "node_devstat_bytes_total",
        Counter,
        &["device", "type"],
        &[Need::FirewallExporter],
        "node_exporter 1.x on FreeBSD, collector/devstat_freebsd.go",
    ),
    row(
        "pf_entries",
        Gauge,
        &[],
        &[Need::PacketFilter],
        "telegraf, plugins/inputs/pf; node_exporter has no collector of pf",
    ),
    // Ceph.
    row("ceph_health_status", Gauge, &[], &[Need::Ceph], CEPH),
    row("ceph_health_detail", Gauge, &["name", "severity"], &[Need::Ceph], CEPH),
    row("ceph_mon_quorum_status", Gauge, &["ceph_daemon"], &[Need::Ceph], CEPH),
    row("ceph_osd_up", Gauge, &["ceph_daemon"], &[Need::Ceph], CEPH),
    row("ceph_osd_in", Gauge, &["ceph_daemon"], &[Need::Ceph], CEPH),
    row("ceph_osd_apply_latency_ms", Gauge, &["ceph_daemon"], &[Need::Ceph], CEPH),
    row(
        "ceph_osd_metadata",
        Gauge,
        &[
            "back_iface",
            "ceph_daemon",
            "cluster_addr",
            "device_class",
            "front_iface",
            "hostname",
            "objectstore",
            "public_addr",
            "ceph_version",
        ],
        &[Need::Ceph],
        CEPH,
    ),
    row(
        "ceph_mon_metadata",
        Gauge,
        &["ceph_daemon", "hostname", "public_addr", "rank", "ceph_version"],
        &[Need::Ceph],
        CEPH,
    ),
    row("ceph_cluster_total_bytes", Gauge, &[], &[Need::Ceph], CEPH),
    row("ceph_cluster_total_used_raw_bytes", Gauge, &[], &[Need::Ceph], CEPH),
    row("ceph_pool_metadata", Gauge, &["pool_id", "name"], &[Need::Ceph], CEPH),
    row("ceph_pool_max_avail", Gauge, &["pool_id"], &[Need::Ceph], CEPH),
    row("ceph_pool_stored", Gauge, &["pool_id"], &[Need::Ceph], CEPH),
    row("ceph_pool_rd_bytes", Counter, &["pool_id"], &[Need::Ceph], CEPH),
    row("ceph_pool_wr_bytes", Counter, &["pool_id"], &[Need::Ceph], CEPH),
    // Argo CD.
    row(
        "argocd_app_info",
        Gauge,
        &["namespace", "name", "project", "sync_status", "health_status"],
        &[Need::ArgoCd],
        ARGO,
    ),
    row(
        "argocd_app_sync_total",
        Counter,
        &["namespace", "name", "project", "dest_server", "phase"],
        &[Need::ArgoCd],
        ARGO,
    ),
    // Logs: who keeps them, and who sends them.
    row("loki_discarded_samples_total", Counter, &["tenant", "reason"], &[Need::Loki], LOKI),
    row("loki_write_dropped_entries_total", Counter, &["host", "tenant", "reason"], &[Need::Alloy], ALLOY),
    row("loki_write_sent_entries_total", Counter, &["host", "tenant"], &[Need::Alloy], ALLOY),
    // Velero.
    row("velero_backup_last_status", Gauge, &["schedule"], &[Need::Velero], VELERO_FIGURES),
    row("velero_backup_last_successful_timestamp", Gauge, &["schedule"], &[Need::Velero], VELERO_FIGURES),
    // Tempo.
    row("tempo_ingester_failed_flushes_total", Counter, &[], &[Need::Traces], TEMPO),
    row("tempo_discarded_spans_total", Counter, &["reason", "tenant"], &[Need::Traces], TEMPO),
];
