//! What the file says of who knows people: Authentik on a machine; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Who knows people: Authentik, by compose on a machine of its own (RFC 3.2). What the topology's own pages and
    /// firewalls need of it is made from their statements and never stated here.
    IdentityServerFacts = "identity" {
        /// Its name.
        name: arg<IdentityDef> required, Emitted, "\"sso2\"";
        /// The machine.
        machine: prop<MachineRef> required, Emitted, "\"authentik\"";
        /// The name that people's browsers know it by.
        host: value<FullName> "the machine's name in the topology's domain", Emitted, "\"login.example.net\"";
        /// What it signs its cookies with.
        cookies: value<SecretRef> required, Emitted, "\"spare\"";
        /// The password of its database.
        database: value<SecretRef> required, Emitted, "\"spare\"";
        /// The hash of the first administrator's password, by the command that the README of the tree has; read on the first start.
        administrator: value<SecretRef> required, Emitted, "\"spare\"";
        /// Its certificate, which it shows to browsers and to who asks by LDAP.
        certificate: child<IdentityCertificateFacts> required, Parts;
        /// A group of people.
        group: children<PeopleFacts> "there are none", Parts;
        /// Something of yours that asks who people are.
        application: children<ApplicationFacts> "only the topology's own pages and firewalls ask", Parts;
        /// LDAP, for who asks no other way: a firewall.
        ldap: child<IdentityLdapFacts> "nobody asks by LDAP", Parts;
        /// RADIUS, for who asks no other way: a firewall.
        radius: child<IdentityRadiusFacts> "nobody asks by RADIUS", Parts;
        /// What is kept of it, and how often.
        backup: child<IdentityBackupFacts> "nothing is kept but what Proxmox keeps of the machine", Parts;
        /// How it sends mail.
        mail: child<IdentityMailFacts> "it sends none", Parts;
    }
}

statement! {
    /// The certificate of an identity server: PEM, kept with the secrets.
    IdentityCertificateFacts = "certificate" {
        /// The certificate, and those between it and the authority, in this order.
        chain: prop<SecretRef> required, Emitted, "\"spare\"";
        /// Its private key, without a password.
        key: prop<SecretRef> required, Emitted, "\"spare\"";
    }
}

statement! {
    /// A group of people; who is in it is known there alone.
    PeopleFacts = "group" {
        /// Its name.
        name: arg<PeopleDef> required, Emitted, "\"night-shift\"";
    }
}

statement! {
    /// Something of yours that asks an identity server who people are.
    ApplicationFacts = "application" {
        /// Its name: part of its addresses there.
        name: arg<IdentityName> required, Emitted, "\"library\"";
        /// How it asks.
        kind: prop<ApplicationKind> required, Emitted, "\"saml\"";
        /// Where OpenID Connect may send people back to.
        redirect: list<Url> "an error for OpenID Connect", Emitted, "\"https://wiki.example.net/other\"";
        /// What it proves itself with by OpenID Connect (client secret).
        secret: value<SecretRef> "an error for OpenID Connect", Emitted, "\"spare\"";
        /// Where SAML sends people back to (assertion consumer service).
        acs: value<Url> "an error for SAML", Emitted, "\"https://shop.example.net/other\"";
        /// Whom assertions of SAML are for.
        audience: value<Url> "whoever gets them", Emitted, "\"https://shop.example.net/audience\"";
        /// Groups of people who may use it.
        admits: list<PeopleRef> "nobody", Emitted, "\"night-shift\"";
    }
}

statement! {
    /// LDAP of an identity server. Who may search is the `bind` of a firewall's `directory`.
    IdentityLdapFacts = "ldap" {
        /// Under what people and groups are found.
        base: value<DirectoryName> required, Emitted, "\"dc=corp,dc=example,dc=net\"";
        /// The token of the outpost.
        token: value<SecretRef> required, Emitted, "\"spare\"";
        /// Groups of people who may log in by LDAP.
        admits: list<PeopleRef> "nobody", Emitted, "\"night-shift\"";
    }
}

statement! {
    /// RADIUS of an identity server. What it shares with a firewall is the `secret` of the firewall's `directory`.
    IdentityRadiusFacts = "radius" {
        /// The token of the outpost.
        token: value<SecretRef> required, Emitted, "\"spare\"";
        /// Groups of people who may log in by RADIUS.
        admits: list<PeopleRef> "nobody", Emitted, "\"night-shift\"";
    }
}

statement! {
    /// What is kept of an identity server: its database and its files. Secrets are kept where they are.
    IdentityBackupFacts = "backup" {
        /// How often.
        every: prop<BackupEvery> required, Emitted, "\"5h\"";
        /// How many are kept.
        keep: prop<BackupsKept> required, Emitted, "9";
        /// The folder on the machine.
        to: prop<NodePath> required, Emitted, "\"/mnt/other\"";
        /// Whether something else is mounted there: without it nothing is written, so that no backup dies with its machine.
        mounted: prop<bool> "#true", Emitted, "#false";
    }
}

statement! {
    /// How an identity server sends mail.
    IdentityMailFacts = "mail" {
        /// The server.
        server: prop<ServerHost> required, Emitted, "\"relay.example.net\"";
        /// Its port.
        port: prop<Port> "587, with TLS 465", Emitted, "2525";
        /// Who sends.
        from: value<Email> required, Emitted, "\"people@example.net\"";
        /// The account there.
        user: value<MailUser> "it logs in to no account", Emitted, "\"people\"";
        /// Its password.
        secret: value<SecretRef> "it logs in to no account", Emitted, "\"spare\"";
        /// How mail is kept secret on its way.
        transport: value<MailTransport> "\"starttls\"", Emitted, "\"tls\"";
    }
}
