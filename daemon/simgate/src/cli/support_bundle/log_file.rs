//! The end of a log, masked.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::super::Failure;
use gateway::mask;

/// Octets from the end of the log.
const LAST: u64 = 2 * 1024 * 1024;

/// Opens a log that is to be put in.
pub(super) fn open(path: &Path) -> Result<File, Failure> {
    let about = |error: &dyn std::fmt::Display| {
        Failure::Usage(format!("--log {}: {error}", path.display()))
    };
    let file = File::open(path).map_err(|error| about(&error))?;
    let metadata = file.metadata().map_err(|error| about(&error))?;
    // The end of a pipe comes when it likes.
    if metadata.is_file() {
        Ok(file)
    } else {
        Err(about(&"not a regular file"))
    }
}

/// The last whole lines, masked but for the IMEIs in `keep`.
pub(super) fn end_of(mut file: File, keep: &[&str]) -> Result<String, Failure> {
    let length = file.metadata()?.len();
    let skipped = length.saturating_sub(LAST);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.take(LAST).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = match text.split_once('\n') {
        // Half a number would not be recognised.
        Some((_, rest)) if skipped > 0 => rest,
        None if skipped > 0 => "",
        _ => &text,
    };
    let lines = whole.lines();
    Ok(
        lines.fold(String::with_capacity(whole.len()), |mut out, line| {
            out.push_str(&mask::text(line, keep));
            out.push('\n');
            out
        }),
    )
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn log(text: &str) -> File {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        open(file.path()).unwrap()
    }

    #[test]
    fn numbers_are_masked_and_imeis_are_not() {
        let file = log("imei=356938035643809 from +84901234567\nkey sg_Abc1\n");
        let text = end_of(file, &["356938035643809"]).unwrap();
        assert_eq!(text, "imei=356938035643809 from +…567\nkey sg_…\n");
    }

    #[test]
    fn a_long_log_gives_its_last_whole_lines() {
        let line = format!("{}\n", "z".repeat(1023));
        let text = end_of(log(&format!("{}last", line.repeat(3000))), &[]).unwrap();
        assert!(text.ends_with("z\nlast\n") && text.len() as u64 <= LAST);
        assert!(
            text.lines()
                .all(|line| line.len() == 1023 || line == "last")
        );
        assert!(text.len() as u64 > LAST - 2048);
        let one = "1".repeat(3 * 1024 * 1024);
        assert_eq!(end_of(log(&one), &[]).unwrap(), "");
        assert!(open(Path::new("/dev/null")).is_err());
    }
}
