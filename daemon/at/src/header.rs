//! The name in front of an information line: `+CMGL: ...`, `^RSSI:17`, `*PSUTTZ: ...`.

/// The name of a line `<+^#*$%&><NAME>:`, without the colon.
pub(crate) fn name_of(line: &str) -> Option<&str> {
    let colon = line.find(':')?;
    let name = line[..colon].trim_end();
    let letters = name.strip_prefix(['+', '^', '#', '*', '$', '%', '&', '!'])?;
    let ok = letters.starts_with(|c: char| c.is_ascii_alphabetic())
        && letters
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    ok.then_some(name)
}

/// What stands behind `<name>:`, without leading blanks.
pub(crate) fn after_name<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(name)?.trim_start();
    Some(rest.strip_prefix(':')?.trim_start())
}
