//! Admission: messages become durable here.

use std::collections::HashSet;

use tokio::sync::oneshot;

use crate::StoreError;
use crate::columns::{body_columns, lane_text};
use crate::machine::writer::{Job, Need, Tx};
use crate::queue::Queue;
use crate::queue::claim::{self, AtOnce};
use crate::tables::replays::{self, NewReplay, Replayed};
use crate::tables::statistics;
use crate::tables::suppressions;
use crate::values::params;
use crate::webhooks::told;
use model::{Direction, MessageId, NewMessage, Queued, RowId, State};

/// What became of an acceptance.
#[derive(Clone, Debug)]
pub enum Accepted {
    /// On disk. Those that are due now; scheduled ones are not among them.
    Stored(Vec<Queued>),
    /// The same request came before: nothing was stored, this was the answer.
    Replay { status: u16, body: Vec<u8> },
    /// The name was used for another request: nothing was stored.
    Conflict,
    /// Some recipients want no messages: nothing was stored.
    OptedOut(OptedOut),
}

/// Messages of which some are for those who want none.
#[derive(Clone, Debug)]
pub struct OptedOut {
    pub refused: Vec<MessageId>,
    /// These can be.
    pub others: Vec<NewMessage>,
}

impl Queue {
    /// Stores all of `messages` or none, none too where a recipient wants none, and returns when they
    /// are on disk. Those `at_once` are claimed with that.
    pub async fn admit(
        &self,
        messages: Vec<NewMessage>,
        replay: Option<NewReplay>,
        at_once: Vec<AtOnce>,
    ) -> Result<Accepted, StoreError> {
        let (answer, outcome) = oneshot::channel();
        let job = Acceptance {
            messages,
            replay,
            at_once,
            rows: Vec::new(),
            found: None,
            refused: Vec::new(),
            answer,
        };
        self.file.submit(Box::new(job), outcome).await
    }
}

/// Not a closure, because the messages go out again as what the scheduler holds, without a copy.
struct Acceptance {
    messages: Vec<NewMessage>,
    replay: Option<NewReplay>,
    at_once: Vec<AtOnce>,
    rows: Vec<i64>,
    found: Option<Replayed>,
    refused: Vec<MessageId>,
    answer: oneshot::Sender<Result<Accepted, StoreError>>,
}

impl Job for Acceptance {
    fn need(&self) -> Need {
        Need::Growth
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        self.rows.clear();
        if let Some(replay) = &self.replay {
            let asked = (replay.key, replay.name.as_str(), &replay.request);
            self.found = replays::find(tx.reader(), asked, replay.at)?;
            if self.found.is_some() {
                return Ok(());
            }
        }
        self.refused = opted_out(tx, &self.messages)?;
        if !self.refused.is_empty() {
            return Ok(());
        }
        if let Some(replay) = &self.replay {
            replays::insert(tx, replay)?;
        }
        let listened = told::anybody(tx)?;
        for message in &self.messages {
            let row = insert(tx, message)?;
            if listened {
                told::new_message(tx, row)?;
            }
            if let Some(one) = self.at_once.iter().find(|one| one.id == message.id) {
                claim::claim_new(tx, RowId(row), one)?;
            }
            self.rows.push(row);
        }
        tx.unindexed += i64::try_from(self.messages.len()).unwrap_or(0);
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let accepted = match (outcome, self.found) {
            (Err(error), _) => Err(error),
            (Ok(()), Some(Replayed::Conflict)) => Ok(Accepted::Conflict),
            (Ok(()), Some(Replayed::Answer { status, body })) => {
                Ok(Accepted::Replay { status, body })
            }
            (Ok(()), None) if !self.refused.is_empty() => {
                let (refused, mut others) = (self.refused, self.messages);
                let known: HashSet<_> = refused.iter().collect();
                others.retain(|new| !known.contains(&new.id));
                Ok(Accepted::OptedOut(OptedOut { refused, others }))
            }
            (Ok(()), None) => {
                let due = self
                    .messages
                    .into_iter()
                    .zip(self.rows)
                    .filter(|(new, _)| !new.is_later());
                Ok(Accepted::Stored(
                    due.map(|(new, row)| new.queued(RowId(row))).collect(),
                ))
            }
        };
        // The caller may have gone away; the messages are on disk all the same.
        let _ = self.answer.send(accepted);
    }
}

/// Those whose recipient wants no messages.
fn opted_out(tx: &Tx<'_>, messages: &[NewMessage]) -> Result<Vec<MessageId>, StoreError> {
    if !suppressions::any(tx.reader())? {
        return Ok(Vec::new());
    }
    let mut refused = Vec::new();
    for new in messages.iter().filter(|new| !new.passes_opt_out()) {
        if suppressions::has(tx.reader(), &new.to)? {
            refused.push(new.id);
        }
    }
    Ok(refused)
}

pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewMessage) -> Result<i64, StoreError> {
    let later = new.is_later();
    let due_at = if later {
        new.send_at
    } else {
        Some(new.created_at)
    };
    let state = if later {
        State::Scheduled
    } else {
        State::Queued
    };
    let (text, data, port) = body_columns(&new.body);
    let template = new.template.as_ref();
    tx.execute(
        "INSERT INTO messages (id, direction, state, priority, segments, coding, national, flash,
             status_report, created_at, send_at, due_at, expires_at, lane, peer, text, data, port,
             reference, metadata, callback_url, on_uncertain, test, class, template,
             template_version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)",
        params![
            new.id,
            Direction::Outbound,
            state,
            new.priority,
            new.segments,
            new.coding,
            new.national_tables,
            new.flash,
            new.status_report,
            new.created_at,
            new.send_at,
            due_at,
            new.expires_at,
            lane_text(&new.lane()),
            new.to,
            text,
            data,
            port,
            new.reference,
            new.metadata,
            new.callback_url,
            new.on_uncertain,
            new.test,
            new.class,
            template.map(|made_of| &made_of.name),
            template.map(|made_of| made_of.version),
        ],
    )?;
    if !later {
        tx.queued(new.priority, 1);
    }
    statistics::accepted(tx, new);
    Ok(tx.last_row())
}
