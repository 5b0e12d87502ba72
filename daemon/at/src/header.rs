//! The name in front of an information line: `+CMGL: ...`, `^RSSI:17`, `*PSUTTZ: ...`.

/// What names begin with. The underscore is Option's (field notes A 37).
const SIGILS: [char; 9] = ['+', '^', '#', '*', '$', '%', '&', '!', '_'];

/// The name of a line `<+^#*$%&!_><NAME>:`, without the colon.
pub(crate) fn name_of(line: &str) -> Option<&str> {
    let colon = line.find(':')?;
    let name = line[..colon].trim_end();
    is_name(name).then_some(name)
}

/// Whether a line is a name and nothing else, as some notices are: `+PACSP1` (field notes A 37).
pub(crate) fn is_bare_name(line: &str) -> bool {
    let line = line.trim_end();
    is_name(line) && !line.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn is_name(text: &str) -> bool {
    let letters = text.strip_prefix(SIGILS).unwrap_or("");
    letters.starts_with(|c: char| c.is_ascii_alphabetic())
        && letters
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What stands behind `<name>:`, without leading blanks.
pub(crate) fn after_name<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(name)?.trim_start();
    Some(rest.strip_prefix(':')?.trim_start())
}
