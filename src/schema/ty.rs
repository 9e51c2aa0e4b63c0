//! What a value may be: the type of each field as data, and the trait that ties a Rust type to its row.

use super::StatementInfo;

/// The type of a field, for reading, messages, the reference and the JSON Schema.
#[derive(Copy, Clone, Debug)]
pub enum Ty {
    /// Free text on one line.
    Text,
    /// A whole number in a range, with what it counts.
    Int(i64, i64, &'static str),
    /// `#true` or `#false`.
    Bool,
    /// One of these words, each with its meaning.
    Word(&'static [(&'static str, &'static str)]),
    /// A text of a stated form: what it is, and an example.
    Form(&'static str, &'static str),
    /// The name that this statement gives to a thing.
    Defines(Kind),
    /// The name of a thing of one of these kinds, or one of the built-in words.
    Ref(&'static [Kind], &'static [&'static str]),
    /// A child statement.
    Statement(&'static StatementInfo),
}

/// Kinds of named things. Kinds of one [`Kind::space`] share their names.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// `vlan`
    Vlan,
    /// `upstream`
    Upstream,
    /// `switch`
    Switch,
    /// `proxmox`
    Proxmox,
    /// `host` in `proxmox`
    Host,
    /// `datastore` in `proxmox`
    Datastore,
    /// `login`
    Login,
    /// `template`
    Template,
    /// `secret`
    Secret,
    /// `firewall`
    Firewall,
    /// `vm`, a node of a firewall, or a node that `nodes` makes
    Machine,
    /// `cluster`
    Cluster,
    /// `nodes` in `cluster`
    Nodes,
    /// `pool` in `load-balancer`
    Pool,
    /// `issuer` in `certificates`
    Issuer,
    /// `group`
    Group,
    /// `service`
    Service,
    /// `peer` in `load-balancer`
    Peer,
    /// `community` in `load-balancer`
    Community,
    /// `bfd` in `load-balancer`
    Bfd,
    /// `pool`, `filesystem` or `objects` in `storage`
    Store,
    /// `vpn` in `firewall`
    Vpn,
    /// `ways-out` in `firewall`
    Ways,
    /// `schedule`
    Schedule,
    /// `directory` in `admin` of `firewall`
    Directory,
    /// `identity`
    Identity,
    /// `group` in `identity`
    People,
    /// `receiver` in `monitoring`
    Receiver,
}

impl Kind {
    /// What messages call one of them.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Vlan => "VLAN",
            Kind::Upstream => "upstream",
            Kind::Switch => "switch",
            Kind::Proxmox => "Proxmox cluster",
            Kind::Host => "Proxmox host",
            Kind::Datastore => "datastore",
            Kind::Login => "login",
            Kind::Template => "template",
            Kind::Secret => "secret",
            Kind::Firewall => "firewall",
            Kind::Machine => "machine",
            Kind::Cluster => "cluster",
            Kind::Nodes => "node group",
            Kind::Pool => "address pool",
            Kind::Issuer => "issuer",
            Kind::Group => "group",
            Kind::Service => "service",
            Kind::Peer => "BGP peer",
            Kind::Community => "BGP community",
            Kind::Bfd => "BFD profile",
            Kind::Store => "storage pool",
            Kind::Vpn => "VPN",
            Kind::Ways => "group of ways out",
            Kind::Schedule => "schedule",
            Kind::Directory => "directory",
            Kind::Identity => "identity server",
            Kind::People => "group of people",
            Kind::Receiver => "receiver",
        }
    }

    /// Kinds of one space may not share a name: what answers on the network must be told apart by its name alone.
    pub fn space(self) -> u8 {
        match self {
            Kind::Vlan => 0,
            Kind::Upstream | Kind::Switch | Kind::Host | Kind::Firewall | Kind::Machine => 1,
            Kind::Proxmox | Kind::Cluster => 2,
            Kind::Datastore => 3,
            Kind::Login => 4,
            Kind::Template => 5,
            Kind::Secret => 6,
            Kind::Nodes => 7,
            Kind::Pool => 8,
            Kind::Issuer => 9,
            Kind::Group => 10,
            Kind::Service => 11,
            Kind::Peer => 12,
            Kind::Community => 13,
            Kind::Bfd => 14,
            Kind::Store => 15,
            Kind::Vpn => 16,
            // A rule names a way out or a group of them, and the first are called by their VLAN.
            Kind::Ways => 0,
            Kind::Schedule => 17,
            Kind::Directory => 18,
            Kind::Identity => 19,
            Kind::People => 20,
            Kind::Receiver => 21,
        }
    }
}

/// A value as it stands in the file.
#[derive(Copy, Clone, Debug)]
pub enum Raw<'a> {
    /// A string, quoted or not.
    Str(&'a str),
    /// A whole number.
    Int(i128),
    /// Another number, as spelt.
    Float(&'a str),
    /// A boolean.
    Bool(bool),
    /// `#null`.
    Null,
}

impl Raw<'_> {
    /// What messages call it.
    pub fn noun(self) -> &'static str {
        match self {
            Raw::Str(_) => "a text",
            Raw::Int(_) => "a whole number",
            Raw::Float(_) => "a number with a fraction or exponent",
            Raw::Bool(_) => "a boolean",
            Raw::Null => "`#null`",
        }
    }
}

/// Why a value cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bad {
    /// It is of another type: say what was expected.
    Type,
    /// The type fits, the value does not: what is wrong, and what to write if that is known.
    Value(String, Option<String>),
    /// It is a placeholder that somebody meant to replace.
    Placeholder,
    /// It holds something secret.
    Secret,
}

/// A Rust type that a field of the language can have.
pub trait Value: Sized {
    /// Its row.
    const TY: Ty;
    /// Reads a value.
    ///
    /// # Errors
    /// [`Bad`] says what is wrong with it.
    fn read(raw: Raw<'_>) -> Result<Self, Bad>;
    /// The name, when the value refers to a named thing or defines one.
    fn name(&self) -> Option<&Name> {
        None
    }
}

use super::Name;
