//! The way to new firmware: two requests, so that no stray one stops a bank.

/// How long a code is good for.
const CODE_MS: u64 = 30_000;

#[derive(Debug, Default)]
pub(crate) struct Update {
    code: Option<(u32, u64)>,
    due: bool,
}

impl Update {
    /// A code that differs from one time to the next. It proves that a request is meant, not who
    /// sends it.
    pub(crate) fn prepare(&mut self, now: u64) -> u32 {
        // Knuth's multiplicative hash: the low half of the time is all that is wanted.
        let low = u32::try_from(now & u64::from(u32::MAX)).unwrap_or(0);
        let code = low.wrapping_mul(2_654_435_761) ^ 0x5349_4d47;
        self.code = Some((code, now));
        code
    }

    /// Whether the code is the one that was given last, and not long ago. It is good once.
    pub(crate) fn confirm(&mut self, now: u64, code: u32) -> bool {
        let given = self.code.take();
        self.due = given.is_some_and(|(of, at)| of == code && now < at + CODE_MS);
        self.due
    }

    pub(crate) fn is_due(&self) -> bool {
        self.due
    }
}
