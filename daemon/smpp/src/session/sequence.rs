//! Sequence numbers.

/// The highest sequence number (SMPP 3.4 §3.2).
const LAST: u32 = 0x7FFF_FFFF;

/// Gives out 1 to 0x7FFFFFFF and starts over. No window is long enough to meet itself.
#[derive(Debug, Default)]
pub(crate) struct Sequence(u32);

impl Sequence {
    pub(crate) fn next(&mut self) -> u32 {
        self.0 = if self.0 >= LAST { 1 } else { self.0 + 1 };
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_to_one() {
        let mut sequence = Sequence(LAST - 1);
        assert_eq!(
            [sequence.next(), sequence.next(), sequence.next()],
            [LAST, 1, 2]
        );
    }
}
