//! What the gateway gives its modem, and what it sees of that.

use super::*;

impl Run<'_> {
    /// A new message, or one that waits again.
    pub(super) fn next(&mut self) -> usize {
        let mut messages = self.messages.iter();
        let waiting = messages.position(|one| self.world.waits(one.row));
        if let Some(waiting) = waiting.filter(|_| self.world.choices.of(3) > 0) {
            return waiting;
        }
        let to = self.world.choices.one(&RECIPIENTS);
        self.new_message(to)
    }

    pub(super) fn new_message(&mut self, to: &'static str) -> usize {
        let row = self.world.accept(to);
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
    pub(super) fn hand_over(&mut self, message: usize, fate: Fate) -> Option<u8> {
        let row = self.messages[message].row;
        self.world.step(&claiming(row, sim(1), self.world.now));
        let mr = self.modem.submit(fate);
        self.world
            .told
            .push(format!("message {} is {fate:?} as {mr:?}", row.0));
        self.messages[message].times.push(Try {
            mr,
            reported: false,
        });
        mr
    }

    pub(super) fn submit(&mut self) {
        let message = self.next();
        let fate = self.world.choices.one(&[
            Fate::Accepted,
            Fate::Accepted,
            Fate::Accepted,
            Fate::Accepted,
            Fate::NeverReachedTheModem,
            Fate::RefusedByTheModem,
            Fate::RefusedByTheNetwork,
        ]);
        let mr = self.begin(message, fate);
        if mr.is_some() && self.world.choices.rarely(5) {
            // The report overtakes the answer.
            self.report_on(message);
        }
        self.world.pass(SECOND);
        match (fate, mr) {
            (Fate::Accepted, Some(mr)) => self.accepted(message, mr),
            (Fate::NeverReachedTheModem, _) => self.unanswered(message, false),
            _ => self.refused(message, fate),
        }
    }

    pub(super) fn begin(&mut self, message: usize, fate: Fate) -> Option<u8> {
        let mr = self.hand_over(message, fate);
        if fate != Fate::NeverReachedTheModem {
            // The modem is done with what came before.
            self.owed = None;
        } else if let Some(owed) = &mut self.owed {
            owed.refused = false;
        }
        mr
    }

    /// What the gateway sees of an acceptance.
    pub(super) fn accepted(&mut self, message: usize, mr: u8) {
        match self.world.choices.of(10) {
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
                let tried = self.world.choices.rarely(4);
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
    pub(super) fn read(&mut self, mr: u8) -> u8 {
        self.read_badly = !self.read_badly;
        if self.read_badly {
            without_a_digit(mr, &mut self.world.choices)
        } else {
            mr
        }
    }

    pub(super) fn sent(&mut self, message: usize, reference: Reference) {
        self.messages[message].unclear = reference == Reference::None;
        self.look_for_misread(message, &reference);
        if !matches!(&reference, Reference::Mr(mr) if Some(*mr) != self.last_mr(message)) {
            self.read_badly = false;
        }
        let row = self.messages[message].row;
        self.world
            .step(&sent_by(row, sim(1), reference, self.world.now));
    }

    pub(super) fn last_mr(&self, message: usize) -> Option<u8> {
        self.messages[message].times.last().and_then(|one| one.mr)
    }

    pub(super) fn refused(&mut self, message: usize, fate: Fate) {
        match self.world.choices.of(6) {
            // Its answer is lost, or leaves it open.
            0 => self.unanswered(message, false),
            1 => self.unanswered(message, true),
            _ if fate == Fate::RefusedByTheNetwork => {
                let by = self
                    .world
                    .choices
                    .one(&[RefusedBy::Network, RefusedBy::Either]);
                self.give_back(message, by);
            }
            _ => {
                let by = self
                    .world
                    .choices
                    .one(&[RefusedBy::Modem, RefusedBy::Either]);
                self.give_back(message, by);
            }
        }
    }

    pub(super) fn give_back(&mut self, message: usize, by: RefusedBy) {
        let row = self.messages[message].row;
        self.world
            .step(&number_spent(row, sim(1), by, self.world.now));
        let reason = Reason::read("refused", "refused");
        let at = self.world.now;
        let give_back = if self.world.choices.rarely(4) {
            failing(row, 1, reason, at)
        } else {
            refused(row, (reason, None), at, at)
        };
        self.world.step(&give_back);
    }

    pub(super) fn unanswered(&mut self, message: usize, numbered: bool) {
        // After a crash the answer goes to the next run.
        let code = self.world.choices.one(&["no-answer", "interrupted"]);
        self.uncertain(message, code, numbered);
        if code == "interrupted"
            && let Some(owed) = &mut self.owed
        {
            owed.refused = false;
        }
    }

    pub(super) fn uncertain(&mut self, message: usize, code: &str, numbered: bool) {
        self.messages[message].unclear = true;
        let (row, at) = (self.messages[message].row, self.world.now);
        let reason = Reason::read(code, "nothing came");
        let mut step = in_doubt(row, sim(1), reason, (at, Time(at.0 + 60 * SECOND)));
        if let Step::PartUncertain { numbered: it, .. } = &mut step {
            *it = numbered;
        }
        self.world.step(&step);
    }
}
