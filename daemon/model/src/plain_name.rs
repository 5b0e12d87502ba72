//! What things are called that people name, and that stand in paths.

/// Letters, digits, `-`, `_` and `.`, 1 to 64 of them, and not dots alone: those would vanish from
/// a path.
pub(crate) fn is_plain_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let dots = text.bytes().all(|byte| byte == b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(known) && !dots
}
