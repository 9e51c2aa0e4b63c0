//! What the file says of how the bandwidth of a way out is shared; decides nothing.

use super::super::{FromFacts, ToFacts};
use crate::schema::*;
use crate::statement;

statement! {
    /// How the bandwidth of a way out is shared.
    ShaperFacts = "shaper" {
        /// A way out whose bandwidth is shared.
        link: children<LinkFacts> required, Parts;
    }
}

statement! {
    /// A way out whose bandwidth is shared.
    LinkFacts = "link" {
        /// Its VLAN.
        way: arg<VlanRef> required, Emitted, "\"high-speed\"";
        /// What comes in at most: a little less than what the provider gives, or packets queue at the provider.
        down: prop<Bandwidth> required, Emitted, "\"77Mbit\"";
        /// What goes out at most.
        up: prop<Bandwidth> required, Emitted, "\"33Mbit\"";
        /// How packets take turns.
        scheduler: value<LinkScheduler> "\"weights\" where there are classes, else \"fq-codel\"", Emitted, "\"qfq\"";
        /// What keeps the queue of each class short.
        queues: value<QueueControl> "\"codel\" where there are classes", Emitted, "\"pie\"";
        /// What of its traffic belongs together.
        class: children<ClassFacts> "everything is one", Parts;
    }
}

statement! {
    /// Traffic of a link that belongs together, in both directions. All that is said must hold.
    ClassFacts = "class" {
        /// Its name.
        name: arg<Label> required, Emitted, "\"voice\"";
        /// Its share, when others have something to send too: this by the sum of theirs and this.
        weight: prop<ClassWeight> required, Emitted, "77";
        /// Whether it has what is in no other class.
        default: prop<bool> "#false", Emitted, "#true";
        /// Which is asked first where a packet fits several: the lowest.
        order: prop<ClassOrder> "the heavier first, behind those that say theirs", Emitted, "7";
        /// Who opens the connection.
        from: child<FromFacts> "everybody", Parts;
        /// Who answers.
        to: child<ToFacts> "everybody", Parts;
        /// By what.
        service: list<ServiceRef> "by anything", Emitted, "\"ntp\"";
        /// Marks of packets: any one of them.
        dscp: list<Dscp> "whatever they are marked with", Emitted, "\"cs6\"";
    }
}
