//! Pass: versions of what runs in clusters: each is stated to the patch level, is known, and is for the Kubernetes beside it.

use super::Cx;
use super::layer::settings;
use crate::consumer::*;
use crate::diag::{Code, Diag, code};
use crate::ir::facts::{ClusterFacts, Facts};
use crate::ir::{ClusterTargets, Target};
use crate::schema::{Announcer, LogAgent, Os, Version, WayIn};
use crate::source::{Origin, Sp};

/// Finds the row of each stated version; reports those that are not known, not exact, not stated though needed, and pairs
/// that do not go together.
pub fn cluster(facts: &Facts, cx: &mut Cx<'_>) -> ClusterTargets {
    let v = facts.versions.as_ref();
    // What only an environment has needs its version too; what it takes away the cluster still needs.
    let all: Vec<ClusterFacts> = facts.cluster.iter().flat_map(settings).collect();
    let need = |f: &dyn Fn(&ClusterFacts) -> Option<Origin>| all.iter().find_map(f);
    let balancer =
        |by: Announcer| need(&|c| c.load_balancer.iter().find(|l| l.by.is_some_and(|b| b.v == by)).map(|l| l.at));
    let ingress = |by: WayIn| need(&|c| c.ingress.iter().find(|i| i.by.is_some_and(|b| b.v == by)).map(|i| i.at));
    let gateway = need(&|c| c.network.as_ref().and_then(|n| n.gateway.filter(|g| g.v).map(|g| g.at)));
    let pages = need(&|c| c.ui.as_ref().map(|u| u.at));
    let logs = need(&|c| c.logging.as_ref().map(|l| l.at));
    let read = |agent: LogAgent| {
        need(&|c| {
            let l = c.logging.as_ref()?;
            match (l.agent, agent) {
                (None, LogAgent::Alloy) => Some(l.at),
                (Some(a), _) if a.v == agent => Some(a.at),
                // Logs of firewalls are taken by Alloy, whoever reads the nodes'.
                (_, LogAgent::Alloy) => l.syslog.as_ref().map(|s| s.at),
                (_, LogAgent::Promtail) => None,
            }
        })
    };
    let traces = need(&|c| c.tracing.as_ref().map(|t| t.at));
    let (alloy, promtail) = (read(LogAgent::Alloy), read(LogAgent::Promtail));
    let vyos = facts.template.iter().filter_map(|t| t.os).find(|o| o.v == Os::Vyos).map(|o| o.at);
    let runs = need(&|c| {
        let parts =
            [c.install.as_ref().map(|i| i.at), c.network.as_ref().map(|n| n.at), c.storage.first().map(|s| s.at)];
        parts.into_iter().flatten().next()
    });
    let watched = need(&|c| c.monitoring.as_ref().map(|m| m.at));
    let asked = need(&|c| c.monitoring.as_ref().and_then(|m| m.snmp.filter(|s| s.v).map(|s| s.at)));
    let mut pins = Pins { cx, facts };
    let mut t = ClusterTargets {
        kubernetes: pins.pin("Kubernetes", "kubernetes", v.and_then(|v| v.kubernetes.as_ref()), runs, None),
        kubesphere: pins.row(
            v.and_then(|v| v.kubesphere.as_ref()),
            need(&|c| c.install.as_ref().and_then(|i| i.kubesphere.as_ref()).map(|k| k.at)),
        ),
        ceph: pins.pin(
            "Ceph",
            "ceph",
            v.and_then(|v| v.ceph.as_ref()),
            need(&|c| c.storage.first().map(|s| s.at)),
            None,
        ),
        kubekey: pins.row(v.and_then(|v| v.kubekey.as_ref()), need(&|c| c.install.as_ref().map(|i| i.at))),
        cilium: pins.row(v.and_then(|v| v.cilium.as_ref()), need(&|c| c.network.as_ref().map(|n| n.at))),
        metallb: pins.row(v.and_then(|v| v.metallb.as_ref()), balancer(Announcer::Metallb)),
        rook: pins.row(v.and_then(|v| v.rook.as_ref()), need(&|c| c.storage.first().map(|s| s.at))),
        ingress_nginx: pins.row(v.and_then(|v| v.ingress_nginx.as_ref()), ingress(WayIn::Nginx)),
        gateway_api: pins.row(v.and_then(|v| v.gateway_api.as_ref()), ingress(WayIn::Gateway).or(gateway).or(pages)),
        cert_manager: pins
            .row(v.and_then(|v| v.cert_manager.as_ref()), need(&|c| c.certificates.as_ref().map(|i| i.at))),
        argo_cd: pins.row(v.and_then(|v| v.argo_cd.as_ref()), need(&|c| c.gitops.as_ref().map(|g| g.at))),
        prometheus_stack: pins.row(v.and_then(|v| v.kube_prometheus_stack.as_ref()), watched),
        blackbox_exporter: pins.row(v.and_then(|v| v.blackbox_exporter.as_ref()), watched),
        snmp_exporter: pins.row(v.and_then(|v| v.snmp_exporter.as_ref()), asked),
        loki: pins.row(v.and_then(|v| v.loki.as_ref()), logs),
        alloy: pins.row(v.and_then(|v| v.alloy.as_ref()), alloy),
        promtail: pins.row(v.and_then(|v| v.promtail.as_ref()), promtail),
        tempo: pins.row(v.and_then(|v| v.tempo.as_ref()), traces),
        kube_ovn: pins.row(v.and_then(|v| v.kube_ovn.as_ref()), need(&|c| c.nested.first().map(|n| n.at))),
        multus: pins.row(v.and_then(|v| v.multus.as_ref()), need(&|c| c.nested.first().map(|n| n.at))),
        velero: pins.row(v.and_then(|v| v.velero.as_ref()), need(&|c| c.backup.as_ref().map(|b| b.at))),
        vyos: pins.row(v.and_then(|v| v.vyos.as_ref()), vyos),
    };
    if let Some(k) = &t.kubernetes {
        together(k, &t.kubekey, cx);
        together(k, &t.kubesphere, cx);
        together(k, &t.cilium, cx);
        together(k, &t.metallb, cx);
        together(k, &t.rook, cx);
        together(k, &t.ingress_nginx, cx);
        together(k, &t.gateway_api, cx);
        together(k, &t.cert_manager, cx);
        together(k, &t.argo_cd, cx);
        together(k, &t.prometheus_stack, cx);
        together(k, &t.blackbox_exporter, cx);
        together(k, &t.loki, cx);
        together(k, &t.tempo, cx);
        together(k, &t.kube_ovn, cx);
        together(k, &t.multus, cx);
    }
    if let (Some(rook), Some(ceph)) = (&t.rook, &t.ceph) {
        storage(rook, ceph, cx);
    }
    if let (Some(cilium), Some(api)) = (&t.cilium, &t.gateway_api) {
        served(cilium, api, cx);
    }
    // A version that is wrong or missing was reported; what else is wrong with what it is for is told in the same run.
    assume(&mut t.kubekey, need(&|c| c.install.as_ref().map(|i| i.at)));
    assume(&mut t.cilium, need(&|c| c.network.as_ref().map(|n| n.at)));
    assume(&mut t.ingress_nginx, ingress(WayIn::Nginx));
    assume(&mut t.gateway_api, ingress(WayIn::Gateway).or(pages));
    assume(&mut t.cert_manager, need(&|c| c.certificates.as_ref().map(|i| i.at)));
    assume(&mut t.argo_cd, need(&|c| c.gitops.as_ref().map(|g| g.at)));
    assume(&mut t.prometheus_stack, watched);
    assume(&mut t.blackbox_exporter, watched);
    assume(&mut t.snmp_exporter, asked);
    assume(&mut t.loki, logs);
    assume(&mut t.alloy, alloy);
    assume(&mut t.promtail, promtail);
    assume(&mut t.tempo, traces);
    assume(&mut t.kube_ovn, need(&|c| c.nested.first().map(|n| n.at)));
    assume(&mut t.velero, need(&|c| c.backup.as_ref().map(|b| b.at)));
    assume(&mut t.multus, need(&|c| c.nested.first().map(|n| n.at)));
    t
}

/// The row of Authentik, where somebody runs it.
pub fn authentik(facts: &Facts, cx: &mut Cx<'_>) -> Option<Target<AuthentikCaps>> {
    let stated = facts.versions.as_ref().and_then(|v| v.authentik.as_ref());
    let needed = facts.identity.first().map(|i| i.at);
    let mut target = Pins { cx, facts }.row(stated, needed);
    assume(&mut target, needed);
    target
}

/// The newest row where one is needed and none was found: nothing is emitted then.
fn assume<T: Row>(target: &mut Option<Target<T>>, needed: Option<Origin>) {
    if let (None, Some(at), Some(row)) = (&target, needed, T::ROWS.last()) {
        *target = Some(Target { version: Sp::new(Version(row.checked().into()), at), caps: Sp::new(row, at) });
    }
}

struct Pins<'c, 'x, 'f> {
    cx: &'c mut Cx<'x>,
    facts: &'f Facts,
}

impl Pins<'_, '_, '_> {
    /// A version that an artifact pins: three numbers, or four parts where a release has a suffix.
    fn pin(
        &mut self,
        name: &str,
        word: &'static str,
        stated: Option<&Sp<Version>>,
        needed: Option<Origin>,
        whole: Option<&str>,
    ) -> Option<Sp<Version>> {
        let Some(v) = stated else {
            let example = if word == "ceph" { "19.2.3" } else { "1.33.4" };
            self.missing(name, word, needed?, example);
            return None;
        };
        if numbers(&v.v).is_none() {
            let span = self.cx.span(v.at);
            self.cx.report(
                Diag::new(code::E0506, format!("{} is not one version of {name}", v.v))
                    .at(span, "an artifact would pin this")
                    .note("major, minor and patch: whoever applies the tree next month gets what was reviewed today")
                    .help(format!("{word} \"{}\"", whole.map_or_else(|| format!("{}.0", v.v), str::to_string))),
            );
            return None;
        }
        Some(v.clone())
    }

    fn row<T: Row>(&mut self, stated: Option<&Sp<Version>>, needed: Option<Origin>) -> Option<Target<T>> {
        let known = T::ROWS.last().map_or("1.0.0", Row::checked);
        let Some(v) = stated else {
            self.missing(T::NAME, T::WORD, needed?, known);
            return None;
        };
        let Some(caps) = row::<T>(&v.v) else {
            let span = self.cx.span(v.at);
            let lines: Vec<String> = T::ROWS.iter().map(|r| format!("{} (as {})", r.line(), r.checked())).collect();
            self.cx.report(
                Diag::new(code::E0502, format!("topoc does not know {} {}", T::NAME, v.v))
                    .at(span, "its files were never checked")
                    .help(format!("known are {}", lines.join(", "))),
            );
            return None;
        };
        let version = self.pin(T::NAME, T::WORD, Some(v), None, Some(caps.checked()))?;
        let caps = Sp::new(caps, version.at);
        Some(Target { version, caps })
    }

    fn missing(&mut self, name: &str, word: &'static str, at: Origin, example: &str) {
        let versions = self.facts.versions.as_ref();
        // A version that cannot be read was reported where it stands.
        if versions.is_some_and(|v| self.cx.spoiled.contains(&(v.at, word))) {
            return;
        }
        let mut d = Diag::new(code::E0501, format!("the version of {name} is not stated"))
            .at(self.cx.span(at), "this needs it");
        if let Some(v) = versions {
            d = d.at(self.cx.span(v.at), "it is stated in here");
        }
        self.cx.report(d.help(format!("versions {{ {word} \"{example}\" }}")));
    }
}

/// Major, minor and patch of an exact version; what follows a hyphen is the release's own.
fn numbers(v: &str) -> Option<(u16, u16, u16)> {
    let plain = v.split('-').next()?;
    let mut parts = plain.split('.').map(|p| p.parse::<u16>().ok());
    let all = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some(all)
}

/// E0507, L0508: a consumer beside a Kubernetes that it is not for.
fn together<T: Row>(k: &Sp<Version>, target: &Option<Target<T>>, cx: &mut Cx<'_>) {
    let (Some(target), Some((1, minor, _))) = (target, numbers(&k.v)) else { return };
    let Some((first, last)) = target.caps.v.kubernetes() else { return };
    if (first..=last).contains(&minor) {
        return;
    }
    let fits: Vec<&str> = T::ROWS
        .iter()
        .filter(|r| r.kubernetes().is_none_or(|(a, b)| (a..=b).contains(&minor)))
        .map(Row::checked)
        .collect();
    let range = if last == 99 { format!("1.{first} and later") } else { format!("1.{first} to 1.{last}") };
    let code: Code = if target.caps.v.strict() { code::E0507 } else { code::L0508 };
    let what = if target.caps.v.strict() { "is not for" } else { "is not tested with" };
    cx.report(
        Diag::new(code, format!("{} {} {what} Kubernetes {}", T::NAME, target.version.v, k.v))
            .at(cx.span(target.version.at), format!("it is for {range}"))
            .at(cx.span(k.at), "this Kubernetes")
            .help(match fits.last() {
                Some(v) => format!("{} \"{v}\"", T::WORD),
                // What is for every later one names no last one.
                None => format!("kubernetes \"1.{}.0\"", if last == 99 { first } else { last }),
            }),
    );
}

/// E0510: Cilium's operator ends where it does not find the resources that it was built for.
fn served(cilium: &Target<CiliumCaps>, api: &Target<GatewayApiCaps>, cx: &mut Cx<'_>) {
    if cilium.caps.v.gateway_api.contains(&api.caps.v.line) {
        return;
    }
    let fits = CiliumCaps::ROWS.iter().rev().find(|r| r.gateway_api.contains(&api.caps.v.line));
    cx.report(
        Diag::new(
            code::E0510,
            format!("Cilium {} does not start beside the Gateway API {}", cilium.version.v, api.version.v),
        )
        .at(cx.span(cilium.version.at), "its operator looks for resources that are not served")
        .at(cx.span(api.version.at), "by these")
        .note("no operator, no addresses for pods: the whole cluster would wait")
        .help(fits.map_or("remove the gateway".into(), |r| format!("cilium \"{}\"", r.checked))),
    );
}

/// E0509: the operator refuses a Ceph that it does not know (`allowUnsupported: false`).
fn storage(rook: &Target<RookCaps>, ceph: &Sp<Version>, cx: &mut Cx<'_>) {
    let (Some(v), Some(oldest)) = (numbers(&ceph.v), numbers(rook.caps.v.oldest_ceph)) else { return };
    if rook.caps.v.ceph.contains(&v.0) && v >= oldest {
        return;
    }
    let majors = rook.caps.v.ceph.iter().map(|m| format!("{m}")).collect::<Vec<_>>().join(" and ");
    cx.report(
        Diag::new(code::E0509, format!("Rook {} refuses Ceph {}", rook.version.v, ceph.v))
            .at(cx.span(ceph.at), "this Ceph")
            .at(cx.span(rook.version.at), format!("it runs Ceph {majors}, {} at the oldest", rook.caps.v.oldest_ceph))
            .help(format!("ceph \"{}\"", if v.0 < oldest.0 { rook.caps.v.oldest_ceph } else { "19.2.3" })),
    );
}
