//! The server with real sockets.

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// Serves paths that answer, and one that waits for ever.
async fn served(at_most: usize) -> (SocketAddr, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/healthz", get(async || "well"))
        .route("/echo", post(async |body: String| body))
        .route("/wait", get(std::future::pending::<()>));
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve(listener, router, at_most, stopped));
    (address, stop)
}

async fn ask(address: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn health(address: SocketAddr) -> String {
    let head = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut answer = Vec::new();
    let mut stream = ask(address, head).await;
    // One that is refused is closed with its request unread, which may be a reset after the answer.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn requests_without_an_end_keep_nobody_out() {
    let (address, _stop) = served(8).await;
    let mut half_open = Vec::new();
    for _ in 0..40 {
        half_open.push(ask(address, "GET /healthz HTTP/1.1\r\nhost: x\r\n").await);
        half_open.push(ask(address, "").await);
        assert!(health(address).await.ends_with("well"));
    }
    // The first ones were closed for those that came after.
    let mut octet = [0];
    assert!(matches!(
        half_open[0].read(&mut octet).await,
        Ok(0) | Err(_)
    ));
}

#[tokio::test]
async fn where_all_are_being_answered_the_next_is_refused() {
    let (address, _stop) = served(2).await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        waiting.push(ask(address, "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await);
    }
    let refused = async {
        // Until both requests have arrived, one of them is idle and makes room.
        while !health(address).await.starts_with("HTTP/1.1 503") {
            waiting.push(ask(address, "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused)
        .await
        .unwrap();
}

#[tokio::test]
async fn requests_in_one_packet_are_answered_in_their_order() {
    let (address, _stop) = served(8).await;
    let two = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n\
               GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut answers = String::new();
    let mut stream = ask(address, two).await;
    stream.read_to_string(&mut answers).await.unwrap();
    let first = answers.find("200 OK").unwrap();
    let second = answers.find("404 Not Found").unwrap();
    assert!(first < second, "{answers}");
}

#[tokio::test]
async fn a_body_is_asked_for_when_it_is_wanted() {
    let (address, _stop) = served(8).await;
    let head = "POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                content-length: 4\r\nexpect: 100-continue\r\n\r\n";
    let mut stream = ask(address, head).await;
    let mut octets = [0; 64];
    let read = stream.read(&mut octets).await.unwrap();
    assert!(octets[..read].starts_with(b"HTTP/1.1 100 Continue"));
    stream.write_all(b"body").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("body"), "{answer}");
}

#[tokio::test]
async fn a_head_without_an_end_is_refused_before_it_takes_much() {
    let (address, _stop) = served(8).await;
    let mut stream = ask(address, "GET /healthz HTTP/1.1\r\nhost: x\r\nx: ").await;
    let more = vec![b'x'; 2 * MAX_HEAD];
    let _ = stream.write_all(&more).await;
    let mut answer = [0; 16];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 431"));
}

#[tokio::test]
async fn a_stop_lets_answers_end_and_closes_idle_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/healthz", get(async || "well"));
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(serve(listener, router, 8, stopped));
    let mut idle = ask(address, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut octets = [0; 512];
    let read = idle.read(&mut octets).await.unwrap();
    assert!(octets[..read].starts_with(b"HTTP/1.1 200"));
    stop.send_replace(true);
    tokio::time::timeout(Duration::from_secs(20), server)
        .await
        .expect("it ends though a client keeps its connection")
        .unwrap();
}
