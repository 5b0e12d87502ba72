//! Which connections are closed, and when.

mod newcomers;

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::{FutureExt as _, stream};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::*;
use crate::http::socket::{Outlet, Socket};
use crate::http::tls::tests::{certificates, secure};
use crate::http::working::Working;
use crate::http::{Face, converse};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

impl Connections {
    fn taken(&self) -> Option<Place> {
        self.admit(HERE).place
    }

    /// A conversation in its only place.
    fn conversation(
        &self,
        face: Face,
        client: DuplexStream,
    ) -> (Arc<Connection>, JoinHandle<()>, watch::Sender<bool>) {
        let place = self.taken().unwrap();
        let connection = Arc::clone(place.connection());
        let (stop, stopped) = watch::channel(false);
        let peer = ([127, 0, 0, 1], 1).into();
        let conversation = converse(client, peer, Arc::new(face), place, stopped);
        (connection, tokio::spawn(conversation), stop)
    }
}

/// Events without an end.
fn events() -> Router {
    let events =
        || stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(b"data: {}\n\n")));
    Router::new().route("/events", get(async move || Body::from_stream(events())))
}

impl Outlet for DuplexStream {
    fn push(&self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::WouldBlock.into())
    }
}

impl Connection {
    fn is_overdue(&self) -> bool {
        self.overdue().now_or_never().is_some()
    }

    /// As if it had come to where it is so much earlier.
    fn set_back(&self, time: Duration) {
        self.change(|state| {
            state.no_room.set_back(time);
            state.body.set_back(time);
        });
    }
}

#[tokio::test]
async fn the_one_that_is_idle_longest_makes_room() {
    let connections = Connections::new(2);
    let first = connections.taken().unwrap();
    first.connection().begin();
    let second = connections.taken().unwrap();
    let third = connections.taken().unwrap();
    assert!(second.connection().is_overdue());
    assert!(!first.connection().is_overdue());
    third.connection().begin();
    assert!(connections.taken().is_none(), "both have a request");
    drop(second);
    first.connection().end();
    assert!(connections.taken().is_some());
    assert!(first.connection().is_overdue());
}

#[tokio::test]
async fn those_that_are_being_closed_have_descriptors_too() {
    let connections = Connections::new(3);
    let mut held = Vec::new();
    while let Some(one) = connections.descriptor().now_or_never() {
        held.push(one);
    }
    assert_eq!(held.len(), 3 + CLOSING);
    held.pop();
    assert!(connections.descriptor().now_or_never().is_some());
}

#[tokio::test]
async fn one_whose_answer_is_being_taken_makes_no_room() {
    let connections = Connections::new(2);
    let slow = connections.taken().unwrap();
    let idle = connections.taken().unwrap();
    slow.connection().begin();
    slow.connection().has_no_room();
    // To hyper the request is over: the rest of its answer lies in a buffer.
    slow.connection().end();
    slow.connection().state().since -= IDLE / 2;
    let newcomer = connections.taken().expect("one of them is idle");
    assert!(idle.connection().is_overdue());
    assert!(!slow.connection().is_overdue());
    drop(idle);
    newcomer.connection().begin();
    assert!(connections.taken().is_none(), "both are at work");
    slow.connection().set_back(STALLED);
    assert!(connections.taken().is_some(), "it has taken nothing since");
}

#[tokio::test]
async fn one_whose_body_does_not_go_on_makes_room() {
    let connections = Connections::new(1);
    let place = connections.taken().unwrap();
    let connection = place.connection();
    connection.begin();
    connection.awaits_body();
    assert!(connections.taken().is_none(), "it has had no time yet");
    connection.set_back(STALLED);
    connection.body_moved(1024);
    connection.awaits_body();
    assert!(connections.taken().is_none(), "it goes on");
    connection.set_back(STALLED);
    connection.awaits_body();
    assert!(connections.taken().is_some());
    assert!(connection.is_overdue());
}

#[tokio::test]
async fn one_whose_body_or_answer_goes_on_by_single_octets_makes_room() {
    type Step = fn(&Connection);
    let bodies: [Step; 2] = [|body| body.awaits_body(), |body| body.body_moved(1)];
    let answers: [Step; 2] = [|answer| answer.has_no_room(), |answer| answer.took(1)];
    for [waits, moves] in [bodies, answers] {
        let connections = Connections::new(1);
        let place = connections.taken().unwrap();
        let connection = place.connection();
        connection.begin();
        for _ in 0..3 {
            waits(connection);
            assert!(connections.taken().is_none());
            connection.set_back(STALLED * 3 / 10);
            moves(connection);
        }
        assert!(connections.taken().is_none(), "nothing is waited for");
        waits(connection);
        connection.set_back(STALLED * 3 / 10);
        assert!(connections.taken().is_some());
        assert!(connection.overdue().now_or_never().is_some());
    }
}

#[tokio::test]
async fn where_nobody_else_can_go_the_body_that_is_waited_for_longest_makes_room() {
    let connections = Connections::new(3);
    // Each from an address of its own: nobody has more places than the newcomer would.
    let from = |host| connections.admit(IpAddr::from([10, 0, 0, host])).place;
    let [at_work, slow, slower] = [1, 2, 3].map(|host| from(host).unwrap());
    at_work.connection().begin();
    for (body, waited) in [(&slow, PROMPT), (&slower, 2 * PROMPT)] {
        body.connection().begin();
        body.connection().awaits_body();
        body.connection().set_back(waited);
    }
    let newcomer = from(4).expect("two bodies are slow");
    newcomer.connection().begin();
    assert!(slower.connection().is_overdue());
    assert!(!slow.connection().is_overdue());
    assert!(!at_work.connection().is_overdue());
}

#[tokio::test]
async fn the_next_body_of_a_connection_begins_anew() {
    let connections = Connections::new(1);
    let place = connections.taken().unwrap();
    let connection = place.connection();
    connection.begin();
    connection.awaits_body();
    connection.set_back(2 * STALLED);
    connection.body_moved(1);
    connection.body_ended();
    connection.awaits_body();
    assert!(connections.taken().is_none());
}

#[tokio::test]
async fn the_one_that_stalled_first_goes_first() {
    let connections = Connections::new(2);
    let [sender, reader] = [(); 2].map(|()| connections.taken().unwrap());
    for place in [&sender, &reader] {
        place.connection().begin();
    }
    sender.connection().awaits_body();
    sender.connection().set_back(2 * STALLED);
    reader.connection().has_no_room();
    reader.connection().set_back(3 * STALLED);
    assert!(connections.taken().is_some());
    assert!(reader.connection().is_overdue());
    assert!(!sender.connection().is_overdue());
}

#[tokio::test]
async fn nobody_keeps_more_than_half_of_the_places_from_another() {
    let connections = Connections::new(4);
    let at_work = |peer: IpAddr| {
        let Admission { place, evicted } = connections.admit(peer);
        let place = place?;
        place.connection().begin();
        Some((place, evicted))
    };
    let many = IpAddr::from([192, 0, 2, 1]);
    let other = IpAddr::from([192, 0, 2, 2]);
    let held: Vec<_> = (0..4).map(|_| at_work(many).unwrap()).collect();
    assert!(at_work(many).is_none(), "all are at work");
    held[0].0.connection().begin();
    let first = at_work(other).unwrap();
    assert_eq!(first.1, Some(many));
    let oldest = held[1].0.connection();
    assert!(oldest.is_overdue(), "it moved least recently");
    let second = at_work(other).unwrap();
    assert_eq!(second.1, Some(many));
    assert!(at_work(other).is_none(), "each has half");
    assert!(at_work(many).is_none(), "each has half");
    assert!(at_work(IpAddr::from([192, 0, 2, 3])).is_some());
}

#[test]
fn a_host_has_a_whole_subnet_of_ipv6() {
    let of = |text: &str| holder(text.parse().unwrap());
    assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
    assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
    assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
}

#[tokio::test]
async fn one_whose_answer_was_taken_whole_makes_room() {
    let connections = Connections::new(1);
    let place = connections.taken().unwrap();
    place.connection().begin();
    place.connection().has_no_room();
    place.connection().end();
    assert!(connections.taken().is_none());
    place.connection().took(1);
    assert!(connections.taken().is_some());
}

#[test]
fn heads_and_idle_times_have_an_end_and_answers_do_not() {
    let connection = Connection::of(HERE);
    let patience = || Some(connection.due()? - connection.state().since);
    assert_eq!(patience(), Some(FIRST_HEAD));
    connection.begin();
    assert_eq!(patience(), None);
    connection.end();
    assert_eq!(patience(), Some(IDLE));
    connection.begin();
    connection.begin();
    connection.end();
    assert_eq!(patience(), None, "another is being answered");
}

#[tokio::test]
async fn a_client_that_takes_something_is_given_more_time() {
    let connection = Arc::new(Connection::of(HERE));
    let (ours, mut clients) = tokio::io::duplex(8);
    let mut socket = Socket::of(ours, Arc::clone(&connection));
    connection.begin();
    socket.write_all(b"8 octets").await.unwrap();
    assert_eq!(connection.due(), None, "all is taken");
    // What is left of the answer lies in the server's buffer: to hyper the request is over.
    connection.end();
    assert!(socket.write_all(b"more").now_or_never().is_none());
    let begun = connection.state().no_room.since().unwrap();
    assert_eq!(connection.due(), Some(begun + NOTHING_TAKEN));
    assert!(socket.write_all(b"more").now_or_never().is_none());
    assert_eq!(
        connection.due(),
        Some(begun + NOTHING_TAKEN),
        "the same wait"
    );

    connection.state().since -= IDLE;
    let mut octets = [0; 4];
    clients.read_exact(&mut octets).await.unwrap();
    socket.write_all(b"more").await.unwrap();
    assert!(!connection.is_overdue());
}

#[tokio::test]
async fn an_answer_of_which_nothing_is_taken_is_given_up() {
    let connection = Connection::of(HERE);
    connection.begin();
    let mut overdue = Box::pin(connection.overdue());
    assert!(overdue.as_mut().now_or_never().is_none());
    connection.has_no_room();
    connection.set_back(NOTHING_TAKEN);
    overdue.await;
}

#[test]
fn an_answer_without_an_end_keeps_its_connection() {
    let connection = Arc::new(Connection::of(HERE));
    // As `/events` has it: nothing may be written for hours.
    let endless = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let answer = Working::on(Arc::clone(&connection)).until_the_end_of(endless);
    assert_eq!(connection.due(), None);
    drop(answer);
    assert!(connection.due().is_some());
}

#[tokio::test]
async fn one_that_is_due_is_overdue() {
    let connection = Connection::of(HERE);
    connection.state().since -= FIRST_HEAD;
    assert_eq!(connection.overdue().await, io::ErrorKind::TimedOut);
    connection.dismiss();
    assert_eq!(connection.overdue().await, io::ErrorKind::ConnectionAborted);
}

#[tokio::test]
async fn a_stream_that_nobody_reads_gives_its_place_back() {
    let connections = Connections::new(1);
    let (ours, mut clients) = tokio::io::duplex(64);
    let (connection, conversation, _stop) = connections.conversation(events().into(), ours);
    let request = b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n";
    clients.write_all(request).await.unwrap();
    while connection.state().no_room.since().is_none() {
        tokio::task::yield_now().await;
    }
    assert!(connections.taken().is_none(), "it is being answered");
    connection.set_back(NOTHING_TAKEN);
    conversation.await.unwrap();
    assert!(connections.taken().is_some());
}

#[tokio::test]
async fn a_stream_over_tls_that_nobody_reads_gives_its_place_back() {
    let connections = Connections::new(1);
    let (_dir, certificates) = certificates();
    let face = Face {
        certificates: Some(certificates.clone()),
        ..Face::from(events())
    };
    // Room for what follows the handshake, which this client does not read either.
    let (ours, theirs) = tokio::io::duplex(4096);
    let (connection, conversation, _stop) = connections.conversation(face, ours);
    let mut client = secure(&certificates, theirs).await.unwrap();
    let request = b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n";
    client.write_all(request).await.unwrap();
    client.flush().await.unwrap();
    let stalls = || {
        let state = connection.state();
        state.requests == 1 && state.no_room.since().is_some()
    };
    while !stalls() {
        assert!(!conversation.is_finished());
        tokio::task::yield_now().await;
    }
    assert!(connections.taken().is_none(), "it is being answered");
    connection.set_back(NOTHING_TAKEN);
    conversation.await.unwrap();
    assert!(connections.taken().is_some());
}

/// With HTTP/2 a client without a key could open many streams and take no octet of any answer.
#[tokio::test]
async fn the_preface_of_http_2_ends_its_connection() {
    let connections = Connections::new(1);
    let router = Router::new().route("/", get(async || "well"));
    let (ours, mut clients) = tokio::io::duplex(1024);
    let (connection, conversation, _stop) = connections.conversation(router.into(), ours);
    // And an empty SETTINGS.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    clients.write_all(preface).await.unwrap();
    let mut answer = Vec::new();
    clients.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 400 ");
    assert!(refused, "{answer:?}");
    conversation.await.unwrap();
    assert!(!connection.is_overdue(), "at once");
    assert_eq!(Arc::strong_count(&connection), 1, "nothing holds it");
    assert!(connections.taken().is_some());
}
