use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use super::*;
use model::{Body, Coding, KeyId, MessageId, NewMessage, OnUncertain, Priority, Sender};
use store::{Accepted, Store, clock};

/// An HTTP server; without an answer it keeps its clients waiting.
struct Server {
    address: SocketAddr,
    /// Bodies that came in.
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let bodies = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, seen) = (client.unwrap(), Arc::clone(&seen));
                std::thread::spawn(move || serve(client, answer, &seen));
            }
        });
        Self { address, bodies }
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn host(&self) -> String {
        self.address.to_string()
    }

    fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }
}

fn serve(client: TcpStream, answer: Option<&str>, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(client);
    loop {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let header = line.to_ascii_lowercase();
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        seen.lock().unwrap().push(String::from_utf8(body).unwrap());
        if let Some(answer) = answer {
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    }
}

const DONE: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// Accepts a message that is then cancelled: a state change to be posted.
async fn change(store: &Store, url: &str) -> MessageId {
    let (id, now) = (clock::message_id(), clock::now());
    let message = NewMessage {
        id,
        key: KeyId(1),
        to: "+84901234567".to_owned(),
        sender: Sender::Any,
        body: Body::Text("x".to_owned()),
        coding: Coding::Gsm7,
        national_tables: false,
        segments: 1,
        flash: false,
        priority: Priority::Normal,
        status_report: true,
        on_uncertain: OnUncertain::Hold,
        created_at: now,
        send_at: None,
        expires_at: now.after(GIVE_UP),
        reference: None,
        metadata: None,
        callback_url: Some(url.to_owned()),
        test: false,
    };
    let accepted = store.accept(vec![message], None).await.unwrap();
    assert!(matches!(accepted, Accepted::Stored(_)));
    store.queue().cancel(id, now, None).await.unwrap();
    id
}

fn open() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
    (dir, store)
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
async fn a_host_that_does_not_answer_holds_up_no_other() {
    let (_dir, store) = open();
    let (dead, alive) = (Server::start(None), Server::start(Some(DONE)));
    for _ in 0..40 {
        change(&store, &dead.url()).await;
    }
    let id = change(&store, &alive.url()).await;
    let poster = tokio::spawn(post_callbacks(store.admin().clone(), Bus::new()));
    eventually(async || !alive.bodies().is_empty()).await;
    assert!(alive.bodies()[0].contains(&id.to_string()));
    assert!(dead.bodies().len() <= EACH, "{}", dead.bodies().len());
    let rest = [(dead.host(), Time::ZERO)];
    eventually(async || store.admin().callback_hosts().await.unwrap() == rest).await;
    poster.abort();
}

#[tokio::test]
async fn a_redirection_is_neither_success_nor_followed() {
    let (_dir, store) = open();
    let moved = Server::start(Some(
        "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    ));
    change(&store, &moved.url()).await;
    let poster = tokio::spawn(post_callbacks(store.admin().clone(), Bus::new()));
    let later = clock::now().after(Duration::from_hours(1));
    let attempts = async || {
        let due = store
            .admin()
            .due_callbacks(moved.host(), later, 9)
            .await
            .unwrap();
        due.first().map(|callback| callback.attempts)
    };
    eventually(async || attempts().await != Some(0)).await;
    assert_eq!(attempts().await, Some(1));
    assert_eq!(moved.bodies().len(), 1);
    poster.abort();
}

#[tokio::test]
async fn many_posts_to_one_host_all_arrive_once() {
    let (_dir, store) = open();
    let alive = Server::start(Some(DONE));
    for _ in 0..3 * AT_ONCE {
        change(&store, &alive.url()).await;
    }
    let poster = tokio::spawn(post_callbacks(store.admin().clone(), Bus::new()));
    eventually(async || alive.bodies().len() >= 3 * AT_ONCE).await;
    eventually(async || store.admin().callback_hosts().await.unwrap().is_empty()).await;
    poster.abort();
    let mut bodies = alive.bodies();
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 3 * AT_ONCE);
}

#[test]
fn a_host_that_does_not_answer_is_tried_by_one_post_after_a_rest() {
    let (mut host, now) = (Host::default(), Instant::now());
    assert_eq!(host.room(), EACH);
    host.note(&Outcome::Unanswered, now);
    let until = host.rests_until.unwrap();
    host.note(&Outcome::Unanswered, now);
    assert_eq!((host.failures, host.rests_until), (1, Some(until)));
    assert_eq!(host.room(), 1);
    host.note(&Outcome::Unanswered, until);
    assert!(host.rests_until.unwrap() - until > until - now);
    host.note(&Outcome::Answered, until);
    assert_eq!((host.room(), host.rests_until), (EACH, None));
}
