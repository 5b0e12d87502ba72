//! One world from its beginning to its end.

mod compare;
mod network;
mod submits;

use rusqlite::Transaction;

use super::compare_counts;
use super::modem::{Choices, Fate, Modem, without_a_digit};
use crate::evidence::doubts::counted;
use crate::evidence::{answers, policy, report};
use crate::machine::writer::Tx;
use crate::queue::accept;
use crate::queue::advance;
use crate::tables::statistics;
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

    fn state(&self, row: RowId) -> State {
        let mut select = self.tx.prepare("SELECT state FROM messages WHERE row = ?1");
        let select = select.as_mut().unwrap();
        select.query_row(params![row], |row| row.col(0)).unwrap()
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
