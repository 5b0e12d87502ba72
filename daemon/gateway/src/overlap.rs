//! How long a secret works on after another one took its place, in seconds.

/// Where nothing is said: a day.
pub const USUAL: u32 = 86_400;
/// 30 days.
pub const LONGEST: u32 = 2_592_000;

/// Why it cannot be that long.
pub fn check(seconds: u32) -> Result<(), String> {
    if seconds <= LONGEST {
        return Ok(());
    }
    Err(format!("must be 0 to {LONGEST}"))
}
