//! Emitter: checks of the running cloud: a CronJob in the cluster, the same table as a script for outside, and the CIS benchmark;
//! decides nothing.

mod benchmark;

use super::kube::{self, Part, View};
use super::{Meta, Out};
use crate::consumer::{CIS, HEALTH, HEALTH_PODS};
use crate::emit::velero::cron;
use crate::ir::{Check, Cis, Health, Rhythm, Sealed};
use crate::render::template::{Val, render};
use crate::render::{Composed, Map, Scalar, Text, Why};
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    102;
    NAMESPACE = "checks run in a namespace of their own, and need no privileges" @ "RFC 9.3; Kubernetes, Pod Security Standards, restricted";
    SCRIPT = "every check says one line, and the script ends with 1 when one failed" @ "RFC 9.3";
    ACCOUNT = "checks may read what they look at, and nothing else" @ "Kubernetes, RBAC; MetalLB 0.16, IPAddressPool status";
    JOB = "checks run again and again, one at a time, and what failed last is kept" @ "RFC 9.3; Kubernetes, CronJob";
    UTC = "the times are those of UTC, wherever the controller runs" @ "Kubernetes 1.27, CronJob spec.timeZone";
    LATE = "a run that could not start in five minutes is left out" @ "Kubernetes, CronJob spec.startingDeadlineSeconds";
    FORGOTTEN = "a run that failed is forgotten when the next has been, or nobody would hear of that one; half an hour at least, for who tells of it waits a quarter" @ "Kubernetes, Job spec.ttlSecondsAfterFinished; kubernetes-mixin, KubeJobFailed";
    BOUNDED = "a run that hangs is ended, and is not tried again: the next one is near" @ "Kubernetes, Job spec.activeDeadlineSeconds, backoffLimit";
    IMAGE = "the image has all programs that the script runs" @ "nicolaka/netshoot, Dockerfile: bind-tools, curl, iputils, jq, netcat-openbsd, openssl";
    LEAST = "nothing here needs a privilege" @ "Kubernetes, Pod Security Standards, restricted";
    PING = "a group may ping without a capability" @ "Kubernetes 1.18, safe sysctls: net.ipv4.ping_group_range; icmp(7)";
    SMALL = "the script needs little" @ "Kubernetes, resource management";
    BENCH = "the benchmark reads files of the node and its processes, on every node of its kind once" @ "kube-bench, job.yaml";
    BENCH_VERSION = "without an account it cannot ask which Kubernetes this is, and would compare with another benchmark" @ "kube-bench 0.10 to 0.15, cmd/root.go: version; cmd/util.go";
    BENCH_SPACE = "it sees the host's files and processes, which only this level admits" @ "Kubernetes, Pod Security Standards; kube-bench, job.yaml";
    BENCH_ONCE = "as many pods as nodes, no two on one node" @ "Kubernetes, Job spec.completions; pod anti-affinity";
}

/// What `topoc` says of this emitter.
pub static META: Meta = Meta {
    name: "health",
    writes: "<folder>/config/{health,kube-bench}/*.yaml, <folder>/{health,overlays/<environment>}/outside.sh",
    what: "Checks of the running cloud: addresses, names, published services, certificates, pools; from inside by a CronJob, from the Internet by a script; and the CIS benchmark.",
    reader: "kubectl, Argo CD; sh",
    apply: "`kubectl apply -k <folder>/config/health`; run <folder>/health/outside.sh where no network of ours is, or that of the environment where it has one.",
    step: 9,
    rfc: "9.3",
    systems: &[],
    rules: RULES,
    block: RULE_BLOCK,
};

/// Objects for every cluster, and the script for outside.
pub fn plan(sealed: &Sealed<'_>, out: &mut Out<'_>) {
    kube::plan(sealed, out);
    for view in kube::views(sealed) {
        let outside = |view: &View<'_>| {
            let h = view.layer.health.as_ref().filter(|h| !h.outside.is_empty())?;
            Some(script(view, h, false))
        };
        let own = outside(&view);
        for e in &view.cluster.environments {
            let theirs = View { layer: &e.layer, ..view };
            // What is the same is looked at by the same script.
            if let Some(text) = outside(&theirs).filter(|t| own.as_ref().is_none_or(|own| own.text != t.text)) {
                out.program(kube::site(&view), kube::below(&view, &format!("overlays/{}/outside.sh", e.name.v)), text);
            }
        }
        if let Some(text) = own {
            out.program(kube::site(&view), kube::below(&view, "health/outside.sh"), text);
        }
    }
}

/// The objects of one cluster or one environment.
pub fn parts(view: &View<'_>) -> Vec<Part> {
    let Some(h) = &view.layer.health else { return Vec::new() };
    // Names, limit and hypervisors are in the checks that were made of them.
    let Health { netshoot, rhythm, names: _, expiry: _, hypervisors: _, cis, inside, outside: _, at: _ } = h;
    let mut all = Vec::new();
    let mut add = |file: &str, doc: Map, rule| all.push(Part::object("health", file, doc, rule));
    add("namespace", namespace(HEALTH, "restricted", NAMESPACE), NAMESPACE);
    let mut config = kube::object("v1", "ConfigMap", (HEALTH_PODS, SCRIPT), Some(HEALTH), SCRIPT);
    config.map("data", SCRIPT, |d| d.put("inside.sh", (script(view, h, true), SCRIPT)));
    add("configmap-health-checks", config, SCRIPT);
    add(
        "serviceaccount-health-checks",
        kube::object("v1", "ServiceAccount", (HEALTH_PODS, ACCOUNT), Some(HEALTH), ACCOUNT),
        ACCOUNT,
    );
    if inside.iter().any(|c| matches!(c, Check::Speakers(_) | Check::Pool(_))) {
        add("role-health-checks", role(inside), ACCOUNT);
        add("rolebinding-health-checks", binding(), ACCOUNT);
    }
    let mut job = kube::object("batch/v1", "CronJob", (HEALTH_PODS, JOB), Some(HEALTH), JOB);
    job.map("spec", JOB, |s| {
        again(s, rhythm, JOB, |spec| {
            spec.put("backoffLimit", (0, BOUNDED));
            spec.put("activeDeadlineSeconds", (600, BOUNDED));
            spec.map("template", JOB, |t| pod(t, netshoot));
        });
    });
    add("cronjob-health-checks", job, JOB);
    if let Some(Cis { version, rhythm, at: _ }) = cis {
        all.push(Part::object(CIS, "namespace", namespace(CIS, "privileged", BENCH_SPACE), BENCH_SPACE));
        all.extend(benchmark::jobs(view, version, rhythm));
    }
    all
}

fn namespace(name: &'static str, level: &'static str, rule: Rule) -> Map {
    kube::object_with("v1", "Namespace", (name, rule), None, rule, |m| {
        m.map("labels", rule, |l| l.put("pod-security.kubernetes.io/enforce", (level, rule)));
    })
}

/// What every CronJob here has: when, one at a time, and what a run is.
fn again(s: &mut Map, rhythm: &Rhythm, rule: Rule, run: impl FnOnce(&mut Map)) {
    s.put("schedule", (cron(rhythm), rule));
    s.put("timeZone", ("Etc/UTC", UTC));
    s.put("concurrencyPolicy", ("Forbid", JOB));
    s.put("startingDeadlineSeconds", (300, LATE));
    s.put("successfulJobsHistoryLimit", (1, JOB));
    s.put("failedJobsHistoryLimit", (1, JOB));
    let kept = rhythm.every.map(|every| every.0.max(1800));
    s.map("jobTemplate", JOB, |t| {
        t.map("spec", JOB, |spec| {
            spec.put("ttlSecondsAfterFinished", (kept.v.scalar(), Why::from(FORGOTTEN).also(kept.at)));
            run(spec);
        });
    });
}

fn pod(t: &mut Map, netshoot: &Sp<crate::schema::Version>) {
    t.map("metadata", JOB, |m| {
        m.map("labels", JOB, |l| l.put("app.kubernetes.io/name", (HEALTH_PODS, JOB)));
    });
    t.map("spec", JOB, |s| {
        s.put("restartPolicy", ("Never", BOUNDED));
        s.put("serviceAccountName", (HEALTH_PODS, ACCOUNT));
        s.map("securityContext", LEAST, |c| {
            c.put("runAsNonRoot", (true, LEAST));
            c.put("runAsUser", (65_534, LEAST));
            c.put("runAsGroup", (65_534, LEAST));
            c.map("seccompProfile", LEAST, |p| p.put("type", ("RuntimeDefault", LEAST)));
            c.list("sysctls", PING, |l| {
                l.map(PING, |m| {
                    m.put("name", ("net.ipv4.ping_group_range", PING));
                    m.put("value", ("0 65535", PING));
                });
            });
        });
        s.list("containers", JOB, |l| {
            l.map(JOB, |c| {
                c.put("name", ("checks", JOB));
                c.put("image", (words!["docker.io/nicolaka/netshoot:v", netshoot], IMAGE));
                c.list("command", SCRIPT, |a| {
                    a.push(("/bin/sh", SCRIPT));
                    a.push(("/checks/inside.sh", SCRIPT));
                });
                c.map("securityContext", LEAST, |m| {
                    m.put("allowPrivilegeEscalation", (false, LEAST));
                    m.put("readOnlyRootFilesystem", (true, LEAST));
                    m.map("capabilities", LEAST, |m| m.list("drop", LEAST, |l| l.push(("ALL", LEAST))));
                });
                c.map("resources", SMALL, |r| {
                    r.map("requests", SMALL, |m| {
                        m.put("cpu", ("10m", SMALL));
                        m.put("memory", ("32Mi", SMALL));
                    });
                    r.map("limits", SMALL, |m| m.put("memory", ("128Mi", SMALL)));
                });
                c.list("volumeMounts", SCRIPT, |v| {
                    v.map(SCRIPT, |m| {
                        m.put("name", ("checks", SCRIPT));
                        m.put("mountPath", ("/checks", SCRIPT));
                        m.put("readOnly", (true, SCRIPT));
                    });
                });
            });
        });
        s.list("volumes", SCRIPT, |l| {
            l.map(SCRIPT, |v| {
                v.put("name", ("checks", SCRIPT));
                v.map("configMap", SCRIPT, |m| m.put("name", (HEALTH_PODS, SCRIPT)));
            });
        });
    });
}

/// The chart's namespace and the name that it gives to its speakers.
const METALLB: (&str, &str) = ("metallb-system", "metallb-speaker");

fn role(checks: &[Check]) -> Map {
    let mut doc =
        kube::object("rbac.authorization.k8s.io/v1", "Role", (HEALTH_PODS, ACCOUNT), Some(METALLB.0), ACCOUNT);
    let rule = |l: &mut crate::render::List, group: &'static str, kind: &'static str, names: &[(Composed, Rule)]| {
        l.map(ACCOUNT, |r| {
            r.list("apiGroups", ACCOUNT, |l| l.push((group, ACCOUNT)));
            r.list("resources", ACCOUNT, |l| l.push((kind, ACCOUNT)));
            r.list("resourceNames", ACCOUNT, |l| names.iter().for_each(|n| l.push(n.clone())));
            r.list("verbs", ACCOUNT, |l| l.push(("get", ACCOUNT)));
        });
    };
    let pools: Vec<(Composed, Rule)> = checks
        .iter()
        .filter_map(|c| match c {
            Check::Pool(name) => Some((words![name], ACCOUNT)),
            _ => None,
        })
        .collect();
    doc.list("rules", ACCOUNT, |l| {
        rule(l, "apps", "daemonsets", &[(words![METALLB.1], ACCOUNT)]);
        if !pools.is_empty() {
            rule(l, "metallb.io", "ipaddresspools", &pools);
        }
    });
    doc
}

fn binding() -> Map {
    let api = "rbac.authorization.k8s.io/v1";
    let mut doc = kube::object(api, "RoleBinding", (HEALTH_PODS, ACCOUNT), Some(METALLB.0), ACCOUNT);
    doc.map("roleRef", ACCOUNT, |r| {
        r.put("apiGroup", ("rbac.authorization.k8s.io", ACCOUNT));
        r.put("kind", ("Role", ACCOUNT));
        r.put("name", (HEALTH_PODS, ACCOUNT));
    });
    doc.list("subjects", ACCOUNT, |l| {
        l.map(ACCOUNT, |s| {
            s.put("kind", ("ServiceAccount", ACCOUNT));
            s.put("name", (HEALTH_PODS, ACCOUNT));
            s.put("namespace", (HEALTH, ACCOUNT));
        });
    });
    doc
}

/// The script of one side: functions for the kinds of checks that it has, and a call for each check.
fn script(view: &View<'_>, h: &Health, inside: bool) -> Text {
    let checks = if inside { &h.inside } else { &h.outside };
    let calls: Vec<Call> = checks.iter().map(|c| call(view, c)).collect();
    let any = |name: &[&str]| Val::Flag(calls.iter().any(|c| name.contains(&c.name)));
    let days = Sp::new((h.expiry.v.0 / 86_400).max(1), h.expiry.at);
    let fixed = |s: &'static str| Val::from(words![Sp::new(s, ACCOUNT.origin())]);
    let values = vec![
        ("inside", Val::Flag(inside)),
        ("cluster", words![view.cluster.name].citing(h.at).into()),
        ("days", words![days].into()),
        ("space", fixed(METALLB.0)),
        ("speaker", fixed(METALLB.1)),
        ("pings", any(&["pinged"])),
        ("names", any(&["found"])),
        ("leads", any(&["leads"])),
        ("opens", any(&["opened"])),
        ("closes", any(&["closed"])),
        ("certificates", any(&["certificate"])),
        ("answers", any(&["answers"])),
        ("apis", any(&["lives", "speakers", "pool"])),
        ("kubes", any(&["speakers", "pool"])),
        ("checks", Val::Many(calls.into_iter().map(Call::val).collect())),
    ];
    render("checks.sh", include_str!("checks.sh"), SCRIPT, &values)
}

/// A call of a function of the script.
struct Call {
    name: &'static str,
    words: Composed,
    arguments: Vec<Composed>,
}

impl Call {
    fn val(self) -> Val {
        let name = words![Sp::new(self.name, SCRIPT.origin())];
        Val::Record(vec![
            ("call", name.into()),
            ("words", self.words.into()),
            ("arguments", Val::Many(self.arguments.into_iter().map(Val::One).collect())),
        ])
    }
}

fn call(view: &View<'_>, c: &Check) -> Call {
    let t = view.t;
    let call = |name, words, arguments| Call { name, words, arguments };
    match c {
        Check::PingLeg(f, a, vlan) => {
            let words = words!["ping ", a, ", firewall ", t.firewall(*f).name, " on VLAN ", vlan];
            call("pinged", words, vec![words![a]])
        }
        Check::PingHost(h, a) => call("pinged", words!["ping ", a, ", hypervisor ", t.host(*h).name], vec![words![a]]),
        Check::ClusterName(why) => {
            let name = "kubernetes.default.svc.cluster.local";
            call("found", words!["name ", name].citing(why.at), vec![words![name]])
        }
        Check::Name(n, None) => call("found", words!["name ", n], vec![words![n]]),
        Check::Name(n, Some(s)) => call("found", words!["name ", n, " of ", s], vec![words![n], words![s]]),
        Check::Api(a, p) => call("lives", words!["API at ", a, ":", p], vec![words![a], words![p]]),
        Check::Open(n, a, p) => call("opened", words!["published ", n, " at ", a, ":", p], vec![words![a], words![p]]),
        Check::Closed(n, a, p) => {
            // The sentence of a person is quoted as a whole by the template.
            let said = Composed { text: n.v.0.to_string(), why: vec![n.at] };
            call("closed", words!["nothing at ", a, ":", p, ", ", said], vec![words![a], words![p]])
        }
        Check::Leads(n, a) => call("leads", words!["name ", n, " leads to ", a], vec![words![n], words![a]]),
        Check::Certificate(n, a, p) => {
            let words = words!["certificate of ", n, " at ", a, ":", p];
            call("certificate", words, vec![words![n], words![a], words![p]])
        }
        Check::Answers(n, a, p) => {
            call("answers", words!["answer of ", n, " at ", a, ":", p], vec![words![n], words![a], words![p]])
        }
        Check::Speakers(why) => call("speakers", words!["speakers of MetalLB"].citing(why.at), Vec::new()),
        Check::Pool(n) => call("pool", words!["pool ", n], vec![words![n]]),
    }
}
