//! The whole bank: whose turn it is, the supply, the host's silence, and what a host may ask.

use bank_wire::{
    BankStatus, Board, Capabilities, Fault, Hello, Limits, PROTOCOL, Refusal, Reply, Request,
    ResetCause, SlotStatus,
};
use embedded_hal::digital::{InputPin, OutputPin};

use crate::lamp::lamp;
use crate::limits::{DEFAULT_LIMITS, SAMPLE_MS, SUPPLY_HOLD_MS, limits_are_safe, timing_is_safe};
use crate::lines::{Lines, is_low};
use crate::modules::USB;
use crate::slot::Slot;
use crate::update::Update;

/// Nothing is due for longer than this: whoever ticks also feeds a watchdog.
const LONGEST_MS: u64 = 1_000;

/// What the board is, beside its lines.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    /// The kind of board.
    pub board: Board,
    /// The version of its firmware.
    pub firmware: [u8; 3],
    /// How many SIM holders each slot has: 1, or up to 4 with both SIM lines.
    pub sims: u8,
    /// Whether it can be told to load new firmware.
    pub updates: bool,
    /// Why it started.
    pub reset: ResetCause,
}

/// A bank of `N` slots, 16 at most.
#[derive(Debug)]
pub struct Controller<O, I, const N: usize> {
    identity: Identity,
    slots: [Slot<O, I>; N],
    supply: Option<I>,
    supply_bad_since: Option<u64>,
    limits: Limits,
    started: u64,
    heard: u64,
    silent: bool,
    silences: u16,
    bad_frames: u32,
    /// No modem is switched on before.
    next_rise: u64,
    update: Update,
}

impl<O: OutputPin, I: InputPin, const N: usize> Controller<O, I, N> {
    /// Switches everything off. `supply` is low while the bank's supply is not good.
    pub fn new(now: u64, identity: Identity, lines: [Lines<O, I>; N], supply: Option<I>) -> Self {
        const { assert!(N <= 16, "the masks of a bank's state have 16 bits") };
        Self {
            identity,
            slots: lines.map(|lines| Slot::new(now, lines, USB)),
            supply,
            supply_bad_since: None,
            limits: DEFAULT_LIMITS,
            started: now,
            heard: now,
            silent: false,
            silences: 0,
            bad_frames: 0,
            next_rise: now,
            update: Update::default(),
        }
    }

    /// Does what is due, and says when to call next. Calling earlier does no harm.
    pub fn tick(&mut self, now: u64) -> u64 {
        self.watch_supply(now);
        for slot in &mut self.slots {
            slot.tick(now);
        }
        self.give_turn(now);
        self.watch_host(now);
        let lamps = self.light(now);
        self.next(now, lamps)
    }

    fn watch_supply(&mut self, now: u64) {
        let since = self.supply_bad_since.unwrap_or(now);
        self.supply_bad_since = is_low(&mut self.supply).then_some(since);
        if self.supply_bad_since.is_some() && now >= since + SUPPLY_HOLD_MS {
            // Those that wait would break it down again as soon as it is back.
            for slot in &mut self.slots {
                if slot.has_power() || slot.is_wanted() {
                    slot.trip(Fault::Supply);
                }
            }
        }
    }

    /// Switches on the modem that has waited longest, if another one was not switched on just now.
    fn give_turn(&mut self, now: u64) {
        if now < self.next_rise || self.supply_bad_since.is_some() || self.update.is_due() {
            return;
        }
        let waiting = self.slots.iter_mut();
        let waiting = waiting.filter_map(|slot| Some((slot.waits_since()?, slot)));
        let longest = waiting.min_by_key(|(since, _)| *since);
        if longest.is_some_and(|(_, slot)| slot.rise(now)) {
            self.next_rise = now + u64::from(self.limits.stagger_ms);
        }
    }

    fn watch_host(&mut self, now: u64) {
        let silent = now >= self.heard + u64::from(self.limits.silence_ms);
        if silent && !self.silent {
            self.silences = self.silences.saturating_add(1);
        }
        self.silent = silent;
    }

    /// Lights the lamps, and says when the next one changes.
    fn light(&mut self, now: u64) -> Option<u64> {
        let mut next = None;
        for slot in &mut self.slots {
            let (lit, change) = lamp(slot.status(0).state, self.silent, now);
            slot.light(lit);
            if slot.lines().lamp.is_some() {
                next = [next, change].into_iter().flatten().min();
            }
        }
        next
    }

    fn next(&self, now: u64, lamps: Option<u64>) -> u64 {
        let has_power = self.slots.iter().any(Slot::has_power);
        // Without an input there is nothing to look at between two times.
        let has_inputs = |slot: &Slot<O, I>| slot.lines().fault.is_some();
        let watches = has_power && (self.supply.is_some() || self.slots.iter().any(has_inputs));
        let waits = self.slots.iter().any(|slot| slot.waits_since().is_some());
        let silence = self.heard + u64::from(self.limits.silence_ms);
        let times = [
            Some(now + LONGEST_MS),
            lamps,
            (!self.silent).then_some(silence),
            watches.then_some(now + SAMPLE_MS),
            // A turn that the supply holds up is looked at again as the inputs are.
            waits.then_some(self.next_rise.max(now + SAMPLE_MS)),
        ];
        let slots = self.slots.iter().filter_map(Slot::next);
        let times = times.into_iter().flatten().chain(slots);
        times.min().unwrap_or(now).max(now + 1)
    }

    /// How a slot is.
    pub fn status(&self, slot: u8) -> Option<SlotStatus> {
        Some(self.slots.get(usize::from(slot))?.status(slot))
    }

    /// New firmware is to be loaded: the reply has gone out, and all modems are off.
    pub fn update_is_due(&self) -> bool {
        self.update.is_due()
    }

    /// The host said something.
    pub(crate) fn hear(&mut self, now: u64) {
        self.heard = now;
    }

    pub(crate) fn count_bad_frame(&mut self) {
        self.bad_frames = self.bad_frames.wrapping_add(1);
    }

    /// Who the board is.
    pub(crate) fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL,
            board: self.identity.board,
            firmware: self.identity.firmware,
            slots: u8::try_from(N).unwrap_or(u8::MAX),
            sims: self.identity.sims,
            capabilities: self.capabilities(),
        }
    }

    fn capabilities(&self) -> Capabilities {
        let some = |has: fn(&Lines<O, I>) -> bool| self.slots.iter().any(|slot| has(slot.lines()));
        let table = [
            (true, Capabilities::POWER),
            (some(|lines| lines.key.is_some()), Capabilities::KEY),
            (some(|lines| lines.reset.is_some()), Capabilities::RESET),
            (self.identity.sims > 1, Capabilities::SIM),
            (some(|lines| lines.lamp.is_some()), Capabilities::LED),
            (some(|lines| lines.fault.is_some()), Capabilities::FAULT),
            (self.supply.is_some(), Capabilities::SUPPLY),
            (self.identity.updates, Capabilities::UPDATE),
        ];
        let had = table.into_iter().filter_map(|(has, of)| has.then_some(of));
        had.fold(Capabilities(0), Capabilities::and)
    }

    /// Does what a host asks; `Hello` is for [`crate::Link`] or its like to answer.
    pub fn handle(&mut self, now: u64, request: Request) -> Reply {
        match self.answer(now, request) {
            Ok(reply) => reply,
            Err(refusal) => Reply::Refused(refusal),
        }
    }

    fn answer(&mut self, now: u64, request: Request) -> Result<Reply, Refusal> {
        let sims = self.identity.sims;
        match request {
            Request::Hello { .. } => return Ok(Reply::Hello(self.hello())),
            Request::Ping => {}
            Request::Bank => return Ok(Reply::Bank(self.bank(now))),
            Request::Slot { slot } => {
                let status = self.status(slot).ok_or(Refusal::NoSlot)?;
                return Ok(Reply::Slot(status));
            }
            Request::Power { slot, to } => self.slot(slot)?.power(now, to)?,
            Request::Cycle { slot, dark_ms } => self.slot(slot)?.cycle(now, dark_ms)?,
            Request::Key { slot } => self.slot(slot)?.key(now)?,
            Request::Reset { slot } => self.slot(slot)?.reset(now)?,
            Request::Sim { slot, sim } => self.slot(slot)?.choose_sim(sim, sims)?,
            Request::ClearFault { slot } => self.slot(slot)?.clear_fault(now)?,
            Request::Timing { slot, timing } => {
                let slot = self.slot(slot)?;
                if !timing_is_safe(&timing) {
                    return Err(Refusal::OutOfRange);
                }
                slot.set_timing(timing);
            }
            Request::Limits(limits) => {
                if !limits_are_safe(limits) {
                    return Err(Refusal::OutOfRange);
                }
                self.limits = limits;
            }
            Request::PrepareUpdate if !self.identity.updates => return Err(Refusal::CannotDo),
            Request::PrepareUpdate => return Ok(Reply::UpdateCode(self.update.prepare(now))),
            Request::Update { code } => self.confirm_update(now, code)?,
        }
        Ok(Reply::Done)
    }

    fn slot(&mut self, slot: u8) -> Result<&mut Slot<O, I>, Refusal> {
        let slot = self.slots.get_mut(usize::from(slot));
        slot.ok_or(Refusal::NoSlot)
    }

    /// The boot loader lets go of all lines: no modem may lose its power by surprise.
    fn confirm_update(&mut self, now: u64, code: u32) -> Result<(), Refusal> {
        if self
            .slots
            .iter()
            .any(|slot| slot.has_power() || slot.is_wanted())
        {
            return Err(Refusal::NotOff);
        }
        let confirmed = self.update.confirm(now, code);
        confirmed.then_some(()).ok_or(Refusal::WrongCode)
    }

    fn bank(&self, now: u64) -> BankStatus {
        let mask = |of: fn(&Slot<O, I>) -> bool| {
            let slots = self.slots.iter().enumerate();
            slots.fold(0, |mask, (bit, slot)| mask | u16::from(of(slot)) << bit)
        };
        BankStatus {
            uptime_s: u32::try_from((now - self.started) / 1_000).unwrap_or(u32::MAX),
            reset: self.identity.reset,
            powered: mask(Slot::has_power),
            faulted: mask(Slot::is_faulted),
            supply_good: self.supply_bad_since.is_none(),
            silences: self.silences,
            bad_frames: self.bad_frames,
            limits: self.limits,
        }
    }
}
