//! What the file says of versions: one for each consumer; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// The version of each consumer: the dialect of its artifact follows.
    VersionsFacts = "versions" {
        /// Proxmox VE.
        proxmox: value<Version> "an error as soon as there is a `proxmox`", Emitted, "\"9.0\"";
        /// Terraform.
        terraform: value<Version> "an error as soon as there is a machine", Emitted, "\"1.10\"";
        /// The Terraform provider for Proxmox and its version.
        terraform_provider: child("terraform-provider")<ProviderFacts> "an error as soon as there is a machine", Parts;
        /// Kubernetes, to the patch level.
        kubernetes: value<Version> "an error as soon as there is a cluster that says what runs in it", Emitted, "\"1.32.9\"";
        /// KubeKey, the installer.
        kubekey: value<Version> "an error as soon as a cluster is installed by it", Emitted, "\"4.0.6\"";
        /// KubeSphere.
        kubesphere: value<Version> "an error as soon as a cluster has it", Emitted, "\"3.4.0\"";
        /// The Cilium chart.
        cilium: value<Version> "an error as soon as a cluster's network is Cilium", Emitted, "\"1.20.0\"";
        /// The MetalLB chart.
        metallb: value<Version> "an error as soon as MetalLB announces addresses", Emitted, "\"0.16.0\"";
        /// The Rook charts.
        rook: value<Version> "an error as soon as a cluster has storage", Emitted, "\"1.20.5\"";
        /// Ceph.
        ceph: value<Version> "an error as soon as a cluster has storage", Emitted, "\"19.2.4\"";
        /// The ingress-nginx chart.
        ingress_nginx: value("ingress-nginx")<Version> "an error as soon as it serves an ingress", Emitted, "\"4.15.0\"";
        /// The Gateway API's own resources.
        gateway_api: value("gateway-api")<Version> "an error as soon as there is a gateway", Emitted, "\"1.6.0\"";
        /// The cert-manager chart.
        cert_manager: value("cert-manager")<Version> "an error as soon as a cluster issues certificates", Emitted, "\"1.21.0\"";
        /// The Argo CD chart.
        argo_cd: value("argo-cd")<Version> "an error as soon as a cluster is kept by it", Emitted, "\"10.1.0\"";
        /// The kube-prometheus-stack chart.
        kube_prometheus_stack: value("kube-prometheus-stack")<Version> "an error as soon as a cluster has monitoring", Emitted, "\"88.5.2\"";
        /// The chart of the blackbox exporter, which probes.
        blackbox_exporter: value("blackbox-exporter")<Version> "an error as soon as a cluster has monitoring", Emitted, "\"11.17.1\"";
        /// The SNMP exporter.
        snmp_exporter: value("snmp-exporter")<Version> "an error as soon as a cluster asks by SNMP", Emitted, "\"0.29.1\"";
        /// The Loki chart.
        loki: value<Version> "an error as soon as a cluster keeps logs", Emitted, "\"18.11.1\"";
        /// The Alloy chart.
        alloy: value<Version> "an error as soon as it reads logs", Emitted, "\"1.11.0\"";
        /// The Promtail chart.
        promtail: value<Version> "an error as soon as it reads logs", Emitted, "\"6.17.0\"";
        /// The Tempo chart.
        tempo: value<Version> "an error as soon as a cluster keeps traces", Emitted, "\"2.2.4\"";
        /// The Kube-OVN chart.
        kube_ovn: value("kube-ovn")<Version> "an error as soon as there is a nested cluster", Emitted, "\"1.15.7\"";
        /// Multus.
        multus: value<Version> "an error as soon as there is a nested cluster", Emitted, "\"4.2.3\"";
        /// OPNsense: the series or the release.
        opnsense: value<Version> "no files are made for OPNsense; what only those could do is an error", Emitted, "\"26.1\"";
        /// The Velero chart.
        velero: value<Version> "an error as soon as a cluster is copied by it", Emitted, "\"12.0.1\"";
        /// Authentik.
        authentik: value<Version> "an error as soon as there is an `identity`", Emitted, "\"2026.8.2\"";
        /// VyOS.
        vyos: value<Version> "an error as soon as a template holds it", Emitted, "\"1.4.2\"";
    }
}

statement! {
    /// The Terraform provider for Proxmox and its version.
    ProviderFacts = "terraform-provider" {
        /// Its address in the registry.
        source: arg<ProviderSource> required, Emitted, "\"telmate/proxmox\"";
        /// Its version.
        version: arg<Version> required, Emitted, "\"2.9\"";
    }
}
