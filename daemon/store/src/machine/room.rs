//! How much room a file system has.

use std::path::Path;

/// What is left free beside a copy of the database: the log grows while it is made.
pub(crate) const SPARE: u64 = 64 << 20;

/// Octets that are free where `path` is or will be; none where the file system does not tell.
pub(crate) fn free(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|path| path.exists())?;
    let told = rustix::fs::statvfs(there).ok()?;
    (told.f_blocks > 0).then(|| told.f_bavail.saturating_mul(told.f_frsize))
}

/// Whole megabytes, rounded up.
pub(crate) fn mega(octets: u64) -> u64 {
    octets.div_ceil(1_000_000)
}
