//! Whatever a host asks, and whatever happens to the inputs meanwhile: what must hold, holds. The
//! judge reads the lines' log alone and knows nothing of the controller's states.

use bank_controller::{EC25, M95, SIM800, SIM7000, USB};
use bank_wire::{Limits, Power, Reply, Request, SlotState, Timing};
use proptest::prelude::*;

use crate::bench::{Bench, Change, Kind, SLOTS};

#[derive(Clone, Debug)]
enum Step {
    Ask(Request),
    /// Ticks come when the controller asked for them.
    Run(u64),
    /// One tick comes late.
    Stall(u64),
    Fault(usize, bool),
    Supply(bool),
    /// A line of a slot fails, or works again.
    Break(usize, bool),
}

/// A slot more than there is.
fn slot() -> impl Strategy<Value = u8> {
    0..=3_u8
}

fn timing() -> impl Strategy<Value = Timing> {
    let any = any::<[u16; 7]>().prop_map(|of| Timing {
        settle_ms: of[0] % 500,
        key_on_ms: of[1] % 12_000,
        boot_ms: of[2] % 2_000,
        key_off_ms: of[3] % 12_000,
        farewell_ms: of[4] % 5_000,
        reset_ms: of[5] % 6_000,
        dark_ms: of[6] % 5_000,
    });
    prop_oneof![
        any,
        Just(USB),
        Just(EC25),
        Just(SIM800),
        Just(SIM7000),
        Just(M95)
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let power = prop_oneof![Just(Power::On), Just(Power::Off), Just(Power::Cut)];
    let limits = (0..2_000_u16).prop_map(|stagger_ms| Limits {
        stagger_ms,
        silence_ms: 30_000,
    });
    prop_oneof![
        5 => (slot(), power).prop_map(|(slot, to)| Request::Power { slot, to }),
        3 => (slot(), 0..8_000_u16).prop_map(|(slot, dark_ms)| Request::Cycle { slot, dark_ms }),
        2 => slot().prop_map(|slot| Request::Key { slot }),
        2 => slot().prop_map(|slot| Request::Reset { slot }),
        3 => (slot(), 0..5_u8).prop_map(|(slot, sim)| Request::Sim { slot, sim }),
        2 => slot().prop_map(|slot| Request::ClearFault { slot }),
        2 => (slot(), timing()).prop_map(|(slot, timing)| Request::Timing { slot, timing }),
        1 => limits.prop_map(Request::Limits),
        1 => Just(Request::PrepareUpdate),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => request().prop_map(Step::Ask),
        6 => (0..3_000_u64).prop_map(Step::Run),
        1 => (0..3_000_u64).prop_map(Step::Stall),
        1 => (0..SLOTS, any::<bool>()).prop_map(|(slot, active)| Step::Fault(slot, active)),
        1 => prop::bool::weighted(0.2).prop_map(Step::Supply),
        1 => (0..SLOTS, prop::bool::weighted(0.2)).prop_map(|(slot, broken)| Step::Break(slot, broken)),
    ]
}

/// What the judge knows of one slot.
#[derive(Clone, Copy)]
struct Seen {
    power: bool,
    key: bool,
    reset: bool,
    dark_since: u64,
    /// How long this darkness must last: by the timing that held when it began.
    dark_ms: u64,
    /// By the timing that holds now.
    next_dark_ms: u64,
    /// Somebody asked for power, and nothing has taken that back.
    asked: bool,
}

struct Judge {
    slots: [Seen; SLOTS],
    last_rise: Option<u64>,
    stagger: u64,
}

impl Judge {
    fn new(start: u64) -> Self {
        let seen = Seen {
            power: false,
            key: false,
            reset: false,
            dark_since: start,
            dark_ms: u64::from(USB.dark_ms),
            next_dark_ms: u64::from(USB.dark_ms),
            asked: false,
        };
        Self {
            slots: [seen; SLOTS],
            last_rise: None,
            stagger: 500,
        }
    }

    fn see(&mut self, change: &Change) {
        let seen = &mut self.slots[change.slot];
        let Change { at, kind, high, .. } = *change;
        match kind {
            Kind::Power if high => {
                assert!(seen.asked, "power that nobody asked for: {change:?}");
                assert!(
                    at >= seen.dark_since + seen.dark_ms,
                    "too short a darkness: {change:?}"
                );
                let last = self.last_rise.replace(at);
                let apart = last.is_none_or(|last| at >= last + self.stagger);
                assert!(apart, "two inrush currents at once: {last:?}, {change:?}");
                seen.power = true;
            }
            Kind::Power => {
                seen.power = false;
                seen.dark_since = at;
                seen.dark_ms = seen.next_dark_ms;
            }
            Kind::Key => seen.key = high,
            Kind::Reset => seen.reset = high,
            Kind::SimLow | Kind::SimHigh => {
                assert!(!seen.power, "a SIM is switched under power: {change:?}");
                assert!(
                    at >= seen.dark_since + seen.dark_ms,
                    "a SIM is switched too soon: {change:?}"
                );
            }
            Kind::Lamp | Kind::Fault | Kind::Supply => {}
        }
    }

    /// After all that happened at one time.
    fn check(&self) {
        for (slot, seen) in self.slots.iter().enumerate() {
            assert!(seen.power || !seen.key, "PWRKEY of a dark modem {slot}");
            assert!(seen.power || !seen.reset, "RESET of a dark modem {slot}");
            assert!(!(seen.key && seen.reset), "both keys of {slot}");
        }
    }

    /// What a request that was done changes in what may happen.
    fn hear(&mut self, request: &Request) {
        match *request {
            Request::Power { slot, to } => self.slots[usize::from(slot)].asked = to == Power::On,
            Request::Cycle { slot, .. } => self.slots[usize::from(slot)].asked = true,
            Request::Timing { slot, timing } => {
                self.slots[usize::from(slot)].next_dark_ms = u64::from(timing.dark_ms);
            }
            Request::ClearFault { slot } => {
                // Darkness begins anew, by the timing of now, which may be a shorter one.
                let seen = &mut self.slots[usize::from(slot)];
                seen.dark_ms = seen.dark_ms.min(seen.next_dark_ms);
            }
            Request::Limits(limits) => {
                self.stagger = u64::from(limits.stagger_ms).min(self.stagger);
            }
            _ => {}
        }
    }
}

fn run(steps: Vec<Step>) {
    let mut bench = Bench::new();
    let start = bench.clock.get();
    bench.log.borrow_mut().clear();
    let mut judge = Judge::new(start);
    for step in steps {
        match step {
            Step::Ask(request) => {
                // What is asked may change lines at once: the judge hears of it before.
                let mut heard = Judge {
                    slots: judge.slots,
                    ..judge
                };
                let now = bench.clock.get();
                let reply = bench.controller.handle(now, request);
                if reply == Reply::Done {
                    heard.hear(&request);
                }
                judge = heard;
                bench.run(0);
            }
            Step::Run(ms) => bench.run(ms),
            Step::Stall(ms) => bench.stall(ms),
            Step::Fault(slot, active) => bench.line(slot, Kind::Fault).drive(!active),
            Step::Supply(bad) => bench.line(0, Kind::Supply).drive(!bad),
            Step::Break(slot, broken) => bench.line(slot, Kind::SimHigh).break_it(broken),
        }
        let log = std::mem::take(&mut *bench.log.borrow_mut());
        let mut log = log.iter().peekable();
        while let Some(change) = log.next() {
            judge.see(change);
            if log.peek().is_none_or(|next| next.at != change.at) {
                judge.check();
            }
        }
        for slot in 0..SLOTS {
            let number = u8::try_from(slot).expect("few slots");
            if let SlotState::Fault(_) = bench.state(number) {
                assert!(!judge.slots[slot].power, "power in spite of a fault");
                // What was asked for before is forgotten: it must be asked for anew.
                judge.slots[slot].asked = false;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_sequence_of_requests_breaks_what_must_hold(steps in prop::collection::vec(step(), 1..60)) {
        run(steps);
    }
}

/// The judge itself: a bank that was wired wrong would be found.
#[test]
#[should_panic(expected = "nobody asked")]
fn the_judge_sees_power_that_nobody_asked_for() {
    let mut judge = Judge::new(0);
    judge.see(&Change {
        at: 10_000,
        slot: 0,
        kind: Kind::Power,
        high: true,
    });
}
