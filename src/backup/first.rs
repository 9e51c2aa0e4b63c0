//! The config.xml of a firewall that has none: the least that OPNsense needs to let its administrator in; topoc's part is merged in.

use super::xml::{Document, Element};

/// A configuration with one administrator, whose password has this hash, and nothing else: no rule, no interface, no service.
/// The values are those of OPNsense's own first configuration (upstream/opnsense: config.xml.sample), without its rules that
/// let everything out and without its known password.
pub fn blank(node: &str, hash: &str) -> Document {
    let with = Element::with;
    let group = Element::new("group")
        .push(with("name", "admins"))
        .push(with("description", "System Administrators"))
        .push(with("scope", "system"))
        .push(with("gid", "1999"))
        .push(with("member", "0"))
        .push(with("priv", "page-all"));
    let user = Element::new("user")
        .push(with("name", "root"))
        .push(with("descr", "System Administrator"))
        .push(with("scope", "system"))
        .push(with("groupname", "admins"))
        .push(with("password", hash))
        .push(with("uid", "0"));
    let system = Element::new("system")
        .push(with("optimization", "normal"))
        .push(with("hostname", node))
        .push(with("domain", "internal"))
        .push(group)
        .push(user)
        .push(with("nextuid", "2000"))
        .push(with("nextgid", "2000"))
        .push(with("timezone", "Etc/UTC"))
        .push(Element::new("webgui").push(with("protocol", "https")))
        .push(with("disablenatreflection", "yes"))
        .push(with("usevirtualterminal", "1"))
        .push(Element::new("bogons").push(with("interval", "monthly")))
        .push(with("pf_share_forward", "1"))
        .push(with("lb_use_sticky", "1"))
        .push(Element::new("ssh").push(with("group", "admins")));
    let mut root =
        Element::new("opnsense").push(with("theme", "opnsense")).push(system).push(Element::new("interfaces"));
    root.lay_out(0);
    Document::new(root)
}

/// Whether a text is a hash of a password and not a password: bcrypt or SHA-512, as OPNsense writes them (core 26.7, auth.inc).
pub fn is_hash(text: &str) -> bool {
    let kind = ["$2y$", "$2b$", "$2a$", "$6$"].iter().any(|k| text.starts_with(k));
    kind && text.len() >= 50 && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Gives the administrator of a configuration another password; `false` when there is none.
pub fn set_root(document: &mut Document, hash: &str) -> bool {
    let system = document.root.child_mut("system");
    let mut users =
        system.into_iter().flat_map(Element::children_mut).filter(|u| u.name == "user" && u.value("uid") == "0");
    let Some(root) = users.next() else { return false };
    set(root, "password", hash);
    true
}

/// Names a firewall that has no name yet, or another.
pub fn name(document: &mut Document, node: &str) {
    if let Some(system) = document.root.child_mut("system") {
        set(system, "hostname", node);
    }
}

fn set(e: &mut Element, field: &str, value: &str) {
    match e.child_mut(field) {
        Some(f) => f.set_text(value),
        None => e.append(Element::with(field, value), 2),
    }
}
