//! Posts that go out of the queue to servers of this machine.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;

mod hosts;

use super::host::{AT_ONCE, EACH};
use super::*;
use crate::events::Bus;
use model::{EventPattern, Iccid, MessageId, NewMessage, OldSecret, WebhookSecret, WebhookTls};
use store::{Accepted, DeliveryFilter, ListedDelivery, NewAudit, NewEvent, Store};

/// An HTTP server; without an answer it keeps its clients waiting.
struct Server {
    address: SocketAddr,
    /// Requests that came in, heads in lower case.
    requests: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone)]
struct Request {
    head: String,
    body: String,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

impl Server {
    fn start(answer: Option<&'static str>) -> Self {
        Self::answering(move |_| answer.map(str::to_owned))
    }

    /// `answer`: to the request of this number.
    fn answering(answer: impl Fn(usize) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, seen) = (client.unwrap(), Arc::clone(&seen));
                let answer = Arc::clone(&answer);
                std::thread::spawn(move || serve(client, &*answer, &seen));
            }
        });
        Self { address, requests }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn host(&self) -> String {
        self.address.to_string()
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    fn bodies(&self) -> Vec<String> {
        self.requests()
            .into_iter()
            .map(|request| request.body)
            .collect()
    }
}

fn serve(client: TcpStream, answer: &dyn Fn(usize) -> Option<String>, seen: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(client);
    loop {
        let (mut length, mut head) = (0, String::new());
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(Request { head, body });
            seen.len() - 1
        };
        if let Some(answer) = answer(number) {
            let _ = reader.get_mut().write_all(answer.as_bytes());
        }
    }
}

const DONE: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const BROKEN: &str = "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n";
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A store with webhooks that may post to this machine, at work until it is dropped.
struct Fixture {
    store: Store,
    bus: Bus,
    webhooks: Webhooks,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    _dir: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        Self::allowing(&[PostTo::Loopback]).await
    }

    async fn allowing(allow: &[PostTo]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
        let webhooks = Webhooks::new(store.webhooks().clone(), allow, Vec::new());
        webhooks.start().await.unwrap();
        Self {
            store,
            bus: Bus::new(),
            webhooks,
            tasks: Vec::new(),
            _dir: dir,
        }
    }

    fn begin(&mut self) {
        let (webhooks, bus) = (&self.webhooks, &self.bus);
        let posts = tokio::spawn(post(webhooks.clone(), bus.clone()));
        let feeds = tokio::spawn(feed(webhooks.clone(), bus.clone()));
        self.tasks.extend([posts, feeds]);
    }

    async fn put(&self, name: &str, url: &str, events: &str) {
        let config = config(url, events);
        self.put_config(name, config).await;
    }

    async fn put_config(&self, name: &str, config: WebhookConfig) {
        let (name, audit) = (name.parse().unwrap(), audit());
        self.store
            .webhooks()
            .put(&name, &config, audit)
            .await
            .unwrap();
        self.webhooks.set(&name, Some(config));
    }

    async fn deliveries(&self, name: &str) -> Vec<ListedDelivery> {
        let name = name.parse().unwrap();
        let listed = self
            .store
            .webhooks()
            .listed(&name, DeliveryFilter::default(), 500, None);
        listed.await.unwrap()
    }

    async fn is_idle(&self) -> bool {
        self.store.webhooks().lines().await.unwrap().is_empty()
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn config(url: &str, events: &str) -> WebhookConfig {
    WebhookConfig {
        url: Some(url.to_owned()),
        events: vec![EventPattern::try_from(events.to_owned()).unwrap()],
        secret: Some(SECRET.parse().unwrap()),
        old_secret: None,
        enabled: true,
        tls: WebhookTls::default(),
    }
}

fn audit() -> NewAudit {
    NewAudit {
        at: clock::now(),
        actor: "test".to_owned(),
        from: None,
        what: "changed".to_owned(),
    }
}

/// Accepts a message that is then cancelled: a state change to be posted.
async fn change(store: &Store, url: Option<&str>) -> MessageId {
    let (id, now) = (clock::message_id(), clock::now());
    let message = NewMessage {
        callback_url: url.map(str::to_owned),
        ..NewMessage::sample(id, "+84901234567", "x", now)
    };
    let accepted = store.accept(vec![message], None).await.unwrap();
    assert!(matches!(accepted, Accepted::Stored(_)));
    store.queue().cancel(id, now, None).await.unwrap();
    id
}

async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let waits = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), waits).await;
    waited.expect("within a minute");
}

#[tokio::test]
async fn a_redirection_is_neither_success_nor_followed() {
    let mut fixture = Fixture::new().await;
    let moved = Server::start(Some(
        "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    ));
    change(&fixture.store, Some(&moved.url())).await;
    fixture.begin();
    let shown = async || fixture.deliveries("callbacks").await.remove(0);
    eventually(async || shown().await.attempts != 0).await;
    let shown = shown().await;
    assert_eq!((shown.attempts, shown.status), (1, Some(302)));
    assert_eq!(shown.error.as_deref(), Some("the answer was 302"));
    assert_eq!(moved.bodies().len(), 1);
}

#[tokio::test]
async fn many_posts_to_one_host_all_arrive_once() {
    let mut fixture = Fixture::new().await;
    let alive = Server::start(Some(DONE));
    fixture.put("crm", &alive.url(), "message.cancelled").await;
    for _ in 0..3 * AT_ONCE {
        change(&fixture.store, Some(&alive.url())).await;
    }
    fixture.begin();
    eventually(async || alive.bodies().len() >= 6 * AT_ONCE).await;
    eventually(async || fixture.is_idle().await).await;
    let mut bodies = alive.bodies();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 6 * AT_ONCE);
}

#[tokio::test]
async fn a_post_says_what_the_event_says_and_is_signed() {
    let mut fixture = Fixture::new().await;
    let alive = Server::start(Some(DONE));
    fixture.put("crm", &alive.url(), "*").await;
    fixture.begin();
    let sim: Iccid = "8984011234567890123".parse().unwrap();
    eventually(async || {
        // Until it listens nobody is told.
        fixture.bus.sim_state(&sim, "ready");
        !alive.requests().is_empty()
    })
    .await;
    let request = alive.requests().remove(0);
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(
        (&body["type"], &body["data"]["iccid"]),
        (&json!("sim.state"), &json!(sim.as_str()))
    );
    assert_eq!(body["data"]["at"], body["timestamp"]);
    let id = request.header("webhook-id").unwrap();
    let seconds: i64 = request
        .header("webhook-timestamp")
        .unwrap()
        .parse()
        .unwrap();
    let secret = SECRET.parse().unwrap();
    let expected = sign::signatures(&[&secret], id, seconds, request.body.as_bytes());
    // Heads are in lower case here.
    let signed = request.header("webhook-signature").unwrap();
    assert_eq!(signed, expected.to_ascii_lowercase());
}

#[tokio::test]
async fn a_repetition_has_the_same_id_and_waits_its_turn() {
    let mut fixture = Fixture::new().await;
    let server = Server::answering(|n| Some(if n == 0 { BROKEN } else { DONE }.to_owned()));
    fixture.put("crm", &server.url(), "message.*").await;
    change(&fixture.store, None).await;
    fixture.begin();
    eventually(async || server.requests().len() == 3).await;
    let ids: Vec<_> = server
        .requests()
        .iter()
        .map(|r| r.header("webhook-id").unwrap().to_owned())
        .collect();
    assert_eq!(ids[0], ids[1]);
    let kinds: Vec<_> = server
        .bodies()
        .iter()
        .map(|body| body.contains("message.queued"))
        .collect();
    assert_eq!(kinds, [true, true, false]);
}

/// Half of the time between two looks that nothing asks for, and more than all of theirs need.
#[tokio::test]
async fn those_that_are_due_one_after_the_other_are_each_posted_when_they_are() {
    let mut fixture = Fixture::new().await;
    let alive = Server::start(Some(DONE));
    fixture.put("crm", &alive.url(), "message.cancelled").await;
    for _ in 0..3 {
        change(&fixture.store, None).await;
    }
    let spread = "UPDATE deliveries SET next_at = since + 3000 * row";
    fixture.store.run(spread).await;
    fixture.begin();
    let posted = eventually(async || alive.bodies().len() == 3);
    let in_time = tokio::time::timeout(Duration::from_secs(30), posted).await;
    assert!(in_time.is_ok(), "{} of 3", alive.bodies().len());
}

#[tokio::test]
async fn nothing_is_posted_to_where_it_may_not_go() {
    let mut fixture = Fixture::allowing(&[PostTo::Lan, PostTo::Internet]).await;
    let local = Server::start(Some(DONE));
    let named = format!("http://localhost:{}/", local.address.port());
    for (name, url) in [("address", local.url()), ("name", named)] {
        fixture.put(name, &url, "message.cancelled").await;
    }
    change(&fixture.store, Some(&local.url())).await;
    fixture.begin();
    for name in ["address", "name", "callbacks"] {
        let error = async || fixture.deliveries(name).await.remove(0).error;
        eventually(async || error().await.is_some()).await;
        let error = error().await.unwrap();
        assert!(error.contains("this machine itself"), "{name}: {error}");
    }
    assert!(local.requests().is_empty());
}

#[tokio::test]
async fn a_test_tells_what_the_receiver_said_and_no_more_of_it_than_there_is_room() {
    let fixture = Fixture::new().await;
    let long = Server::answering(|_| {
        let body = "x".repeat(200_000);
        Some(format!(
            "HTTP/1.1 418 Teapot\r\nContent-Length: 200000\r\n\r\n{body}"
        ))
    });
    let name = "crm".parse().unwrap();
    let config = config(&long.url(), "*");
    let (answered, _) = fixture.webhooks.test(&name, &config).await.unwrap();
    let answer = answered.unwrap();
    assert_eq!((answer.status, answer.body.len()), (418, 64 * 1024));
    assert!(long.bodies()[0].contains("webhook.test"));
    let gone = Server::start(None).address.port().wrapping_add(1);
    let nobody = super::tests::config(&format!("http://127.0.0.1:{gone}/"), "*");
    let (answered, _) = fixture.webhooks.test(&name, &nobody).await.unwrap();
    assert!(answered.is_err());
}

#[tokio::test]
async fn what_was_to_be_posted_for_a_day_is_parked_and_counted() {
    let mut fixture = Fixture::new().await;
    let broken = Server::start(Some(BROKEN));
    fixture.put("crm", &broken.url(), "message.cancelled").await;
    change(&fixture.store, None).await;
    fixture
        .store
        .run("UPDATE deliveries SET since = since - 90000000")
        .await;
    fixture.begin();
    let parked = async || fixture.webhooks.parked().await.unwrap();
    eventually(async || !parked().await.is_empty()).await;
    assert_eq!(parked().await, [("crm".parse().unwrap(), 1)]);
    let shown = &fixture.deliveries("crm").await[0];
    assert_eq!((shown.status, shown.attempts), (Some(500), 1));
}

#[tokio::test]
async fn a_post_is_signed_with_the_secret_before_too_until_its_end() {
    let fixture = Fixture::new().await;
    let server = Server::start(Some(DONE));
    let mut config = config(&server.url(), "*");
    let signed = async |config: &WebhookConfig| {
        let name = "crm".parse().unwrap();
        let (answered, _) = fixture.webhooks.test(&name, config).await.unwrap();
        answered.unwrap();
        let request = server.requests().pop().unwrap();
        request.header("webhook-signature").unwrap().to_owned()
    };
    assert_eq!(signed(&config).await.matches("v1,").count(), 1);
    for (seconds, count) in [(60, 2), (0, 1)] {
        config.old_secret = Some(OldSecret {
            secret: WebhookSecret::from([1; 32]),
            until: clock::now().after(Duration::from_secs(seconds)),
        });
        let signatures = signed(&config).await;
        assert_eq!(signatures.split(' ').count(), count, "{signatures}");
        assert_eq!(signatures.matches("v1,").count(), count, "{signatures}");
    }
}

/// More of them than are looked at together.
#[tokio::test]
async fn events_that_make_no_sense_are_parked_and_hold_up_nothing() {
    let mut fixture = Fixture::new().await;
    let server = Server::start(Some(DONE));
    fixture.put("crm", &server.url(), "message.cancelled").await;
    for _ in 0..2 * EACH {
        change(&fixture.store, None).await;
    }
    let spoil = "UPDATE deliveries SET attempts = -1";
    fixture.store.run(spoil).await;
    let told = NewEvent {
        id: "1".to_owned(),
        kind: "message.cancelled",
        subject: "a".to_owned(),
        at: clock::now(),
        data: "{".to_owned(),
    };
    fixture.store.webhooks().tell(vec![told]).await.unwrap();
    let good = change(&fixture.store, None).await;
    fixture.begin();
    eventually(async || fixture.is_idle().await).await;
    let bodies = server.bodies();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert!(bodies[0].contains(&good.to_string()));
    let parked = fixture.webhooks.parked().await.unwrap();
    assert_eq!(parked, [("crm".parse().unwrap(), 2 * EACH as u64 + 1)]);
}
