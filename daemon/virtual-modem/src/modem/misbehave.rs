//! What faults do to a modem: to a command at its moments, and at once.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::fault::{Cure, Fault, FaultRule, Moment, Occasion, PortFate};
use crate::profile::Restart;

use super::answer::{ErrorCode, chosen_refusal};
use super::octets::{drop_octets, latin_1, unasked};
use super::{Activity, Output, VirtualModem};

/// Late answers that may be on their way; the oldest is forgotten beyond it.
const LATE_ANSWERS: usize = 16;
/// Lines said in one go by a modem that babbles and was kept from it.
const BABBLE_AT_ONCE: u32 = 64;
/// Octets remembered by a hung modem that waits for its reset; the oldest are forgotten beyond it.
const OVERHEARD: usize = 64;
/// What it waits for.
const RESET: &[u8] = b"+CFUN=1,1";

/// The condition of a modem that is not well.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    hang: Option<Hang>,
    babble: Option<Babble>,
    /// Answers that come while the modem does other things.
    late: VecDeque<(Instant, Vec<u8>)>,
    /// Octets heard while it hangs.
    overheard: Vec<u8>,
    /// A submit had TP-MR 255 since the power came on, and its make cannot get beyond.
    pub(super) reference_stuck: bool,
    keeps_unread: bool,
    /// What is written before is lost.
    deaf_until: Option<Instant>,
}

#[derive(Debug)]
struct Hang {
    until: Option<Cure>,
    ends_at: Option<Instant>,
    /// The port was closed since.
    closed: bool,
}

#[derive(Debug)]
struct Babble {
    line: String,
    gap: Duration,
    next_at: Instant,
    ends_at: Option<Instant>,
    /// The hang that came with it ends with it.
    deaf: bool,
}

/// What a fault leaves of a command.
#[derive(Debug)]
pub(super) enum Befallen {
    /// Go on.
    Not,
    /// Refuse it so.
    Refused(ErrorCode),
    /// Say this in its place, and go on.
    Say(Vec<u8>),
    /// Say nothing; there is nothing more to do.
    Gone,
}

impl Trouble {
    pub(super) fn is_hung(&self) -> bool {
        self.hang.is_some()
    }

    /// The modem has said its answer.
    pub(super) fn answered(&mut self, now: Instant, fault: Option<&Fault>) {
        if let Some(Fault::Deaf { ms }) = fault {
            self.deaf_until = Some(now + Duration::from_millis(*ms));
        }
    }

    pub(super) fn is_deaf(&self, now: Instant) -> bool {
        self.deaf_until.is_some_and(|until| now < until)
    }

    pub(super) fn answer_late(&mut self, at: Instant, answer: Vec<u8>) {
        if self.late.len() == LATE_ANSWERS {
            self.late.pop_front();
        }
        self.late.push_back((at, answer));
    }

    pub(super) fn next_at(&self) -> Option<Instant> {
        let hang = self.hang.as_ref().and_then(|hang| hang.ends_at);
        let babble = self.babble.as_ref();
        let babbles = babble.map(|babble| babble.next_at);
        let stops = babble.and_then(|babble| babble.ends_at);
        // A hang holds them back.
        let late = self.late.iter().filter(|_| !self.is_hung());
        let late = late.map(|(at, _)| *at);
        late.chain([hang, babbles, stops].into_iter().flatten())
            .min()
    }
}

impl VirtualModem {
    /// A rule begins to hold.
    pub(super) fn take_rule(&mut self, now: Instant, rule: FaultRule) {
        if rule.is_now() {
            self.strike(now, rule.fault);
        } else {
            self.faults.add(rule);
        }
    }

    /// Nothing goes wrong any more, neither now nor later.
    pub(super) fn end_faults(&mut self) {
        self.faults.clear();
        self.dte.line.set_octet_time(None);
        self.keep_unread(false);
        let was_hung = self.trouble.is_hung();
        self.trouble = Trouble {
            late: std::mem::take(&mut self.trouble.late),
            ..Trouble::default()
        };
        if was_hung {
            self.come_round();
        }
    }

    /// The power went: what ailed the modem is over.
    pub(super) fn cured_by_power(&mut self) {
        self.trouble = Trouble {
            keeps_unread: self.trouble.keeps_unread,
            ..Trouble::default()
        };
    }

    /// A restart cures what a modem can restart from.
    pub(super) fn cured_by_restart(&mut self) {
        self.trouble.hang = None;
        self.trouble.babble = None;
        self.trouble.late.clear();
    }

    /// Lets a fault befall the command in work; one that touches the answer alone waits for it.
    pub(super) fn befallen(&mut self, now: Instant, moment: Moment) -> Befallen {
        let occasion = Occasion::Command(&self.dte.command, moment);
        let Some(fault) = self.faults.befall(occasion, &mut self.rng) else {
            return Befallen::Not;
        };
        // A message is refused after its time on the air, not before it was written.
        let sends = matches!(self.dte.command.as_str(), "+CMGS" | "+CMSS" | "+CMGC");
        let refused_later = sends && moment == Moment::Command;
        if let Some(refusal) = chosen_refusal(&fault).filter(|_| !refused_later) {
            return Befallen::Refused(refusal);
        }
        match fault {
            Fault::Ignored => self.drop_command(),
            Fault::Reboot { port, ms } => {
                self.reboot(now, port, ms);
                Befallen::Gone
            }
            Fault::UrcInAnswer { line } if moment != Moment::Command => {
                Befallen::Say(unasked(&line))
            }
            Fault::Garbage { bytes } if moment != Moment::Command => {
                Befallen::Say(latin_1(&bytes).collect())
            }
            Fault::Hang { .. } | Fault::Babble { deaf: true, .. } => {
                self.strike(now, fault);
                // Later on the command is stuck where it is, and goes on when the hang ends by itself.
                if moment == Moment::Command {
                    self.drop_command()
                } else {
                    Befallen::Not
                }
            }
            Fault::Babble { .. }
            | Fault::EchoBack
            | Fault::RoutingLost
            | Fault::ReferenceReset
            | Fault::LineSpeed { .. }
            | Fault::KeepsUnread => {
                self.strike(now, fault);
                Befallen::Not
            }
            answer_fault => {
                self.dte.fault = Some(answer_fault);
                Befallen::Not
            }
        }
    }

    fn drop_command(&mut self) -> Befallen {
        self.commands.clear();
        self.dte.answer.clear();
        Befallen::Gone
    }

    /// A fault that needs no command happens.
    pub(super) fn strike(&mut self, now: Instant, fault: Fault) {
        match fault {
            Fault::UrcInAnswer { line } => self.urc(&line),
            Fault::Garbage { bytes } => {
                let bytes: Vec<u8> = latin_1(&bytes).collect();
                self.dte.line.say_unasked(&bytes);
            }
            Fault::LineSpeed { baud } => {
                // Eight bits, a start and a stop bit.
                let time = Duration::from_secs(10) / baud.max(1);
                self.dte.line.set_octet_time(Some(time));
            }
            Fault::EchoBack => self.dte.echo = true,
            Fault::Reboot { port, ms } => self.reboot(now, port, ms),
            Fault::Hang { until, ms } => self.hang(now, until, ms),
            Fault::Babble {
                line,
                per_second,
                deaf,
                ms,
            } => {
                self.trouble.babble = Some(Babble {
                    line,
                    gap: Duration::from_secs(1) / per_second.max(1),
                    next_at: now,
                    ends_at: ms.map(|ms| now + Duration::from_millis(ms)),
                    deaf,
                });
                if deaf {
                    self.hang(now, Some(Cure::PowerCycle), None);
                }
            }
            Fault::ReferenceReset => {
                if let Some(sim) = &mut self.sim {
                    sim.last_reference = u8::MAX;
                }
            }
            Fault::RoutingLost => {
                self.settings.cnmi[1] = 0;
                self.settings.cnmi[3] = 0;
            }
            Fault::KeepsUnread => self.keep_unread(true),
            _ => {}
        }
    }

    fn keep_unread(&mut self, keep: bool) {
        if std::mem::replace(&mut self.trouble.keeps_unread, keep) != keep {
            self.out.push_back(Output::KeepUnread(keep));
        }
    }

    fn reboot(&mut self, now: Instant, port: Option<PortFate>, ms: Option<u64>) {
        let (Restart::Silent(own) | Restart::Vanish(own)) = self.setup.profile.restart;
        let time = ms.map_or(own, Duration::from_millis);
        let how = match (port, self.setup.profile.restart) {
            (Some(PortFate::Stays), _) | (None, Restart::Silent(_)) => Restart::Silent(time),
            (Some(PortFate::Vanishes), _) | (None, Restart::Vanish(_)) => Restart::Vanish(time),
        };
        self.restart(now, how);
    }

    fn hang(&mut self, now: Instant, until: Option<Cure>, ms: Option<u64>) {
        let by_itself = ms.map(|ms| now + Duration::from_millis(ms));
        self.trouble.overheard.clear();
        self.trouble.hang = Some(Hang {
            until: until.or_else(|| by_itself.is_none().then_some(Cure::PowerCycle)),
            ends_at: by_itself,
            closed: false,
        });
    }

    /// The DTE writes to a modem that hangs.
    pub(super) fn overhear(&mut self, now: Instant, port: usize, bytes: &[u8]) {
        let Some(hang) = &self.trouble.hang else {
            return;
        };
        if hang.ends_at.is_some() {
            // It is read when the hang is over.
            return self.dte.line.receive(now, port, bytes);
        }
        if hang.until != Some(Cure::Reset) {
            return;
        }
        let heard = &mut self.trouble.overheard;
        heard.extend(bytes.iter().map(u8::to_ascii_uppercase));
        if heard.windows(RESET.len()).any(|window| window == RESET) {
            self.reboot(now, None, None);
        } else {
            heard.drain(..heard.len().saturating_sub(OVERHEARD));
        }
    }

    /// All have closed the port.
    pub(super) fn port_closed(&mut self) {
        if let Some(hang) = &mut self.trouble.hang {
            hang.closed = true;
        }
    }

    /// The port was opened by the first.
    pub(super) fn port_opened(&mut self) {
        let reopened = |hang: &Hang| hang.closed && hang.until == Some(Cure::Reopen);
        if self.trouble.hang.as_ref().is_some_and(reopened) {
            self.trouble.hang = None;
            self.come_round();
        }
    }

    /// A hang is over without a restart: what was begun and what was written meanwhile is forgotten.
    fn come_round(&mut self) {
        self.dte.line.forget_received();
        self.commands.clear();
        self.dte.answer.clear();
        self.give_up_activity();
    }

    /// Ends hangs and babble whose time has come, says what is to be said. True while it hangs.
    pub(super) fn trouble_due(&mut self, now: Instant) -> bool {
        let hang = self.trouble.hang.as_ref();
        if hang
            .and_then(|hang| hang.ends_at)
            .is_some_and(|at| at <= now)
        {
            self.trouble.hang = None;
        }
        self.babble_due(now);
        if self.trouble.is_hung() {
            return true;
        }
        while let Some(index) = self.trouble.late.iter().position(|(at, _)| *at <= now) {
            if let Some((_, answer)) = self.trouble.late.remove(index) {
                self.dte.line.say(&answer);
            }
        }
        false
    }

    fn babble_due(&mut self, now: Instant) {
        let Some(babble) = &mut self.trouble.babble else {
            return;
        };
        if babble.ends_at.is_some_and(|at| at <= now) {
            if babble.deaf {
                self.trouble.hang = None;
            }
            self.trouble.babble = None;
            return;
        }
        let bytes = unasked(&babble.line);
        for _ in 0..BABBLE_AT_ONCE {
            if babble.next_at > now {
                return;
            }
            babble.next_at += babble.gap;
            self.dte.line.say_unasked(&bytes);
        }
        // It was kept from it for long: it does not catch up.
        babble.next_at = babble.next_at.max(now + babble.gap);
    }

    /// Does to the answer what the fault of this command line asks for.
    pub(super) fn spoil_answer(&mut self) {
        let answer = &mut self.dte.answer;
        match &self.dte.fault {
            Some(Fault::NoAnswer) => answer.clear(),
            Some(Fault::DroppedByte { count }) => drop_octets(answer, *count, &mut self.rng),
            Some(Fault::Garbage { bytes }) => {
                answer.splice(0..0, latin_1(bytes));
            }
            Some(Fault::UrcInAnswer { line }) => {
                answer.splice(0..0, unasked(line));
            }
            Some(Fault::Slow { us_per_octet }) => {
                self.dte
                    .line
                    .slow_down(Duration::from_micros(*us_per_octet));
            }
            _ => {}
        }
    }

    /// Whether the command in work reads nothing from this memory, whatever is there.
    pub(super) fn reads_empty(&self, name: &str) -> bool {
        matches!(&self.dte.fault, Some(Fault::EmptyRead { memory })
            if memory.as_deref().is_none_or(|memory| memory == name))
    }

    /// The activity ends without its result. What the network has or is about to have is still to be logged.
    pub(super) fn give_up_activity(&mut self) {
        if let Activity::AwaitingVerdict(submission) =
            std::mem::replace(&mut self.activity, Activity::Commands)
        {
            self.orphan = Some(submission);
        }
    }

    /// The DTE wrote while a submit is on the air that does not stand it.
    pub(super) fn gives_up(&mut self, now: Instant) -> bool {
        if self.dte.fault != Some(Fault::GivesUp) {
            return false;
        }
        match std::mem::replace(&mut self.activity, Activity::Commands) {
            Activity::OnAir(_, submission) => {
                self.abandon_submission(now, *submission);
                true
            }
            other => {
                self.activity = other;
                false
            }
        }
    }

    /// What happens after a boot.
    pub(super) fn boot_faults(&mut self, now: Instant) {
        if let Some(fault) = self.faults.befall(Occasion::Boot, &mut self.rng) {
            self.strike(now, fault);
        }
    }

    /// The fault of something that arrived and is about to be announced with this line.
    pub(super) fn arrival_fault(&mut self, name: &str) -> Option<Fault> {
        self.faults.befall(Occasion::Arrival(name), &mut self.rng)
    }
}
