//! Sections of config.xml: intrusion detection, and the cron job that fetches its rules; decides nothing.

use super::shaper::joined;
use super::{ON, Section, View};
use crate::ir::{Ids, IdsPolicy, IdsRule, IdsUpdate};
use crate::render::{Doc, Why, Xml};
use crate::schema::{IdsAction, IdsLog, IdsMode, IdsProfile, Matcher, Rotation, UpdateEvery};
use crate::source::Sp;
use crate::words;

crate::rules! {
    81;
    IDS = "Suricata is part of OPNsense: it is told what to watch, with which rules." @ "RFC 6.4; opnsense 2";
    CRON = "Rules are fetched by a job of their own; the area has no other jobs of topoc." @ "RFC 6.4; opnsense 2";
    UPDATE = "This job fetches the rules." @ "OPNsense core 26.7, IDS.xml: UpdateCron";
    COMMAND = "The service's own command fetches its rules." @ "OPNsense core 26.7, Cron.xml: command";
    CRON_ORIGIN = "The service finds its job by this." @ "OPNsense core 26.7, Cron.xml: origin";
    ROOT = "Jobs of the system run as root." @ "OPNsense core 26.7, Cron.xml: who";
    EVERY = "On every day, or every Sunday." @ "OPNsense core 26.7, Cron.xml: weekdays";
    DESCRIPTION = "It is called by what it is for." @ "OPNsense core 26.7, Cron.xml: description";
    WATCHED = "Interfaces are named by their keys." @ "OPNsense core 26.7, IDS.xml: interfaces";
    HOME = "Home networks are literal." @ "OPNsense core 26.7, IDS.xml: homenet";
    FILE = "A set of rules is the file that has it." @ "OPNsense core 26.7, IDS.xml: files";
    SETS = "Sets are named by the uuids of their files." @ "OPNsense core 26.7, IDS.xml: rulesets";
    OFFLOAD = "netmap hands packets over as they are on the wire: a NIC that computes checksums or joins packets breaks them." @ "RFC 6.4; vtnet(4), netmap(4)";
}

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let Some(ids) = &view.layer.ids else { return Vec::new() };
    let Ids {
        interfaces,
        mode,
        home,
        rulesets,
        update,
        matcher,
        profile,
        promiscuous,
        log,
        payload,
        rotate,
        keep,
        policies,
        rules,
        openings: _,
        at,
    } = ids;
    let xml = view.model("OPNsense/IDS", "IDS", IDS, |x| {
        x.cite(*at);
        if !rules.is_empty() {
            x.element("rules", IDS, |x| {
                for r in rules {
                    x.push(single(view, r));
                }
            });
        }
        if !policies.is_empty() {
            x.element("policies", IDS, |x| {
                for p in policies {
                    x.push(policy(view, ids, p));
                }
            });
        }
        x.element("files", IDS, |x| {
            for f in rulesets {
                let mut file = view.item("file", &file_path(f), f.at);
                file.put("filename", (words![f, ".rules"], FILE));
                file.put("enabled", (true, ON));
                x.push(file);
            }
        });
        x.element("general", IDS, |x| {
            x.put("enabled", (true, ON));
            let prevent = mode.v == IdsMode::Prevent;
            if view.caps.ids_mode {
                let spelled = match mode.v {
                    IdsMode::Detect => "pcap",
                    IdsMode::Prevent => "netmap",
                };
                x.put("mode", Sp::new(spelled, mode.at));
            } else {
                x.put("ips", Sp::new(prevent, mode.at));
            }
            x.put("promisc", promiscuous);
            let keys = interfaces.iter().map(|i| words![view.key(i.v)].citing(i.at));
            x.put("interfaces", (joined(keys), WATCHED));
            x.put("homenet", (joined(home.iter().map(|n| words![n])), HOME));
            x.put("UpdateCron", (view.uuid(JOB).as_str(), UPDATE));
            let rotation = match rotate.v {
                Rotation::Daily => "D0",
                Rotation::Weekly => "W0D23",
            };
            x.put("AlertLogrotate", Sp::new(rotation, rotate.at));
            x.put("AlertSaveLogs", keep);
            match matcher.v {
                Matcher::Automatic => x.cite(matcher.at),
                Matcher::Hyperscan => x.put("MPMAlgo", Sp::new("hs", matcher.at)),
                Matcher::AhoCorasick => x.put("MPMAlgo", Sp::new("ac", matcher.at)),
                Matcher::AhoCorasickKs => x.put("MPMAlgo", Sp::new("ac-ks", matcher.at)),
            }
            match profile.v {
                IdsProfile::Standard => x.cite(profile.at),
                IdsProfile::Low | IdsProfile::Medium | IdsProfile::High => {
                    x.element("detect", IDS, |x| x.put("Profile", profile));
                }
            }
            let (lines, json) = match log.v {
                IdsLog::Lines => (true, false),
                IdsLog::Json => (false, true),
                IdsLog::Both => (true, true),
                IdsLog::Nothing => (false, false),
            };
            x.put("syslog", Sp::new(lines, log.at));
            x.put("syslog_eve", Sp::new(json, log.at));
            x.put("LogPayload", payload);
        });
    });
    let mut all = vec![
        Section { under: &["OPNsense"], xml, area: Some("OPNsense.IDS") },
        Section { under: &["OPNsense"], xml: cron(view, update), area: Some("OPNsense.cron") },
    ];
    if !view.caps.interface_settings {
        // A presence flag each: its section is the element itself.
        let mut system = Xml::new("system", OFFLOAD);
        unload(view, &mut system);
        let flags = system.children().iter().cloned();
        all.extend(flags.map(|xml| Section { under: &["system"], xml, area: None }));
    }
    all
}

/// Takes from the NICs what must not be left to them where netmap is: into the settings of all interfaces, which before 26.1
/// were flags of the system under the same names.
pub(super) fn unload(view: &View<'_>, x: &mut Xml) {
    let Some(mode) = view.layer.ids.as_ref().map(|i| i.mode).filter(|m| m.v == IdsMode::Prevent) else { return };
    for name in ["disablechecksumoffloading", "disablesegmentationoffloading", "disablelargereceiveoffloading"] {
        x.put(name, (Doc::Bool(true), Why::from(OFFLOAD).also(mode.at)));
    }
}

const JOB: &str = "cron/ids-update";

fn file_path(f: &Sp<crate::schema::RulesetName>) -> String {
    ["ids/file/", &f.v].concat()
}

fn cron(view: &View<'_>, update: &IdsUpdate) -> Xml {
    let IdsUpdate { every, minute, hour } = update;
    view.model("OPNsense/cron", "cron", CRON, |x| {
        x.element("jobs", CRON, |x| {
            let mut job = view.item("job", JOB, UPDATE);
            job.put("origin", ("IDS", CRON_ORIGIN));
            job.put("enabled", (true, ON));
            job.put("minutes", minute);
            job.put("hours", hour);
            job.put("days", ("*", EVERY));
            job.put("months", ("*", EVERY));
            let day = match every.v {
                UpdateEvery::Daily => "*",
                UpdateEvery::Weekly => "0",
            };
            job.put("weekdays", (Doc::Str(day.into()), Why::from(EVERY).also(every.at)));
            job.put("who", ("root", ROOT));
            job.put("command", ("ids update", COMMAND));
            job.put("description", ("Fetch rules of the intrusion detection", DESCRIPTION));
            x.push(job);
        });
    })
}

fn policy(view: &View<'_>, ids: &Ids, p: &IdsPolicy) -> Xml {
    let IdsPolicy { name, order, rulesets, of, then } = p;
    let mut x = view.item("policy", &["ids/policy/", &name.v.0].concat(), name.at);
    x.put("enabled", (true, ON));
    x.put("prio", order);
    if !of.is_empty() {
        x.put("action", (joined(of.iter().map(|a| words![a])), SETS));
    }
    if !rulesets.is_empty() {
        let files = rulesets.iter().map(|s| {
            let uuid = view.uuid(&file_path(&ids.rulesets[s.v]));
            crate::render::Composed { text: uuid.to_string(), why: vec![s.at] }
        });
        x.put("rulesets", (joined(files), SETS));
    }
    x.put("new_action", then);
    x.put("description", name);
    x
}

fn single(view: &View<'_>, r: &IdsRule) -> Xml {
    let IdsRule { sid, then } = r;
    let mut x = view.item("rule", &["ids/rule/", &sid.v.to_string()].concat(), sid.at);
    x.put("sid", sid);
    let (on, action) = match then.v {
        IdsAction::Alert => (true, "alert"),
        IdsAction::Drop => (true, "drop"),
        IdsAction::Disable => (false, "alert"),
    };
    x.put("enabled", Sp::new(on, then.at));
    x.put("action", Sp::new(action, then.at));
    x
}
