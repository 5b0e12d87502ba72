//! What comes later: reports, answers that were owed, and what is decided without them.

use super::*;

impl Run<'_> {
    /// An answer that was owed comes, in this run or to the next one.
    pub(super) fn owed_answer(&mut self) {
        let Some(Owed {
            message,
            mr,
            refused,
        }) = self.owed.take()
        else {
            return;
        };
        let (row, read) = (self.messages[message].row, self.read(mr));
        let answer = accepted(read);
        let known = refused || self.world.choices.of(2) == 0 && self.is_last_in_doubt(message);
        if !known {
            self.world
                .told
                .push(format!("{answer:?} comes to the next run"));
            answers::claim_answer(&mut self.world.tx, &sim(1), &answer, self.world.now).unwrap();
            return;
        }
        self.messages[message].unclear = false;
        let waits = self.world.waits(row);
        self.world.step(&Step::LateAnswer {
            row,
            part: 1,
            carrier: sim(1).into(),
            refused: refused.then_some(true),
            answer,
            at: self.world.now,
        });
        let refuted = u32::from(refused && waits);
        self.world.met.note("a refusal was refuted", refuted);
    }

    /// The engine of this run knows which of its submits an answer is for.
    pub(super) fn is_last_in_doubt(&self, message: usize) -> bool {
        let last = "SELECT max(d.message) FROM doubts d WHERE d.reason_code = 'no-answer'";
        let last: Option<RowId> = self.world.tx.one(last, [], only).unwrap();
        last == Some(self.messages[message].row)
    }

    /// The report on some accepted time; on one that was reported before it is another one.
    pub(super) fn report(&mut self) {
        if !self.messages.is_empty() {
            let message = self.world.choices.of(self.messages.len());
            self.report_on(message);
        }
    }

    pub(super) fn report_on(&mut self, message: usize) {
        let again = self.world.choices.rarely(6);
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
            smsc_time: Some(self.world.now),
            tp_status: 0,
            fingerprint: [self.fingerprints; 32],
        };
        let report = NewReport {
            key: ReportKey::Number(key),
            recipient: truth.to.to_owned(),
            discharged_at: Some(self.world.now),
            class: ReportClass::Delivered,
            text: "received".to_owned(),
            received_at: self.world.now,
        };
        self.world
            .told
            .push(format!("a report comes on {report:?}"));
        let unnumbered = self.numberless();
        let reported = report::take(&mut self.world.tx, &report).unwrap();
        if let Reported::Matched { row, .. } = reported {
            let met = u32::from(unnumbered.contains(&row));
            self.world
                .met
                .note("one without a number was reported", met);
        }
    }

    /// Messages that were sent and have no number.
    pub(super) fn numberless(&self) -> Vec<RowId> {
        let without = "SELECT message FROM parts WHERE state = ?1 AND mr IS NULL";
        let sent = params![PartState::Sent];
        self.world.tx.all(without, sent, only).unwrap()
    }

    /// The time for evidence is over; or a person says that something did not go out, wrongly too.
    pub(super) fn policy(&mut self) {
        self.world
            .told
            .push("the policy, or a person, decides".to_owned());
        if self.world.choices.rarely(3) {
            let uncertain = "SELECT id FROM messages WHERE state = ?1 LIMIT 1";
            let found = self
                .world
                .tx
                .first(uncertain, params![State::Uncertain], only);
            let Some(id) = found.unwrap() else {
                return;
            };
            policy::resolve(&mut self.world.tx, id, false, self.world.now).unwrap();
        } else {
            self.world.decide();
        }
    }
}
