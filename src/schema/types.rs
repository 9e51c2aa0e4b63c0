//! The values of the language: one Rust type a kind of value, each with its own row and its own reader.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::{Bad, Kind, Raw, Ty, Value, tables};

/// A name of the topology: a DNS label (RFC 1123 section 2.1), lower case, a letter first, at most 63 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name(Arc<str>);

impl Name {
    /// Takes a text that is known to be a name: built from names by topoc itself.
    pub fn of(text: impl Into<Arc<str>>) -> Name {
        Name(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

fn text(raw: Raw<'_>) -> Result<&str, Bad> {
    match raw {
        Raw::Str(s) => Ok(s),
        _ => Err(Bad::Type),
    }
}

fn bad<T>(what: impl Into<String>) -> Result<T, Bad> {
    Err(Bad::Value(what.into(), None))
}

/// Reads a DNS label; the message names the first thing that is wrong.
fn read_name(s: &str) -> Result<Name, Bad> {
    let fixed: String = s.to_ascii_lowercase().replace(['_', ' ', '.'], "-");
    let help = |f: String| is_name(&f).then(|| format!("\"{f}\""));
    if s.is_empty() {
        return bad("a name has at least one character");
    }
    if s.len() > 63 {
        return bad(format!("a name has at most 63 characters, this one has {}", s.chars().count()));
    }
    if is_name(s) {
        return Ok(Name::of(s));
    }
    let what = match s.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        Some(c) if c.is_ascii_uppercase() => "a name is in lower case".to_string(),
        Some(c) => format!("`{}` cannot be in a name", c.escape_debug()),
        None if s.ends_with('-') => "a name does not end with a hyphen".to_string(),
        None => "a name starts with a letter".to_string(),
    };
    Err(Bad::Value(what, help(fixed)))
}

fn is_name(s: &str) -> bool {
    s.len() <= 63
        && s.starts_with(|c: char| c.is_ascii_lowercase())
        && !s.ends_with('-')
        && s.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

macro_rules! definitions {
    ($($(#[doc = $doc:literal])+ $Name:ident $kind:ident;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
        #[serde(transparent)]
        pub struct $Name(pub Name);
        impl Value for $Name {
            const TY: Ty = Ty::Defines(Kind::$kind);
            fn read(raw: Raw<'_>) -> Result<Self, Bad> {
                read_name(text(raw)?).map($Name)
            }
            fn name(&self) -> Option<&Name> {
                Some(&self.0)
            }
        }
    )*};
}

definitions! {
    /// The name of a new VLAN.
    VlanDef Vlan;
    /// The name of a new upstream.
    UpstreamDef Upstream;
    /// The name of a new switch.
    SwitchDef Switch;
    /// The name of a new Proxmox cluster.
    ProxmoxDef Proxmox;
    /// The name of a new Proxmox host: its host name.
    HostDef Host;
    /// The name of a new datastore.
    DatastoreDef Datastore;
    /// The name of a new login.
    LoginDef Login;
    /// The name of a new template.
    TemplateDef Template;
    /// The name of a new secret.
    SecretDef Secret;
    /// The name of a new firewall.
    FirewallDef Firewall;
    /// The name of a new machine: its host name.
    MachineDef Machine;
    /// The name of a new cluster.
    ClusterDef Cluster;
    /// The name of a new group of nodes: the host names are this and a number.
    NodesDef Nodes;
    /// The name of a new pool of addresses.
    PoolDef Pool;
    /// The name of a new issuer of certificates.
    IssuerDef Issuer;
    /// The name of a new group of pods or of what is far away.
    GroupDef Group;
    /// The name of a new service: a name for ports.
    ServiceDef Service;
    /// The name of a new BGP peer.
    PeerDef Peer;
    /// The name of a new BGP community.
    CommunityDef Community;
    /// The name of a new BFD profile.
    BfdDef Bfd;
    /// The name of a new pool, filesystem or object store of a cluster's storage.
    StoreDef Store;
    /// The name of a new VPN of a firewall.
    VpnDef Vpn;
    /// The name of a new group of ways out of a firewall.
    WaysDef Ways;
    /// The name of a new schedule: hours in which a rule holds.
    ScheduleDef Schedule;
    /// The name of a new identity server: who knows people.
    IdentityDef Identity;
    /// The name of a new group of people.
    PeopleDef People;
    /// The name of a new receiver of alerts.
    ReceiverDef Receiver;
}

macro_rules! references {
    ($($(#[doc = $doc:literal])+ $Name:ident [$($kind:ident)+] [$($word:literal)*];)*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
        #[serde(transparent)]
        pub struct $Name(pub Name);
        impl Value for $Name {
            const TY: Ty = Ty::Ref(&[$(Kind::$kind),+], &[$($word),*]);
            fn read(raw: Raw<'_>) -> Result<Self, Bad> {
                read_name(text(raw)?).map($Name)
            }
            fn name(&self) -> Option<&Name> {
                Some(&self.0)
            }
        }
        impl std::ops::Deref for $Name {
            type Target = Name;
            fn deref(&self) -> &Name {
                &self.0
            }
        }
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

references! {
    /// A VLAN.
    VlanRef [Vlan] [];
    /// VLANs, or `all` of them.
    VlanRefOrAll [Vlan] ["all"];
    /// What routes a VLAN.
    RouterRef [Upstream Firewall Machine] ["nobody"];
    /// An upstream.
    UpstreamRef [Upstream] [];
    /// A Proxmox host.
    HostRef [Host] [];
    /// A datastore.
    DatastoreRef [Datastore] [];
    /// A login.
    LoginRef [Login] [];
    /// A template.
    TemplateRef [Template] [];
    /// A secret.
    SecretRef [Secret] [];
    /// A firewall.
    GatewayRef [Firewall] [];
    /// What answers questions of names or time.
    ServerRef [Upstream Firewall Machine] [];
    /// A machine.
    MachineRef [Machine] [];
    /// A pool of addresses.
    PoolRef [Pool] [];
    /// A cluster.
    ClusterRef [Cluster] [];
    /// A group of nodes.
    NodesRef [Nodes] [];
    /// An issuer of certificates.
    IssuerRef [Issuer] [];
    /// A group of pods or of what is far away.
    GroupRef [Group] [];
    /// A BGP peer.
    PeerRef [Peer] [];
    /// A BGP community.
    CommunityRef [Community] [];
    /// A BFD profile.
    BfdRef [Bfd] [];
    /// A VPN of a firewall.
    VpnRef [Vpn] [];
    /// A way out of a firewall: the VLAN of one, or a group of them.
    WayRef [Vlan Ways] [];
    /// A schedule.
    ScheduleRef [Schedule] [];
    /// A Proxmox cluster.
    ProxmoxRef [Proxmox] [];
    /// An identity server: who knows people.
    IdentityRef [Identity] [];
    /// A group of people.
    PeopleRef [People] [];
    /// A receiver of alerts.
    ReceiverRef [Receiver] [];
}

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $Name:ident { $($variant:ident = $word:literal $meaning:literal,)+ })*) => {$(
        $(#[doc = $doc])+
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $Name { $(#[doc = $meaning] $variant,)+ }
        impl $Name {
            /// The word as it is written in the topology.
            pub fn word(self) -> &'static str {
                match self { $($Name::$variant => $word,)+ }
            }
        }
        impl Value for $Name {
            const TY: Ty = Ty::Word(&[$(($word, $meaning)),+]);
            fn read(raw: Raw<'_>) -> Result<Self, Bad> {
                match text(raw)? {
                    $($word => Ok($Name::$variant),)+
                    other => Err(Bad::Value(unknown_word(other, &[$($word),+]), meant(other, &[$($word),+]).map(|w| format!("\"{w}\"")))),
                }
            }
        }
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
        impl Serialize for $Name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.word())
            }
        }
        impl $crate::schema::Spelled for $Name {}
    )*};
}

/// A word of the language: letters and signs that no format misreads, so it may stand in any line and document.
pub trait Spelled: fmt::Display {}

words! {
    /// Whether IPv6 is used.
    Ipv6 {
        Off = "off" "IPv4 only",
    }
    /// How guests reach their VLANs on a Proxmox host.
    Bridges {
        PerVlan = "per-vlan" "one bridge a VLAN, named vmbr and the tag",
        VlanAware = "vlan-aware" "one bridge vmbr0 that keeps tags; each guest NIC names its tag",
    }
    /// How a change of a host's interfaces is put in force.
    Apply {
        Reload = "reload" "ifreload -a with a check before and a rollback timer behind it",
        Manual = "manual" "the file is put in place, a person reloads it",
        Restart = "restart" "restart networking: refused, it cuts every guest off its bridge",
    }
    /// Who configures a machine's network at its first boot.
    FirstBoot {
        CloudInit = "cloud-init" "cloud-init writes the addresses once; Netplan then keeps exactly the same",
        Netplan = "netplan" "cloud-init keeps off the network; the image must come up on its own",
        Ansible = "ansible" "the same as netplan, for those who think of who delivers the file",
    }
    /// How a bond's ports work together.
    BondMode {
        Lacp = "lacp" "IEEE 802.3ad; the switch must have the matching group",
        ActiveBackup = "active-backup" "one port works, the others wait; nothing is needed on the switch",
    }
    /// What an LACP bond spreads frames by.
    BondHash {
        Layer2 = "layer2" "MAC addresses",
        Layer23 = "layer2+3" "MAC and IP addresses",
        Layer34 = "layer3+4" "IP addresses and ports",
    }
    /// How public addresses reach the firewall.
    Delivery {
        Routed = "routed" "the upstream router routes them to the firewall's WAN address",
        Alias = "alias" "they are further addresses in the subnet of the WAN VLAN",
        OneToOne = "one-to-one" "the upstream router translates each to a private address",
    }
    /// An operating system that a template holds.
    Os {
        Ubuntu2204 = "ubuntu-22.04" "Ubuntu 22.04 LTS",
        Ubuntu2404 = "ubuntu-24.04" "Ubuntu 24.04 LTS",
        Debian12 = "debian-12" "Debian 12 cloud image",
        Debian13 = "debian-13" "Debian 13 cloud image",
        Opnsense = "opnsense" "OPNsense: FreeBSD, no cloud-init",
        Vyos = "vyos" "VyOS: a router whose configuration is its own commands",
    }
    /// What a machine boots with.
    Firmware {
        Bios = "bios" "SeaBIOS",
        Uefi = "uefi" "OVMF, with an EFI disk",
    }
    /// The disk controller of a machine.
    Controller {
        VirtioSingle = "virtio-scsi-single" "one virtio controller a disk, so that each disk can have its own I/O thread",
        Virtio = "virtio-scsi-pci" "one virtio controller for all disks; I/O threads have no effect",
    }
    /// What a disk is for.
    DiskUse {
        System = "system" "the operating system; every machine has exactly one",
        Ceph = "ceph" "a whole device for a Ceph OSD",
        Data = "data" "mounted or used by what runs on the machine",
    }
    /// What a machine is there for.
    VmRole {
        Bastion = "bastion" "people log in here to reach the others",
        Service = "service" "it serves something",
        Router = "router" "it routes VLANs that name it in `routed-by`; its template holds VyOS",
    }
    /// What nodes do in a cluster.
    NodeRole {
        ControlPlane = "control-plane" "API server, scheduler, controllers and etcd",
        Worker = "worker" "applications",
    }
    /// Who holds the API address of a cluster.
    ApiHolder {
        Keepalived = "keepalived" "the control-plane nodes by VRRP",
        External = "external" "somebody else; topoc only uses the address",
    }
    /// What a taint does.
    TaintEffect {
        NoSchedule = "NoSchedule" "new pods keep off",
        PreferNoSchedule = "PreferNoSchedule" "new pods keep off when they can",
        NoExecute = "NoExecute" "running pods leave too",
    }
    /// What Proxmox HA does with a machine.
    HaState {
        Started = "started" "kept running; restarted elsewhere when its host is lost",
        Stopped = "stopped" "kept stopped",
        Ignored = "ignored" "HA does nothing",
    }
    /// Where a secret is kept.
    SecretStore {
        Sops = "sops" "a file encrypted with SOPS: path and key",
        Env = "env" "an environment variable of the person who applies",
        AnsibleVault = "ansible-vault" "a variable of an Ansible vault file: path and key",
    }
}

/// The message for a word that is not in the list.
pub fn unknown_word(word: &str, known: &[&str]) -> String {
    let list = known.iter().map(|k| format!("\"{k}\"")).collect::<Vec<_>>().join(", ");
    format!("\"{word}\" is not one of {list}")
}

/// The word of the language for what others call it, else the nearest.
fn meant<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // Linux and Proxmox name the bond mode by its standard, and by a number (bonding.txt of the kernel: mode 4 and 1).
    const ELSEWHERE: &[(&str, &str)] = &[("802.3ad", "lacp"), ("4", "lacp"), ("1", "active-backup")];
    let known_as = ELSEWHERE.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| *ours);
    known.iter().copied().find(|k| Some(*k) == known_as).or_else(|| nearest(word, known))
}

/// The indefinite article of a noun of [`Kind::noun`](super::Kind::noun).
pub fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// The nearest of `known`, when it is near enough that a person would have meant it.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .iter()
        .map(|k| (distance(word, k), *k))
        .filter(|(d, k)| *d <= limit || (word.len() >= 3 && k.starts_with(word)))
        .min()
        .map(|(_, k)| k)
}

/// The known words that differ least from what was written, nearest first, at most so many.
pub fn closest<'a>(word: &str, known: &[&'a str], most: usize) -> Vec<&'a str> {
    let mut all: Vec<(usize, &str)> = known.iter().map(|k| (distance(word, k), *k)).collect();
    all.sort();
    all.into_iter().take(most).map(|(_, k)| k).collect()
}

/// Edits (insert, delete, replace, swap of neighbours) from one word to the other.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (
        a.chars().take(64).flat_map(char::to_lowercase).collect(),
        b.chars().take(64).flat_map(char::to_lowercase).collect(),
    );
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

macro_rules! integers {
    ($($(#[doc = $doc:literal])+ $Name:ident($int:ty) $min:literal $max:literal $unit:literal;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        #[serde(transparent)]
        pub struct $Name(pub $int);
        impl Value for $Name {
            const TY: Ty = Ty::Int($min, $max, $unit);
            fn read(raw: Raw<'_>) -> Result<Self, Bad> {
                let Raw::Int(n) = raw else { return Err(Bad::Type) };
                if n < $min {
                    return bad(format!("{n} is less than {}", $min));
                }
                if n > $max {
                    return bad(format!("{n} is more than {}", $max));
                }
                <$int>::try_from(n).map($Name).map_err(|_| Bad::Type)
            }
        }
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

integers! {
    /// A VLAN tag (IEEE 802.1Q: 0 and 4095 are reserved).
    VlanTag(u16) 1 4094 "tag";
    /// The largest packet in bytes (RFC 791: 68 at least; jumbo frames up to 9216 on most switches).
    Mtu(u16) 576 9216 "bytes";
    /// Where a machine stands in the subnets of its VLANs: `11` is `.11` in a /24.
    Ordinal(u32) 1 16777213 "host number";
    /// How many.
    Count(u32) 1 10000 "machines";
    /// Processor cores.
    Cores(u32) 1 512 "cores";
    /// Processor sockets.
    Sockets(u32) 1 16 "sockets";
    /// Position in the start order of a host; lower starts earlier.
    StartOrder(u32) 1 9999 "position";
    /// A TCP or UDP port.
    Port(u16) 1 65535 "port";
    /// A Proxmox VM id (Proxmox VE: 100 to 999,999,999).
    VmId(u32) 100 999999999 "id";
    /// A VRRP router id (RFC 9568 section 5.2.3).
    Vrid(u8) 1 255 "id";
    /// A VRRP priority that a router may be given (RFC 9568 section 5.2.4: 0 and 255 have a meaning of their own).
    Priority(u8) 1 254 "priority";
    /// What a failed or healthy check does to a VRRP priority (keepalived: -253 to 253, 0 means fault).
    Weight(i16) -253 253 "priority";
    /// How often something must happen in a row.
    Times(u32) 1 100 "times";
    /// How many packets.
    Packets(u32) 1 1000000 "packets";
    /// Bits of a prefix.
    PrefixLen(u8) 8 30 "bits";
    /// Restarts that HA tries.
    HaTries(u32) 0 10 "tries";
}

impl Value for bool {
    const TY: Ty = Ty::Bool;
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        match raw {
            Raw::Bool(b) => Ok(b),
            Raw::Str("true" | "yes" | "on") => {
                Err(Bad::Value("a boolean is written with a number sign".into(), Some("#true".into())))
            }
            Raw::Str("false" | "no" | "off") => {
                Err(Bad::Value("a boolean is written with a number sign".into(), Some("#false".into())))
            }
            _ => Err(Bad::Type),
        }
    }
}

/// Words that mean "replace me".
pub fn is_placeholder(s: &str) -> bool {
    let low = s.to_ascii_lowercase();
    low.starts_with("your-")
        || low.starts_with("<")
        || low.contains("replace-me")
        || low.contains("replace_me")
        || low.contains("changeme")
        || low.contains("your-admin")
        || low == "todo"
        || low == "xxx"
        || low.ends_with("@example.com")
        || low == "example.com"
        || low.ends_with(".example.com")
        || low.ends_with(".domain.com")
}

/// Words that hold a secret wherever they stand, though the language has none of them.
const SECRETS: &[&str] = &["api-key", "api-token", "passphrase", "password", "private-key", "secret-key", "token"];

/// Whether what stands under this word is a secret.
pub fn is_secret(word: &str) -> bool {
    SECRETS.contains(&word.to_ascii_lowercase().replace('_', "-").as_str())
}

/// Free text on one line, without control characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(transparent)]
pub struct Text(pub Arc<str>);

impl Value for Text {
    const TY: Ty = Ty::Text;
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let s = text(raw)?;
        if let Some(c) = s.chars().find(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return bad(format!("a text is one line: it cannot hold `{}`", c.escape_unicode()));
        }
        if s.trim().is_empty() {
            return bad("the text is empty");
        }
        if s.len() > 1024 {
            return bad("a text has at most 1,024 bytes");
        }
        if is_placeholder(s) {
            return Err(Bad::Placeholder);
        }
        if s.contains("PRIVATE KEY-----") {
            return Err(Bad::Secret);
        }
        Ok(Text(s.into()))
    }
}

/// Text that must not be there at all: it would be a secret in the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct Forbidden(pub Arc<str>);

impl Value for Forbidden {
    const TY: Ty = Ty::Form("nothing: a secret never stands in the file", "");
    fn read(_: Raw<'_>) -> Result<Self, Bad> {
        Err(Bad::Secret)
    }
}

macro_rules! forms {
    ($($(#[doc = $doc:literal])+ $Name:ident $what:literal $example:literal $check:expr;)*) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        #[serde(transparent)]
        pub struct $Name(pub Arc<str>);
        impl Value for $Name {
            const TY: Ty = Ty::Form($what, $example);
            fn read(raw: Raw<'_>) -> Result<Self, Bad> {
                let s = text(raw)?;
                if is_placeholder(s) {
                    return Err(Bad::Placeholder);
                }
                let check: fn(&str) -> Result<(), String> = $check;
                match check(s) {
                    Ok(()) => Ok($Name(s.into())),
                    Err(what) => Err(Bad::Value(what, None)),
                }
            }
        }
        impl std::ops::Deref for $Name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

fn only(s: &str, max: usize, ok: fn(char) -> bool) -> Result<(), String> {
    if s.is_empty() {
        return Err("it is empty".into());
    }
    if s.len() > max {
        return Err(format!("it has {} bytes, at most {max} fit", s.len()));
    }
    match s.chars().find(|c| !ok(*c)) {
        Some(c) => Err(format!("`{}` cannot be in it", c.escape_debug())),
        None => Ok(()),
    }
}

forms! {
    /// A network interface of Linux (IFNAMSIZ: at most 15 bytes).
    IfName "an interface name" "eno1" |s| {
        only(s, 15, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))?;
        if s.starts_with("vmbr") || s == "lo" { Err(format!("{s} is not a physical interface")) } else { Ok(()) }
    };
    /// A port of a switch, as the switch calls it.
    PortName "the port as the switch calls it" "1/0/1" |s| only(s, 32, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | ':'));
    /// Where a cable ends: host and interface.
    CableEnd "host and interface" "pve-1.eno1" |s| {
        only(s, 80, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))?;
        match s.split_once('.') { Some((h, i)) if !h.is_empty() && !i.is_empty() && !i.contains('.') => Ok(()), _ => Err("it is not HOST.INTERFACE".into()) }
    };
    /// A DNS domain (RFC 1035 section 2.3.1).
    Domain "a DNS domain" "internal.example.net" |s| {
        only(s, 253, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))?;
        if s.split('.').all(|l| !l.is_empty() && l.len() <= 63 && !l.starts_with('-') && !l.ends_with('-')) { Ok(()) } else { Err("a label of it is empty, too long, or starts or ends with a hyphen".into()) }
    };
    /// A name of a volume, an image or a pool in Proxmox.
    StoreId "an identifier of Proxmox" "local-lvm" |s| {
        only(s, 100, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))?;
        if s.starts_with(|c: char| c.is_ascii_alphanumeric()) { Ok(()) } else { Err("it starts with a letter or a digit".into()) }
    };
    /// A Unix user name (useradd of Debian: lower case, at most 32 bytes).
    UserName "a Unix user name" "ubuntu" |s| {
        only(s, 32, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))?;
        if s == "root" { return Err("root cannot be a login: log in as a person and use sudo".into()); }
        if s.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') { Ok(()) } else { Err("it starts with a letter".into()) }
    };
    /// A public SSH key on one line (OpenSSH authorized_keys).
    SshKey "a public SSH key" "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1x0mHbmFBhhQOIWwp0u8ZWQzZJt3iYVnUu1k9nq7Yo" |s| {
        if s.contains('…') || s.contains("...") { return Err("the key is cut short".into()); }
        let mut parts = s.split(' ');
        let (kind, body) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        const KINDS: &[&str] = &["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"];
        if !KINDS.contains(&kind) { return Err(format!("a public key starts with one of {}", KINDS.join(", "))); }
        if body.len() < 60 || !body.starts_with("AAAA") { return Err("the key itself is missing or cut short".into()); }
        if !body.trim_end_matches('=').bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')) { return Err("the key is not base64".into()); }
        if s.chars().any(|c| c.is_control() || matches!(c, '"' | '\'' | '\\' | '`' | '$')) { return Err("the comment of the key has a character that shells read".into()); }
        Ok(())
    };
    /// A CPU type of QEMU as Proxmox lists it.
    CpuType "a CPU type of Proxmox" "x86-64-v2-AES" |s| only(s, 40, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    /// A version: numbers with dots.
    Version "a version" "9.1" |s| {
        only(s, 24, |c| c.is_ascii_digit() || c == '.' || c.is_ascii_lowercase() || c == '-')?;
        if s.ends_with(".x") || s == "latest" || s == "stable" { return Err("a version is one version, not a family of them".into()); }
        if s.split('.').next().is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit())) { Ok(()) } else { Err("a version starts with a number".into()) }
    };
    /// Which topoc may build this file: `>=` and a version.
    Requirement "`>=` and a version of topoc" ">=0.1" |s| {
        let rest = s.strip_prefix(">=").ok_or("it starts with >=")?;
        if rest.split('.').all(|p| p.parse::<u32>().is_ok()) { Ok(()) } else { Err("what follows >= is not a version".into()) }
    };
    /// An address of the Terraform registry: namespace and name.
    ProviderSource "a provider's address" "bpg/proxmox" |s| only(s, 80, |c| c.is_ascii_lowercase() || c.is_ascii_uppercase() || matches!(c, '/' | '-'));
    /// A mail address.
    Email "a mail address" "platform@example.net" |s| {
        only(s, 254, |c| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+'))?;
        match s.split_once('@') { Some((l, d)) if !l.is_empty() && d.contains('.') && !d.contains('@') => Ok(()), _ => Err("it is not NAME@DOMAIN".into()) }
    };
    /// A relative path inside the generated tree.
    TreePath "a path in the generated tree" "terraform_ansible/ansible/inventory.yml" |s| {
        only(s, 240, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'))?;
        if s.starts_with('/') || s.split('/').any(|p| p.is_empty() || p == "." || p == "..") { Err("it does not stay inside the tree".into()) } else { Ok(()) }
    };
    /// Where a secret store keeps a value: a path, a key or the name of a variable.
    SecretPlace "a path, a key or a variable" "secrets/net.yaml" |s| {
        only(s, 240, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'))?;
        if s.starts_with('-') { return Err("programs take what starts with a hyphen for an option".into()); }
        if s.split('/').any(|p| p == "..") { Err("it does not stay inside the repository".into()) } else { Ok(()) }
    };
    /// A short name in the words of whoever chose it: letters, digits, hyphen, dot and underscore.
    Label "a short name" "\"ops\"" |s| {
        only(s, 63, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))?;
        if s.starts_with(|c: char| c.is_ascii_alphanumeric()) { Ok(()) } else { Err("it starts with a letter or a digit".into()) }
    };
    /// The key of a label or taint (Kubernetes: prefix, slash, name).
    LabelKey "a label key of Kubernetes" "example.net/rack" |s| {
        only(s, 317, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'))?;
        let name = s.rsplit('/').next().unwrap_or_default();
        if s.matches('/').count() > 1 { return Err("it has more than one slash".into()); }
        if name.is_empty() || name.len() > 63 || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.ends_with(|c: char| c.is_ascii_alphanumeric()) { return Err("the name after the slash has 1 to 63 characters and starts and ends with a letter or digit".into()); }
        Ok(())
    };
    /// The value of a label or taint (Kubernetes: at most 63 characters).
    LabelValue "a label value of Kubernetes" "r1" |s| {
        only(s, 63, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))?;
        if s.starts_with(['.', '-', '_']) || s.ends_with(['.', '-', '_']) { Err("it starts and ends with a letter or digit".into()) } else { Ok(()) }
    };
    /// A day.
    Date "a day" "2027-03-31" |s| {
        let part = |p: &str, len: usize| (p.len() == len && p.bytes().all(|b| b.is_ascii_digit())).then(|| p.parse::<u16>().ok()).flatten();
        let p: Vec<&str> = s.split('-').collect();
        let [y, m, d] = p.as_slice() else { return Err("a day is YEAR-MONTH-DAY".into()) };
        let (Some(y), Some(m), Some(d)) = (part(y, 4), part(m, 2), part(d, 2)) else { return Err("a day is YEAR-MONTH-DAY".into()) };
        if tables::is_day(y, m, d) { Ok(()) } else { Err("the calendar has no such day".into()) }
    };
    /// The endpoint of the Proxmox API.
    Url "an https address" "https://pve-1.internal.example.net:8006/" |s| {
        only(s, 240, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':' | '~' | '%'))?;
        let Some(rest) = s.strip_prefix("https://") else { return Err("it starts with https://".into()) };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority.split_once(':').map_or((authority, None), |(h, p)| (h, Some(p)));
        let label = |l: &str| {
            let sign = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            !l.is_empty() && l.len() <= 63 && l.bytes().all(sign) && !l.starts_with('-') && !l.ends_with('-')
        };
        if host.is_empty() { return Err("it has no host".into()); }
        if !host.split('.').all(label) { return Err(format!("`{host}` is neither a name nor an address")); }
        if port.is_some_and(|p| !p.bytes().all(|b| b.is_ascii_digit()) || !p.parse::<u16>().is_ok_and(|p| p > 0)) { return Err("its port is not between 1 and 65535".into()); }
        if path.split('/').any(|p| p == "..") { Err("its path leads upwards".into()) } else { Ok(()) }
    };
}

/// An IPv4 address.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Address(pub Ipv4Addr);

impl Value for Address {
    const TY: Ty = Ty::Form("an IPv4 address", "192.168.106.10");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let s = text(raw)?;
        if let Some((a, _)) = s.split_once('/').filter(|(a, _)| a.parse::<Ipv4Addr>().is_ok()) {
            return Err(Bad::Value(
                "an address stands alone: its VLAN has the prefix".into(),
                Some(format!("\"{a}\"")),
            ));
        }
        if s.parse::<std::net::Ipv6Addr>().is_ok() {
            return bad("IPv6 is off in this language version");
        }
        s.parse().map(Address).or_else(|_| bad("it is not an IPv4 address"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An IPv4 subnet: its network address and prefix.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Subnet(pub ipnet::Ipv4Net);

impl Value for Subnet {
    const TY: Ty = Ty::Form("an IPv4 subnet", "192.168.106.0/24");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let s = text(raw)?;
        if s.parse::<Ipv4Addr>().is_ok() {
            return Err(Bad::Value("a subnet has a prefix length".into(), Some(format!("\"{s}/24\""))));
        }
        let net: ipnet::Ipv4Net = s.parse().or_else(|_| bad("it is not an IPv4 subnet"))?;
        if net.addr() != net.network() {
            let right = format!("\"{}\"", net.trunc());
            return Err(Bad::Value(format!("{} has bits set behind the prefix", net), Some(right)));
        }
        if !(8..=30).contains(&net.prefix_len()) {
            return bad(format!("/{} is not between /8 and /30", net.prefix_len()));
        }
        Ok(Subnet(net))
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A size of memory or disk in MiB (binary units: the file says MiB, GiB or TiB).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Size(pub u64);

impl Value for Size {
    const TY: Ty = Ty::Form("a size in MiB, GiB or TiB", "8GiB");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        if let Raw::Int(n) = raw {
            // Thousands are what Proxmox counts memory in.
            let unit = if n < 1024 { "GiB" } else { "MiB" };
            return Err(Bad::Value("a size has a unit".into(), (n > 0).then(|| format!("\"{n}{unit}\""))));
        }
        let s = text(raw)?;
        let digits = s.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = s.split_at(digits);
        let factor = match unit {
            "MiB" => 1,
            "GiB" => 1024,
            "TiB" => 1024 * 1024,
            "M" | "MB" | "G" | "GB" | "T" | "TB" if digits > 0 => {
                let unit = &unit[..1];
                return Err(Bad::Value(
                    "a unit that means one thing to some and another to others".into(),
                    Some(format!("\"{number}{unit}iB\"")),
                ));
            }
            _ if digits > 0 => {
                let what = "it is not a whole number with MiB, GiB or TiB";
                let unit = match unit.trim().to_ascii_lowercase().as_str() {
                    "" | "g" | "gb" | "gib" => "GiB",
                    "m" | "mb" | "mib" => "MiB",
                    "t" | "tb" | "tib" => "TiB",
                    _ => return bad(what),
                };
                return Err(Bad::Value(what.into(), Some(format!("\"{number}{unit}\""))));
            }
            _ => return bad("it is not a whole number with MiB, GiB or TiB"),
        };
        match number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).filter(|n| (1..=1 << 34).contains(n)) {
            Some(n) => Ok(Size(n)),
            None => bad("it is not between 1MiB and 16384TiB"),
        }
    }
}

/// An Ethernet address of one interface.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Mac(pub [u8; 6]);

impl Value for Mac {
    const TY: Ty = Ty::Form("a MAC address", "02:5f:10:00:00:01");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let s = text(raw)?;
        let mut bytes = [0u8; 6];
        let mut parts = s.split(':');
        for b in &mut bytes {
            let part = parts.next().filter(|p| p.len() == 2);
            match part.and_then(|p| u8::from_str_radix(p, 16).ok()) {
                Some(n) => *b = n,
                None => return bad("it is not six pairs of hexadecimal digits with colons"),
            }
        }
        if parts.next().is_some() {
            return bad("it has more than six pairs");
        }
        if bytes[0] & 1 != 0 {
            return bad("it is a group address: the lowest bit of the first pair is set (IEEE 802)");
        }
        Ok(Mac(bytes))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// A VLAN tag or a range of them: `102` or `"100-109"`.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct TagRange(pub u16, pub u16);

impl Value for TagRange {
    const TY: Ty = Ty::Form("a VLAN tag or a range of tags", "100-109");
    fn read(raw: Raw<'_>) -> Result<Self, Bad> {
        let tag = |n: i128| VlanTag::read(Raw::Int(n)).map(|t| t.0);
        match raw {
            Raw::Int(n) => tag(n).map(|t| TagRange(t, t)),
            Raw::Str(s) => {
                let Some((a, b)) = s.split_once('-') else { return bad("a range is FIRST-LAST") };
                match (a.parse::<u16>(), b.parse::<u16>()) {
                    (Ok(a), Ok(b)) if a <= b => Ok(TagRange(tag(a.into())?, tag(b.into())?)),
                    (Ok(_), Ok(_)) => bad("the range ends before it starts"),
                    _ => bad("a range is FIRST-LAST"),
                }
            }
            _ => Err(Bad::Type),
        }
    }
}

mod alerts;
mod asked;
mod backup;
mod balancer;
mod certificates;
mod ci;
mod cilium;
mod environment;
mod firewall;
mod gitops;
mod identity;
mod ingress;
mod installer;
mod kube;
mod logging;
mod monitoring;
mod nested;
mod policy;
mod storage;
mod times;
mod tracing;
mod ui;

pub use alerts::*;
pub use asked::*;
pub use backup::*;
pub use balancer::*;
pub use certificates::*;
pub use ci::*;
pub use cilium::*;
pub use environment::*;
pub use firewall::*;
pub use gitops::*;
pub use identity::*;
pub use ingress::*;
pub use installer::*;
pub use kube::*;
pub use logging::*;
pub use monitoring::*;
pub use nested::*;
pub use policy::*;
pub use storage::*;
pub use times::*;
pub use tracing::*;
pub use ui::*;
