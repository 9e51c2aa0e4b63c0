//! Places of rules in their order: a range for each class, and in it a number made from the rule's key; knows no rule.

/// Classes in the order in which OPNsense reads them: the first rule that matches decides.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Refused without a word.
    Dropped,
    /// Refused with a word.
    Refused,
    /// What the firewall serves or translates.
    Served,
    /// Allowed by a way out that is named: before what is allowed without, or that would take it.
    Way,
    /// Allowed up to a limit: before what is allowed without, or the limit would never be met.
    Limited,
    /// Allowed.
    Allowed,
}

impl Class {
    /// First number and how many. What is below and above is left for rules that people make by hand.
    fn range(self) -> (u32, u32) {
        match self {
            Class::Dropped => (100_000, 100_000),
            Class::Refused => (200_000, 100_000),
            Class::Served => (300_000, 100_000),
            Class::Way => (400_000, 100_000),
            Class::Limited => (500_000, 100_000),
            Class::Allowed => (600_000, 300_000),
        }
    }
}

/// A number for each, unique among all: the hash of its key within the range of its class, or the next that is free. Those
/// that meet are put in the order of their keys, so only they depend on each other.
pub fn places<'a>(all: impl Iterator<Item = (Class, &'a str)>) -> Vec<u32> {
    let mut asked: Vec<(Class, &str, usize)> = all.enumerate().map(|(i, (c, k))| (c, k, i)).collect();
    asked.sort();
    let mut taken = std::collections::BTreeSet::new();
    let mut places = vec![0; asked.len()];
    for (class, key, i) in asked {
        let (first, count) = class.range();
        let mut four = [0u8; 4];
        four.copy_from_slice(&blake3::hash(key.as_bytes()).as_bytes()[..4]);
        let mut at = u32::from_le_bytes(four) % count;
        // A range of a hundred thousand is never full before memory is.
        while !taken.insert(first + at) && taken.len() < 900_000 {
            at = (at + 1) % count;
        }
        places[i] = first + at;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_unique_and_stay() {
        let keys: Vec<String> = (0..2000).map(|i| format!("allow/{i}")).collect();
        let all = places(keys.iter().map(|k| (Class::Allowed, k.as_str())));
        let mut sorted = all.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), all.len());
        assert!(all.iter().all(|n| (600_000..900_000).contains(n)));
        // Without one of them, hardly any other moves.
        let less = places(keys.iter().skip(1).map(|k| (Class::Allowed, k.as_str())));
        let moved = less.iter().zip(&all[1..]).filter(|(a, b)| a != b).count();
        assert!(moved <= 1, "{moved} moved");
    }
}
