//! The bus: a bounded memory of what happened. Whoever listens reads it there.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

use super::steps::Steps;
use super::subject::Subject;
use model::Time;
use store::clock;

/// How many events a listener may be behind, or may have missed and still resume. Older ones are
/// forgotten, and who did not hear them is told that there is a gap.
const REMEMBERED: usize = 4096;

/// How many events beside those of messages may wait for the webhooks.
const APART: usize = 16_384;

/// Something that happened.
#[derive(Debug)]
pub struct Event {
    /// Rises, across restarts too.
    pub id: u64,
    pub at: Time,
    /// `message.queued`, `sim.state`, …
    pub kind: &'static str,
    pub about: Subject,
    /// Of a message that a self-test sent.
    pub test: bool,
    json: Box<str>,
}

impl Event {
    /// The data as they are told, with the time: written once, however many listen. Thousands are
    /// remembered, and as values they take several times the memory.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// For the few who look into it.
    pub fn data(&self) -> Value {
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

/// What is about to be an event.
pub(super) struct Happening {
    pub(super) kind: &'static str,
    pub(super) about: Subject,
    pub(super) test: bool,
    json: Box<str>,
}

#[derive(Serialize)]
struct WithTime<T> {
    #[serde(flatten)]
    data: T,
    at: Time,
}

impl Happening {
    pub(super) fn new(kind: &'static str, about: Subject, data: impl Serialize, at: Time) -> Self {
        // Plain values all of them: there is nothing that JSON could not take.
        let json = serde_json::to_string(&WithTime { data, at }).unwrap_or_default();
        Self {
            kind,
            about,
            test: false,
            json: json.into(),
        }
    }
}

/// Where one listener is. It holds no events, and is woken only while it waits.
pub struct Feed {
    memory: Arc<Mutex<Memory>>,
    /// What it has heard last.
    after: u64,
    news: watch::Receiver<()>,
}

/// What a listener hears.
pub enum Heard {
    /// In their order; none where nothing is new.
    Events(Vec<Arc<Event>>),
    /// Some events were forgotten before it heard them.
    Lost,
}

/// Why there is no next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// Some were forgotten before they were heard. The next one follows.
    Lost,
    /// The gateway stops: there will be none.
    Closed,
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
    /// All from this id on are remembered.
    since: u64,
    events: VecDeque<Arc<Event>>,
    /// What [`Apart`] has not taken yet; none while there is no such reader.
    apart: Option<VecDeque<Arc<Event>>>,
    /// Wakes those who wait. None once the gateway stops.
    news: Option<watch::Sender<()>>,
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
        let next_id = u64::try_from(clock::now().0).unwrap_or(0) * 1000 + 1;
        Self {
            memory: Arc::new(Mutex::new(Memory {
                next_id,
                since: next_id,
                events: VecDeque::with_capacity(64),
                apart: None,
                news: Some(watch::Sender::new(())),
            })),
            steps: Arc::default(),
        }
    }

    /// `kind` and its data: see [`super::data`].
    pub fn tell(&self, kind: &'static str, about: Subject, data: impl Serialize) {
        let at = clock::now();
        self.publish(vec![Happening::new(kind, about, data, at)], at);
    }

    /// What happened at once: readers are woken once.
    pub(super) fn publish(&self, happened: Vec<Happening>, at: Time) {
        let mut memory = self.memory();
        for happening in happened {
            memory.remember(happening, at);
        }
        if let Some(news) = &memory.news {
            news.send_replace(());
        }
    }

    /// Forgets remembered events that tell this number. Readers who have been told keep what they have.
    pub fn forget(&self, number: &str) {
        let field = format!(":{}", Value::from(number));
        let mut memory = self.memory();
        memory.events.retain(|event| !event.json.contains(&field));
        if let Some(apart) = &mut memory.apart {
            apart.retain(|event| !event.json.contains(&field));
        }
    }

    /// Ends the feed of every reader: they would keep the server from stopping.
    pub fn close(&self) {
        self.memory().news = None;
    }

    /// What happens from now on to anything but messages, for one reader that must not miss any: a batch of messages
    /// is more than is remembered.
    pub fn apart(&self) -> Apart {
        let news = self.subscribe(None).news;
        self.memory().apart = Some(VecDeque::new());
        Apart {
            memory: Arc::clone(&self.memory),
            news,
        }
    }

    /// Everything after the event `last`; without one, what happens from now on.
    pub fn subscribe(&self, last: Option<u64>) -> Feed {
        let memory = self.memory();
        let latest = memory.next_id - 1;
        Feed {
            memory: Arc::clone(&self.memory),
            after: last.map_or(latest, |last| last.min(latest)),
            news: match &memory.news {
                Some(news) => news.subscribe(),
                // Without a sender: it ends at once.
                None => watch::channel(()).1,
            },
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }
}

impl Memory {
    fn remember(&mut self, happening: Happening, at: Time) {
        let Happening {
            kind,
            about,
            test,
            json,
        } = happening;
        let event = Arc::new(Event {
            id: self.next_id,
            at,
            kind,
            about,
            test,
            json,
        });
        self.next_id += 1;
        if let Some(apart) = &mut self.apart
            && !kind.starts_with("message.")
        {
            if apart.len() == APART {
                apart.pop_front();
                tracing::error!("an event is lost to webhooks: {APART} wait to be stored");
            }
            apart.push_back(Arc::clone(&event));
        }
        if self.events.len() == REMEMBERED
            && let Some(oldest) = self.events.pop_front()
        {
            self.since = oldest.id + 1;
        }
        self.events.push_back(event);
    }
}

/// The reader of what happens to anything but messages.
pub struct Apart {
    memory: Arc<Mutex<Memory>>,
    news: watch::Receiver<()>,
}

impl Apart {
    /// The next ones, `at_most` so many, as soon as there is one; none when there will be none.
    pub async fn next(&mut self, at_most: usize) -> Vec<Arc<Event>> {
        loop {
            self.news.mark_unchanged();
            let taken = self.take(at_most);
            if !taken.is_empty() {
                return taken;
            }
            if self.news.changed().await.is_err() {
                return self.take(at_most);
            }
        }
    }

    fn take(&self, at_most: usize) -> Vec<Arc<Event>> {
        let mut memory = lock(&self.memory);
        let waiting = memory.apart.get_or_insert_default();
        let count = waiting.len().min(at_most);
        waiting.drain(..count).collect()
    }
}

impl Feed {
    /// Waits until there may be something to hear; false when there is nothing, and will be nothing.
    pub async fn wait(&mut self) -> bool {
        loop {
            self.news.mark_unchanged();
            if self.after + 1 < lock(&self.memory).next_id {
                return true;
            }
            if self.news.changed().await.is_err() {
                return self.after + 1 < lock(&self.memory).next_id;
            }
        }
    }

    /// What there is, `at_most` so many events; without waiting.
    pub fn take(&mut self, at_most: usize) -> Heard {
        let memory = lock(&self.memory);
        if self.after + 1 < memory.since {
            self.after = memory.since - 1;
            return Heard::Lost;
        }
        let heard = memory
            .events
            .partition_point(|event| event.id <= self.after);
        let new = memory.events.range(heard..).take(at_most);
        let new: Vec<_> = new.map(Arc::clone).collect();
        self.after = match new.last() {
            Some(last) if new.len() == at_most => last.id,
            _ => memory.next_id - 1,
        };
        Heard::Events(new)
    }

    /// Waits for the next event.
    pub async fn recv(&mut self) -> Result<Arc<Event>, Unheard> {
        while self.wait().await {
            match self.take(1) {
                Heard::Lost => return Err(Unheard::Lost),
                Heard::Events(mut next) => {
                    if let Some(event) = next.pop() {
                        return Ok(event);
                    }
                }
            }
        }
        Err(Unheard::Closed)
    }
}

fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn tell(bus: &Bus, times: usize) {
        for _ in 0..times {
            bus.tell("queue.depth", Subject::Gateway, serde_json::json!({}));
        }
    }

    fn ids(heard: Heard) -> Option<Vec<u64>> {
        match heard {
            Heard::Events(events) => Some(events.iter().map(|event| event.id).collect()),
            Heard::Lost => None,
        }
    }

    #[test]
    fn a_reader_resumes_after_the_last_event_it_saw() {
        let bus = Bus::new();
        let first = bus.memory().next_id;
        tell(&bus, 3);
        let mut resumed = bus.subscribe(Some(first));
        assert_eq!(ids(resumed.take(1)), Some(vec![first + 1]));
        assert_eq!(ids(resumed.take(9)), Some(vec![first + 2]));
        assert_eq!(ids(resumed.take(9)), Some(vec![]));
    }

    #[test]
    fn a_reader_that_was_away_too_long_is_told() {
        let bus = Bus::new();
        let first = bus.memory().next_id;
        let (live, mut waiting) = (bus.subscribe(None), bus.subscribe(None));
        tell(&bus, REMEMBERED + 1);
        let all: Vec<_> = (first + 1..).take(REMEMBERED).collect();
        assert_eq!(ids(bus.subscribe(Some(first)).take(9)).unwrap(), all[..9]);
        for mut behind in [live, bus.subscribe(Some(0))] {
            assert_eq!(ids(behind.take(9)), None);
            assert_eq!(ids(behind.take(REMEMBERED)).unwrap(), all);
        }
        let lost = waiting.recv().now_or_never().unwrap();
        assert_eq!(lost.unwrap_err(), Unheard::Lost);
    }

    #[test]
    fn what_is_no_message_waits_behind_no_batch_of_messages() {
        let bus = Bus::new();
        let mut apart = bus.apart();
        tell(&bus, 1);
        for _ in 0..=REMEMBERED {
            bus.tell("message.queued", Subject::Gateway, serde_json::json!({}));
        }
        tell(&bus, 2);
        let mut next = |most| apart.next(most).now_or_never().map(|events| events.len());
        assert_eq!([next(2), next(2), next(2)], [Some(2), Some(1), None]);
        bus.close();
        assert_eq!(next(2), Some(0));
    }

    #[test]
    fn an_id_of_another_gateway_that_is_ahead_waits_for_what_comes() {
        let bus = Bus::new();
        let mut feed = bus.subscribe(Some(u64::MAX));
        assert!(feed.wait().now_or_never().is_none());
        tell(&bus, 1);
        assert!(feed.recv().now_or_never().unwrap().is_ok());
    }

    #[test]
    fn what_is_forgotten_is_no_gap() {
        let bus = Bus::new();
        let mut feed = bus.subscribe(None);
        let number = serde_json::json!({"number": "+84901234567"});
        bus.tell("conversation.changed", Subject::Gateway, number);
        tell(&bus, 1);
        bus.forget("+84901234567");
        assert_eq!(ids(feed.take(9)).map(|ids| ids.len()), Some(1));
        assert!(feed.wait().now_or_never().is_none());
    }

    #[test]
    fn what_happens_at_once_is_heard_in_its_order() {
        let bus = Bus::new();
        let mut feed = bus.subscribe(None);
        let happened = ["message.queued", "message.scheduled", "message.queued"];
        let at = clock::now();
        let told = |kind| Happening::new(kind, Subject::Gateway, serde_json::json!({}), at);
        bus.publish(happened.map(told).into(), at);
        let Heard::Events(heard) = feed.take(9) else {
            panic!("nothing was forgotten");
        };
        let kinds: Vec<_> = heard.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, happened);
        assert!(heard.is_sorted_by(|a, b| a.id + 1 == b.id));
    }

    #[test]
    fn all_readers_are_given_the_same_words() {
        let bus = Bus::new();
        let feeds = [bus.subscribe(None), bus.subscribe(None)];
        bus.tell(
            "queue.depth",
            Subject::Gateway,
            serde_json::json!({"otp": 1}),
        );
        let words = feeds.map(|mut feed| {
            let event = feed.recv().now_or_never().unwrap().unwrap();
            assert!(event.json().contains(r#""at":"2"#), "{}", event.json());
            event.json().as_ptr()
        });
        assert_eq!(words[0], words[1]);
    }

    #[tokio::test]
    async fn closing_ends_the_readers() {
        let bus = Bus::new();
        let mut before = bus.subscribe(None);
        tell(&bus, 1);
        bus.close();
        assert!(
            before.recv().await.is_ok(),
            "what was said before is still heard"
        );
        assert_eq!(before.recv().await.unwrap_err(), Unheard::Closed);
        assert_eq!(
            bus.subscribe(None).recv().await.unwrap_err(),
            Unheard::Closed
        );
        tell(&bus, 1);
    }
}
