//! What the file says of who manages a firewall, and from where; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// Who manages a firewall, and from where. OPNsense's own rule against locking oneself out is off then: it would let in
    /// everybody on the interface `lan`.
    AdminFacts = "admin" {
        /// The web interface.
        web: child<AdminWebFacts> "no rule lets anybody reach it", Parts;
        /// SSH.
        ssh: child<AdminSshFacts> "it is off", Parts;
        /// An account of the firewall.
        user: children<FirewallUserFacts> "the accounts stay as they are", Parts;
        /// A directory that knows people and their passwords.
        directory: children<DirectoryFacts> "there is none", Parts;
        /// The time zone of its clock: of its logs, and of hours in which rules hold.
        timezone: value<TimeZone> "\"Etc/UTC\"", Emitted, "\"Asia/Dhaka\"";
        /// The language of the web interface.
        language: value<WebLanguage> "\"en\"", Emitted, "\"de\"";
        /// Servers that the firewall itself asks for names, the first first.
        name_server: list("name-server")<Address> "it asks itself", Emitted, "\"9.9.9.10\"";
    }
}

statement! {
    /// The web interface of a firewall: always with TLS, never on port 80.
    AdminWebFacts = "web" {
        /// The VLANs that it answers on.
        on: list<VlanRef> "the VLAN of management", Emitted, "\"k8s-internal\"";
        /// The TCP port.
        port: value<Port> "443", Emitted, "8443";
        /// Who may reach it.
        from: child<CallersFacts> "who is on these VLANs", Parts;
        /// Who knows the people who log in.
        log_in: list("log-in")<DirectoryRef> "\"local\"", Emitted, "\"people2\"";
        /// Its certificate, by the reference in the firewall's backup.
        certificate: value<CertificateId> "the one that it has", Emitted, "\"66f000ce47009\"";
    }
}

statement! {
    /// SSH of a firewall: with keys, for administrators.
    AdminSshFacts = "ssh" {
        /// The VLANs that it answers on.
        on: list<VlanRef> "the VLAN of management", Emitted, "\"k8s-internal\"";
        /// The TCP port.
        port: value<Port> "22", Emitted, "2222";
        /// Who may reach it.
        from: child<CallersFacts> "who is on these VLANs", Parts;
        /// Whether root may log in.
        root: flag("root-login")<bool> "#false", Emitted, "#true";
        /// Whether a password is enough.
        passwords: flag("password-login")<bool> "#false", Emitted, "#true";
    }
}

statement! {
    /// Who may reach what a firewall is managed by: all that is said is a union.
    CallersFacts = "from" {
        /// VLANs.
        vlan: list<VlanRef> "none", Emitted, "\"management\"";
        /// Machines.
        machine: list<MachineRef> "none", Emitted, "\"authentik\"";
        /// Proxmox hosts.
        host: list<HostRef> "none", Emitted, "\"pve-1\"";
        /// Networks of people who come from afar.
        vpn: list<VpnRef> "none", Emitted, "\"admins\"";
        /// Addresses that no name of the file stands for.
        address: list<Address> "none", Emitted, "\"192.168.102.240\"";
        /// Networks that are none of ours.
        net: list<Cidr> "none", Emitted, "\"10.21.0.0/16\"";
    }
}

statement! {
    /// An account of a firewall. Its password is never in this file: it is set at the firewall, and stays.
    FirewallUserFacts = "user" {
        /// Its name.
        name: arg<UserName> required, Emitted, "\"night\"";
        /// The login whose keys open it by SSH.
        login: prop<LoginRef> "it has no key", Emitted, "\"ops\"";
        /// What it may do.
        rights: prop<UserRights> "\"administrator\"", Emitted, "\"logs\"";
        /// Its number on the firewall.
        uid: prop<Uid> "made from its name", Emitted, "2077";
    }
}

statement! {
    /// A directory that knows people and their passwords. It is one of `machine` and `server`.
    DirectoryFacts = "directory" {
        /// Its name.
        name: arg<DirectoryDef> required, Emitted, "\"people2\"";
        /// What it speaks.
        kind: prop<DirectoryKind> required, Emitted, "\"radius\"";
        /// The machine that serves it.
        machine: value<MachineRef> "`server` says who serves it", Emitted, "\"bastion\"";
        /// The server that no machine of the file is, or the name that the machine's certificate has.
        server: value<ServerHost> "the machine's name in the domain; its address for RADIUS and where there is no domain", Emitted, "\"ldap.example.net\"";
        /// Its port.
        port: value<Port> "636 with TLS, else 389; 1812 for RADIUS", Emitted, "3269";
        /// How passwords are kept secret on their way to LDAP.
        transport: value<DirectoryTransport> "\"tls\"", Emitted, "\"starttls\"";
        /// Where LDAP is searched.
        base: value<DirectoryName> "an error for LDAP", Emitted, "\"dc=corp,dc=example,dc=net\"";
        /// Where in LDAP people are.
        people: list<DirectoryName> "the base and all below", Emitted, "\"ou=staff,dc=example,dc=net\"";
        /// What LDAP calls the name that people type.
        attribute: value<DirectoryAttribute> "\"cn\"", Emitted, "\"sAMAccountName\"";
        /// What else must hold of people in LDAP.
        filter: value<DirectoryFilter> "nothing", Emitted, "\"memberOf=cn=night,dc=example,dc=net\"";
        /// As whom the firewall searches LDAP.
        bind: child<DirectoryBindFacts> "as nobody", Parts;
        /// The secret that RADIUS shares with the firewall.
        secret: value<SecretRef> "an error for RADIUS", Emitted, "\"radius2\"";
        /// How long RADIUS is waited for.
        timeout: value<Patience> "\"5s\"", Emitted, "\"9s\"";
    }
}

statement! {
    /// As whom a firewall searches LDAP.
    DirectoryBindFacts = "bind" {
        /// The name.
        name: arg<DirectoryName> required, Emitted, "\"cn=reader,dc=example,dc=net\"";
        /// Its password.
        secret: prop<SecretRef> required, Emitted, "\"ldap2\"";
    }
}
