//! The bounds of what may be configured, and what holds without configuration.

use bank_wire::{Limits, Timing};

/// A fault input must be active for so long. Power switches report within 10 ms of an overload, and
/// flicker while the capacitors behind them fill.
pub const FAULT_HOLD_MS: u64 = 20;
/// The supply must be bad for so long.
pub const SUPPLY_HOLD_MS: u64 = 5;
/// How often the inputs are looked at while a modem has power.
pub const SAMPLE_MS: u64 = 5;

/// What holds for a bank that nothing was said about. A modem's inrush is over within 100 ms; half a
/// second also keeps the peaks of the first network search apart. The host speaks every few seconds.
pub const DEFAULT_LIMITS: Limits = Limits {
    stagger_ms: 500,
    silence_ms: 30_000,
};

/// Whether limits are safe. No configuration may switch a whole bank on at once.
pub(crate) fn limits_are_safe(limits: Limits) -> bool {
    (50..=10_000).contains(&limits.stagger_ms) && limits.silence_ms >= 1_000
}

/// Whether a timing is safe: darkness that empties capacitors, and no press that lasts for ever.
pub(crate) fn timing_is_safe(timing: &Timing) -> bool {
    timing.dark_ms >= 100
        && timing.key_on_ms <= 10_000
        && timing.key_off_ms <= 10_000
        && timing.reset_ms <= 5_000
}
