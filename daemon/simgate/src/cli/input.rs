//! Files that an option names.

use std::io::Read as _;
use std::path::Path;

use super::Failure;

/// A file's text; that of standard input for -.
pub(super) fn text_of(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}
