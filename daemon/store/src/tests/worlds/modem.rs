//! A modem and its network, as they may be.

/// Choices, one after the other; when there are no more, the first of all.
pub(super) struct Choices(std::vec::IntoIter<u8>);

impl Choices {
    pub(super) fn new(choices: Vec<u8>) -> Self {
        Self(choices.into_iter())
    }

    pub(super) fn has_more(&self) -> bool {
        self.0.len() > 0
    }

    /// One of `count`.
    pub(super) fn of(&mut self, count: usize) -> usize {
        usize::from(self.0.next().unwrap_or(0)) % count
    }

    pub(super) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.of(of.len())]
    }

    /// Once in so many times.
    pub(super) fn rarely(&mut self, times: usize) -> bool {
        self.of(times) == times - 1
    }
}

/// When a modem takes the next TP-MR for a submit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Takes {
    AtOnce,
    WhenItTransmits,
    WhenItIsAccepted,
}

/// What became of a submit in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Accepted,
    NeverReachedTheModem,
    RefusedByTheModem,
    RefusedByTheNetwork,
}

pub(super) struct Modem {
    takes: Takes,
    last: u8,
}

impl Modem {
    pub(super) fn new(choices: &mut Choices) -> Self {
        Self {
            takes: choices.one(&[
                Takes::AtOnce,
                Takes::WhenItTransmits,
                Takes::WhenItIsAccepted,
            ]),
            // Near the turn, near a count begun anew, and where digits are lost.
            last: choices.one(&[20, 7, 98, 110, 253, 1, 0, 9]),
        }
    }

    /// Its number, where the network accepts it.
    pub(super) fn submit(&mut self, fate: Fate) -> Option<u8> {
        let takes = match fate {
            Fate::NeverReachedTheModem => false,
            Fate::RefusedByTheModem => self.takes == Takes::AtOnce,
            Fate::RefusedByTheNetwork => self.takes <= Takes::WhenItTransmits,
            Fate::Accepted => true,
        };
        self.last = self.last.wrapping_add(u8::from(takes));
        (fate == Fate::Accepted).then_some(self.last)
    }

    /// It boots: the next number is 0 or 1, or goes on, where the SIM keeps the last one.
    pub(super) fn boot(&mut self, choices: &mut Choices) {
        self.last = choices.one(&[u8::MAX, 0, self.last, self.last]);
    }
}

/// A number of which the line has swallowed a digit.
pub(super) fn without_a_digit(mr: u8, choices: &mut Choices) -> u8 {
    let mut digits = mr.to_string();
    if digits.len() > 1 {
        let at = choices.of(digits.len());
        digits.remove(at);
    }
    digits.parse().unwrap()
}
