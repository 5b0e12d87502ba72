//! The SMSC's side, in raw octets. Shares no code with the session.

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const BIND_RECEIVER: u32 = 0x01;
pub(crate) const BIND_TRANSMITTER: u32 = 0x02;
pub(crate) const SUBMIT_SM: u32 = 0x04;
pub(crate) const DELIVER_SM: u32 = 0x05;
pub(crate) const UNBIND: u32 = 0x06;
pub(crate) const BIND_TRANSCEIVER: u32 = 0x09;
pub(crate) const ENQUIRE_LINK: u32 = 0x15;
pub(crate) const DATA_SM: u32 = 0x103;
pub(crate) const NACK: u32 = 0x8000_0000;
/// Set in the id of a response.
pub(crate) const RESP: u32 = 0x8000_0000;

/// Keeps a broken test from hanging; no test waits for it.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .expect("took too long")
}

pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

pub(crate) struct Smsc {
    listener: TcpListener,
}

impl Smsc {
    pub(crate) async fn new() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    pub(crate) async fn accept_tcp(&self) -> TcpStream {
        within(self.listener.accept()).await.unwrap().0
    }

    pub(crate) async fn accept(&self) -> Peer {
        Peer::new(self.accept_tcp().await)
    }

    /// The next connection, bound as transceiver.
    pub(crate) async fn bound(&self) -> Peer {
        let mut peer = self.accept().await;
        peer.accept_bind(BIND_TRANSCEIVER).await;
        peer
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Pdu {
    pub(crate) id: u32,
    pub(crate) status: u32,
    pub(crate) sequence: u32,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Peer {
    io: Box<dyn Io>,
}

impl Peer {
    pub(crate) fn new(io: impl Io + 'static) -> Self {
        Self { io: Box::new(io) }
    }

    /// `None` when the session closed the connection.
    pub(crate) async fn read(&mut self) -> Option<Pdu> {
        let mut head = [0; 16];
        within(self.io.read_exact(&mut head)).await.ok()?;
        let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let mut body = vec![0; word(0) as usize - 16];
        within(self.io.read_exact(&mut body)).await.ok()?;
        Some(Pdu {
            id: word(4),
            status: word(8),
            sequence: word(12),
            body,
        })
    }

    /// Whatever octets are there, after what `pending` holds.
    pub(crate) async fn read_into(&mut self, pending: &mut Vec<u8>) -> Option<()> {
        let mut some = [0; 8192];
        let count = self
            .io
            .read(&mut some)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        pending.extend(&some[..count]);
        Some(())
    }

    pub(crate) async fn expect(&mut self, id: u32) -> Pdu {
        let pdu = self
            .read()
            .await
            .expect("the session closed the connection");
        assert_eq!(pdu.id, id, "{pdu:?}");
        pdu
    }

    pub(crate) async fn expect_closed(&mut self) {
        while let Some(pdu) = self.read().await {
            assert!([UNBIND, ENQUIRE_LINK, NACK].contains(&pdu.id), "{pdu:?}");
        }
    }

    pub(crate) async fn raw(&mut self, octets: &[u8]) {
        // The session may have closed already.
        let _ = within(self.io.write_all(octets)).await;
        let _ = within(self.io.flush()).await;
    }

    pub(crate) async fn send(&mut self, id: u32, status: u32, sequence: u32, body: &[u8]) {
        self.raw(&octets(id, status, sequence, body)).await;
    }

    pub(crate) async fn accept_bind(&mut self, id: u32) -> Pdu {
        let pdu = self.expect(id).await;
        self.send(id | RESP, 0, pdu.sequence, b"smsc\0").await;
        pdu
    }

    /// A `deliver_sm` with this text.
    pub(crate) async fn deliver(&mut self, sequence: u32, text: &[u8]) {
        self.send(DELIVER_SM, 0, sequence, &deliver_body(text, &[]))
            .await;
    }

    /// Answers a `submit_sm` with `message_id`.
    pub(crate) async fn answer(&mut self, sequence: u32, message_id: &str) {
        let body = [message_id.as_bytes(), &[0]].concat();
        self.send(SUBMIT_SM | RESP, 0, sequence, &body).await;
    }

    /// A request and its answer: all that was sent before has been read by then.
    pub(crate) async fn round_trip(&mut self) {
        self.send(ENQUIRE_LINK, 0, 777, &[]).await;
        assert_eq!(self.expect(ENQUIRE_LINK | RESP).await.sequence, 777);
    }
}

pub(crate) fn octets(id: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    let mut octets = Vec::new();
    for word in [length, id, status, sequence] {
        octets.extend(word.to_be_bytes());
    }
    octets.extend(body);
    octets
}

/// The body of a `deliver_sm` with a text and optional parameters.
pub(crate) fn deliver_body(text: &[u8], tlvs: &[u8]) -> Vec<u8> {
    let mut body = b"\0\x01\x01393331234567\0\x00\x0112345\0".to_vec();
    // esm_class, protocol_id, priority_flag, no times, registered_delivery, replace, coding, id
    body.extend([0x04, 0, 0, 0, 0, 0, 0, 8, 0]);
    body.push(u8::try_from(text.len()).unwrap());
    body.extend(text);
    body.extend(tlvs);
    body
}
