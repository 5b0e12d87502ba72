//! An outbound message's row as the steps see and change it.

use rusqlite::OptionalExtension as _;

use crate::StoreError;
use crate::columns::lane;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::tables::costs;
use crate::tables::history::{self, Entry};
use crate::tables::statistics;
use crate::tables::tallies::{self, Tally};
use crate::values::{RowExt as _, params, readable};
use model::{
    Carrier, HistoryStep, Lane, MessageClass, MessageId, PartState, Priority, Reason, RowId, State,
    Time, roll_up,
};

/// The row of a message.
const ROW: &str = "SELECT row FROM messages WHERE id = ?1";

/// What a step must know of its message.
pub(crate) struct Outbound {
    pub(crate) row: RowId,
    pub(crate) id: MessageId,
    pub(crate) state: State,
    pub(crate) priority: Priority,
    pub(crate) segments: u16,
    pub(crate) status_report: bool,
    pub(crate) class: MessageClass,
    pub(crate) test: bool,
    /// It waits until it is resumed, if it waits.
    pub(crate) paused: bool,
    /// How often a carrier has had it.
    pub(crate) attempts: u16,
    pub(crate) to: String,
    /// Where it waits; none of what came in.
    pub(crate) lane: Option<Lane>,
    /// What carries it.
    pub(crate) carrier: Option<Carrier>,
}

impl Outbound {
    /// The message of this row, if there is one.
    pub(crate) fn load(tx: &Tx<'_>, row: RowId) -> Result<Option<Self>, StoreError> {
        Ok(Self::read(tx, row)?)
    }

    /// The same where it is one among others; none too if its row makes no sense.
    pub(crate) fn load_readable(tx: &Tx<'_>, row: RowId) -> Result<Option<Self>, StoreError> {
        Ok(readable(Self::read(tx, row))?.flatten())
    }

    /// The message with this ID, if there is one.
    pub(crate) fn of_id(tx: &Tx<'_>, id: MessageId) -> Result<Option<Self>, StoreError> {
        let row = tx.first(ROW, params![id], only)?;
        Ok(row.map(|row| Self::load(tx, row)).transpose()?.flatten())
    }

    /// The same where it is one among others; none too if its row makes no sense.
    pub(crate) fn of_id_readable(tx: &Tx<'_>, id: MessageId) -> Result<Option<Self>, StoreError> {
        let row = tx.first(ROW, params![id], only)?;
        let found = row.map(|row| Self::load_readable(tx, row)).transpose()?;
        Ok(found.flatten())
    }

    fn read(tx: &Tx<'_>, row: RowId) -> rusqlite::Result<Option<Self>> {
        // Whoever changes it has loaded it.
        statistics::touched(tx, row)?;
        let mut select = tx.reader().prepare_cached(
            "SELECT state, priority, segments, status_report, peer, carrier, id, class, test, paused, lane, attempts
             FROM messages
             WHERE row = ?1",
        )?;
        let found = select.query_row(params![row], |columns| {
            let priority = columns.col(1)?;
            let text: Option<String> = columns.col(10)?;
            Ok(Self {
                row,
                state: columns.col(0)?,
                priority,
                segments: columns.col(2)?,
                status_report: columns.col(3)?,
                to: columns.col(4)?,
                lane: text.map(|text| lane(priority, &text)).transpose()?,
                carrier: columns.col(5)?,
                id: columns.col(6)?,
                class: columns.col(7)?,
                test: columns.col(8)?,
                paused: columns.col(9)?,
                attempts: columns.col(11)?,
            })
        });
        found.optional()
    }

    /// The lane in which it waits from then on, if it waits.
    pub(crate) fn waits_from(&self, at: Time) -> Option<(Lane, Time)> {
        let lane = self.lane.clone().filter(|_| self.state == State::Queued);
        lane.map(|lane| (lane, at))
    }

    /// It goes to those too who ask for no messages.
    pub(crate) fn passes_opt_out(&self) -> bool {
        self.test || self.class.passes_opt_out()
    }

    /// Makes its rows of parts as many as it has: some are there where an earlier carrier made more
    /// or fewer of it. `handed` gets its row when it is handed over.
    pub(crate) fn lay_out_parts(&self, tx: &Tx<'_>, handed: Option<u16>) -> Result<(), StoreError> {
        let surplus = "DELETE FROM parts WHERE message = ?1 AND seq > ?2";
        tx.execute(surplus, params![self.row, self.segments])?;
        for seq in (1..=self.segments).filter(|seq| Some(*seq) != handed) {
            let sql = "INSERT INTO parts (message, seq, state) VALUES (?1, ?2, ?3)
                ON CONFLICT (message, seq) DO NOTHING";
            tx.execute(sql, params![self.row, seq, PartState::Queued])?;
        }
        Ok(())
    }

    /// Gives it a state in which it goes on; the queue's count follows.
    pub(crate) fn set_state(
        &mut self,
        tx: &mut Tx<'_>,
        state: State,
        reason: Option<&Reason>,
    ) -> Result<(), StoreError> {
        self.write_state(tx, state, reason, None)
    }

    fn write_state(
        &mut self,
        tx: &mut Tx<'_>,
        state: State,
        reason: Option<&Reason>,
        ended_at: Option<Time>,
    ) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE messages SET state = ?2, reason_code = ?3, reason_detail = ?4, ended_at = ?5
             WHERE row = ?1",
            params![
                self.row,
                state,
                reason.map(|r| &r.code),
                reason.map(|r| &r.detail),
                ended_at
            ],
        )?;
        let before = self.is_counted();
        self.state = state;
        if self.paused {
            // What has begun goes on to its end, paused or not.
            let begun = "UPDATE messages SET paused = 0 WHERE row = ?1 AND next_part <> 1";
            self.paused = tx.execute(begun, params![self.row])? == 0;
        }
        tx.queued(self.priority, self.is_counted() - before);
        Ok(())
    }

    /// Pauses it, or lets it go on. In a carrier's hands that counts when it waits again. False: it has begun, and
    /// goes on to its end.
    pub(crate) fn set_paused(&mut self, tx: &mut Tx<'_>, paused: bool) -> Result<bool, StoreError> {
        let sql = "UPDATE messages SET paused = ?2 WHERE row = ?1 AND (next_part = 1 OR ?2 = 0)";
        if tx.execute(sql, params![self.row, paused])? == 0 {
            return Ok(false);
        }
        let before = self.is_counted();
        self.paused = paused;
        tx.queued(self.priority, self.is_counted() - before);
        Ok(true)
    }

    /// 1 where it counts as one that waits.
    fn is_counted(&self) -> i64 {
        i64::from(self.state == State::Queued && !self.paused)
    }

    /// Gives up what has not gone out: the message gets `state`, its remaining parts have failed.
    pub(crate) fn end(
        &mut self,
        tx: &mut Tx<'_>,
        state: State,
        reason: Option<&Reason>,
        at: Time,
    ) -> Result<(), StoreError> {
        tx.execute(
            "UPDATE parts SET state = ?2, reason_code = ?3, reason_detail = ?4, awaits = 0
             WHERE message = ?1 AND state IN (?5, ?6, ?7)",
            params![
                self.row,
                PartState::Failed,
                reason.map(|r| &r.code),
                reason.map(|r| &r.detail),
                PartState::Queued,
                PartState::Sending,
                PartState::Uncertain
            ],
        )?;
        self.write_state(tx, state, reason, Some(at))
    }

    /// Gives it the state that its parts make; the state it had.
    pub(crate) fn roll(&mut self, tx: &mut Tx<'_>, at: Time) -> Result<State, StoreError> {
        let before = self.state;
        let mut select = tx.prepare("SELECT state FROM parts WHERE message = ?1")?;
        let states = select.query_map(params![self.row], |columns| columns.col(0))?;
        let state = rolled_up(&states.collect::<Result<Vec<PartState>, _>>()?);
        drop(select);
        if state == before {
            return Ok(before);
        }
        // With the state, so that whoever is told of the one is told of the other.
        let reason = match state {
            State::Undelivered | State::Uncertain => self.reason_of_parts(tx)?,
            _ => None,
        };
        let ended = matches!(state, State::Undelivered | State::Failed);
        self.write_state(tx, state, reason.as_ref(), ended.then_some(at))?;
        if state == State::Delivered {
            // `sent_at` of the parts has followed the clock, that of the message has not.
            let sql = "UPDATE messages SET (delivered_at, took) =
                     (SELECT max(delivered_at), max(delivered_at) - max(sent_at) FROM parts
                      WHERE message = ?1)
                 WHERE row = ?1";
            tx.execute(sql, params![self.row])?;
        }
        Ok(before)
    }

    /// Of the first part that has one.
    fn reason_of_parts(&self, tx: &Tx<'_>) -> Result<Option<Reason>, StoreError> {
        let sql = "SELECT reason_code, coalesce(reason_detail, '') FROM parts
            WHERE message = ?1 AND reason_code IS NOT NULL ORDER BY seq LIMIT 1";
        tx.first(sql, params![self.row], |columns| {
            let (code, detail): (String, String) = (columns.col(0)?, columns.col(1)?);
            Ok(Reason::read(code, detail))
        })
    }

    /// Writes a step of its history.
    pub(crate) fn tell(&self, tx: &Tx<'_>, entry: &Entry<'_>) -> Result<(), StoreError> {
        history::append(tx, self.row, entry)
    }

    /// A part goes to the modem: from here on it may be on the air, and counts for the quotas.
    pub(crate) fn hand_over(
        &self,
        tx: &Tx<'_>,
        part: u16,
        carrier: &Carrier,
        at: Time,
    ) -> Result<(), StoreError> {
        let cost = carrier.sim().map(|sim| costs::of_part(tx, sim, &self.to));
        let cost = cost.transpose()?.flatten();
        tx.execute(
            "INSERT INTO parts (message, seq, state, carrier, handed_at, cost) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (message, seq) DO UPDATE SET state = excluded.state, carrier = excluded.carrier,
                 handed_at = excluded.handed_at, cost = excluded.cost, reason_code = NULL, reason_detail = NULL",
            params![self.row, part, PartState::Sending, carrier, at, cost],
        )?;
        tallies::add(tx, carrier, at, Tally::handed(part, cost.unwrap_or(0.0)))?;
        self.tell(tx, &Entry::of_part(HistoryStep::Sending, at, part, carrier))
    }

    /// A part that was handed over and refused: it costs nothing. An uncertain one may have gone
    /// out, so that it goes on counting.
    pub(crate) fn take_back(&self, tx: &Tx<'_>, part: u16) -> Result<(), StoreError> {
        let mut select = tx.prepare(
            "SELECT carrier, handed_at, coalesce(cost, 0.0) FROM parts
             WHERE message = ?1 AND seq = ?2 AND state = ?3 AND handed_at IS NOT NULL",
        )?;
        let handed = select.query_row(params![self.row, part, PartState::Sending], |columns| {
            Ok((
                columns.col::<Carrier>(0)?,
                columns.col::<Time>(1)?,
                columns.col(2)?,
            ))
        });
        let Some((carrier, at, cost)) = handed.optional()? else {
            return Ok(());
        };
        let sql = "UPDATE parts SET handed_at = NULL WHERE message = ?1 AND seq = ?2";
        tx.execute(sql, params![self.row, part])?;
        tallies::add(tx, &carrier, at, Tally::handed(part, cost).taken_back())
    }
}

/// As [`roll_up`], but a message of which parts are still to go stays `sending`, whatever the
/// reports on the others say.
fn rolled_up(parts: &[PartState]) -> State {
    let to_go = |part: &PartState| matches!(part, PartState::Queued | PartState::Sending);
    if parts.contains(&PartState::Uncertain) {
        State::Uncertain
    } else if parts.iter().any(to_go) {
        State::Sending
    } else {
        roll_up(parts)
    }
}
