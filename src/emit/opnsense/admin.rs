//! Sections of config.xml: the node's name, its web interface, SSH, accounts and directories; decides nothing.

use super::{Section, View, secret};
use crate::ir::{Admin, AdminSsh, AdminWeb, DirectorySpeaks, FirewallUser, Login, PeopleDirectory};
use crate::render::{Composed, Doc, Why, Xml};
use crate::schema::{DirectoryRef, DirectoryTransport, UserRights, WebLanguage};
use crate::source::{Rule, Sp};
use crate::words;

crate::rules! {
    84;
    HOSTNAME = "A node has its own name: two of one name cannot be told apart in logs." @ "RFC 3.1, 9.4; OPNsense core 26.7, system.inc";
    WEB = "The web interface answers on stated interfaces only; without them it would answer on all." @ "RFC 3.1.3; OPNsense core 26.7, webgui.inc";
    HTTPS = "It never speaks without TLS." @ "OPNsense core 26.7, webgui.inc";
    NO_ANTI_LOCKOUT = "OPNsense's own rule lets in everybody on one interface; a rule of its own lets in who manages." @ "OPNsense core 26.7, filter.inc; opnsense 3";
    NO_REDIRECT = "Nothing listens on port 80." @ "OPNsense core 26.7, webgui.inc";
    AUTHMODE = "OPNsense asks these in their order who somebody is; its own accounts are `Local Database`." @ "OPNsense core 26.7, auth.inc";
    SSH = "SSH answers on stated interfaces only; without them it would answer on all." @ "RFC 3.1.3; OPNsense core 26.7, openssh.inc";
    SSH_OFF = "SSH is off, on installation media too." @ "OPNsense core 26.7, openssh.inc";
    SSH_GROUP = "The group of administrators." @ "OPNsense core 26.7, config.xml.sample";
    USER = "An account of the file; its password stays as it is at the firewall, and a new one has none." @ "OPNsense core 26.7, Auth/User.xml; opnsense 4";
    USER_SCOPE = "It is an account of people, not of the system." @ "OPNsense core 26.7, Auth/User.xml";
    USER_ENABLED = "It is in use." @ "OPNsense core 26.7, Auth/User.xml";
    NO_PASSWORD = "No password fits: one is set at the firewall, never in a file." @ "OPNsense core 26.7, Auth/User.xml; opnsense 4";
    PRIVILEGE = "What OPNsense calls these rights." @ "OPNsense core 26.7, Core/ACL/ACL.xml";
    SHELL = "Without a shell OPNsense lets nobody in by SSH." @ "OPNsense core 26.7, auth.inc";
    KEYS = "OPNsense keeps the lines of authorized_keys in base64." @ "OPNsense core 26.7, Auth/FieldTypes/StoreB64Field.php";
    DIRECTORY = "A directory that OPNsense asks; others name it by its name." @ "OPNsense core 26.7, auth.inc";
    REFID = "OPNsense wants a reference of 13 hexadecimal digits; it is made from the name." @ "OPNsense core 26.7, auth.inc";
    LDAP_3 = "LDAP version 3, all of the tree below the base." @ "RFC 4511; OPNsense core 26.7, Auth/LDAP.php";
    TRANSPORT = "What OPNsense calls this way of keeping passwords secret." @ "OPNsense core 26.7, Auth/LDAP.php";
    CONTAINERS = "OPNsense parts the places where people are with semicolons." @ "OPNsense core 26.7, Auth/LDAP.php";
    LANGUAGE = "What OPNsense calls this language." @ "OPNsense core 26.7, system.inc";
}

/// The area of the web interface: complete, and so restored, only when its certificate is stated.
const WEB_AREA: &str = "system.webgui";

/// All of them.
pub fn sections(view: &View<'_>) -> Vec<Section> {
    let mut all = Vec::new();
    let mut add = |xml: Xml, area| all.push(Section { under: &["system"], xml, area });
    add(value("hostname", (words![&view.node.name], HOSTNAME)), None);
    if let Some(domain) = view.t.meta.as_ref().and_then(|m| m.domain.as_ref()) {
        add(value("domain", domain), None);
    }
    let Some(admin) = &view.layer.admin else { return all };
    let Admin { web, ssh, users, directories, timezone, language, name_servers, openings: _, at } = admin;
    add(value("timezone", timezone), None);
    add(value("language", (Doc::Str(locale(language.v).into()), Why::from(LANGUAGE).also(language.at))), None);
    for server in name_servers {
        add(value("dnsserver", server), None);
    }
    let area = web.certificate.is_some().then_some(WEB_AREA);
    add(webgui(view, web), area);
    let ssh = match ssh {
        Some(s) => sshd(view, s),
        None => {
            let mut x = Xml::new("ssh", Why::from(SSH_OFF).also(*at));
            x.put("group", ("admins", SSH_GROUP));
            x.flag("noauto", true, SSH_OFF);
            x
        }
    };
    add(ssh, Some("system.ssh"));
    for u in users {
        add(user(view, u), None);
    }
    for d in directories {
        add(directory(view, d), None);
    }
    all
}

/// An element with a value.
fn value(name: &'static str, value: impl crate::render::IntoDoc) -> Xml {
    let mut parent = Xml::new("system", HOSTNAME);
    parent.put(name, value);
    // It was put above.
    parent.children().first().cloned().unwrap_or(parent)
}

/// Keys of interfaces with commas.
fn keys(view: &View<'_>, on: &[Sp<usize>], rule: Rule) -> (Composed, Rule) {
    let mut all = Composed::default();
    for (n, i) in on.iter().enumerate() {
        let key = words![view.key(i.v)].citing(i.at);
        all = if n == 0 { key } else { words![all, ",", key] };
    }
    (all, rule)
}

/// Who is asked, as OPNsense names them.
pub(super) fn authmode(list: &[Sp<DirectoryRef>]) -> (Composed, Rule) {
    let mut all = Composed::default();
    for (n, d) in list.iter().enumerate() {
        let one = match d.v.as_str() {
            "local" => words!["Local Database"].citing(d.at),
            _ => words![&d.clone().map(|d| d.0)],
        };
        all = if n == 0 { one } else { words![all, ",", one] };
    }
    (all, AUTHMODE)
}

fn webgui(view: &View<'_>, web: &AdminWeb) -> Xml {
    let AdminWeb { on, port, log_in, certificate, at } = web;
    let mut x = Xml::new("webgui", Why::from(WEB).also(*at));
    x.put("protocol", ("https", HTTPS));
    x.put_some("ssl-certref", certificate.as_ref());
    x.put("port", port);
    x.put("interfaces", keys(view, on, WEB));
    x.flag("noantilockout", true, NO_ANTI_LOCKOUT);
    x.flag("disablehttpredirect", true, NO_REDIRECT);
    x.put("authmode", authmode(log_in));
    x
}

fn sshd(view: &View<'_>, ssh: &AdminSsh) -> Xml {
    let AdminSsh { on, port, root, passwords, at } = ssh;
    let mut x = Xml::new("ssh", Why::from(SSH).also(*at));
    x.put("group", ("admins", SSH_GROUP));
    x.put("enabled", ("enabled", SSH));
    x.flag("noauto", true, SSH_OFF);
    x.put("port", port);
    x.put("interfaces", keys(view, on, SSH));
    x.flag("passwordauth", passwords.v, passwords.at);
    x.flag("permitrootlogin", root.v, root.at);
    x
}

fn user(view: &View<'_>, u: &FirewallUser) -> Xml {
    let FirewallUser { name, login, rights, uid, at } = u;
    let path = format!("user/{}", name.v);
    let mut x = view.item("user", &path, Why::from(USER).also(*at));
    x.put("uid", uid);
    x.put("name", name);
    x.put("disabled", (false, USER_ENABLED));
    x.put("scope", ("user", USER_SCOPE));
    if let Some(login) = login {
        let Login { name: whose, keys } = view.t.login(login.v);
        let lines: Vec<&str> = keys.iter().map(|k| &*k.v).collect();
        let mut why = Why::from(KEYS).also(login.at).also(whose.at);
        for k in keys {
            why = why.also(k.at);
        }
        x.put("authorizedkeys", (Doc::Str(base64(lines.join("\n").as_bytes()).into()), why));
    }
    let (privileges, shell) = match rights.v {
        UserRights::Administrator => ("page-all", login.is_some()),
        UserRights::Logs => (
            "page-system-login-logout,page-diagnostics-logs-firewall-dynamic,page-diagnostics-logs-firewall-plain",
            false,
        ),
    };
    if shell {
        x.put("shell", ("/bin/sh", SHELL));
    }
    x.put("password", ("*", NO_PASSWORD));
    x.put("priv", (Doc::Str(privileges.into()), Why::from(PRIVILEGE).also(rights.at)));
    x
}

fn directory(view: &View<'_>, d: &PeopleDirectory) -> Xml {
    let PeopleDirectory { name, machine, host, port, speaks, at } = d;
    let mut x = Xml::new("authserver", Why::from(DIRECTORY).also(*at));
    if let Some(m) = machine {
        x.cite(m.at);
    }
    let refid: String =
        view.uuid(&format!("directory/{}", name.v)).as_str().replace('-', "").chars().take(13).collect();
    x.put("refid", (refid, REFID));
    match speaks {
        DirectorySpeaks::Ldap { kind, transport, base, people, attribute, filter, bind } => {
            x.put("type", ("ldap", DIRECTORY));
            x.cite(kind.at);
            x.put("name", name);
            x.put("host", host);
            x.put("ldap_port", port);
            x.put(
                "ldap_urltype",
                (Doc::Str(transport_word(transport.v).into()), Why::from(TRANSPORT).also(transport.at)),
            );
            x.put("ldap_protver", (3u8, LDAP_3));
            x.put("ldap_scope", ("subtree", LDAP_3));
            x.put("ldap_basedn", base);
            let containers: Vec<&str> = people.iter().map(|p| &*p.v).collect();
            let mut why = Why::from(CONTAINERS);
            for p in people {
                why = why.also(p.at);
            }
            x.put("ldap_authcn", (Doc::Str(containers.join(";").into()), why));
            x.put_some("ldap_extended_query", filter.as_ref());
            x.put("ldap_attr_user", attribute);
            if let Some((dn, password)) = bind {
                x.put("ldap_binddn", dn);
                x.put("ldap_bindpw", secret(view.t, password));
            }
        }
        DirectorySpeaks::Radius { kind, secret: shared, timeout } => {
            x.put("type", ("radius", DIRECTORY));
            x.cite(kind.at);
            x.put("name", name);
            x.put("host", host);
            x.put("radius_secret", secret(view.t, shared));
            x.put("radius_timeout", timeout.map(|t| t.0));
            x.put("radius_auth_port", port);
        }
    }
    x
}

/// As OPNsense calls it.
fn transport_word(t: DirectoryTransport) -> &'static str {
    match t {
        DirectoryTransport::Tls => "SSL - Encrypted",
        DirectoryTransport::StartTls => "StartTLS",
        DirectoryTransport::Plain => "TCP - Standard",
    }
}

/// As OPNsense calls it.
fn locale(l: WebLanguage) -> &'static str {
    match l {
        WebLanguage::Czech => "cs_CZ",
        WebLanguage::German => "de_DE",
        WebLanguage::Greek => "el_GR",
        WebLanguage::English => "en_US",
        WebLanguage::Spanish => "es_ES",
        WebLanguage::Persian => "fa_IR",
        WebLanguage::French => "fr_FR",
        WebLanguage::Italian => "it_IT",
        WebLanguage::Japanese => "ja_JP",
        WebLanguage::Korean => "ko_KR",
        WebLanguage::Norwegian => "no_NO",
        WebLanguage::Polish => "pl_PL",
        WebLanguage::Portuguese => "pt_PT",
        WebLanguage::Brazilian => "pt_BR",
        WebLanguage::Russian => "ru_RU",
        WebLanguage::Turkish => "tr_TR",
        WebLanguage::Ukrainian => "uk_UA",
        WebLanguage::Chinese => "zh_CN",
        WebLanguage::Taiwanese => "zh_TW",
    }
}

/// Base64 with padding (RFC 4648 section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i > chunk.len() {
                out.push('=');
            } else {
                out.push(char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63]));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_of_rfc_4648() {
        // RFC 4648 section 10.
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(super::base64(plain.as_bytes()), coded);
        }
    }
}
