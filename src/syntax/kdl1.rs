//! KDL 1 text to KDL 2 text through the `kdl` crate; for `topoc fmt --from-kdl1` only, never for reading a topology.

/// Deeper input is refused: the `kdl` crate descends by recursion and would overflow the stack.
const MAX_NESTING: usize = 100;

/// Longer input is refused: the `kdl` crate reads about 1 MB in a second.
const MAX_BYTES: usize = 4 << 20;

/// The same document in KDL 2, comments kept.
///
/// # Errors
/// A sentence that says why it cannot be converted: too long, nested too deep, or no KDL 1.
pub fn convert_kdl1(text: &str) -> Result<String, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("the file is longer than {} MiB", MAX_BYTES >> 20));
    }
    // Braces in strings and comments count too: that refuses a little too much, and needs no parser.
    let mut depth = 0usize;
    let mut comments = 0usize;
    for pair in text.as_bytes().windows(2).chain(text.as_bytes().last().map(std::slice::from_ref)) {
        match pair[0] {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'/' if pair.get(1) == Some(&b'*') => comments += 1,
            b'*' if pair.get(1) == Some(&b'/') => comments = comments.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING || comments > MAX_NESTING {
            return Err(format!("the file is nested more than {MAX_NESTING} deep"));
        }
    }
    kdl::KdlDocument::v1_to_v2(text).map_err(|error| match error.diagnostics.first() {
        Some(first) => {
            let line = 1 + text[..first.span.offset().min(text.len())].matches('\n').count();
            let what = first.message.as_deref().unwrap_or("cannot be read");
            format!("line {line} is no KDL 1: {what}")
        }
        None => "the file is no KDL 1".to_string(),
    })
}
