//! A backup without its secrets, for eyes and for Git; it never says what a secret was, and it rather takes one text too many.

use super::xml::{Document, Element};

/// What stands where a secret stood. Nothing in OPNsense takes it for a value, so a restore of such a file fails.
pub const TAKEN: &str = "(taken out by topoc)";

/// Takes out every text that may be a secret, and says how many.
///
/// A text goes when its element or an outer one is named like a secret, and when it looks like one whatever it is called:
/// hashes of passwords, keys in PEM or base64 of PEM, WireGuard keys, long tokens. Names are those of models and sections of
/// OPNsense core 26.7 and its plugins; plugins that are not known are met by the looks.
pub fn redact(document: &mut Document) -> usize {
    let mut taken = 0;
    element(&mut document.root, false, &mut taken);
    taken
}

/// Whether secrets were taken out of it: a whole configuration made of it would have the mark for passwords and keys.
pub fn is_redacted(document: &Document) -> bool {
    fn marked(e: &Element) -> bool {
        e.attrs.iter().any(|(_, value)| value == TAKEN)
            || (e.is_leaf() && e.text().trim() == TAKEN)
            || e.children().any(marked)
    }
    marked(&document.root)
}

fn element(e: &mut Element, inside: bool, taken: &mut usize) {
    for (name, value) in &mut e.attrs {
        if name != "uuid" && name != "version" && name != "persisted_at" && secret_text(value) {
            *value = TAKEN.into();
            *taken += 1;
        }
    }
    let inside = inside || secret_name(&e.name);
    if e.is_leaf() {
        let text = e.text();
        let text = text.trim();
        if !text.is_empty() && !harmless(text) && (inside || secret_text(text)) {
            e.set_text(TAKEN);
            *taken += 1;
        }
        return;
    }
    for child in e.children_mut() {
        element(child, inside, taken);
    }
}

/// Switches are settings, whatever they are called; a longer number may be a PIN.
fn harmless(text: &str) -> bool {
    matches!(text, "0" | "1")
}

/// Whether an element is named like something that nobody may read.
fn secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    const PARTS: [&str; 18] = [
        "pass",
        "secret",
        "psk",
        "privkey",
        "private",
        "prv",
        "token",
        "apikey",
        "api_key",
        "authkey",
        "shared_key",
        "sharedkey",
        "otp_seed",
        "hash",
        "community",
        "credential",
        "tls_key",
        "staticcontent",
    ];
    const WHOLE: [&str; 9] = ["key", "keys", "pwd", "pin", "seed", "tls", "crypto_key", "salt", "cookie"];
    PARTS.iter().any(|p| name.contains(p)) || WHOLE.contains(&name.as_str())
}

/// Whether a text looks like a secret.
fn secret_text(text: &str) -> bool {
    let text = text.trim();
    // crypt(3), keys in PEM, and PEM in base64: `-----BEGIN`.
    if text.starts_with('$') && text.matches('$').count() >= 3 || text.contains("PRIVATE KEY") {
        return true;
    }
    if text.contains("-----BEGIN CERTIFICATE") || text.starts_with("LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR") {
        return false;
    }
    if text.starts_with("LS0tLS1CRUdJTi") {
        return true;
    }
    // One word of 24 characters or more with digits and both cases: a key or a token, not a sentence or a name.
    let word = text.len() >= 24
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-'));
    let has = |f: fn(&u8) -> bool| text.bytes().any(|b| f(&b));
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let hex = text.len() >= 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    word && mixed || hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_stays_and_what_is_none_does() {
        const SECRETS: [&str; 6] =
            ["hunter2", "$2y$10$abcdefghijkl", "AbCdEfGhIjKlMnOpQrStUv0123", "LS0tLS1CRUdJTiBQUklW", "4711", "public"];
        let text = format!(
            "<opnsense><hostname>fw</hostname><user><password>{}</password><x>{}</x><item>{}</item></user><ca><prv>{}</prv>\
             <crt>LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0t</crt></ca><pin>{}</pin><community>{}</community><passthru>1</passthru></opnsense>",
            SECRETS[0], SECRETS[1], SECRETS[2], SECRETS[3], SECRETS[4], SECRETS[5]
        );
        let mut document = Document::parse(text.as_bytes()).expect("it is XML");
        assert_eq!(redact(&mut document), SECRETS.len());
        let printed = document.print();
        for secret in SECRETS {
            assert!(!printed.contains(secret), "{secret} is still in {printed}");
        }
        for kept in ["<hostname>fw</hostname>", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0t", "<passthru>1</passthru>"] {
            assert!(printed.contains(kept), "{kept} is not in {printed}");
        }
    }
}
