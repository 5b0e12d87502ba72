//! What becomes of the test's messages: told by events, read from the store.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Body, Carrier, Direction, Iccid, Message, MessageId, State, Time};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::Instant;

use super::sights::Sight;
use crate::Gateway;
use crate::events::{Event, Feed, Subject, Unheard};
use crate::modems::Arrival;
use store::{Filter, clock};

/// What came in on the two SIMs, the test's or not. At the bound the oldest is forgotten: a test
/// asks for what came a moment ago.
const MOST_SIGHTS: usize = 512;
/// Messages that are looked through for a token when events were lost.
const LOOK_THROUGH: usize = 200;

/// What is known so far.
#[derive(Default)]
pub(super) struct Facts {
    tokens: Vec<String>,
    /// The test's messages.
    sent: HashMap<MessageId, Message>,
    /// Those that came in with one of the tokens.
    pub(super) inbound: Vec<Message>,
    pub(super) sights: Vec<Sight>,
}

impl Facts {
    pub(super) fn state(&self, id: MessageId) -> Option<State> {
        self.sent.get(&id).map(|message| message.state)
    }

    pub(super) fn message(&self, id: MessageId) -> Option<&Message> {
        self.sent.get(&id)
    }

    /// The message that came in with this token.
    pub(super) fn arrived(&self, iccid: &Iccid, token: &str) -> Option<&Message> {
        self.inbound.iter().find(|message| {
            message.carrier.as_ref().and_then(Carrier::sim) == Some(iccid)
                && text(message).contains(token)
        })
    }
}

/// The text of a message; nothing of data.
pub(super) fn text(message: &Message) -> &str {
    match &message.body {
        Body::Text(text) => text,
        Body::Data { .. } => "",
    }
}

/// Listens to the gateway on behalf of one test.
pub(super) struct Watch {
    gateway: Gateway,
    bus: Feed,
    arrivals: broadcast::Receiver<Arc<Arrival>>,
    ends: [Iccid; 2],
    since: Time,
    /// The gateway stops: nothing more will be heard.
    closed: bool,
    pub(super) facts: Facts,
}

impl Watch {
    pub(super) fn new(gateway: Gateway, ends: [Iccid; 2]) -> Self {
        Self {
            bus: gateway.bus().subscribe(None),
            arrivals: gateway.fleet().arrivals(),
            gateway,
            ends,
            since: clock::now(),
            closed: false,
            facts: Facts::default(),
        }
    }

    /// From now on it is looked out for this message, and this token at the other end.
    pub(super) async fn follow(&mut self, id: MessageId, token: &str) {
        self.facts.tokens.push(token.to_owned());
        self.reload(id).await;
    }

    /// Waits until the facts are so; false when they are not by `deadline`.
    pub(super) async fn until(
        &mut self,
        deadline: Instant,
        are_so: impl Fn(&Facts) -> bool,
    ) -> bool {
        loop {
            if are_so(&self.facts) {
                self.drain();
                return true;
            }
            if self.closed {
                return false;
            }
            tokio::select! {
                arrival = self.arrivals.recv() => match arrival {
                    Ok(arrival) => self.saw(&arrival),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => self.closed = true,
                },
                event = self.bus.recv() => match event {
                    Ok(event) => self.heard(&event).await,
                    Err(Unheard::Lost) => self.catch_up().await,
                    Err(Unheard::Closed) => self.closed = true,
                },
                () = tokio::time::sleep_until(deadline) => return false,
            }
        }
    }

    /// A message is told of after it was seen, but by another channel: take what was seen.
    fn drain(&mut self) {
        while let Ok(arrival) = self.arrivals.try_recv() {
            self.saw(&arrival);
        }
    }

    fn saw(&mut self, arrival: &Arrival) {
        if !self.ends.contains(&arrival.iccid) {
            return;
        }
        if let Some(sight) = Sight::of(arrival) {
            if self.facts.sights.len() == MOST_SIGHTS {
                self.facts.sights.remove(0);
            }
            self.facts.sights.push(sight);
        }
    }

    async fn heard(&mut self, event: &Event) {
        let Subject::Message(id) = event.about else {
            return;
        };
        if self.facts.sent.contains_key(&id) {
            self.reload(id).await;
        } else if event.kind == "message.received" {
            let data = event.data();
            let sim = data["sim"].as_str();
            if self.ends.iter().any(|end| Some(end.as_str()) == sim)
                && let Ok(Some(message)) = self.gateway.store().reading().message(id).await
            {
                self.took(message);
            }
        }
    }

    fn took(&mut self, message: Message) {
        let ours = |token: &String| text(&message).contains(token.as_str());
        let known = self.facts.inbound.iter().any(|one| one.id == message.id);
        if !known && self.facts.tokens.iter().any(ours) {
            self.facts.inbound.push(message);
        }
    }

    async fn reload(&mut self, id: MessageId) {
        // What cannot be read now is read at the next event.
        if let Ok(Some(message)) = self.gateway.store().reading().message(id).await {
            self.facts.sent.insert(id, message);
        }
    }

    /// Events were lost: reads what they would have told.
    async fn catch_up(&mut self) {
        let sent: Vec<MessageId> = self.facts.sent.keys().copied().collect();
        for id in sent {
            self.reload(id).await;
        }
        for end in self.ends.clone() {
            let filter = Filter {
                direction: Some(Direction::Inbound),
                sim: Some(end),
                since: Some(self.since),
                tests: true,
                ..Filter::default()
            };
            let found = self
                .gateway
                .store()
                .reading()
                .messages(filter, LOOK_THROUGH, None)
                .await;
            let found = found.map(|listed| listed.items);
            for message in found.unwrap_or_default() {
                self.took(message);
            }
        }
    }
}
