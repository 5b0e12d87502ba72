//! The wall clock was set: what runs by it is moved along, so that a wait is as long as it was to
//! be, and no quota begins anew.
//!
//! What is compared with the clock, or with something that moves, is moved; what only tells people
//! when something happened stays as the clock showed it then. These are all the columns with times:
//!
//! | column | moved | why |
//! |---|---|---|
//! | `messages.created_at` | no | told; how long it waits is counted with `messages.shifted` |
//! | `messages.send_at` | no | it is a time of its own, by whatever clock is right |
//! | `messages.due_at` | queued: what is left; scheduled: no | a back-off is a wait; `send_at` is none |
//! | `messages.expires_at` | while it waits, is on its way, or may get a report | what is left of the validity stays |
//! | `messages.sent_at` | no | told |
//! | `messages.delivered_at` | no | told |
//! | `messages.smsc_time` | no | the SMSC's clock |
//! | `messages.ended_at` | no | told |
//! | `parts.handed_at` | running hour, without an answer; back: awaits a report; ahead: of two days | quotas, and what reports and answers are told by (`evidence`) |
//! | `parts.sent_at` | while a report is awaited | of several under one number the newest is meant |
//! | `parts.delivered_at` | no | told |
//! | `history.at` | no | told |
//! | `tallies.hour` | the counts of the running day and month | quotas |
//! | `statistics.hour` | no | told |
//! | `statistics_days.hour` | no | of `statistics.hour` |
//! | `statistics_extent.summed` | no | of `statistics.hour` |
//! | `orphans.received_at` | yes | it comes not before its part was handed over (`evidence`) |
//! | `orphans.smsc_time` | no | the SMSC's clock |
//! | `orphans.discharged_at` | no | the SMSC's clock |
//! | `early_receipts.received_at` | yes | as those of `orphans` |
//! | `early_receipts.done_at` | no | the SMSC's clock |
//! | `inbound_sets.first_at` | yes | how long it waits for its other parts |
//! | `inbound_parts.received_at` | yes | what has no SMSC time is together by it |
//! | `inbound_parts.smsc_time` | no | the SMSC's clock |
//! | `seen.at` | yes | within the hour the same octets are a redelivery; forgotten after days |
//! | `replays.at` | of the last day | forgotten after a day |
//! | `sims.last_seen` | no | told |
//! | `modems.last_seen` | no | told |
//! | `keys.created_at` | no | told |
//! | `keys.revoked_at` | no | told; that there is one revokes it |
//! | `keys.expires_at` | no | it is a time of its own, by whatever clock is right |
//! | `keys.last_used_at` | no | told |
//! | `keys.old_until` | what is left | a secret works on for a while |
//! | `webhooks.old_secret_until` | what is left | as `keys.old_until` |
//! | `suppressions.since` | no | told |
//! | `audit.at` | no | told, and sealed by the hash |
//! | `templates.changed_at` | no | told |
//! | `ages.oldest` | no | of `messages.created_at` |
//! | `ages.newest` | no | of `messages.created_at` |
//! | `deliveries.at` | no | told |
//! | `deliveries.since` | while it waits | given up after a wait |
//! | `deliveries.next_at` | what is left | a back-off is a wait |
//! | `deliveries.tried_at` | no | told |
//! | `doubts.handed_at` | unsettled, or of the last hours | no report comes before it, no answer long after it (`evidence`) |
//! | `doubts.since` | no | told |
//! | `doubts.decide_at` | open: what is left | time for evidence to come |
//! | `doubts.concluded_at` | no | told |
//! | `mr_counts.refused_at` | yes | whether a doubt was before it (`evidence`) |
//! | `sim_health.open_until` | what is left | a rest is a wait |
//! | `sim_health.error_at` | no | told |
//! | `sim_health.last_submit` | yes | the gap after it |
//! | `modem_findings.tested_at` | no | told |
//! | `incidents.at` | no | told; two within a minute are one, a step apart they are two |
//! | `users.created_at` | no | told |
//! | `users.totp_step` | no | counted by the clock that the codes go by |
//! | `sessions.idle_at` | what is left | a session ends after a wait |
//! | `sessions.ends_at` | what is left | the same |
//! | `known_addresses.at` | no | which was used last |
//! | `one_time_codes.ends_at` | what is left | a code ends after a wait |
//! | `notes.at` | no | told |
//! | `strays.until` | what is left | until then a report may be theirs |
//!
//! A step is moved in stages (`ClockMove`), which the setting `clock_set` keeps, so that a restart goes
//! on with them. Ahead, nothing may fall due in between: messages are moved first, and the waits last,
//! right before the gateway's clock follows; new ones by the old clock would be due at once. Back, the
//! gateway's clock has followed: the waits are first, since no evidence fits while they are to come. What
//! has a time by the new clock already ([`Since`]) is not moved.

mod answers;
mod evidence;
mod last;
mod queued;
mod reported;
mod since;
mod stages;
mod start;
mod waits;

use rusqlite::Connection;

use crate::StoreError;
use crate::machine::writer::{Need, Tx};
use crate::upkeep::Upkeep;
use evidence::Pages;
use last::LastSet;
use model::{RowId, Time};
use since::Since;
use stages::Stage;

pub use stages::ClockMove;
#[cfg(test)]
pub(crate) use stages::Place;

const HOUR_MS: i64 = 3600 * 1000;
/// Rows moved in one commit: sends go on in between.
const STEP: usize = 500;

type MoveRows = fn(&Tx<'_>, &ClockMove, Time, &[RowId]) -> Result<(), StoreError>;

impl Upkeep {
    /// Moves what is to be moved before the gateway's clock follows, and when it has
    /// ([`ClockMove::followed`]), the rest. `now`: the gateway's clock, read in each commit.
    pub async fn move_clock<N>(&self, moving: &mut ClockMove, now: N) -> Result<(), StoreError>
    where
        N: Fn() -> Time + Copy + Send + 'static,
    {
        while let Some(stage) = moving.stage() {
            match stage {
                Stage::Follow => return Ok(()),
                Stage::Queued(cursor) => {
                    let all = moving.clone();
                    let look = move |reader: &Connection| queued::look(reader, &all, cursor);
                    let (found, next) = self.file.read(look).await?;
                    let next = next.map(Stage::Queued);
                    let found = (found, queued::move_rows as MoveRows);
                    self.move_found(moving, found, next, now).await?;
                }
                Stage::Reported(place) => {
                    let all = moving.clone();
                    let look = move |reader: &Connection| place.look(reader, &all);
                    let (found, next) = self.file.read(look).await?;
                    let next = next.map(Stage::Reported);
                    let found = (found, reported::move_rows as MoveRows);
                    self.move_found(moving, found, next, now).await?;
                }
                _ => self.write_stage(moving, now).await?,
            }
        }
        Ok(())
    }

    /// Moves messages that were found. Each says that it was, so that none is moved twice; where there
    /// are none, nothing is written.
    async fn move_found<N>(
        &self,
        moving: &mut ClockMove,
        (found, move_rows): (Vec<RowId>, MoveRows),
        next: Option<Stage>,
        now: N,
    ) -> Result<(), StoreError>
    where
        N: Fn() -> Time + Send + 'static,
    {
        let before = moving.clone();
        moving.done(next);
        if found.is_empty() {
            return Ok(());
        }
        let after = moving.clone();
        let written = self.file.write(Need::Ongoing, move |tx| {
            move_rows(tx, &after, now(), &found)?;
            LastSet::keep(tx, &after)
        });
        let written = written.await;
        if written.is_err() {
            *moving = before;
        }
        written
    }

    /// One commit of a stage of which nothing may be done twice: how far it is, is in the same commit.
    async fn write_stage<N>(&self, moving: &mut ClockMove, now: N) -> Result<(), StoreError>
    where
        N: Fn() -> Time + Send + 'static,
    {
        let known = moving.clone();
        let after = self.file.write(Need::Ongoing, move |tx| {
            let mut moving = known.clone();
            // A commit that failed may be on the disk all the same.
            if let Some(kept) = LastSet::moving(tx)?.filter(|kept| kept.is_beyond(&known)) {
                moving = kept;
            } else {
                write(tx, &mut moving, now())?;
                LastSet::keep(tx, &moving)?;
            }
            Ok(moving)
        });
        *moving = after.await?;
        Ok(())
    }
}

fn write(tx: &mut Tx<'_>, moving: &mut ClockMove, now: Time) -> Result<(), StoreError> {
    let step = moving.step;
    let since = Since::of(step, now);
    let next = match moving.stage() {
        Some(Stage::Begin) => {
            moving.number = LastSet::begin(tx, step)?;
            None
        }
        Some(Stage::Waits) => {
            waits::move_all(tx, since)?;
            Pages::first(now).turn(tx, step)?.map(Stage::Evidence)
        }
        Some(Stage::Evidence(pages)) => pages.turn(tx, step)?.map(Stage::Evidence),
        Some(Stage::Answers(after)) => answers::replays(tx, since, after)?.map(Stage::Answers),
        Some(Stage::Seen(after)) => answers::seen(tx, since, &after)?.map(Stage::Seen),
        Some(Stage::Handed(sim, before)) => {
            evidence::handed(tx, since, (&sim, before))?.map(|(sim, at)| Stage::Handed(sim, at))
        }
        Some(Stage::Late) => {
            waits::late_doubts(tx, step)?;
            None
        }
        Some(Stage::Queued(_) | Stage::Reported(_) | Stage::Follow) | None => return Ok(()),
    };
    moving.done(next);
    Ok(())
}
