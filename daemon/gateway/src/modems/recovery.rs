//! How the recovery of each modem stands. It outlives sessions and ports: a modem that comes back
//! under another tty stands where it stood.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::{Iccid, Imei, Time};
use serde::Serialize;
use tokio::sync::Notify;
use utoipa::ToSchema;

use super::ladder::{Action, Input, Ladder, Rung};
use super::shared_trace::SharedTrace;
use super::spot::Spot;
use super::trace::TraceRow;
use crate::power::Target;
use store::clock;

/// How often each step was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ModemRecoveryAttempts)]
pub struct Attempts {
    /// What was going on was cancelled, and a sign of life asked for.
    pub resync: u32,
    /// Its port was closed and opened.
    pub reopen: u32,
    /// It was restarted (`AT+CFUN=1,1`).
    pub restart: u32,
    /// Its power was cut and given back.
    pub power: u32,
    /// Tries after nothing had helped.
    pub fault: u32,
}

impl Attempts {
    fn of(&mut self, step: Rung) -> &mut u32 {
        match step {
            Rung::Reopen => &mut self.reopen,
            Rung::Restart => &mut self.restart,
            Rung::Power => &mut self.power,
            Rung::Fault => &mut self.fault,
        }
    }
}

/// A modem's recovery, for people to see.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// None while it works.
    pub step: Option<Rung>,
    /// When it came to that.
    pub since: Time,
    /// Since the gateway started.
    pub attempts: Attempts,
    pub last_reason: String,
    /// When the step is or was taken.
    pub next_try_at: Option<Time>,
    /// Its port is there, or expected back after a restart.
    pub expected: bool,
    /// Its port, while that is there.
    pub port: Option<String>,
}

/// What is done next about a modem that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) step: Rung,
    pub(super) action: Action,
    pub(super) wait: Duration,
    /// It has just come to this step.
    pub(super) first: bool,
}

#[derive(Debug)]
struct Entry {
    ladder: Ladder,
    since: Time,
    attempts: Attempts,
    last_reason: String,
    next_try_at: Option<Time>,
    expected: bool,
    /// It was told to boot and has not been set up since: its port may go away for that.
    booting: bool,
    /// The port that carries it; another port of the same modem has no say. None while it is
    /// unplugged.
    carrier: Option<String>,
    /// Where it was last.
    spot: Spot,
    iccid: Option<Iccid>,
    trace: SharedTrace,
    /// Ends the wait for the next try.
    bell: Arc<Notify>,
}

/// The recoveries, by modem: as many as there are modems that were seen in this run.
#[derive(Clone, Debug, Default)]
pub struct Recoveries(Arc<Mutex<HashMap<Imei, Entry>>>);

impl Recoveries {
    /// A port has this modem now.
    pub(super) fn carried(&self, imei: &Imei, spot: &Spot, trace: &SharedTrace) {
        let mut entries = self.entries();
        let entry = entries
            .entry(imei.clone())
            .or_insert_with(|| Entry::new(spot));
        entry.carrier = Some(spot.port.clone());
        entry.spot = spot.clone();
        entry.trace = trace.clone();
        entry.expected = true;
    }

    pub(super) fn sim_seen(&self, imei: &Imei, iccid: &Iccid) {
        let mut entries = self.entries();
        for (other, entry) in entries.iter_mut() {
            // A SIM is in one modem at a time: the one it was moved out of has it no more.
            if other != imei && entry.iccid.as_ref() == Some(iccid) {
                entry.iccid = None;
            }
        }
        if let Some(entry) = entries.get_mut(imei) {
            entry.iccid = Some(iccid.clone());
        }
    }

    /// A modem failed on this port. None: another port carries it, and its task decides.
    pub(super) fn failed(
        &self,
        imei: &Imei,
        spot: &Spot,
        reason: &str,
        hands: bool,
    ) -> Option<Plan> {
        let mut entries = self.entries();
        let entry = entries
            .entry(imei.clone())
            .or_insert_with(|| Entry::new(spot));
        if entry
            .carrier
            .as_ref()
            .is_some_and(|port| *port != spot.port)
        {
            return None;
        }
        entry.carrier = Some(spot.port.clone());
        entry.spot = spot.clone();
        entry.expected = true;
        Some(entry.climb(reason, hands))
    }

    /// A modem did not come back after a restart: none when it has, or nobody waits for it.
    pub(super) fn stayed_away(&self, imei: &Imei, reason: &str, hands: bool) -> Option<Plan> {
        let mut entries = self.entries();
        let entry = entries.get_mut(imei)?;
        let waits = entry.carrier.is_none() && entry.expected;
        waits.then(|| entry.climb(reason, hands))
    }

    /// The engine boots the modem, for a reason of its own.
    pub(super) fn restarted(&self, imei: &Imei, reason: &str) {
        if let Some(entry) = self.entries().get_mut(imei) {
            entry.ladder = entry.ladder.next(Input::Restarted, false);
            entry.booting = true;
            entry.attempts.restart = entry.attempts.restart.saturating_add(1);
            reason.clone_into(&mut entry.last_reason);
            entry.since = clock::now();
            entry.next_try_at = None;
        }
    }

    /// The engine had to get in step again.
    pub(super) fn resynchronised(&self, imei: &Imei, reason: &str) {
        if let Some(entry) = self.entries().get_mut(imei) {
            entry.attempts.resync = entry.attempts.resync.saturating_add(1);
            reason.clone_into(&mut entry.last_reason);
        }
    }

    /// It is up.
    pub(super) fn set_up(&self, imei: &Imei) {
        if let Some(entry) = self.entries().get_mut(imei) {
            entry.booting = false;
            entry.next_try_at = None;
        }
    }

    /// It has worked for a while; true when that is news.
    pub(super) fn worked(&self, imei: &Imei) -> bool {
        let mut entries = self.entries();
        let Some(entry) = entries
            .get_mut(imei)
            .filter(|entry| entry.ladder != Ladder::Well)
        else {
            return false;
        };
        entry.ladder = entry.ladder.next(Input::Worked, false);
        entry.since = clock::now();
        entry.next_try_at = None;
        true
    }

    /// Its port is gone, for which the modem is not to blame. True when it is booting, so that it
    /// is to be seen whether it comes back.
    pub(super) fn vanished(&self, imei: &Imei, port: &str) -> bool {
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(imei) else {
            return false;
        };
        if entry.carrier.as_deref() != Some(port) {
            return false;
        }
        entry.carrier = None;
        entry.expected = entry.booting;
        entry.expected
    }

    /// Nobody waits for it any more, though it stays listed as faulty.
    pub(super) fn is_away(&self, imei: &Imei) -> bool {
        self.entries()
            .get(imei)
            .is_some_and(|entry| entry.carrier.is_none())
    }

    /// The modem that was last at a spot and is being restarted: a port that answers nothing there
    /// is that modem's.
    pub(super) fn remembered(&self, spot: &Spot) -> Option<Imei> {
        let entries = self.entries();
        let there = |entry: &Entry| match (&entry.spot.usb, &spot.usb) {
            (Some(last), Some(now)) => last == now,
            _ => entry.spot.port == spot.port,
        };
        entries
            .iter()
            .find(|(_, entry)| entry.carrier.is_none() && entry.expected && there(entry))
            .map(|(imei, _)| imei.clone())
    }

    /// Tries again at once what waits for its time; false when nothing does.
    pub fn try_now(&self, imei: &Imei) -> bool {
        let entries = self.entries();
        let entry = entries
            .get(imei)
            .filter(|entry| entry.expected && entry.ladder.step().is_some());
        if let Some(entry) = entry {
            entry.bell.notify_waiters();
        }
        entry.is_some()
    }

    /// Rings when the next try is wanted at once.
    pub(super) fn bell(&self, imei: &Imei) -> Option<Arc<Notify>> {
        Some(Arc::clone(&self.entries().get(imei)?.bell))
    }

    /// Where to cut its power.
    pub fn target(&self, imei: &Imei) -> Option<Target> {
        let entries = self.entries();
        let spot = &entries.get(imei)?.spot;
        Some(Target {
            imei: imei.clone(),
            port: spot.port.clone(),
            usb: spot.usb.clone(),
        })
    }

    /// None when nothing was ever wrong.
    pub fn of(&self, imei: &Imei) -> Option<Recovery> {
        self.entries().get(imei).and_then(Entry::shown)
    }

    /// The recovery of the modem that a SIM was in last.
    pub fn holding(&self, iccid: &Iccid) -> Option<(Imei, Recovery)> {
        let entries = self.entries();
        let (imei, entry) = entries
            .iter()
            .find(|(_, entry)| entry.iccid.as_ref() == Some(iccid))?;
        Some((imei.clone(), entry.shown()?))
    }

    /// The SIM that was in a modem last.
    pub(super) fn iccid(&self, imei: &Imei) -> Option<Iccid> {
        self.entries().get(imei)?.iccid.clone()
    }

    /// The last lines of a modem, also while its port is closed.
    pub(super) fn trace(&self, imei: &Imei) -> Option<Vec<TraceRow>> {
        let trace = self.entries().get(imei)?.trace.clone();
        Some(trace.rows())
    }

    /// The same, masked, for an incident.
    pub(super) fn dialogue(&self, imei: &Imei) -> String {
        let trace = self.entries().get(imei).map(|entry| entry.trace.clone());
        trace
            .map(|trace| trace.dialogue(Some(imei)))
            .unwrap_or_default()
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Imei, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recovery {
    /// It is being brought back, or nothing has helped.
    pub fn is_under_way(&self) -> bool {
        self.expected && self.step.is_some()
    }

    /// Nothing has helped.
    pub fn is_fault(&self) -> bool {
        self.expected && self.step == Some(Rung::Fault)
    }
}

impl Entry {
    fn new(spot: &Spot) -> Self {
        Self {
            ladder: Ladder::Well,
            since: clock::now(),
            attempts: Attempts::default(),
            last_reason: String::new(),
            next_try_at: None,
            expected: false,
            booting: false,
            carrier: None,
            spot: spot.clone(),
            iccid: None,
            trace: SharedTrace::default(),
            bell: Arc::default(),
        }
    }

    fn climb(&mut self, reason: &str, hands: bool) -> Plan {
        let before = self.ladder.step();
        self.ladder = self.ladder.next(Input::Failed, hands);
        // Failing leads to a step from everywhere.
        let step = self.ladder.step().unwrap_or(Rung::Fault);
        let (action, wait) = (self.ladder.action(hands), self.ladder.wait());
        self.booting = action != Action::Open;
        let count = self.attempts.of(step);
        *count = count.saturating_add(1);
        reason.clone_into(&mut self.last_reason);
        let first = before != Some(step);
        if first {
            self.since = clock::now();
        }
        self.next_try_at = Some(clock::now().after(wait));
        Plan {
            step,
            action,
            wait,
            first,
        }
    }

    fn shown(&self) -> Option<Recovery> {
        let ever = self.attempts != Attempts::default();
        ever.then(|| Recovery {
            step: self.ladder.step(),
            since: self.since,
            attempts: self.attempts,
            last_reason: self.last_reason.clone(),
            next_try_at: self.next_try_at,
            expected: self.expected,
            port: self.carrier.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imei() -> Imei {
        "356938035643809".parse().unwrap()
    }

    fn spot(port: &str) -> Spot {
        Spot {
            port: port.to_owned(),
            usb: None,
        }
    }

    fn carried(port: &str) -> Recoveries {
        let recoveries = Recoveries::default();
        recoveries.carried(&imei(), &spot(port), &SharedTrace::default());
        recoveries
    }

    #[test]
    fn a_modem_under_another_name_goes_on_climbing() {
        let recoveries = carried("modem0");
        assert!(recoveries.of(&imei()).is_none());
        for _ in 0..3 {
            recoveries.failed(&imei(), &spot("modem0"), "silent", false);
        }
        assert!(recoveries.vanished(&imei(), "modem0"), "it boots");
        assert_eq!(recoveries.remembered(&spot("modem0")), Some(imei()));
        recoveries.carried(&imei(), &spot("modem7"), &SharedTrace::default());
        assert_eq!(recoveries.remembered(&spot("modem0")), None);
        let plan = recoveries.failed(&imei(), &spot("modem7"), "silent", false);
        assert_eq!(plan.unwrap().step, Rung::Fault);
        let shown = recoveries.of(&imei()).unwrap();
        assert!(shown.is_fault() && shown.next_try_at.is_some());
        assert_eq!((shown.attempts.reopen, shown.attempts.restart), (2, 1));
    }

    #[test]
    fn a_port_that_vanishes_is_not_blamed() {
        let recoveries = carried("modem0");
        recoveries.failed(&imei(), &spot("modem0"), "silent", false);
        assert!(!recoveries.vanished(&imei(), "modem0"), "nobody booted it");
        assert_eq!(recoveries.stayed_away(&imei(), "away", true), None);
        assert!(!recoveries.of(&imei()).unwrap().expected);
        recoveries.carried(&imei(), &spot("modem0"), &SharedTrace::default());
        let plan = recoveries.failed(&imei(), &spot("modem0"), "silent", false);
        assert_eq!(
            plan.unwrap().step,
            Rung::Reopen,
            "the second, not the third"
        );
    }

    #[test]
    fn one_that_is_pulled_after_it_came_up_is_not_waited_for() {
        let recoveries = carried("modem0");
        for _ in 0..3 {
            recoveries.failed(&imei(), &spot("modem0"), "silent", false);
        }
        recoveries.set_up(&imei());
        assert!(!recoveries.vanished(&imei(), "modem0"));
    }

    #[test]
    fn a_second_port_of_a_modem_has_no_say() {
        let recoveries = carried("modem0");
        let second = recoveries.failed(&imei(), &spot("modem1"), "silent", true);
        assert_eq!(second, None);
        assert!(recoveries.of(&imei()).is_none());
        recoveries.vanished(&imei(), "modem1");
        assert!(!recoveries.is_away(&imei()));
        recoveries.vanished(&imei(), "modem0");
        assert!(
            recoveries
                .failed(&imei(), &spot("modem1"), "silent", true)
                .is_some()
        );
    }

    #[test]
    fn one_that_does_not_come_back_climbs_on() {
        let recoveries = carried("modem0");
        for _ in 0..3 {
            recoveries.failed(&imei(), &spot("modem0"), "silent", true);
        }
        assert!(recoveries.vanished(&imei(), "modem0"));
        let plan = recoveries.stayed_away(&imei(), "away", true).unwrap();
        assert_eq!((plan.step, plan.action), (Rung::Power, Action::CyclePower));
        recoveries.carried(&imei(), &spot("modem3"), &SharedTrace::default());
        assert_eq!(recoveries.stayed_away(&imei(), "away", true), None);
    }

    #[test]
    fn working_clears_the_step_and_keeps_the_counts() {
        let recoveries = carried("modem0");
        assert!(!recoveries.worked(&imei()));
        recoveries.failed(&imei(), &spot("modem0"), "silent", true);
        assert!(recoveries.worked(&imei()));
        let shown = recoveries.of(&imei()).unwrap();
        assert_eq!((shown.step, shown.attempts.reopen), (None, 1));
        assert_eq!(shown.last_reason, "silent");
        recoveries.restarted(&imei(), "stuck");
        assert_eq!(recoveries.of(&imei()).unwrap().step, Some(Rung::Restart));
    }

    #[test]
    fn a_sim_is_in_the_modem_it_was_seen_in_last() {
        let recoveries = carried("modem0");
        let other: Imei = "356938035643817".parse().unwrap();
        recoveries.carried(&other, &spot("modem1"), &SharedTrace::default());
        let iccid: Iccid = "8984011234567890123".parse().unwrap();
        for imei in [imei(), other.clone()] {
            recoveries.failed(&imei, &spot("modem0"), "silent", false);
            recoveries.failed(&imei, &spot("modem1"), "silent", false);
        }
        recoveries.sim_seen(&imei(), &iccid);
        recoveries.sim_seen(&other, &iccid);
        assert_eq!(recoveries.holding(&iccid).unwrap().0, other);
        assert_eq!(recoveries.iccid(&imei()), None);
    }
}
