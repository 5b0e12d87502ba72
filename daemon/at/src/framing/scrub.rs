//! From the raw bytes of a line to text.

/// The line as text, without noise before it.
///
/// What is UTF-8 is kept; other lines are read as Latin-1 after leading bytes outside ASCII have
/// been dropped, since that is what a UART with the wrong speed or a waking modem puts before the
/// first good line.
pub(super) fn scrub(line: &[u8]) -> String {
    let line = skip(line, |byte| byte <= b' ' || byte == 0x7f);
    if let Ok(text) = std::str::from_utf8(line) {
        return text.to_owned();
    }
    let line = skip(line, |byte| !(b'!'..0x7f).contains(&byte));
    line.iter().copied().map(char::from).collect()
}

fn skip(line: &[u8], noise: impl Fn(u8) -> bool) -> &[u8] {
    let start = line
        .iter()
        .position(|&byte| !noise(byte))
        .unwrap_or(line.len());
    &line[start..]
}
