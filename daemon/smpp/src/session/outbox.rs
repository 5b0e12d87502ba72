//! Events on their way to the owner.

use std::collections::VecDeque;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Permit, Sender};
use tokio::time::Instant;

use super::event::Event;
use super::shared::Shared;

/// Keeps events while the owner's channel is full, so that the session goes on answering
/// the peer meanwhile. Bounded by what goes in: outcomes by the window, late answers by the
/// window's memory for them, deliveries by their limit, and two `Status` in a row become one.
pub(crate) struct Outbox {
    events: Sender<Event>,
    queue: VecDeque<Event>,
    /// The owner dropped the receiver.
    pub(crate) gone: bool,
}

impl Outbox {
    pub(crate) fn new(events: Sender<Event>) -> Self {
        Self {
            events,
            queue: VecDeque::new(),
            gone: false,
        }
    }

    pub(crate) fn push(&mut self, event: Event) {
        if self.gone {
            return;
        }
        if matches!(event, Event::Status(_)) && matches!(self.queue.back(), Some(Event::Status(_)))
        {
            self.queue.pop_back();
        }
        self.queue.push_back(event);
    }

    pub(crate) fn push_status(&mut self, shared: &Shared) {
        let status = shared.lock().status(Instant::now());
        self.push(Event::Status(status));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The bind went down: deliveries that were not seen yet come again on the next one.
    pub(crate) fn forget_deliveries(&mut self) {
        self.queue
            .retain(|event| !matches!(event, Event::Delivered { .. }));
    }

    /// The session answered this one itself.
    pub(crate) fn forget_delivery(&mut self, serial: u64) {
        self.queue
            .retain(|event| !matches!(event, Event::Delivered { ack, .. } if ack.0 == serial));
    }

    /// Hands over what the channel takes at once.
    pub(crate) fn hand_over(&mut self, shared: &Shared) {
        loop {
            while !self.queue.is_empty() {
                match self.events.try_reserve() {
                    Ok(permit) => send(permit, &mut self.queue, shared),
                    Err(TrySendError::Full(())) => return,
                    Err(TrySendError::Closed(())) => {
                        self.gone = true;
                        self.queue.clear();
                    }
                }
            }
            if !shared.lock().look_again(Instant::now()) {
                return;
            }
            self.push_status(shared);
        }
    }

    /// Waits until one event is handed over; with none, until the owner is gone.
    pub(crate) async fn pump(&mut self, shared: &Shared) {
        if self.gone {
            // Said once; a caller that loops must not spin on it.
            std::future::pending::<()>().await;
        }
        if self.queue.is_empty() {
            self.events.closed().await;
            self.gone = true;
            return;
        }
        if let Ok(permit) = self.events.reserve().await {
            send(permit, &mut self.queue, shared);
        } else {
            self.gone = true;
            self.queue.clear();
        }
    }
}

fn send(permit: Permit<'_, Event>, queue: &mut VecDeque<Event>, shared: &Shared) {
    let Some(event) = queue.pop_front() else {
        return;
    };
    // Before it is sent: the owner may submit the next one on seeing it.
    if matches!(event, Event::Answered { .. }) {
        shared.lock().release();
    }
    permit.send(event);
}
