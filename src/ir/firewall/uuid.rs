//! uuids of what topoc writes into a firewall: made from names, in the pattern that OPNsense accepts, and known again as topoc's.

use std::fmt;

/// A uuid in the v4 pattern, in lower case. The first 74 bits are a hash of whose and what it is; the last 48 are a seal over
/// those, so that a backup shows by itself what topoc wrote, without a list of what earlier versions wrote.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize)]
#[serde(transparent)]
pub struct Uuid(String);

impl Uuid {
    /// Of something of a firewall: `path` says what it is and never changes, such as `rule/allow/admins-manage/lan`.
    pub fn named(cloud: &str, firewall: &str, path: &str) -> Uuid {
        let hash = blake3::hash(format!("opnsense\0{cloud}\0{firewall}\0{path}").as_bytes());
        let hex = hash.to_hex();
        // The variant is two bits of a nibble: 8, 9, a or b.
        let variant = ["8", "9", "a", "b"][usize::from(hash.as_bytes()[31] & 3)];
        let front = format!("{}-{}-4{}-{variant}{}", &hex[0..8], &hex[8..12], &hex[12..15], &hex[15..18]);
        let seal = seal(&front, cloud, firewall);
        Uuid(format!("{front}-{seal}"))
    }

    /// A text in the pattern that OPNsense takes for a uuid (core 26.7, Core/Type.php: isUUID); `None` for any other.
    pub fn read(text: &str) -> Option<Uuid> {
        let b = text.as_bytes();
        let fits = b.len() == 36
            && b.iter().enumerate().all(|(i, c)| match i {
                8 | 13 | 18 | 23 => *c == b'-',
                14 => *c == b'4',
                19 => matches!(c, b'8' | b'9' | b'a' | b'b'),
                _ => matches!(c, b'0'..=b'9' | b'a'..=b'f'),
            });
        fits.then(|| Uuid(text.into()))
    }

    /// Whether topoc made it for this firewall of this cloud.
    pub fn is_of(&self, cloud: &str, firewall: &str) -> bool {
        let (front, end) = self.0.split_at(23);
        end[1..] == seal(front, cloud, firewall)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Twelve hex digits over the front of a uuid.
fn seal(front: &str, cloud: &str, firewall: &str) -> String {
    let hash = blake3::hash(format!("opnsense-seal\0{cloud}\0{firewall}\0{front}").as_bytes());
    hash.to_hex()[..12].to_string()
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_in_the_pattern_and_known_again() {
        for i in 0..500 {
            let path = format!("rule/allow/{i}");
            let uuid = Uuid::named("cloud", "edge", &path);
            assert_eq!(Uuid::read(uuid.as_str()), Some(uuid.clone()), "{uuid}");
            assert_eq!(uuid, Uuid::named("cloud", "edge", &path), "{path} has two");
            assert!(uuid.is_of("cloud", "edge"), "{uuid}");
            assert!(!uuid.is_of("cloud", "core") && !uuid.is_of("other", "edge"), "{uuid}");
        }
    }

    #[test]
    fn strangers_are_not_ours() {
        // From RFC 9562, appendix A.3: a v4 uuid in the pattern.
        let other = Uuid::read("919108f7-52d1-4320-9bac-f847db4148a8").expect("it is in the pattern");
        assert!(!other.is_of("cloud", "edge"));
        for bad in [
            "",
            "919108F7-52d1-4320-9bac-f847db4148a8",
            "919108f7-52d1-5320-9bac-f847db4148a8",
            "919108f7-52d1-4320-cbac-f847db4148a8",
            "919108f752d143209bacf847db4148a8",
            "919108f7-52d1-4320-9bac-f847db4148aé",
        ] {
            assert_eq!(Uuid::read(bad), None, "{bad}");
        }
        // One digit of ours changed is a stranger's.
        let mine = Uuid::named("cloud", "edge", "alias/a");
        let first = if mine.as_str().starts_with('0') { "1" } else { "0" };
        let changed = Uuid::read(&format!("{first}{}", &mine.as_str()[1..])).expect("still in the pattern");
        assert!(!changed.is_of("cloud", "edge"));
    }
}
