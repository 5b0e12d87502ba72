//! What a slot's lamp shows.

use bank_wire::SlotState;

/// Lit for the first part of each period.
#[derive(Clone, Copy)]
struct Pattern {
    lit: u64,
    period: u64,
}

const DARK: Pattern = Pattern { lit: 0, period: 1 };
const LIT: Pattern = Pattern { lit: 1, period: 1 };
/// A fault: nobody overlooks it.
const HURRIED: Pattern = Pattern {
    lit: 100,
    period: 200,
};
/// Something is under way.
const BLINKING: Pattern = Pattern {
    lit: 250,
    period: 500,
};
/// Waits for its turn.
const FLASHING: Pattern = Pattern {
    lit: 100,
    period: 1_000,
};
/// On, and the host is silent.
const SLOW: Pattern = Pattern {
    lit: 1_000,
    period: 2_000,
};
/// Off, and the host is silent.
const RARE: Pattern = Pattern {
    lit: 50,
    period: 2_000,
};

fn pattern(state: SlotState, silent: bool) -> Pattern {
    match state {
        SlotState::Fault(_) => HURRIED,
        SlotState::Off | SlotState::Dark if silent => RARE,
        SlotState::Off | SlotState::Dark => DARK,
        SlotState::On if silent => SLOW,
        SlotState::On => LIT,
        SlotState::Waiting => FLASHING,
        SlotState::Rising | SlotState::Key | SlotState::Reset | SlotState::Falling => BLINKING,
    }
}

/// Whether the lamp is lit, and when that changes if the slot does not.
pub(crate) fn lamp(state: SlotState, silent: bool, now: u64) -> (bool, Option<u64>) {
    let Pattern { lit, period } = pattern(state, silent);
    let into = now % period;
    let change =
        (lit > 0 && lit < period).then(|| now - into + if into < lit { lit } else { period });
    (into < lit, change)
}
