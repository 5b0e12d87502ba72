//! Standard output that survives a closed pipe: no `println!` in the commands.

use std::io::{self, Write as _};

use super::Failure;

/// Writes a text as it is.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}
