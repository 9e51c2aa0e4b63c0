//! What the file says of logs of a cluster: where they are kept, who reads them, what takes those of firewalls; decides nothing.

use super::*;
use crate::statement;

statement! {
    /// Logs of pods, nodes and firewalls (RFC 7.1, 7.4).
    LoggingFacts = "logging" {
        /// What keeps them.
        by: arg<LogKeeper> required, Parts, "\"loki\"";
        /// How it is deployed, when somebody believes that there is a choice.
        mode: value<LokiMode> "\"monolithic\"", Checked, "\"monolithic\"";
        /// How many of it: one, or at least three.
        replicas: value<Count> "3 with `objects`, else 1", Emitted, "5";
        /// How long logs are kept; at least a day.
        retention: value<Seconds> "31 days", Emitted, "\"14d\"";
        /// The store of objects that logs are kept in, by a claim of a bucket.
        objects: value<ObjectName> "they are kept on the volume", Emitted, "\"archive\"";
        /// The volume of each: what is not in the store yet, or all there is.
        volume: child<LogVolumeFacts> required, Parts;
        /// What reads logs of pods and nodes.
        agent: value<LogAgent> "\"alloy\"", Emitted, "\"promtail\"";
        /// What takes logs of firewalls.
        syslog: child<SyslogFacts> "nothing takes them", Parts;
        /// What of these logs is an alert.
        alerts: child<LogAlertsFacts> "the usual of what is sent, where there is `monitoring`", Parts;
    }
}

statement! {
    /// A volume that each replica has.
    LogVolumeFacts = "volume" {
        /// Its size.
        size: prop<Size> required, Emitted, "\"77GiB\"";
        /// The StorageClass.
        class: prop<ObjectName> "the class of block volumes that the cluster's storage makes: the default one, or its only one", Emitted, "\"local-path\"";
    }
}

statement! {
    /// What takes logs of firewalls: one listener, one protocol (RFC 7.4). Messages are those of RFC 5424.
    SyslogFacts = "syslog" {
        /// Its address.
        address: child<PoolAddressFacts> required, Parts;
        /// The VLAN that firewalls send to, when somebody believes that it is another than the pool's.
        vlan: value<VlanRef> "that of the pool", Checked, "\"nodes\"";
        /// Its port.
        port: value<Port> "1514", Emitted, "1599";
        /// How messages come.
        protocol: value<SyslogProtocol> "\"tcp\"", Emitted, "\"udp\"";
    }
}

statement! {
    /// What of a firewall's logs is an alert.
    LogAlertsFacts = "alerts" {
        /// How many times more packets of one source must be stopped than on the day before.
        blocks: value<Times> "5", Emitted, "9";
        /// How many packets of one source in ten minutes are too few to speak of.
        few_blocks: value("few-blocks")<Packets> "100", Emitted, "77";
        /// How many logins of one source may fail in ten minutes.
        failed_logins: value("failed-logins")<Times> "5", Emitted, "9";
    }
}
