//! One world from its beginning to its end.

mod compare;

use rusqlite::Transaction;

use super::modem::{Choices, Fate, Modem, without_a_digit};
use crate::evidence::doubts::counted;
use crate::evidence::{answers, policy, report};
use crate::machine::writer::Tx;
use crate::queue::accept;
use crate::queue::advance;
use crate::tests::{SECOND, at, sim, text};
use crate::values::{RowExt as _, params};
use crate::{Answer, ByNumber, NewReport, RefusedBy, ReportClass, ReportKey, Reported};
use crate::{Reference, Step};
use model::{NewMessage, OnUncertain, PartState, Reason, RowId, State, Time};

const RECIPIENTS: [&str; 2] = ["+84900000001", "+84900000002"];

/// How often which conclusion was drawn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Concluded {
    by_number_sent: u32,
    by_number_not_sent: u32,
    by_report: u32,
    by_late_answer: u32,
    unnumbered_reported: u32,
    refusal_refuted: u32,
    misread: u32,
}

impl Concluded {
    pub(super) fn add(&mut self, other: &Self) {
        self.by_number_sent += other.by_number_sent;
        self.by_number_not_sent += other.by_number_not_sent;
        self.by_report += other.by_report;
        self.by_late_answer += other.by_late_answer;
        self.unnumbered_reported += other.unnumbered_reported;
        self.refusal_refuted += other.refusal_refuted;
        self.misread += other.misread;
    }

    pub(super) fn all_are_met(&self) -> bool {
        let all = [
            self.by_number_sent,
            self.by_number_not_sent,
            self.by_report,
            self.by_late_answer,
            self.unnumbered_reported,
            self.refusal_refuted,
            self.misread,
        ];
        all.iter().all(|count| *count > 0)
    }
}

/// One time that a message was handed to the modem.
#[derive(Clone, Copy)]
struct Try {
    mr: Option<u8>,
    reported: bool,
}

/// A message as it is in truth.
struct Truth {
    row: RowId,
    to: &'static str,
    times: Vec<Try>,
    /// What was seen of one of the times did not tell its number, or that it went out.
    unclear: bool,
    /// A number that was read badly, and the count shows it.
    misread: Option<u8>,
}

/// An answer that may still come.
struct Owed {
    message: usize,
    mr: u8,
    /// The gateway took it for refused, and has given the modem nothing since.
    refused: bool,
}

pub(super) struct Run<'a> {
    tx: Tx<'a>,
    choices: Choices,
    modem: Modem,
    now: Time,
    messages: Vec<Truth>,
    owed: Option<Owed>,
    /// A number in a row loses digits at most.
    read_badly: bool,
    /// A message whose number was read badly where the count was not known, and that number.
    unproved: Option<(usize, u8)>,
    fingerprints: u8,
    /// What happened, and what the store was told of it.
    told: Vec<String>,
    pub(super) concluded: Concluded,
}

type Outcome = Result<(), String>;

impl<'a> Run<'a> {
    pub(super) fn new(transaction: &'a Transaction<'_>, choices: Vec<u8>) -> Self {
        let mut choices = Choices::new(choices);
        let modem = Modem::new(&mut choices);
        Self {
            tx: Tx::new(transaction),
            choices,
            modem,
            now: at(0),
            messages: Vec::new(),
            owed: None,
            read_badly: false,
            unproved: None,
            fingerprints: 0,
            told: Vec::new(),
            concluded: Concluded::default(),
        }
    }

    /// What the modem does with refused ones is seen before anything is unclear.
    fn get_to_know(&mut self) {
        for fate in [Fate::Accepted, Fate::RefusedByTheNetwork, Fate::Accepted] {
            self.now = Time(self.now.0 + SECOND);
            let message = self.new_message(RECIPIENTS[1]);
            let mr = self.hand_over(message, fate);
            match mr {
                Some(mr) => self.sent(message, Reference::Mr(mr)),
                None => self.give_back(message, RefusedBy::Network),
            }
        }
    }

    pub(super) fn live(&mut self) -> Outcome {
        if self.choices.of(2) == 0 {
            self.get_to_know();
        }
        while self.choices.has_more() {
            self.now = Time(self.now.0 + SECOND);
            match self.choices.of(13) {
                0..=5 => self.submit(),
                6..=8 => self.report(),
                9 => self.owed_answer(),
                10 => self.policy(),
                11 => self.crash(),
                _ => self.boot(),
            }
            self.compare()
                .map_err(|fault| format!("{fault}\n{}", self.told.join("\n")))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) {
        self.told.push(format!("{step:?}"));
        advance::advance(&mut self.tx, step, &mut Vec::new()).unwrap();
    }

    /// A new message, or one that waits again.
    fn next(&mut self) -> usize {
        let waiting = self.messages.iter().position(|one| {
            let found = self.tx.prepare("SELECT state FROM messages WHERE row = ?1");
            let state: State = found
                .unwrap()
                .query_row(params![one.row], |row| row.col(0))
                .unwrap();
            state == State::Queued
        });
        if let Some(waiting) = waiting.filter(|_| self.choices.of(3) > 0) {
            return waiting;
        }
        let to = self.choices.one(&RECIPIENTS);
        self.new_message(to)
    }

    fn new_message(&mut self, to: &'static str) -> usize {
        let message = NewMessage {
            on_uncertain: self.choices.one(&[OnUncertain::Hold, OnUncertain::Resend]),
            ..text(to, "hello")
        };
        let row = RowId(accept::insert(&mut self.tx, &message).unwrap());
        self.messages.push(Truth {
            row,
            to,
            times: Vec::new(),
            unclear: false,
            misread: None,
        });
        self.messages.len() - 1
    }

    /// The number that it gets, if it is accepted.
    fn hand_over(&mut self, message: usize, fate: Fate) -> Option<u8> {
        let row = self.messages[message].row;
        self.step(&Step::Claim {
            fell_back: None,
            row,
            part: 1,
            carrier: sim(1).into(),
            parts: 1,
            at: self.now,
        });
        let mr = self.modem.submit(fate);
        self.told
            .push(format!("message {} is {fate:?} as {mr:?}", row.0));
        self.messages[message].times.push(Try {
            mr,
            reported: false,
        });
        mr
    }

    fn submit(&mut self) {
        let message = self.next();
        let fate = self.choices.one(&[
            Fate::Accepted,
            Fate::Accepted,
            Fate::Accepted,
            Fate::Accepted,
            Fate::NeverReachedTheModem,
            Fate::RefusedByTheModem,
            Fate::RefusedByTheNetwork,
        ]);
        let mr = self.begin(message, fate);
        if mr.is_some() && self.choices.rarely(5) {
            // The report overtakes the answer.
            self.report_on(message);
        }
        self.now = Time(self.now.0 + SECOND);
        match (fate, mr) {
            (Fate::Accepted, Some(mr)) => self.accepted(message, mr),
            (Fate::NeverReachedTheModem, _) => self.unanswered(message, false),
            _ => self.refused(message, fate),
        }
    }

    fn begin(&mut self, message: usize, fate: Fate) -> Option<u8> {
        let mr = self.hand_over(message, fate);
        if fate != Fate::NeverReachedTheModem {
            // The modem is done with what came before.
            self.owed = None;
        } else if let Some(owed) = &mut self.owed {
            owed.refused = false;
        }
        mr
    }

    /// The gateway is killed while a part is with the modem, and starts again.
    fn crash(&mut self) {
        let message = self.next();
        let fate = self
            .choices
            .one(&[Fate::NeverReachedTheModem, Fate::Accepted]);
        let mr = self.begin(message, fate);
        if self.choices.of(2) == 0 {
            self.report_on(message);
        }
        self.now = Time(self.now.0 + SECOND);
        self.owed = mr.map(|mr| Owed {
            message,
            mr,
            refused: false,
        });
        self.uncertain(message, "interrupted", false);
        if self.choices.of(2) == 0 {
            self.report_on(message);
        }
        if self.choices.of(2) == 0 {
            self.owed_answer();
        }
    }

    /// What the gateway sees of an acceptance.
    fn accepted(&mut self, message: usize, mr: u8) {
        match self.choices.of(10) {
            0..=3 => self.sent(message, Reference::Mr(mr)),
            4 => self.sent(message, Reference::None),
            5 => {
                let read = self.read(mr);
                self.sent(message, Reference::Mr(read));
            }
            6 => {
                // The refusal of something else is taken for its answer.
                self.messages[message].unclear = true;
                self.owed = Some(Owed {
                    message,
                    mr,
                    refused: true,
                });
                self.give_back(message, RefusedBy::Modem);
            }
            _ => {
                let tried = self.choices.rarely(4);
                self.owed = (!tried).then_some(Owed {
                    message,
                    mr,
                    refused: false,
                });
                self.unanswered(message, tried);
            }
        }
    }

    /// A number as it is read, now and then with a digit less.
    fn read(&mut self, mr: u8) -> u8 {
        self.read_badly = !self.read_badly;
        if self.read_badly {
            without_a_digit(mr, &mut self.choices)
        } else {
            mr
        }
    }

    fn sent(&mut self, message: usize, reference: Reference) {
        self.messages[message].unclear = reference == Reference::None;
        self.look_for_misread(message, &reference);
        if !matches!(&reference, Reference::Mr(mr) if Some(*mr) != self.last_mr(message)) {
            self.read_badly = false;
        }
        self.step(&Step::PartSent {
            row: self.messages[message].row,
            part: 1,
            carrier: sim(1).into(),
            reference,
            at: self.now,
            last: true,
        });
    }

    fn last_mr(&self, message: usize) -> Option<u8> {
        self.messages[message].times.last().and_then(|one| one.mr)
    }

    fn refused(&mut self, message: usize, fate: Fate) {
        match self.choices.of(6) {
            // Its answer is lost, or leaves it open.
            0 => self.unanswered(message, false),
            1 => self.unanswered(message, true),
            _ if fate == Fate::RefusedByTheNetwork => {
                let by = self.choices.one(&[RefusedBy::Network, RefusedBy::Either]);
                self.give_back(message, by);
            }
            _ => {
                let by = self.choices.one(&[RefusedBy::Modem, RefusedBy::Either]);
                self.give_back(message, by);
            }
        }
    }

    fn give_back(&mut self, message: usize, by: RefusedBy) {
        let row = self.messages[message].row;
        self.step(&Step::NumberSpent {
            row,
            part: 1,
            last: true,
            iccid: sim(1),
            by,
            at: self.now,
        });
        let reason = Reason::new("refused", "refused");
        let at = self.now;
        let give_back = if self.choices.rarely(4) {
            Step::Fail {
                row,
                part: 1,
                reason,
                at,
            }
        } else {
            Step::Requeue {
                row,
                part: 1,
                due_at: at,
                reason,
                refused_by: None,
                pinned: None,
                at,
            }
        };
        self.step(&give_back);
    }

    fn unanswered(&mut self, message: usize, numbered: bool) {
        // After a crash the answer goes to the next run.
        let code = self.choices.one(&["no-answer", "interrupted"]);
        self.uncertain(message, code, numbered);
        if code == "interrupted"
            && let Some(owed) = &mut self.owed
        {
            owed.refused = false;
        }
    }

    fn uncertain(&mut self, message: usize, code: &str, numbered: bool) {
        self.messages[message].unclear = true;
        self.step(&Step::PartUncertain {
            row: self.messages[message].row,
            part: 1,
            carrier: sim(1).into(),
            reason: Reason::new(code, "nothing came"),
            numbered,
            at: self.now,
            last: true,
            decide_at: Time(self.now.0 + 60 * SECOND),
        });
    }

    /// An answer that was owed comes, in this run or to the next one.
    fn owed_answer(&mut self) {
        let Some(Owed {
            message,
            mr,
            refused,
        }) = self.owed.take()
        else {
            return;
        };
        let (row, read) = (self.messages[message].row, self.read(mr));
        let answer = Answer::Accepted(Reference::Mr(read));
        let known = refused || self.choices.of(2) == 0 && self.is_last_in_doubt(message);
        if !known {
            self.told.push(format!("{answer:?} comes to the next run"));
            answers::claim_answer(&mut self.tx, &sim(1), &answer, self.now).unwrap();
            return;
        }
        self.messages[message].unclear = false;
        let waits = self.state(row) == State::Queued;
        self.step(&Step::LateAnswer {
            row,
            part: 1,
            carrier: sim(1).into(),
            refused: refused.then_some(true),
            answer,
            at: self.now,
        });
        self.concluded.refusal_refuted += u32::from(refused && waits);
    }

    /// The engine of this run knows which of its submits an answer is for.
    fn is_last_in_doubt(&self, message: usize) -> bool {
        let mut select = self
            .tx
            .prepare("SELECT max(d.message) FROM doubts d WHERE d.reason_code = 'no-answer'");
        let last: Option<RowId> = select
            .as_mut()
            .unwrap()
            .query_row([], |row| row.col(0))
            .unwrap();
        last == Some(self.messages[message].row)
    }

    fn state(&self, row: RowId) -> State {
        let mut select = self.tx.prepare("SELECT state FROM messages WHERE row = ?1");
        let select = select.as_mut().unwrap();
        select.query_row(params![row], |row| row.col(0)).unwrap()
    }

    /// The report on some accepted time; on one that was reported before it is another one.
    fn report(&mut self) {
        if !self.messages.is_empty() {
            let message = self.choices.of(self.messages.len());
            self.report_on(message);
        }
    }

    fn report_on(&mut self, message: usize) {
        let again = self.choices.rarely(6);
        let truth = &mut self.messages[message];
        let mut times = truth.times.iter_mut();
        let Some(time) = times.find(|one| one.mr.is_some() && one.reported == again) else {
            return;
        };
        time.reported = true;
        self.fingerprints = self.fingerprints.wrapping_add(1);
        let key = ByNumber {
            iccid: sim(1),
            mr: time.mr.unwrap(),
            smsc_time: Some(self.now),
            tp_status: 0,
            fingerprint: [self.fingerprints; 32],
        };
        let report = NewReport {
            key: ReportKey::Number(key),
            recipient: truth.to.to_owned(),
            discharged_at: Some(self.now),
            class: ReportClass::Delivered,
            text: "received".to_owned(),
            received_at: self.now,
        };
        self.told.push(format!("a report comes on {report:?}"));
        let unnumbered = self.numberless();
        let reported = report::take(&mut self.tx, &report).unwrap();
        if let Reported::Matched { row, .. } = reported {
            self.concluded.unnumbered_reported += u32::from(unnumbered.contains(&row));
        }
    }

    /// Messages that were sent and have no number.
    fn numberless(&self) -> Vec<RowId> {
        let without = "SELECT message FROM parts WHERE state = ?1 AND mr IS NULL";
        let mut select = self.tx.prepare(without).unwrap();
        let found = select.query_map(params![PartState::Sent], |row| row.col(0));
        found.unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// The time for evidence is over; or a person says that something did not go out, wrongly too.
    fn policy(&mut self) {
        self.told
            .push("the policy, or a person, decides".to_owned());
        if self.choices.rarely(3) {
            let uncertain = "SELECT id FROM messages WHERE state = ?1 LIMIT 1";
            let mut select = self.tx.prepare(uncertain).unwrap();
            let mut found = select.query(params![State::Uncertain]).unwrap();
            let Some(id) = found.next().unwrap().map(|row| row.col(0).unwrap()) else {
                return;
            };
            drop(found);
            drop(select);
            policy::resolve(&mut self.tx, id, false, self.now).unwrap();
        } else {
            self.now = Time(self.now.0 + 61 * SECOND);
            policy::decide(&mut self.tx, self.now, 99, 1).unwrap();
        }
    }

    fn boot(&mut self) {
        self.modem.boot(&mut self.choices);
        self.unproved = None;
        self.told.push("the modem boots".to_owned());
        self.owed = None;
        if self.choices.of(2) == 0 {
            counted::broken(&self.tx, &sim(1).into()).unwrap();
        }
    }
}
