//! stub
/// Formats.
pub fn format(source: &crate::source::Source) -> String {
    source.text.clone()
}
