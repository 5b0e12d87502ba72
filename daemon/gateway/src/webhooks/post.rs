//! One post: to whom it connects, what it sends, and what counts as an answer.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, Response, header};
use futures_util::StreamExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use model::{WebhookSecret, WebhookTls};
use rustls::pki_types::ServerName;
use store::clock;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::host::AT_ONCE;
use super::{sign, tls};
use crate::post_to::{Addresses, Target};
use crate::threads::Threads;

/// Until a connection stands, name and TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// From then until the answer's head.
const ANSWER: Duration = Duration::from_secs(10);
/// From then for its body, of which no more than so many octets are read.
const BODY: Duration = Duration::from_secs(5);
const MOST_BODY: usize = 64 * 1024;
/// Addresses of one name that are tried.
const ADDRESSES: usize = 4;

/// Names are looked up by the system, which may take its time, also when the post has long been given up.
pub(super) static RESOLVERS: Threads = Threads::new("webhook-dns", AT_ONCE);
/// Those of hosts that have not answered: they may all be names that nobody answers for.
pub(super) static DOUBTFUL: Threads = Threads::new("webhook-dns-2", 2 * AT_ONCE);

/// What is posted.
pub(super) struct Post<'a> {
    pub(super) url: &'a str,
    /// `webhook-id`.
    pub(super) id: &'a str,
    pub(super) body: String,
    /// Signed with each of them; none: not signed.
    pub(super) secrets: Vec<&'a WebhookSecret>,
    pub(super) tls: &'a WebhookTls,
    /// Who looks its name up.
    pub(super) resolvers: &'static Threads,
}

/// What the receiver answered.
#[derive(Debug)]
pub struct PostAnswer {
    pub status: u16,
    /// The beginning of its body, where it could be read.
    pub body: Vec<u8>,
}

impl PostAnswer {
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Why it is no success, for people.
    pub fn failure(&self) -> Option<String> {
        (!self.is_success()).then(|| format!("the answer was {}", self.status))
    }
}

/// Why there is no answer: but for what is no event, nothing else for the host would fare better.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    #[error(transparent)]
    Event(#[from] super::NoEvent),
    #[error("no post can go to this address")]
    Address,
    #[error("{0} cannot be found: {1}")]
    Name(String, io::Error),
    #[error("not posted: {0}")]
    Forbidden(#[from] super::Forbidden),
    #[error("no connection: {0}")]
    Connect(io::Error),
    #[error("no connection within {} s", CONNECT.as_secs())]
    ConnectTime,
    #[error("no connection: {0}")]
    Certificate(#[from] tls::Untrusted),
    #[error("{0}")]
    Tls(#[from] tls::BadTls),
    #[error("no HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("no answer within {} s", ANSWER.as_secs())]
    AnswerTime,
}

impl Post<'_> {
    /// Posts once. A redirection is an answer like others: following it would take the event to
    /// wherever it says.
    pub(super) async fn send(self, addresses: &Addresses) -> Result<PostAnswer, Unanswered> {
        let target = Target::of(self.url).map_err(|_| Unanswered::Address)?;
        let connected = timeout(CONNECT, self.connect(&target, addresses)).await;
        let stream = connected.map_err(|_| Unanswered::ConnectTime)??;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MOST_BODY)
            .handshake::<_, Body>(TokioIo::new(stream))
            .await?;
        // Ends with this post, also in the middle.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let answered = timeout(ANSWER, sender.send_request(self.request(&target)?)).await;
        let answer = answered.map_err(|_| Unanswered::AnswerTime)??;
        Ok(PostAnswer {
            status: answer.status().as_u16(),
            body: beginning(answer).await,
        })
    }

    fn request(&self, target: &Target) -> Result<Request<Body>, Unanswered> {
        // Of this try: receivers refuse what is older than some minutes.
        let seconds = clock::now().0.div_euclid(1000);
        let mut request = Request::post(&target.path)
            .header(header::HOST, &target.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .header(
                header::USER_AGENT,
                concat!("simgate/", env!("CARGO_PKG_VERSION")),
            )
            .header(header::CONNECTION, "close")
            .header("webhook-id", self.id)
            .header("webhook-timestamp", seconds);
        if !self.secrets.is_empty() {
            let signatures =
                sign::signatures(&self.secrets, self.id, seconds, self.body.as_bytes());
            request = request.header("webhook-signature", signatures);
        }
        let body = Body::from(self.body.clone());
        request.body(body).map_err(|_| Unanswered::Address)
    }

    async fn connect(
        &self,
        target: &Target,
        addresses: &Addresses,
    ) -> Result<Box<dyn Stream>, Unanswered> {
        let stream = connect(target, self.resolvers, addresses).await?;
        if !target.tls {
            return Ok(Box::new(stream));
        }
        let connector = TlsConnector::from(tls::config(self.tls)?);
        let name = ServerName::try_from(target.host.clone()).map_err(|_| Unanswered::Address)?;
        let stream = connector.connect(name, stream).await;
        Ok(Box::new(stream.map_err(unsecured)?))
    }
}

/// Why TLS came to nothing.
fn unsecured(error: io::Error) -> Unanswered {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    match cause.and_then(tls::Untrusted::of) {
        Some(untrusted) => untrusted.into(),
        None => Unanswered::Connect(error),
    }
}

/// Connects to an address that was checked, and not to whatever the name leads to by then.
async fn connect(
    target: &Target,
    resolvers: &'static Threads,
    addresses: &Addresses,
) -> Result<TcpStream, Unanswered> {
    let mut refused = None;
    for address in resolve(target, resolvers)
        .await?
        .into_iter()
        .take(ADDRESSES)
    {
        if let Err(forbidden) = addresses.check(address) {
            refused.get_or_insert(Unanswered::Forbidden(forbidden));
            continue;
        }
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => refused = Some(Unanswered::Connect(error)),
        }
    }
    Err(refused.unwrap_or(Unanswered::Address))
}

async fn resolve(
    target: &Target,
    resolvers: &'static Threads,
) -> Result<Vec<SocketAddr>, Unanswered> {
    if let Ok(address) = target.host.parse() {
        return Ok(vec![SocketAddr::new(address, target.port)]);
    }
    let name = (target.host.clone(), target.port);
    let found = resolvers
        .run(move || name.to_socket_addrs().map(Vec::from_iter))
        .await;
    let found = found.and_then(|found| found);
    found.map_err(|error| Unanswered::Name(target.host.clone(), error))
}

/// What of a body comes in time and has room. Its status counts, whatever follows.
async fn beginning(answer: Response<Incoming>) -> Vec<u8> {
    let mut read = Vec::new();
    let mut chunks = Body::new(answer.into_body()).into_data_stream();
    let reading = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            let chunk: Bytes = chunk;
            let room = MOST_BODY - read.len();
            read.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if read.len() == MOST_BODY {
                return;
            }
        }
    };
    // A body without end is cut off.
    let _ = timeout(BODY, reading).await;
    read
}

/// A connection with or without TLS.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
