//! Characters and numbers of KDL 2 (grammar of the KDL 2.0 specification); knows no nodes and reports nothing.

use super::Literal;

/// May stand in a bare string.
pub(super) const WORD: u8 = 1;
/// Space that is no line break.
pub(super) const SPACE: u8 = 2;
/// Line break.
pub(super) const BREAK: u8 = 4;
/// First byte of a character that is not ASCII.
pub(super) const WIDE: u8 = 8;
/// Ends the quick scan of a quoted string: quote, backslash, line break, not ASCII.
pub(super) const STOP: u8 = 16;

/// What each byte may be; forbidden control characters count as [`WORD`] because [`forbidden`] has reported them.
pub(super) static CLASS: [u8; 256] = {
    let mut table = [WORD; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = match i as u8 {
            b'\t' | b' ' => SPACE,
            b'\n' | b'\r' | 0x0b | 0x0c => BREAK | STOP,
            b'"' | b'\\' => STOP,
            b'/' | b'(' | b')' | b'{' | b'}' | b';' | b'[' | b']' | b'#' | b'=' => 0,
            0x80.. => WIDE | STOP,
            _ => WORD,
        };
        i += 1;
    }
    table
};

/// Class and length of the character at `i`, which starts with a byte of class [`WIDE`].
pub(super) fn wide(b: &[u8], i: usize) -> (u8, usize) {
    match b[i] {
        0xc2 => match b[i + 1] {
            0x85 => (BREAK, 2),
            0xa0 => (SPACE, 2),
            _ => (WORD, 2),
        },
        0xe1 if b[i + 1..].starts_with(&[0x9a, 0x80]) => (SPACE, 3),
        0xe2 => match (b[i + 1], b[i + 2]) {
            (0x80, 0x80..=0x8a | 0xaf) | (0x81, 0x9f) => (SPACE, 3),
            (0x80, 0xa8 | 0xa9) => (BREAK, 3),
            _ => (WORD, 3),
        },
        0xe3 if b[i + 1..].starts_with(&[0x80, 0x80]) => (SPACE, 3),
        0..=0xdf => (WORD, 2),
        0xe0..=0xef => (WORD, 3),
        _ => (WORD, 4),
    }
}

/// Class and length of the character at `i`; `(0, 0)` at the end of the text.
#[inline]
pub(super) fn class(b: &[u8], i: usize) -> (u8, usize) {
    match b.get(i) {
        None => (0, 0),
        Some(&c) if c < 0x80 => (CLASS[c as usize] & !STOP, 1),
        Some(_) => wide(b, i),
    }
}

/// Length of the line break at `i`, 0 when there is none; CR LF is one.
#[inline]
pub(super) fn newline(b: &[u8], i: usize) -> usize {
    match b.get(i) {
        Some(b'\r') if b.get(i + 1) == Some(&b'\n') => 2,
        Some(_) => {
            let (class, len) = class(b, i);
            if class & BREAK != 0 { len } else { 0 }
        }
        None => 0,
    }
}

/// Length of the space at `i`, 0 when there is none.
#[inline]
pub(super) fn space(b: &[u8], i: usize) -> usize {
    let (class, len) = class(b, i);
    if class & SPACE != 0 { len } else { 0 }
}

/// Where the line of `i` ends, before its break.
pub(super) fn line_end(b: &[u8], mut i: usize) -> usize {
    while i < b.len() {
        let (class, len) = class(b, i);
        if class & BREAK != 0 {
            break;
        }
        i += len;
    }
    i
}

/// Where the run of characters of bare strings that starts at `i` ends.
#[inline]
pub(super) fn word_end(b: &[u8], mut i: usize) -> usize {
    while let Some(&c) = b.get(i) {
        match CLASS[c as usize] {
            WORD => i += 1,
            k if k & WIDE != 0 => match wide(b, i) {
                (WORD, len) => i += len,
                _ => break,
            },
            _ => break,
        }
    }
    i
}

/// Whether a word that starts here begins like a number: `1`, `-1`, and the almost-numbers `.1`, `+.1`.
pub(super) fn numeric(word: &[u8]) -> bool {
    let rest = match word {
        [b'+' | b'-', rest @ ..] => rest,
        _ => word,
    };
    match rest {
        [b'.', d, ..] | [d, ..] => d.is_ascii_digit(),
        [] => false,
    }
}

/// Whether a forbidden code point may begin with the byte.
#[inline]
fn suspicious(c: u8) -> bool {
    (c < 0x20) & !(0x09..=0x0d).contains(&c) | (c == 0x7f) | (c == 0xe2) | (c == 0xef)
}

/// Start and length of every code point that may not stand literally in a document, and its number.
pub(super) fn forbidden(text: &str) -> Vec<(u32, u32)> {
    let b = text.as_bytes();
    let mut found = Vec::new();
    let mut i = if text.starts_with('\u{feff}') { 3 } else { 0 };
    while i < b.len() {
        // Most texts have none: look at many bytes at once, without a branch for each.
        if let Some(chunk) = b.get(i..i + 64)
            && !chunk.iter().fold(false, |any, &c| any | suspicious(c))
        {
            i += 64;
            continue;
        }
        let len = match b[i] {
            0..=0x08 | 0x0e..=0x1f | 0x7f => 1,
            0xe2 => match (b[i + 1], b[i + 2]) {
                (0x80, 0x8e | 0x8f | 0xaa..=0xae) | (0x81, 0xa6..=0xa9) => 3,
                _ => 0,
            },
            0xef if b[i + 1..].starts_with(&[0xbb, 0xbf]) => 3,
            _ => 0,
        };
        if len > 0 {
            found.push((i as u32, len as u32));
        }
        i += len.max(1);
    }
    found
}

/// The number that the word is, if it is one by the grammar. A whole number too large for `i128` becomes a float.
pub(super) fn number(word: &str) -> Option<Literal> {
    let b = word.as_bytes();
    let (negative, digits) = match b {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, b),
    };
    let radix = match digits {
        [b'0', b'x', ..] => 16,
        [b'0', b'o', ..] => 8,
        [b'0', b'b', ..] => 2,
        _ => 10,
    };
    if radix != 10 {
        return whole(&digits[2..], radix, negative);
    }
    if digits.len() <= 18 && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        let n = digits.iter().fold(0i64, |n, d| n * 10 + i64::from(d - b'0'));
        return Some(Literal::Int(i128::from(if negative { -n } else { n })));
    }
    let run = |i: usize| -> Option<usize> {
        digits
            .get(i)?
            .is_ascii_digit()
            .then(|| i + digits[i..].iter().position(|c| !c.is_ascii_digit() && *c != b'_').unwrap_or(digits.len() - i))
    };
    let mut i = run(0)?;
    let int_end = i;
    if digits.get(i) == Some(&b'.') {
        i = run(i + 1)?;
    }
    if let Some(b'e' | b'E') = digits.get(i) {
        i += 1;
        if let Some(b'+' | b'-') = digits.get(i) {
            i += 1;
        }
        i = run(i)?;
    }
    if i != digits.len() {
        return None;
    }
    if int_end == digits.len() {
        return whole(digits, 10, negative);
    }
    let plain: String = word.chars().filter(|c| *c != '_').collect();
    plain.parse().ok().map(Literal::Float)
}

fn whole(digits: &[u8], radix: u32, negative: bool) -> Option<Literal> {
    if !(*digits.first()? as char).is_digit(radix) {
        return None;
    }
    let mut exact = Some(0i128);
    let mut rough = 0f64;
    for &c in digits {
        if c == b'_' {
            continue;
        }
        let d = (c as char).to_digit(radix)?;
        let d = if negative { -i128::from(d) } else { i128::from(d) };
        exact = exact.and_then(|n| n.checked_mul(i128::from(radix))?.checked_add(d));
        rough = rough * f64::from(radix) + d as f64;
    }
    Some(exact.map_or(Literal::Float(rough), Literal::Int))
}

/// The value of `#word` without its sign, if it is one of the six keywords.
pub(super) fn keyword(word: &str) -> Option<Literal> {
    Some(match word {
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        "null" => Literal::Null,
        "inf" => Literal::Float(f64::INFINITY),
        "-inf" => Literal::Float(f64::NEG_INFINITY),
        "nan" => Literal::Float(f64::NAN),
        _ => return None,
    })
}

/// Where the block comment at `from` ends: comments nest.
pub(super) fn comment_end(b: &[u8], from: usize) -> usize {
    let mut depth = 1;
    let mut i = from + 2;
    while i < b.len() && depth > 0 {
        match &b[i..] {
            [b'/', b'*', ..] => {
                depth += 1;
                i += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                i += 2;
            }
            _ => i += 1,
        }
    }
    i
}
