//! The server with real sockets.

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

impl From<Router> for Face {
    fn from(router: Router) -> Self {
        Self {
            router,
            ..Self::default()
        }
    }
}

/// Serves paths that answer, and one that waits for ever.
async fn served(at_most: usize) -> (SocketAddr, watch::Sender<bool>) {
    served_behind(TrustedProxies::default(), at_most).await
}

async fn served_behind(
    proxies: TrustedProxies,
    at_most: usize,
) -> (SocketAddr, watch::Sender<bool>) {
    let router = test_router();
    let face = Face {
        proxies,
        ..Face::from(router)
    };
    served_by(face, at_most).await
}

pub(super) async fn served_by(face: Face, at_most: usize) -> (SocketAddr, watch::Sender<bool>) {
    let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(serve(listener, face, Connections::new(at_most), stopped));
    (address, stop)
}

#[tokio::test]
async fn a_loop_that_goes_round_answers_and_one_that_has_ended_does_not() {
    let (question, asked) = question();
    let face = Face {
        asked: Some(asked),
        ..Face::from(test_router())
    };
    // No connection is left for anybody, which is no fault of the loop's.
    let (_, stop) = served_by(face, 0).await;
    assert!(question.is_answered().await && question.is_answered().await);
    stop.send_replace(true);
    while question.is_answered().await {
        tokio::task::yield_now().await;
    }
}

pub(super) fn test_router() -> Router {
    Router::new()
        .route("/healthz", get(async || "well"))
        .route("/echo", post(async |body: String| body))
        .route("/large", get(async || vec![b'x'; 1 << 20]))
        .route("/whose", get(whose))
        .route("/wait", get(std::future::pending::<()>))
}

async fn whose(ConnectInfo(client): ConnectInfo<SocketAddr>) -> String {
    client.ip().to_string()
}

pub(super) async fn ask(address: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

pub(super) const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
pub(super) const WAIT: &str = "GET /wait HTTP/1.1\r\nhost: x\r\n\r\n";

/// What is answered to these octets until the connection ends, and how it ends.
async fn answer_and_end(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
) -> (String, io::Result<()>) {
    // One that is refused may be closed before it has asked.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await;
    (String::from_utf8(answer).unwrap(), end.map(|_| ()))
}

/// What is answered to these octets, by a connection that ends as it should.
pub(super) async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
) -> io::Result<String> {
    let (answer, end) = answer_and_end(stream, request).await;
    end.map(|()| answer)
}

/// One that is refused is closed with its request unread, which may be a reset after the answer.
async fn health(address: SocketAddr) -> String {
    answer_and_end(ask(address, "").await, HEALTH).await.0
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
        waiting.push(ask(address, WAIT).await);
    }
    let refused = async {
        // Until both requests have arrived, one of them is idle and makes room.
        while !health(address).await.starts_with("HTTP/1.1 503") {
            waiting.push(ask(address, WAIT).await);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused)
        .await
        .unwrap();
}

/// Connects from another address of this host, with little room for what comes.
pub(super) async fn from(source: [u8; 4], address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2304).unwrap();
    socket.bind((source, 0).into()).unwrap();
    socket.connect(address).await.unwrap()
}

async fn well_again(address: SocketAddr) {
    becomes_well(|| health(address)).await;
}

/// Until a newcomer gets a place.
pub(super) async fn becomes_well(health: impl AsyncFn() -> String) {
    let tried = async {
        while !health().await.ends_with("well") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let within = tokio::time::timeout(Duration::from_mins(1), tried);
    within.await.expect("a newcomer gets a place");
}

/// Whether the server has given it up.
pub(super) async fn is_closed(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let ends = async {
        let mut octets = [0; 4096];
        while !matches!(stream.read(&mut octets).await, Ok(0) | Err(_)) {}
    };
    tokio::time::timeout(Duration::from_secs(20), ends)
        .await
        .is_ok()
}

pub(super) const LARGE: &str = "GET /large HTTP/1.1\r\nhost: x\r\n\r\n";
pub(super) const UNFINISHED: &str =
    "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nbody";

#[tokio::test]
async fn clients_that_take_nothing_keep_nobody_out() {
    let (address, _stop) = served(4).await;
    let mut greedy = Vec::new();
    for _ in 0..6 {
        let mut stream = from([127, 0, 0, 1], address).await;
        stream.write_all(LARGE.repeat(8).as_bytes()).await.unwrap();
        greedy.push(stream);
    }
    well_again(address).await;
    assert!(is_closed(&mut greedy[0]).await);
}

#[tokio::test]
async fn bodies_without_an_end_keep_nobody_out() {
    let (address, _stop) = served(4).await;
    let mut unfinished = Vec::new();
    for _ in 0..6 {
        unfinished.push(ask(address, UNFINISHED).await);
    }
    well_again(address).await;
    assert!(is_closed(&mut unfinished[0]).await);
}

#[tokio::test]
async fn a_client_that_reads_slowly_keeps_its_place() {
    let (address, _stop) = served(2).await;
    let mut slow = from([127, 0, 0, 1], address).await;
    slow.write_all(LARGE.as_bytes()).await.unwrap();
    let mut stalled = ask(address, UNFINISHED).await;
    reads_slowly(slow, async || Ok(ask(address, WAIT).await)).await;
    assert!(is_closed(&mut stalled).await);
}

/// Takes the large answer slowly while others come.
pub(super) async fn reads_slowly<S, T>(mut slow: S, newcomer: impl AsyncFn() -> io::Result<T>)
where
    S: AsyncRead + Send + Unpin + 'static,
{
    // Far too little for the system to say in time that there is room again.
    let reading = tokio::spawn(async move {
        let mut octets = [0; 2048];
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            slow.read_exact(&mut octets).await?;
        }
        io::Result::Ok(slow)
    });
    let mut waiting = Vec::new();
    while !reading.is_finished() {
        waiting.extend(newcomer().await);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut slow = reading.await.unwrap().expect("its answer goes on");
    let mut rest = vec![0; (1 << 20) - 20 * 2048];
    slow.read_exact(&mut rest).await.unwrap();
}

#[tokio::test]
async fn one_address_leaves_room_for_others() {
    let (address, _stop) = served(4).await;
    let mut waiting = Vec::new();
    for _ in 0..16 {
        let mut stream = from([127, 0, 0, 2], address).await;
        // One that is refused may be closed already.
        let _ = stream.write_all(WAIT.as_bytes()).await;
        waiting.push(stream);
    }
    well_again(address).await;
}

#[tokio::test]
async fn one_that_is_refused_is_told_why() {
    let (address, _stop) = served(2).await;
    let refused = async {
        let mut waiting = Vec::new();
        loop {
            let answer = health(address).await;
            if answer.starts_with("HTTP/1.1 503") {
                return answer;
            }
            waiting.push(ask(address, WAIT).await);
            // Until its request has arrived, it makes room.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let answer = tokio::time::timeout(Duration::from_secs(20), refused);
    let answer = answer.await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("\r\nretry-after: 1\r\n"), "{head}");
    assert!(
        head.contains("\r\ncontent-type: application/problem+json\r\n"),
        "{head}"
    );
    assert!(
        head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())),
        "{head}"
    );
    let problem: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(problem["status"], 503);
}

#[tokio::test]
async fn requests_in_one_packet_are_answered_in_their_order() {
    let (address, _stop) = served(8).await;
    let two = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n\
               GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answers = answer(ask(address, "").await, two).await.unwrap();
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
    let answer = answer(stream, "body").await.unwrap();
    assert!(answer.ends_with("body"), "{answer}");
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_told_so_in_words() {
    let (address, _stop) = served(8).await;
    let large = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx: {}",
        "x".repeat(2 * MAX_HEAD)
    );
    let somewhat_large = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "x".repeat(MAX_HEAD + 512)
    );
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
        (
            "GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n",
            400,
        ),
        (&somewhat_large, 431),
        ("GET /messages?q=\"AND(* HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        ("GET /messages?q=a b HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost\r\n\r\n", 400),
        (&large, 431),
    ] {
        // The rest of one that is too large may meet an end.
        let answer = answer(ask(address, "").await, request).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        let length = format!("content-length: {}", body.len());
        assert!(head.contains(&length), "{answer}");
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["status"], status, "{answer}");
    }
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
    let server = tokio::spawn(serve(listener, router.into(), Connections::new(8), stopped));
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

fn local_proxy() -> TrustedProxies {
    TrustedProxies {
        networks: vec!["127.0.0.1/32".parse().unwrap()],
        ..TrustedProxies::default()
    }
}

/// What is answered to a request of another address of this host, with these headers.
async fn answer_to(source: [u8; 4], address: SocketAddr, headers: &str) -> String {
    let request = format!("GET /whose HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    answer(from(source, address).await, &request).await.unwrap()
}

#[tokio::test]
async fn a_client_is_known_by_what_a_trusted_proxy_says_and_by_nothing_else() {
    let (address, _stop) = served_behind(local_proxy(), 8).await;
    let forwarded = "X-Forwarded-For: 127.0.0.1, 192.0.2.7\r\n";
    let of_the_proxy = answer_to([127, 0, 0, 1], address, forwarded).await;
    assert!(of_the_proxy.ends_with("192.0.2.7"), "{of_the_proxy}");
    let spoofed = answer_to([127, 0, 0, 2], address, forwarded).await;
    assert!(spoofed.ends_with("127.0.0.2"), "{spoofed}");
    let garbage = answer_to([127, 0, 0, 1], address, "X-Forwarded-For: unknown\r\n").await;
    assert!(garbage.starts_with("HTTP/1.1 400 "), "{garbage}");
    assert!(garbage.contains("http.proxy_header"), "{garbage}");
}

#[tokio::test]
async fn one_client_behind_a_proxy_leaves_room_for_others_behind_it() {
    let (address, _stop) = served_behind(local_proxy(), 4).await;
    let mut waiting = Vec::new();
    for _ in 0..16 {
        let request = "GET /wait HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 192.0.2.7\r\n\r\n";
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(request.as_bytes()).await;
        waiting.push(stream);
    }
    well_again(address).await;
}

#[tokio::test]
async fn every_answer_tells_browsers_what_not_to_do_with_it() {
    let (address, _stop) = served(8).await;
    let mut answers = vec![String::from_utf8(no_room()).unwrap()];
    for request in [
        HEALTH,
        "GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "DELETE /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "GET /a b HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        answers.push(answer(ask(address, "").await, request).await.unwrap());
    }
    for answer in answers {
        let (head, _) = answer.split_once("\r\n\r\n").unwrap();
        let has = |name: &str, value: &str| {
            let start = format!("{name}: ");
            let mut its = head.lines().filter_map(|line| line.strip_prefix(&start));
            let found = its.next().unwrap_or_else(|| panic!("no {name}: {head}"));
            assert!(found.contains(value), "{head}");
            assert_eq!(its.next(), None, "{head}");
        };
        has("content-security-policy", "default-src 'self'");
        has("content-security-policy", "frame-ancestors 'none'");
        has("x-frame-options", "DENY");
        has("x-content-type-options", "nosniff");
        has("referrer-policy", "no-referrer");
        has("permissions-policy", "camera=()");
        has("cache-control", "no-store");
        assert!(!head.contains("unsafe-inline"), "{head}");
        assert!(!head.contains("strict-transport-security"), "{head}");
    }
}
