//! Who may see which event.

use std::collections::HashMap;
use std::sync::Arc;

use crate::auth::{May, ToReadMessages};
use gateway::StoreError;
use gateway::events::{Event, Subject};
use model::{Belonging, MessageId, Reach, Scope};

/// Whose eyes look at the events.
pub(super) struct View {
    pub(super) caller: Arc<May<ToReadMessages>>,
    /// Shows what came in of self-tests.
    pub(super) tests: bool,
}

impl View {
    /// Of these events, those that may be seen.
    pub(super) async fn of(&self, events: &mut Vec<Arc<Event>>) -> Result<(), StoreError> {
        events.retain(|event| self.tests || !event.test);
        let within = self.within(events).await?;
        events.retain(|event| within.has(event));
        Ok(())
    }

    /// What is within reach now: a SIM may have come into a group since the stream began.
    async fn within(&self, events: &[Arc<Event>]) -> Result<Within, StoreError> {
        let (caller, gateway) = (&self.caller, self.caller.gateway());
        if caller.reach.is_all() || events.is_empty() {
            return Ok(Within::default());
        }
        let reach = gateway.reach(&caller.key, Scope::Read).await?;
        let ids = events
            .iter()
            .filter_map(|event| message_of(event))
            .collect();
        let messages = gateway.records().belongings(ids).await?;
        Ok(Within { reach, messages })
    }
}

/// What of some events may be shown.
#[derive(Default)]
struct Within {
    reach: Reach,
    messages: HashMap<MessageId, Belonging>,
}

impl Within {
    fn has(&self, event: &Event) -> bool {
        match &event.about {
            _ if self.reach.is_all() => true,
            Subject::Message(id) => {
                let message = self.messages.get(id);
                message.is_some_and(|message| self.reach.has(message))
            }
            Subject::Sim(iccid) => self.reach.has_sim(iccid),
            Subject::Gateway => false,
        }
    }
}

fn message_of(event: &Event) -> Option<MessageId> {
    match event.about {
        Subject::Message(id) => Some(id),
        Subject::Sim(_) | Subject::Gateway => None,
    }
}
