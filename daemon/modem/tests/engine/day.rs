//! A day of one modem's life in virtual time: thousands of messages and reports, and every few
//! minutes something goes wrong. What the engine told must agree with what is true.

use crate::support::faulty::{Fate, Faulty};
use crate::support::origin;
use at::CmsError;
use model::Iccid;
use modem::{
    Engine, Event, Input, JobId, ModemState, Output, Settings, SubmitRefusal, Submitted,
    Uncertainty,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};
use tpdu::PduHex;

const DAY: Duration = Duration::from_hours(24);
/// A message for somebody every so often, and one from somebody.
const SUBMIT_EVERY: Duration = Duration::from_secs(11);
const ARRIVE_EVERY: Duration = Duration::from_secs(37);
/// Something goes wrong every so often.
const FAULT_EVERY: Duration = Duration::from_secs(171);
/// How long the owner waits before it opens a port again.
const REOPEN_AFTER: Duration = Duration::from_secs(2);
/// How long it gives a modem nothing that had no room for a message.
const BACK_OFF: Duration = Duration::from_secs(1);
/// The longest that a message may be on the air.
const SUBMIT_TIMER: Duration = Duration::from_secs(185);

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Submit(Fate),
    Mute(u64),
    Reboot,
    RebootWithoutAWord,
    EchoBack,
    RoutingLost,
    TooEarly,
    Push,
    Flood,
    Garbage,
    Call,
    Ussd,
    StoreFails,
    PortGone,
    Killed,
}

const FAULTS: &[Fault] = &[
    Fault::Submit(Fate::Late(Duration::from_mins(1))),
    Fault::Submit(Fate::Refused(38)),
    Fault::Flood,
    Fault::Submit(Fate::RefusedLate(Duration::from_secs(200))),
    Fault::Submit(Fate::HiddenPrompt),
    Fault::Mute(4),
    Fault::RoutingLost,
    Fault::Submit(Fate::Garbled),
    Fault::Ussd,
    Fault::Killed,
    Fault::Submit(Fate::NoPrompt),
    Fault::TooEarly,
    Fault::Submit(Fate::TakenInSilence),
    Fault::Reboot,
    Fault::Garbage,
    Fault::Submit(Fate::WithoutOk),
    Fault::Push,
    Fault::EchoBack,
    Fault::Submit(Fate::Late(Duration::from_secs(190))),
    Fault::Call,
    Fault::Mute(40),
    Fault::StoreFails,
    Fault::Submit(Fate::Refused(332)),
    Fault::RebootWithoutAWord,
    Fault::Submit(Fate::LostInSilence),
    Fault::PortGone,
    Fault::Submit(Fate::Late(Duration::from_mins(5))),
    Fault::Mute(200),
];

/// An answer that came when nobody waited for it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Late {
    Accepted(Option<u8>),
    Refused,
}

/// What the owner was told of one job.
#[derive(Debug, Default)]
struct Told {
    outcomes: Vec<Submitted>,
    handed_over: bool,
    late: Option<Late>,
}

struct Day {
    start: Instant,
    now: Instant,
    engine: Engine,
    modem: Faulty,
    wake: Option<Instant>,
    reopen_at: Option<Instant>,
    closed: bool,
    ticks: usize,
    outputs: usize,
    next_job: u32,
    open: BTreeSet<u32>,
    waiting: VecDeque<u32>,
    not_before: Instant,
    told: BTreeMap<u32, Told>,
    /// The job that was on the air when the last engine ended.
    orphan: Option<(u32, Instant)>,
    /// The store: it knows what it has.
    stored: BTreeSet<String>,
    offered_again: usize,
    fails_until: Option<Instant>,
    iccids: Vec<Iccid>,
    states: BTreeSet<String>,
    booted: usize,
    reopened: usize,
    ussd: (usize, usize),
    calls: usize,
}

impl Day {
    fn new() -> Self {
        let start = origin();
        Self {
            start,
            now: start,
            engine: Engine::new(start, Settings::default()),
            modem: Faulty::new(),
            wake: None,
            reopen_at: None,
            closed: false,
            ticks: 0,
            outputs: 0,
            next_job: 0,
            open: BTreeSet::new(),
            waiting: VecDeque::new(),
            not_before: start,
            told: BTreeMap::new(),
            orphan: None,
            stored: BTreeSet::new(),
            offered_again: 0,
            fails_until: None,
            iccids: Vec::new(),
            states: BTreeSet::new(),
            booted: 0,
            reopened: 0,
            ussd: (0, 0),
            calls: 0,
        }
    }

    fn give(&mut self, input: Input<'_>) {
        self.engine.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll() {
            self.outputs += 1;
            match output {
                Output::Write(bytes) if !self.closed => self.modem.hear(self.now, &bytes),
                Output::Write(_) => {}
                Output::WakeAt(at) => self.wake = Some(at),
                Output::Event(event) => self.event(event),
                Output::Reopen(_) => {
                    self.reopened += 1;
                    self.reopen_at = Some(self.now + REOPEN_AFTER);
                }
            }
        }
        self.check_done_with();
    }

    /// Nothing is deleted or acknowledged that is not stored.
    fn check_done_with(&mut self) {
        for pdu in self.modem.done_with.drain(..) {
            assert!(self.stored.contains(&pdu), "{pdu} was not stored");
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Submitted {
                job,
                outcome,
                handed_over,
            } => self.submitted(number(job), outcome, handed_over),
            Event::LateAccepted { job, mr } | Event::UnclaimedAccepted { job: Some(job), mr } => {
                self.late(number(job), Late::Accepted(mr.map(|mr| mr.0)));
            }
            Event::LateRefused { job, .. } => self.late(number(job), Late::Refused),
            Event::UnclaimedAccepted { job: None, mr } => {
                if let Some((job, _)) = self.orphan.take() {
                    self.late(job, Late::Accepted(mr.map(|mr| mr.0)));
                }
            }
            Event::UnclaimedRefused { .. } => {
                if let Some((job, _)) = self.orphan.take() {
                    self.late(job, Late::Refused);
                }
            }
            Event::Booted => {
                self.booted += 1;
                self.orphan = None;
            }
            Event::Received(received) => {
                let again = self.stored.contains(&received.raw);
                self.offered_again += usize::from(again);
                if self.fails_until.is_some_and(|until| self.now < until) {
                    self.engine
                        .handle(self.now, Input::NotCommitted(received.token));
                } else {
                    self.stored.insert(received.raw);
                    self.engine
                        .handle(self.now, Input::Committed(received.token));
                }
            }
            Event::Sim(sim) => self.iccids.extend(sim.iccid),
            Event::State(state) => {
                self.states.insert(format!("{state:?}"));
            }
            Event::Ussd { result, .. } => {
                self.ussd.1 += 1;
                drop(result);
            }
            Event::MissedCall { .. } => self.calls += 1,
            _ => {}
        }
    }

    fn submitted(&mut self, job: u32, outcome: Submitted, handed_over: bool) {
        self.open.remove(&job);
        let told = self.told.entry(job).or_default();
        told.handed_over |= handed_over;
        let again = matches!(&outcome, Submitted::Refused(_)) && !handed_over;
        if again {
            // It never left: another attempt is another job.
            self.waiting.push_back(self.next_job);
            self.next_job += 1;
        }
        told.outcomes.push(outcome);
    }

    fn late(&mut self, job: u32, answer: Late) {
        let told = self.told.entry(job).or_default();
        assert!(told.late.is_none(), "job {job} was settled twice");
        told.late = Some(answer);
    }

    /// Gives the engine one message to send and one to wait, as the scheduler does.
    fn submit(&mut self) {
        while self.now >= self.not_before
            && self.engine.state() == ModemState::Ready
            && self.open.len() < 2
            && let Some(job) = self.waiting.pop_front()
        {
            self.open.insert(job);
            let pdu = format!("0011000B914819325476F80004AA04{job:08X}");
            let pdu = PduHex::parse(&pdu).expect("hex");
            self.give(Input::Submit {
                job: JobId(job.into()),
                pdu,
                more: true,
            });
            if !self.open.contains(&job) {
                // Refused: one was waiting already.
                self.not_before = self.now + BACK_OFF;
                break;
            }
        }
    }

    /// The port ends, and with it this engine.
    fn close(&mut self, reopen_after: Duration) {
        let flying = self.open.clone();
        self.give(Input::Closed);
        self.closed = true;
        self.reopen_at = Some(self.now + reopen_after);
        // At most one of them was handed over.
        let unsure = |job: &u32| {
            let outcome = self.told.get(job).and_then(|told| told.outcomes.last());
            matches!(outcome, Some(Submitted::Uncertain(_)))
        };
        let orphan = flying.into_iter().find(unsure);
        self.orphan = orphan.map(|job| (job, self.now + SUBMIT_TIMER));
        assert!(self.open.is_empty(), "{:?} never ended", self.open);
    }

    fn reopen(&mut self) {
        if !self.closed {
            self.close(Duration::ZERO);
        }
        self.reopen_at = None;
        self.closed = false;
        let settings = Settings {
            on_air_until: self.orphan.map(|(_, until)| until),
            ..Settings::default()
        };
        self.engine = Engine::new(self.now, settings);
        self.give(Input::Opened);
    }

    fn fault(&mut self, fault: Fault, round: usize) {
        let now = self.now;
        let seconds = Duration::from_secs;
        match fault {
            Fault::Submit(fate) => self.modem.fates.push_back(fate),
            Fault::Mute(time) => self.modem.mute(now + seconds(time)),
            Fault::Reboot => self.modem.reboot(now, true),
            Fault::RebootWithoutAWord => self.modem.reboot(now, false),
            Fault::EchoBack => self.modem.tiny.echo = true,
            Fault::RoutingLost => "2,0,0,0,0".clone_into(&mut self.modem.tiny.cnmi),
            Fault::TooEarly => self.modem.announces_too_early(now + seconds(2)),
            Fault::Push => {
                for part in 0..25 {
                    self.modem.arrive(push(round, part));
                }
            }
            Fault::Flood => {
                for tenth in 0..100 {
                    let at = now + Duration::from_millis(100) * tenth;
                    self.modem.say(at, b"\r\n^RSSI: 17\r\n".repeat(100));
                }
            }
            Fault::Garbage => self.modem.say(now, b"\xff\x00~~+C\r\nK\r\n\x1b[".to_vec()),
            Fault::Call => self.modem.say(
                now,
                b"\r\nRING\r\n\r\n+CLIP: \"+84901112223\",145\r\n".to_vec(),
            ),
            Fault::Ussd => {
                self.ussd.0 += 1;
                self.give(Input::Ussd {
                    id: 1,
                    code: "*100#",
                });
            }
            Fault::StoreFails => self.fails_until = Some(now + seconds(45)),
            Fault::PortGone if !self.closed => self.close(seconds(20)),
            Fault::Killed if !self.closed => self.close(Duration::from_millis(100)),
            Fault::PortGone | Fault::Killed => {}
        }
    }

    /// The network goes at two in the morning, and the SIM is swapped at three in the afternoon.
    fn hour(&mut self, hour: u64) {
        match hour {
            2 | 3 => {
                self.modem.registered = hour == 3;
                let stat = if hour == 3 { 1 } else { 2 };
                let said = format!("\r\n+CREG: {stat}\r\n\r\n+CEREG: {stat}\r\n");
                self.modem.say(self.now, said.into_bytes());
            }
            15 => self.modem.iccid += 1,
            _ => {}
        }
    }

    /// Lets time pass until `end`, from one thing that is due to the next.
    fn run(&mut self, end: Instant) {
        loop {
            self.submit();
            let due = [self.wake, self.modem.due(), self.reopen_at];
            let Some(next) = due.into_iter().flatten().min().filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            let said = self.modem.advance(self.now);
            if !said.is_empty() && !self.closed {
                self.give(Input::Bytes(&said));
            }
            if self.reopen_at.is_some_and(|at| at <= self.now) {
                self.reopen();
            }
            if self.wake.is_some_and(|wake| wake <= self.now) {
                self.wake = None;
                self.ticks += 1;
                self.give(Input::Tick);
            }
        }
        self.now = end;
    }

    /// What was told of each job is consistent with what the network took.
    fn check_jobs(&self) -> (usize, usize) {
        let (mut accepted, mut unsettled) = (0, 0);
        for (job, told) in &self.told {
            let taken = self.modem.taken.get(job).map_or(&[][..], Vec::as_slice);
            assert!(taken.len() <= 1, "job {job} went out {} times", taken.len());
            assert_eq!(told.outcomes.len(), 1, "job {job}: {:?}", told.outcomes);
            let handed = self.modem.handed.contains(job);
            assert!(told.handed_over || !handed, "job {job} was handed over");
            match &told.outcomes[0] {
                Submitted::Accepted(mr) => assert_eq!(taken, [mr.0], "job {job}"),
                Submitted::AcceptedUnnumbered => assert_eq!(taken.len(), 1, "job {job}"),
                Submitted::Refused(why) => {
                    assert!(
                        taken.is_empty() || told.late.is_some(),
                        "job {job}: {why:?}"
                    );
                }
                Submitted::Uncertain(_) => unsettled += usize::from(told.late.is_none()),
            }
            match told.late {
                Some(Late::Accepted(mr)) => assert!(
                    taken.len() == 1 && mr.is_none_or(|mr| taken == [mr]),
                    "job {job}, late"
                ),
                Some(Late::Refused) => assert!(taken.is_empty(), "job {job}, late"),
                None => {}
            }
            accepted += taken.len();
        }
        (accepted, unsettled)
    }

    /// How many jobs were told something of the kind.
    fn count(&self, kind: impl Fn(&Told) -> bool) -> usize {
        self.told.values().filter(|told| kind(told)).count()
    }

    /// Every kind of end has been, so that the day was as bad as it was meant to be.
    fn check_kinds(&self) {
        let ended = |outcome: &Submitted| self.count(|told| told.outcomes.contains(outcome));
        assert!(ended(&Submitted::AcceptedUnnumbered) > 10);
        assert!(ended(&Submitted::Refused(SubmitRefusal::NoPrompt)) > 10);
        assert!(ended(&Submitted::Refused(SubmitRefusal::Cms(CmsError(38)))) > 10);
        assert!(ended(&Submitted::Uncertain(Uncertainty::Silence)) > 10);
        assert!(ended(&Submitted::Uncertain(Uncertainty::PortClosed)) > 5);
        assert!(self.count(|told| matches!(told.late, Some(Late::Accepted(_)))) > 10);
        assert!(self.count(|told| told.late == Some(Late::Refused)) > 5);
        assert!(self.booted > 20);
    }
}

fn number(job: JobId) -> u32 {
    u32::try_from(job.0).expect("small")
}

/// "hellohello" from a number that tells which message it is.
fn deliver(n: u32) -> String {
    format!("00040C91{n:012}0000628021320100230AE8329BFD4697D9EC37")
}

/// An MMS notification to port 2948, no two alike.
fn push(round: usize, part: usize) -> String {
    format!("00440C91{round:06}{part:06}0004628021320100230A0605040B8423F001060384")
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tells how long it took, and asserts nothing of it"
)]
fn a_day_of_a_modem_that_has_every_fault() {
    let began = Instant::now();
    let mut day = Day::new();
    day.give(Input::Opened);
    let end = day.start + DAY;
    let mut due = [
        day.start + SUBMIT_EVERY,
        day.start + ARRIVE_EVERY,
        day.start + FAULT_EVERY,
    ];
    let (mut arrived, mut faults, mut hour) = (0, 0, 0);
    while day.now < end {
        let next = due.into_iter().min().expect("three");
        day.run(next);
        if due[0] == next {
            due[0] += SUBMIT_EVERY;
            day.waiting.push_back(day.next_job);
            day.next_job += 1;
        }
        if due[1] == next {
            due[1] += ARRIVE_EVERY;
            arrived += 1;
            day.modem.arrive(deliver(arrived));
        }
        if due[2] == next {
            due[2] += FAULT_EVERY;
            day.fault(FAULTS[faults % FAULTS.len()], faults);
            faults += 1;
        }
        let elapsed = day.now.duration_since(day.start).as_secs() / 3_600;
        if elapsed > hour {
            hour = elapsed;
            day.hour(hour);
        }
    }
    // The evening: nothing new, and what is under way comes to its end.
    day.run(end + Duration::from_mins(30));
    day.close(Duration::from_hours(1));
    let (accepted, unsettled) = day.check_jobs();
    println!(
        "{:?}: {accepted} accepted of {} jobs, {unsettled} uncertain for good, {} stored, \
         {} offered again, {} booted, {} reopened, {} ticks, {} outputs",
        began.elapsed(),
        day.told.len(),
        day.stored.len(),
        day.offered_again,
        day.booted,
        day.reopened,
        day.ticks,
        day.outputs,
    );
    assert_eq!(day.modem.misread, 0, "a PDU went to a modem in text mode");
    assert!(
        day.modem.is_drained(),
        "something is left on the SIM or in the network"
    );
    assert_eq!(day.stored, day.modem.injected);
    assert!(accepted > 5_000, "{accepted}");
    assert!(arrived > 2_000);
    day.check_kinds();
    assert!(unsettled < 150, "{unsettled} of {faults} faults");
    assert!(day.offered_again < 200, "{}", day.offered_again);
    day.iccids.dedup();
    assert_eq!(day.iccids.len(), 2, "{:?}", day.iccids);
    assert_eq!(day.ussd.0, day.ussd.1, "each USSD code has one answer");
    assert!(day.calls > 10);
    for state in ["Ready", "Registering", "Down(NoReply)"] {
        assert!(day.states.contains(state), "{:?}", day.states);
    }
    // A few a message, a few a minute.
    assert!(day.ticks < 40_000, "{} ticks", day.ticks);
}
