//! A world of an uplink: its SMSC may name a part otherwise in its receipt than in its answer, and
//! answers in any order or not at all.

use rusqlite::Transaction;

use super::{Outcome, RECIPIENTS, World, compare_counts};
use crate::evidence::report;
use crate::machine::select::{Select as _, both, only};
use crate::tests::*;
use crate::values::params;
use crate::{ById, NewReport, ReportClass, ReportKey, Reported};
use model::{ConcludedBy, Conclusion, PartState, Reason, ReasonCode, RowId};

/// What is met.
pub(super) const MET: [&str; 4] = [
    "by a receipt",
    "by an early receipt",
    "in another notation",
    "repeated",
];

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
    pub(super) world: World<'a>,
    next_id: u32,
    in_answers: Notation,
    in_receipts: Notation,
    messages: Vec<Truth>,
    /// Messages without an answer yet.
    in_flight: Vec<usize>,
}

impl<'a> Run<'a> {
    pub(super) fn new(transaction: &'a Transaction<'_>, choices: Vec<u8>) -> Self {
        let mut world = World::new(transaction, choices);
        let choices = &mut world.choices;
        let notations = [Notation::Decimal, Notation::Hexadecimal];
        Self {
            // With digits alone in hexadecimal, and with letters.
            next_id: choices.one(&[1_006_570, 0x0010_0000]),
            in_answers: choices.one(&notations),
            in_receipts: choices.one(&notations),
            messages: Vec::new(),
            in_flight: Vec::new(),
            world,
        }
    }

    pub(super) fn live(&mut self) -> Outcome {
        while self.world.choices.has_more() {
            self.world.pass(SECOND);
            let doubtful = self.concluded_by_receipt();
            let what = self.world.choices.of(12);
            match what {
                0..=3 => self.submit(),
                4..=6 => self.end_flight(),
                7..=10 => self.receipt(),
                _ => self.policy(),
            }
            let more = self.concluded_by_receipt() - doubtful;
            let by = usize::from(!(7..=10).contains(&what));
            self.world.met.note(MET[by], more);
            self.compare().map_err(|fault| self.world.tells(&fault))?;
            // Some transactions end in between.
            if self.world.told.len().is_multiple_of(17) {
                self.world.commit();
            }
        }
        compare_counts(&mut self.world.tx)
    }

    /// A new message, or one that waits again, is handed over; the SMSC takes it or not.
    fn submit(&mut self) {
        let mut messages = self.messages.iter();
        let waiting = messages.position(|one| self.world.waits(one.row));
        let message = waiting.unwrap_or_else(|| self.new_message());
        let row = self.messages[message].row;
        self.world.step(&claiming(row, up(), self.world.now));
        let taken = !self.world.choices.rarely(4);
        let id = taken.then_some(self.next_id);
        self.next_id += u32::from(taken);
        self.world.told.push(format!("message {} is {id:?}", row.0));
        self.messages[message]
            .times
            .push(Try { id, reported: None });
        self.in_flight.push(message);
    }

    fn new_message(&mut self) -> usize {
        let to = self.world.choices.one(&RECIPIENTS);
        let row = self.world.accept(to);
        self.messages.push(Truth {
            row,
            to,
            times: Vec::new(),
        });
        self.messages.len() - 1
    }

    /// The answer to some part comes, or is lost, or the connection is and with it all answers.
    fn end_flight(&mut self) {
        if self.in_flight.is_empty() {
            return;
        }
        if self.world.choices.rarely(5) {
            for message in std::mem::take(&mut self.in_flight) {
                self.unanswered(message);
            }
            return;
        }
        let one = self.world.choices.of(self.in_flight.len());
        let message = self.in_flight.remove(one);
        let last = self.messages[message].times.last();
        match (last.and_then(|one| one.id), self.world.choices.of(6)) {
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
        let row = self.messages[message].row;
        self.world
            .step(&sent_by(row, up(), reference, self.world.now));
    }

    fn refused(&mut self, message: usize) {
        let (row, part, at) = (self.messages[message].row, 1, self.world.now);
        let reason = Reason::read("smpp-0x58", "refused");
        let step = if self.world.choices.rarely(3) {
            failing(row, part, reason, at)
        } else {
            refused(row, (reason, Some(up())), at, at)
        };
        self.world.step(&step);
    }

    fn unanswered(&mut self, message: usize) {
        let (row, at) = (self.messages[message].row, self.world.now);
        let reason = Reason::new(ReasonCode::UplinkLost, "nothing came");
        let until = Time(at.0 + 60 * SECOND);
        self.world.step(&in_doubt(row, up(), reason, (at, until)));
    }

    /// The receipt for some part that was taken, the first or another one.
    fn receipt(&mut self) {
        if self.messages.is_empty() {
            return;
        }
        let message = self.world.choices.of(self.messages.len());
        let again = self.world.choices.rarely(6);
        let truth = &mut self.messages[message];
        let mut times = truth.times.iter_mut();
        let Some(time) = times.find(|one| one.id.is_some() && one.reported.is_some() == again)
        else {
            return;
        };
        time.reported.get_or_insert(self.world.now);
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
            received_at: self.world.now,
        };
        self.world
            .told
            .push(format!("a receipt comes: {receipt:?}"));
        match report::take(&mut self.world.tx, &receipt).unwrap() {
            Reported::Matched { .. } if self.in_answers != self.in_receipts => {
                self.world.met.note("in another notation", 1);
            }
            Reported::Repeated => self.world.met.note("repeated", 1),
            _ => {}
        }
    }

    fn policy(&mut self) {
        self.world.told.push("the policy decides".to_owned());
        self.world.decide();
    }

    fn concluded_by_receipt(&self) -> u32 {
        let count = "SELECT count(*) FROM doubts WHERE conclusion = ?1 AND evidence = ?2";
        let by = params![Conclusion::Sent, ConcludedBy::StatusReport];
        self.world.tx.one(count, by, only).unwrap()
    }

    /// What the store says of each part, and what is so.
    fn compare(&self) -> Outcome {
        for truth in &self.messages {
            let part = "SELECT state, smsc_id FROM parts WHERE message = ?1";
            let found = self.world.tx.one(part, params![truth.row], both);
            let (state, id): (PartState, Option<String>) = found.unwrap();
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
        let recent = |came: Time| self.world.now.0 - came.0 < 500 * SECOND;
        let mut in_flight = self.in_flight.iter();
        time.reported.is_some_and(recent) && !in_flight.any(|one| self.messages[*one].to == to)
    }
}
