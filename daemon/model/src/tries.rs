//! What a SIM is locked by, and what the tries that are left say of a code that was sent.

/// What `+CPIN?` asks for (TS 27.007 8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// `SIM PIN`
    Pin,
    /// `SIM PUK`
    Puk,
    /// `SIM PIN2`, `PH-SIM PIN`, `PH-NET PIN` and the rest: nothing a gateway can give.
    Other,
}

/// Tries of a PIN and of a PUK while nothing was wrong (TS 31.101 9.5.1).
const FULL_PIN: u8 = 3;
const FULL_PUK: u8 = 10;

/// Whether a SIM counted a code that was sent to it as a wrong one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// A try was used: it has refused the code.
    Yes,
    /// None was used: it has not refused it.
    No,
    /// The modem did not tell the tries, before or after.
    Unknown,
}

impl Counted {
    /// By the tries left before and after the code for `what` was sent.
    pub fn of(what: Lock, before: Option<u8>, after: Option<u8>) -> Self {
        let full = match what {
            Lock::Puk => FULL_PUK,
            Lock::Pin | Lock::Other => FULL_PIN,
        };
        match (before, after) {
            (Some(before), Some(after)) if after < before => Self::Yes,
            (Some(_), Some(_)) => Self::No,
            (None, Some(after)) if after == full => Self::No,
            (_, None) | (None, Some(_)) => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_fewer_is_a_refusal_and_without_numbers_nothing_is_known() {
        let pin = |before, after| Counted::of(Lock::Pin, before, after);
        assert_eq!(pin(Some(3), Some(2)), Counted::Yes);
        assert_eq!(pin(Some(3), Some(3)), Counted::No);
        // The right one was given in between, elsewhere.
        assert_eq!(pin(Some(2), Some(3)), Counted::No);
        // Of three, none is used.
        assert_eq!(pin(None, Some(3)), Counted::No);
        for (before, after) in [(None, Some(2)), (Some(3), None), (None, None)] {
            assert_eq!(pin(before, after), Counted::Unknown);
        }
        assert_eq!(Counted::of(Lock::Puk, None, Some(3)), Counted::Unknown);
        assert_eq!(Counted::of(Lock::Puk, None, Some(10)), Counted::No);
    }
}
