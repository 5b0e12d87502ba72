//! Which connections are closed, and when.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use futures_util::{FutureExt as _, stream};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;

use super::*;
use crate::http::converse;
use crate::http::socket::Socket;
use crate::http::working::Working;

impl Connection {
    /// As if it had come to where it is so much earlier.
    fn set_back(&self, time: Duration) {
        self.change(|state| {
            state.no_room_since = state.no_room_since.map(|since| since - time);
        });
    }
}

#[tokio::test]
async fn the_one_that_is_idle_longest_makes_room() {
    let connections = Connections::new(2);
    let first = connections.admit().unwrap();
    first.connection().begin();
    let second = connections.admit().unwrap();
    let third = connections.admit().unwrap();
    assert!(second.connection().overdue().now_or_never().is_some());
    assert!(first.connection().overdue().now_or_never().is_none());
    third.connection().begin();
    assert!(connections.admit().is_none(), "both have a request");
    drop(second);
    first.connection().end();
    assert!(connections.admit().is_some());
    assert!(first.connection().overdue().now_or_never().is_some());
}

#[tokio::test]
async fn one_whose_answer_is_being_taken_makes_no_room() {
    let connections = Connections::new(2);
    let slow = connections.admit().unwrap();
    let idle = connections.admit().unwrap();
    slow.connection().begin();
    slow.connection().has_no_room();
    // To hyper the request is over: the rest of its answer lies in a buffer.
    slow.connection().end();
    slow.connection().state().since -= IDLE / 2;
    let newcomer = connections.admit().expect("one of them is idle");
    assert!(idle.connection().overdue().now_or_never().is_some());
    assert!(slow.connection().overdue().now_or_never().is_none());
    drop(idle);
    newcomer.connection().begin();
    assert!(connections.admit().is_none(), "both are at work");
    slow.connection().set_back(NOTHING_TAKEN);
    assert!(connections.admit().is_some(), "it has taken nothing since");
}

#[tokio::test]
async fn one_whose_answer_was_taken_whole_makes_room() {
    let connections = Connections::new(1);
    let place = connections.admit().unwrap();
    place.connection().begin();
    place.connection().has_no_room();
    place.connection().end();
    assert!(connections.admit().is_none());
    place.connection().took();
    assert!(connections.admit().is_some());
}

#[test]
fn heads_and_idle_times_have_an_end_and_answers_do_not() {
    let connection = Connection::new();
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
    let connection = Arc::new(Connection::new());
    let (ours, mut clients) = tokio::io::duplex(8);
    let mut socket = Socket::of(ours, Arc::clone(&connection));
    connection.begin();
    socket.write_all(b"8 octets").await.unwrap();
    assert_eq!(connection.due(), None, "all is taken");
    // What is left of the answer lies in the server's buffer: to hyper the request is over.
    connection.end();
    assert!(socket.write_all(b"more").now_or_never().is_none());
    let begun = connection.state().no_room_since.unwrap();
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
    assert!(connection.overdue().now_or_never().is_none());
}

#[tokio::test]
async fn an_answer_of_which_nothing_is_taken_is_given_up() {
    let connection = Connection::new();
    connection.begin();
    let mut overdue = Box::pin(connection.overdue());
    assert!(overdue.as_mut().now_or_never().is_none());
    connection.has_no_room();
    connection.set_back(NOTHING_TAKEN);
    overdue.await;
}

#[test]
fn an_answer_without_an_end_keeps_its_connection() {
    let connection = Arc::new(Connection::new());
    // As `/events` has it: nothing may be written for hours.
    let endless = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let answer = Working::on(Arc::clone(&connection)).until_the_end_of(endless);
    assert_eq!(connection.due(), None);
    drop(answer);
    assert!(connection.due().is_some());
}

#[tokio::test]
async fn one_that_is_due_is_overdue() {
    let connection = Connection::new();
    connection.state().since -= FIRST_HEAD;
    connection.overdue().await;
}

#[tokio::test]
async fn a_stream_that_nobody_reads_gives_its_place_back() {
    let connections = Connections::new(1);
    let place = connections.admit().unwrap();
    let connection = Arc::clone(place.connection());
    let events =
        || stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(b"data: {}\n\n")));
    let router = Router::new().route("/events", get(async move || Body::from_stream(events())));
    let (ours, mut clients) = tokio::io::duplex(64);
    let (_stop, stopped) = watch::channel(false);
    let peer = ([127, 0, 0, 1], 1).into();
    let conversation = tokio::spawn(converse(ours, peer, router, place, stopped));
    let request = b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n";
    clients.write_all(request).await.unwrap();
    while connection.state().no_room_since.is_none() {
        tokio::task::yield_now().await;
    }
    assert!(connections.admit().is_none(), "it is being answered");
    connection.set_back(NOTHING_TAKEN);
    conversation.await.unwrap();
    assert!(connections.admit().is_some());
}

/// With HTTP/2 a client without a key could open many streams and take no octet of any answer.
#[tokio::test]
async fn the_preface_of_http_2_ends_its_connection() {
    let connections = Connections::new(1);
    let place = connections.admit().unwrap();
    let connection = Arc::clone(place.connection());
    let router = Router::new().route("/", get(async || "well"));
    let (ours, mut clients) = tokio::io::duplex(1024);
    let (_stop, stopped) = watch::channel(false);
    let peer = ([127, 0, 0, 1], 1).into();
    let conversation = tokio::spawn(converse(ours, peer, router, place, stopped));
    // And an empty SETTINGS.
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    clients.write_all(preface).await.unwrap();
    let mut answer = Vec::new();
    clients.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 400 ");
    assert!(refused, "{answer:?}");
    conversation.await.unwrap();
    assert!(connection.overdue().now_or_never().is_none(), "at once");
    assert_eq!(Arc::strong_count(&connection), 1, "nothing holds it");
    assert!(connections.admit().is_some());
}
