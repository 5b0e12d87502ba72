//! A world of an uplink: its SMSC may name a part otherwise in its receipt than in its answer, and
//! answers in any order or not at all.

use rusqlite::Transaction;

use super::compare_counts;
use super::modem::Choices;
use crate::evidence::{policy, report};
use crate::machine::writer::Tx;
use crate::queue::{accept, advance};
use crate::tables::statistics;
use crate::tests::{SECOND, at, text};
use crate::values::{RowExt as _, params};
use crate::{ById, NewReport, Reference, ReportClass, ReportKey, Reported, Step};
use model::{
    Carrier, Conclusion, Evidence, NewMessage, OnUncertain, PartState, Reason, RowId, State, Time,
};

const RECIPIENTS: [&str; 2] = ["+84900000001", "+84900000002"];

/// How often what was met.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Met {
    by_receipt: u32,
    by_early_receipt: u32,
    in_another_notation: u32,
    repeated: u32,
}

impl Met {
    pub(super) fn add(&mut self, other: &Self) {
        self.by_receipt += other.by_receipt;
        self.by_early_receipt += other.by_early_receipt;
        self.in_another_notation += other.in_another_notation;
        self.repeated += other.repeated;
    }

    pub(super) fn all(&self) -> bool {
        let all = [
            self.by_receipt,
            self.by_early_receipt,
            self.in_another_notation,
            self.repeated,
        ];
        all.iter().all(|count| *count > 0)
    }
}

/// How ids are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    Decimal,
    Hexadecimal,
}

impl Notation {
    fn write(self, id: u32) -> String {
        match self {
            Self::Decimal => id.to_string(),
            Self::Hexadecimal => format!("{id:x}"),
        }
    }
}

/// One time that a message was handed to the SMSC.
#[derive(Clone, Copy)]
struct Try {
    /// None: it was refused, or never came.
    id: Option<u32>,
    /// When its first receipt came.
    reported: Option<Time>,
}

/// A message as it is in truth.
struct Truth {
    row: RowId,
    to: &'static str,
    times: Vec<Try>,
}

pub(super) struct Run<'a> {
    tx: Tx<'a>,
    choices: Choices,
    now: Time,
    next_id: u32,
    in_answers: Notation,
    in_receipts: Notation,
    messages: Vec<Truth>,
    /// Messages without an answer yet.
    in_flight: Vec<usize>,
    told: Vec<String>,
    pub(super) met: Met,
}

fn up() -> Carrier {
    "uplink:primary".parse().unwrap()
}

impl<'a> Run<'a> {
    pub(super) fn new(transaction: &'a Transaction<'_>, choices: Vec<u8>) -> Self {
        let mut choices = Choices::new(choices);
        let notations = [Notation::Decimal, Notation::Hexadecimal];
        Self {
            tx: Tx::new(transaction),
            now: at(0),
            // With digits alone in hexadecimal, and with letters.
            next_id: choices.one(&[1_006_570, 0x0010_0000]),
            in_answers: choices.one(&notations),
            in_receipts: choices.one(&notations),
            choices,
            messages: Vec::new(),
            in_flight: Vec::new(),
            told: Vec::new(),
            met: Met::default(),
        }
    }

    pub(super) fn live(&mut self) -> Result<(), String> {
        while self.choices.has_more() {
            self.now = Time(self.now.0 + SECOND);
            let doubtful = self.concluded_by_receipt();
            let what = self.choices.of(12);
            match what {
                0..=3 => self.submit(),
                4..=6 => self.end_flight(),
                7..=10 => self.receipt(),
                _ => self.policy(),
            }
            let more = self.concluded_by_receipt() - doubtful;
            if (7..=10).contains(&what) {
                self.met.by_receipt += more;
            } else {
                self.met.by_early_receipt += more;
            }
            self.compare()
                .map_err(|fault| format!("{fault}\n{}", self.told.join("\n")))?;
            // Some transactions end in between.
            if self.told.len().is_multiple_of(17) {
                statistics::write(&mut self.tx).unwrap();
            }
        }
        compare_counts(&mut self.tx)
    }

    fn step(&mut self, step: &Step) {
        self.told.push(format!("{step:?}"));
        advance::advance(&mut self.tx, step, &mut Vec::new()).unwrap();
    }

    /// A new message, or one that waits again, is handed over; the SMSC takes it or not.
    fn submit(&mut self) {
        let waiting = self
            .messages
            .iter()
            .position(|one| self.state(one.row) == State::Queued);
        let message = waiting.unwrap_or_else(|| self.new_message());
        let row = self.messages[message].row;
        self.step(&Step::Claim {
            fell_back: None,
            row,
            part: 1,
            carrier: up(),
            parts: 1,
            at: self.now,
        });
        let taken = !self.choices.rarely(4);
        let id = taken.then_some(self.next_id);
        self.next_id += u32::from(taken);
        self.told.push(format!("message {} is {id:?}", row.0));
        self.messages[message]
            .times
            .push(Try { id, reported: None });
        self.in_flight.push(message);
    }

    fn new_message(&mut self) -> usize {
        let to = self.choices.one(&RECIPIENTS);
        let message = NewMessage {
            on_uncertain: self.choices.one(&[OnUncertain::Hold, OnUncertain::Resend]),
            ..text(to, "hello")
        };
        let row = RowId(accept::insert(&mut self.tx, &message).unwrap());
        self.messages.push(Truth {
            row,
            to,
            times: Vec::new(),
        });
        self.messages.len() - 1
    }

    fn state(&self, row: RowId) -> State {
        let mut select = self.tx.prepare("SELECT state FROM messages WHERE row = ?1");
        let select = select.as_mut().unwrap();
        select.query_row(params![row], |row| row.col(0)).unwrap()
    }

    /// The answer to some part comes, or is lost, or the connection is and with it all answers.
    fn end_flight(&mut self) {
        if self.in_flight.is_empty() {
            return;
        }
        if self.choices.rarely(5) {
            for message in std::mem::take(&mut self.in_flight) {
                self.unanswered(message);
            }
            return;
        }
        let one = self.choices.of(self.in_flight.len());
        let message = self.in_flight.remove(one);
        let last = self.messages[message].times.last();
        match (last.and_then(|one| one.id), self.choices.of(6)) {
            (_, 0) => self.unanswered(message),
            (Some(_), 1) => self.sent(message, Reference::None),
            (Some(id), _) => {
                let id = self.in_answers.write(id);
                self.sent(message, Reference::Smsc(id));
            }
            (None, _) => self.refused(message),
        }
    }

    fn sent(&mut self, message: usize, reference: Reference) {
        self.step(&Step::PartSent {
            row: self.messages[message].row,
            part: 1,
            carrier: up(),
            reference,
            at: self.now,
            last: true,
        });
    }

    fn refused(&mut self, message: usize) {
        let (row, part, at) = (self.messages[message].row, 1, self.now);
        let reason = Reason::new("smpp-0x58", "refused");
        let step = if self.choices.rarely(3) {
            Step::Fail {
                row,
                part,
                reason,
                at,
            }
        } else {
            Step::Requeue {
                row,
                part,
                due_at: at,
                reason,
                refused_by: Some(up()),
                pinned: None,
                at,
            }
        };
        self.step(&step);
    }

    fn unanswered(&mut self, message: usize) {
        self.step(&Step::PartUncertain {
            row: self.messages[message].row,
            part: 1,
            carrier: up(),
            reason: Reason::new("uplink-lost", "nothing came"),
            numbered: false,
            at: self.now,
            last: true,
            decide_at: Time(self.now.0 + 60 * SECOND),
        });
    }

    /// The receipt for some part that was taken, the first or another one.
    fn receipt(&mut self) {
        if self.messages.is_empty() {
            return;
        }
        let message = self.choices.of(self.messages.len());
        let again = self.choices.rarely(6);
        let truth = &mut self.messages[message];
        let mut times = truth.times.iter_mut();
        let Some(time) = times.find(|one| one.id.is_some() && one.reported.is_some() == again)
        else {
            return;
        };
        time.reported.get_or_insert(self.now);
        let id = self.in_receipts.write(time.id.unwrap());
        let key = ById {
            carrier: up(),
            ids: model::smsc_id::id_forms(&id),
            long_id: None,
            code: String::new(),
        };
        let receipt = NewReport {
            key: ReportKey::Id(key),
            recipient: truth.to.to_owned(),
            class: ReportClass::Delivered,
            text: "delivered".to_owned(),
            discharged_at: None,
            received_at: self.now,
        };
        self.told.push(format!("a receipt comes: {receipt:?}"));
        match report::take(&mut self.tx, &receipt).unwrap() {
            Reported::Matched { .. } if self.in_answers != self.in_receipts => {
                self.met.in_another_notation += 1;
            }
            Reported::Repeated => self.met.repeated += 1,
            _ => {}
        }
    }

    fn policy(&mut self) {
        self.told.push("the policy decides".to_owned());
        self.now = Time(self.now.0 + 61 * SECOND);
        policy::decide(&mut self.tx, self.now, 99, 1).unwrap();
    }

    fn concluded_by_receipt(&self) -> u32 {
        let count = "SELECT count(*) FROM doubts WHERE conclusion = ?1 AND evidence = ?2";
        let mut select = self.tx.prepare(count).unwrap();
        let by = params![Conclusion::Sent, Evidence::StatusReport];
        select.query_row(by, |row| row.col(0)).unwrap()
    }

    /// What the store says of each part, and what is so.
    fn compare(&self) -> Result<(), String> {
        for truth in &self.messages {
            let part = "SELECT state, smsc_id FROM parts WHERE message = ?1";
            let mut select = self.tx.prepare(part).unwrap();
            let (state, id): (PartState, Option<String>) = select
                .query_row(params![truth.row], |row| Ok((row.col(0)?, row.col(1)?)))
                .unwrap();
            let name = format!("message {} is {state:?} under {id:?}", truth.row.0);
            let mut taken = truth.times.iter().filter(|one| one.id.is_some());
            if matches!(state, PartState::Sent | PartState::Delivered)
                && taken.clone().next().is_none()
            {
                return Err(format!("{name}, and was never taken"));
            }
            if let Some(id) = id {
                let own =
                    taken.find(|one| model::smsc_id::same_id(&id, &one.id.unwrap().to_string()));
                let Some(own) = own else {
                    return Err(format!("{name}, and never had this id"));
                };
                if state == PartState::Sent && self.must_be_delivered(truth.to, own) {
                    return Err(format!("{name}, and its receipt has come"));
                }
            }
            if state == PartState::Delivered
                && !truth.times.iter().any(|one| one.reported.is_some())
            {
                return Err(format!("{name}, and no receipt for it came"));
            }
        }
        Ok(())
    }

    /// Its receipt has come, not too long ago, and can be that of no part that waits for its answer.
    fn must_be_delivered(&self, to: &str, time: &Try) -> bool {
        let recent = |came: Time| self.now.0 - came.0 < 500 * SECOND;
        let mut in_flight = self.in_flight.iter();
        time.reported.is_some_and(recent) && !in_flight.any(|one| self.messages[*one].to == to)
    }
}
