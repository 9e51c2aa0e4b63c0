//! What the file says of what a firewall looks for in the traffic; decides nothing.

use crate::schema::*;
use crate::statement;

statement! {
    /// What a firewall looks for in the traffic. Its home networks follow from its interfaces.
    IdsFacts = "ids" {
        /// The VLANs whose interfaces are watched.
        watch: list<VlanRef> required, Emitted, "\"high-speed\"";
        /// What happens to what it finds; it is one for all interfaces.
        mode: value<IdsMode> "\"detect\"", Emitted, "\"prevent\"";
        /// Sets of rules: names of their files without the ending.
        rules: list<RulesetName> required, Emitted, "\"emerging-worm\"";
        /// When the rules are fetched again.
        update: child<IdsUpdateFacts> "every day, at a time that follows from the firewall's name", Parts;
        /// How patterns are looked for.
        matcher: value<Matcher> "\"automatic\"", Emitted, "\"hyperscan\"";
        /// How much memory is spent on looking things up.
        profile: value<IdsProfile> "\"standard\"", Emitted, "\"high\"";
        /// Whether it looks at frames that are for others too.
        promiscuous: flag<bool> "#false", Emitted, "#true";
        /// How alerts reach the system's log, and from there those who collect it.
        log: value<IdsLog> "\"json\"", Emitted, "\"both\"";
        /// Whether alerts carry what the packet held: it may be a password.
        payload: flag<bool> "#false", Emitted, "#true";
        /// When a new file of alerts is begun.
        rotate: value<Rotation> "\"weekly\"", Emitted, "\"daily\"";
        /// How many files of alerts are kept.
        keep: value<FileCount> "4", Emitted, "9";
        /// What becomes of rules of some sets.
        policy: children<IdsPolicyFacts> "each rule does what its authors chose", Parts;
        /// What becomes of one rule.
        rule: children<IdsRuleFacts> "none is different", Parts;
    }
}

statement! {
    /// When rules are fetched again.
    IdsUpdateFacts = "update" {
        /// How often.
        every: arg<UpdateEvery> required, Emitted, "\"weekly\"";
        /// The minute.
        time: prop("at")<ClockTime> "between 1 and 5 in the morning, by the firewall's name", Emitted, "\"06:45\"";
    }
}

statement! {
    /// What becomes of rules of some sets.
    IdsPolicyFacts = "policy" {
        /// Its name.
        name: arg<Label> required, Emitted, "\"strict\"";
        /// Which policy is asked first: the lowest. No two have the same.
        order: prop<PolicyOrder> "0", Emitted, "9";
        /// The sets.
        rules: list<RulesetName> "all that are fetched", Emitted, "\"emerging-dns\"";
        /// The rules among them, by what their authors chose.
        of: list<IdsAction> "all of them", Emitted, "\"disable\"";
        /// What they do then.
        then: value<IdsAction> required, Emitted, "\"disable\"";
    }
}

statement! {
    /// What becomes of one rule.
    IdsRuleFacts = "rule" {
        /// Its number.
        sid: arg<SignatureId> required, Emitted, "2008989";
        /// What it does then.
        then: prop<IdsAction> required, Emitted, "\"disable\"";
    }
}
