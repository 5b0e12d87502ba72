//! What the store has, beside what is so.

use super::*;
use model::{ConcludedBy, Conclusion};

impl Run<'_> {
    /// A shortened number must show by the one before it or, where the count is not known, by the
    /// one behind it.
    pub(super) fn look_for_misread(&mut self, message: usize, reference: &Reference) {
        let before = self.unproved.take();
        let (Some(mr), Some(read)) = (self.last_mr(message), reference.mr()) else {
            return;
        };
        let follows = |after: u8| (1..=8).contains(&mr.wrapping_sub(after));
        match (self.count(), before) {
            (Some(after), _) if read != mr && follows(after) => self.shows(message, read),
            (None, _) if read != mr => self.unproved = Some((message, read)),
            (Some(after), Some((first, shortened)))
                if read == mr && after == shortened && self.last_mr(first).is_some_and(follows) =>
            {
                self.shows(first, shortened);
            }
            _ => {}
        }
    }

    fn shows(&mut self, message: usize, read: u8) {
        self.messages[message].misread = Some(read);
        self.messages[message].unclear = true;
        self.world.met.note("a number was misread", 1);
    }

    /// The last number that the store counts from.
    fn count(&self) -> Option<u8> {
        let last = "SELECT max(mr) FROM mr_counts";
        self.world.tx.one(last, [], only).unwrap()
    }

    /// What is concluded, and what is so.
    pub(super) fn compare(&mut self) -> Outcome {
        for truth in &self.messages {
            let part = "SELECT p.state, p.mr, d.conclusion, d.evidence, d.concluded_at FROM parts p
                LEFT JOIN doubts d ON d.message = p.message AND d.part = p.seq WHERE p.message = ?1";
            let mut select = self.world.tx.prepare(part).unwrap();
            let mut rows = select.query(params![truth.row]).unwrap();
            let Some(row) = rows.next().unwrap() else {
                continue;
            };
            let (state, mr): (PartState, Option<u8>) = (row.col(0).unwrap(), row.col(1).unwrap());
            let doubt: (Option<Conclusion>, Option<ConcludedBy>) =
                (row.col(2).unwrap(), row.col(3).unwrap());
            let now = row.col::<Option<Time>>(4).unwrap() == Some(self.world.now);
            let name = format!(
                "message {} is {state:?}, TP-MR {mr:?}, {doubt:?}",
                truth.row.0
            );
            let went_out = truth.times.iter().any(|one| one.mr.is_some());
            let is_sent = matches!(
                state,
                PartState::Sent | PartState::Delivered | PartState::Undelivered
            );
            if is_sent && !went_out {
                return Err(format!("{name}, and never went out"));
            }
            let has_mr = truth.times.iter().any(|one| one.mr == mr);
            if state == PartState::Sent && mr.is_some() && mr == truth.misread && !has_mr {
                return Err(format!("{name}, and the count shows that it never had it"));
            }
            let reported = truth.times.iter().any(|one| one.reported);
            // Under a number that it is known to have, that of another part is taken for its own:
            // after a boot two may have one number.
            let by_number = [ConcludedBy::LateAnswer, ConcludedBy::NextReference].map(Some);
            let known = !truth.unclear || by_number.contains(&doubt.1);
            if state == PartState::Delivered && !known && !reported {
                return Err(format!("{name}, and no report on it came"));
            }
            let (Some(conclusion), Some(evidence)) = doubt else {
                continue;
            };
            let last_went_out = truth.times.last().is_some_and(|one| one.mr.is_some());
            match (conclusion, evidence) {
                (Conclusion::Sent, ConcludedBy::NextReference | ConcludedBy::StatusReport)
                    if is_sent && !has_mr =>
                {
                    return Err(format!("{name}, and never had this number"));
                }
                (Conclusion::NotSent, ConcludedBy::NextReference | ConcludedBy::LateAnswer)
                    if now && last_went_out =>
                {
                    return Err(format!("{name}, and went out"));
                }
                _ => {}
            }
            let met = match (conclusion, evidence) {
                _ if !now => continue,
                (Conclusion::Sent, ConcludedBy::NextReference) => "by the next number: sent",
                (Conclusion::NotSent, ConcludedBy::NextReference) => "by the next number: not sent",
                (Conclusion::Sent, ConcludedBy::StatusReport) => "by a report",
                (Conclusion::Sent, ConcludedBy::LateAnswer) => "by a late answer",
                _ => continue,
            };
            self.world.met.note(met, 1);
        }
        Ok(())
    }
}
