//! The bus: a bounded memory of what happened, and a live feed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::broadcast;

use super::steps::Steps;
use super::subject::Subject;
use model::Time;
use store::clock;

/// How many events a client may have missed and still resume. Older ones are forgotten, and
/// who asks for them is told that there is a gap.
const REMEMBERED: usize = 4096;

/// What a slow reader may fall behind before it is told that it lost events.
const LIVE: usize = 1024;

/// Something that happened.
#[derive(Debug)]
pub struct Event {
    /// Rises, across restarts too.
    pub id: u64,
    pub at: Time,
    /// `message.queued`, `sim.state`, …
    pub kind: &'static str,
    pub about: Subject,
    pub data: Value,
}

/// What a new reader gets.
pub struct Subscription {
    /// Remembered events after the one it named.
    pub missed: Vec<Arc<Event>>,
    /// Some events between the one it named and `missed` are forgotten.
    pub gap: bool,
    pub live: broadcast::Receiver<Arc<Event>>,
}

/// A handle; clones share one bus.
#[derive(Clone)]
pub struct Bus {
    memory: Arc<Mutex<Memory>>,
    /// What the log tells of messages.
    pub(super) steps: Arc<Steps>,
}

struct Memory {
    next_id: u64,
    events: VecDeque<Arc<Event>>,
    /// None once the gateway stops.
    live: Option<broadcast::Sender<Arc<Event>>>,
}

impl Default for Bus {
    fn default() -> Self {
        Self::new()
    }
}

impl Bus {
    pub fn new() -> Self {
        // Microseconds since 1970, so that ids of a later run are above those of this one
        // as long as fewer than a million events a second happen.
        let next_id = u64::try_from(clock::now().0).unwrap_or(0) * 1000;
        Self {
            memory: Arc::new(Mutex::new(Memory {
                next_id,
                events: VecDeque::with_capacity(64),
                live: Some(broadcast::Sender::new(LIVE)),
            })),
            steps: Arc::default(),
        }
    }

    pub fn publish(&self, kind: &'static str, about: Subject, data: Value) {
        let mut memory = self.memory();
        let event = Arc::new(Event {
            id: memory.next_id,
            at: clock::now(),
            kind,
            about,
            data,
        });
        memory.next_id += 1;
        if memory.events.len() == REMEMBERED {
            memory.events.pop_front();
        }
        memory.events.push_back(Arc::clone(&event));
        // Sent under the lock, so that every reader sees the order of the ids. No reader: fine.
        if let Some(live) = &memory.live {
            let _ = live.send(event);
        }
    }

    /// Forgets remembered events that tell this number. Readers who have been told keep what they have.
    pub fn forget(&self, number: &str) {
        let tells = |event: &Event| {
            let mut fields = event.data.as_object().into_iter().flatten();
            fields.any(|(_, value)| value == number)
        };
        self.memory().events.retain(|event| !tells(event));
    }

    /// Ends the feed of every reader: they would keep the server from stopping.
    pub fn close(&self) {
        self.memory().live = None;
    }

    /// Everything after the event `last`, without a hole between memory and feed.
    pub fn subscribe(&self, last: Option<u64>) -> Subscription {
        let memory = self.memory();
        let live = match &memory.live {
            Some(live) => live.subscribe(),
            // Without a sender: it ends at once.
            None => broadcast::channel(1).1,
        };
        let Some(last) = last else {
            return Subscription {
                missed: Vec::new(),
                gap: false,
                live,
            };
        };
        let oldest = memory
            .events
            .front()
            .map_or(memory.next_id, |event| event.id);
        let missed = memory
            .events
            .iter()
            .filter(|event| event.id > last)
            .cloned()
            .collect();
        Subscription {
            missed,
            gap: last.saturating_add(1) < oldest,
            live,
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_resumes_after_the_last_event_it_saw() {
        let bus = Bus::new();
        let first = bus.memory.lock().unwrap().next_id;
        for _ in 0..3 {
            bus.publish("queue.depth", Subject::Gateway, Value::Null);
        }
        let resumed = bus.subscribe(Some(first));
        assert_eq!(
            resumed.missed.iter().map(|e| e.id).collect::<Vec<_>>(),
            [first + 1, first + 2]
        );
        assert!(!resumed.gap);
    }

    #[test]
    fn a_reader_that_was_away_too_long_is_told() {
        let bus = Bus::new();
        let first = bus.memory.lock().unwrap().next_id;
        for _ in 0..=REMEMBERED {
            bus.publish("queue.depth", Subject::Gateway, Value::Null);
        }
        assert!(!bus.subscribe(Some(first)).gap);
        assert!(bus.subscribe(Some(first - 1)).gap);
        assert_eq!(bus.subscribe(Some(0)).missed.len(), REMEMBERED);
    }

    #[tokio::test]
    async fn closing_ends_the_readers() {
        let bus = Bus::new();
        let mut before = bus.subscribe(None).live;
        bus.publish("queue.depth", Subject::Gateway, Value::Null);
        bus.close();
        assert!(
            before.recv().await.is_ok(),
            "what was said before is still heard"
        );
        assert!(before.recv().await.is_err());
        assert!(bus.subscribe(None).live.recv().await.is_err());
        bus.publish("queue.depth", Subject::Gateway, Value::Null);
    }
}
