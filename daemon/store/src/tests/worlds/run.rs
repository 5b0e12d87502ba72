//! One world from its beginning to its end.

mod compare;
mod network;
mod submits;

use rusqlite::Transaction;

use super::modem::{Fate, Modem, without_a_digit};
use super::{Outcome, RECIPIENTS, World, compare_counts};
use crate::evidence::doubts::counted;
use crate::evidence::{answers, policy, report};
use crate::machine::select::{Select as _, only};
use crate::tests::*;
use crate::values::{RowExt as _, params};
use crate::{ByNumber, NewReport, RefusedBy, ReportClass, ReportKey, Reported};
use model::{PartState, Reason, RowId};

/// The conclusions that are drawn.
pub(super) const CONCLUSIONS: [&str; 7] = [
    "by the next number: sent",
    "by the next number: not sent",
    "by a report",
    "by a late answer",
    "one without a number was reported",
    "a refusal was refuted",
    "a number was misread",
];

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
    pub(super) world: World<'a>,
    modem: Modem,
    messages: Vec<Truth>,
    owed: Option<Owed>,
    /// A number in a row loses digits at most.
    read_badly: bool,
    /// A message whose number was read badly where the count was not known, and that number.
    unproved: Option<(usize, u8)>,
    fingerprints: u8,
}

impl<'a> Run<'a> {
    pub(super) fn new(transaction: &'a Transaction<'_>, choices: Vec<u8>) -> Self {
        let mut world = World::new(transaction, choices);
        Self {
            modem: Modem::new(&mut world.choices),
            world,
            messages: Vec::new(),
            owed: None,
            read_badly: false,
            unproved: None,
            fingerprints: 0,
        }
    }

    /// What the modem does with refused ones is seen before anything is unclear.
    fn get_to_know(&mut self) {
        for fate in [Fate::Accepted, Fate::RefusedByTheNetwork, Fate::Accepted] {
            self.world.pass(SECOND);
            let message = self.new_message(RECIPIENTS[1]);
            let mr = self.hand_over(message, fate);
            match mr {
                Some(mr) => self.sent(message, Reference::Mr(mr)),
                None => self.give_back(message, RefusedBy::Network),
            }
        }
    }

    pub(super) fn live(&mut self) -> Outcome {
        if self.world.choices.of(2) == 0 {
            self.get_to_know();
        }
        while self.world.choices.has_more() {
            self.world.pass(SECOND);
            match self.world.choices.of(13) {
                0..=5 => self.submit(),
                6..=8 => self.report(),
                9 => self.owed_answer(),
                10 => self.policy(),
                11 => self.crash(),
                _ => self.boot(),
            }
            self.compare().map_err(|fault| self.world.tells(&fault))?;
            // Some transactions end in between.
            if self.world.told.len().is_multiple_of(17) {
                self.world.commit();
            }
        }
        compare_counts(&mut self.world.tx)
    }

    /// The gateway is killed while a part is with the modem, and starts again.
    fn crash(&mut self) {
        let message = self.next();
        let fate = self
            .world
            .choices
            .one(&[Fate::NeverReachedTheModem, Fate::Accepted]);
        let mr = self.begin(message, fate);
        if self.world.choices.of(2) == 0 {
            self.report_on(message);
        }
        self.world.pass(SECOND);
        self.owed = mr.map(|mr| Owed {
            message,
            mr,
            refused: false,
        });
        self.uncertain(message, "interrupted", false);
        if self.world.choices.of(2) == 0 {
            self.report_on(message);
        }
        if self.world.choices.of(2) == 0 {
            self.owed_answer();
        }
    }

    fn boot(&mut self) {
        self.modem.boot(&mut self.world.choices);
        self.unproved = None;
        self.world.told.push("the modem boots".to_owned());
        self.owed = None;
        if self.world.choices.of(2) == 0 {
            counted::broken(&self.world.tx, &sim(1).into()).unwrap();
        }
    }
}
