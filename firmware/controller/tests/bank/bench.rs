//! A bank on a bench: lines whose changes are written down with their times, and a clock in hand.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bank_controller::{Controller, Identity, Lines};
use bank_wire::{Board, Power, Reply, Request, ResetCause, SlotState, SlotStatus};
use embedded_hal::digital::{Error, ErrorKind, ErrorType, InputPin, OutputPin};

pub(crate) const SLOTS: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Power,
    Key,
    Reset,
    SimLow,
    SimHigh,
    Lamp,
    Fault,
    Supply,
}

/// A line that went high or low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) at: u64,
    pub(crate) slot: usize,
    pub(crate) kind: Kind,
    pub(crate) high: bool,
}

#[derive(Debug)]
pub(crate) struct Broken;

impl Error for Broken {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Other
    }
}

/// A line. Its copies are the same line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    slot: usize,
    kind: Kind,
    high: Rc<Cell<bool>>,
    broken: Rc<Cell<bool>>,
    clock: Rc<Cell<u64>>,
    log: Rc<RefCell<Vec<Change>>>,
}

impl Line {
    pub(crate) fn is(&self) -> bool {
        self.high.get()
    }

    /// The world sets an input.
    pub(crate) fn drive(&self, high: bool) {
        self.high.set(high);
    }

    pub(crate) fn break_it(&self, broken: bool) {
        self.broken.set(broken);
    }
}

impl ErrorType for Line {
    type Error = Broken;
}

impl OutputPin for Line {
    fn set_low(&mut self) -> Result<(), Broken> {
        self.set_state(false.into())
    }

    fn set_high(&mut self) -> Result<(), Broken> {
        self.set_state(true.into())
    }

    fn set_state(&mut self, state: embedded_hal::digital::PinState) -> Result<(), Broken> {
        let high = state.into();
        if self.broken.get() {
            return Err(Broken);
        }
        if self.high.replace(high) != high {
            self.log.borrow_mut().push(Change {
                at: self.clock.get(),
                slot: self.slot,
                kind: self.kind,
                high,
            });
        }
        Ok(())
    }
}

impl InputPin for Line {
    fn is_high(&mut self) -> Result<bool, Broken> {
        self.is_low().map(|low| !low)
    }

    fn is_low(&mut self) -> Result<bool, Broken> {
        if self.broken.get() {
            return Err(Broken);
        }
        Ok(!self.high.get())
    }
}

pub(crate) struct Bench {
    pub(crate) controller: Controller<Line, Line, SLOTS>,
    pub(crate) clock: Rc<Cell<u64>>,
    pub(crate) log: Rc<RefCell<Vec<Change>>>,
    pub(crate) lines: Vec<Line>,
    next: u64,
}

pub(crate) const IDENTITY: Identity = Identity {
    board: Board::Rp2040Eight,
    firmware: [1, 2, 3],
    sims: 4,
    updates: true,
    reset: ResetCause::Power,
};

impl Bench {
    /// A bank whose outputs were all high before: the start must put them right.
    pub(crate) fn new() -> Self {
        let clock = Rc::new(Cell::new(1_000));
        let log = Rc::new(RefCell::new(Vec::new()));
        let lines = RefCell::new(Vec::new());
        let line = |slot, kind| {
            let line = Line {
                slot,
                kind,
                high: Rc::new(Cell::new(true)),
                broken: Rc::default(),
                clock: Rc::clone(&clock),
                log: Rc::clone(&log),
            };
            lines.borrow_mut().push(line.clone());
            line
        };
        let slots = std::array::from_fn(|slot| Lines {
            power: line(slot, Kind::Power),
            key: Some(line(slot, Kind::Key)),
            reset: Some(line(slot, Kind::Reset)),
            sim: [
                Some(line(slot, Kind::SimLow)),
                Some(line(slot, Kind::SimHigh)),
            ],
            lamp: Some(line(slot, Kind::Lamp)),
            fault: Some(line(slot, Kind::Fault)),
        });
        let supply = Some(line(0, Kind::Supply));
        let controller = Controller::new(clock.get(), IDENTITY, slots, supply);
        let lines = lines.take();
        let next = clock.get();
        Self {
            controller,
            clock,
            log,
            lines,
            next,
        }
    }

    /// One whose slots have been dark for long enough, with nothing in its log.
    pub(crate) fn rested() -> Self {
        let mut bench = Self::new();
        bench.run(3_000);
        bench.log.borrow_mut().clear();
        bench
    }

    pub(crate) fn line(&self, slot: usize, kind: Kind) -> &Line {
        let mut lines = self.lines.iter();
        let found = lines.find(|line| line.slot == slot && line.kind == kind);
        found.expect("the bench has this line")
    }

    /// Lets time go on, ticking when the controller said.
    pub(crate) fn run(&mut self, ms: u64) {
        let end = self.clock.get() + ms;
        while self.next <= end {
            self.clock.set(self.next.max(self.clock.get()));
            self.next = self.controller.tick(self.clock.get());
            assert!(self.next > self.clock.get(), "time must go on");
        }
        self.clock.set(end);
    }

    /// Lets time go on without a tick, as when something else keeps the processor.
    pub(crate) fn stall(&mut self, ms: u64) {
        self.clock.set(self.clock.get() + ms);
        self.next = self.controller.tick(self.clock.get());
    }

    /// Somebody else used the controller: a tick is due.
    pub(crate) fn wake(&mut self) {
        self.next = self.clock.get();
    }

    pub(crate) fn ask(&mut self, request: Request) -> Reply {
        let now = self.clock.get();
        let reply = self.controller.handle(now, request);
        self.next = self.controller.tick(now);
        reply
    }

    pub(crate) fn power(&mut self, slot: u8, to: Power) -> Reply {
        self.ask(Request::Power { slot, to })
    }

    pub(crate) fn status(&self, slot: u8) -> SlotStatus {
        self.controller
            .status(slot)
            .expect("the bench has this slot")
    }

    pub(crate) fn state(&self, slot: u8) -> SlotState {
        self.status(slot).state
    }

    /// What changed since, without the lamps: milliseconds after `from`, slot, line, level.
    pub(crate) fn changes(&self, from: u64) -> Vec<(u64, usize, Kind, bool)> {
        let log = self.log.borrow();
        let seen = log.iter().filter(|change| change.kind != Kind::Lamp);
        seen.map(|change| (change.at - from, change.slot, change.kind, change.high))
            .collect()
    }
}
