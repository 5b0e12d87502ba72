//! What keeps the lines of a bank: a board at the end of a serial line, or this machine's GPIO.

use bank_wire::{Reply, Request, SlotStatus};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PeerError {
    /// However often it was asked.
    #[error("it gives no answer")]
    Silent,
    #[error("{0}")]
    Lost(String),
}

/// One that is asked, and that tells.
pub(super) trait Peer: Send {
    fn ask(&mut self, request: Request) -> impl Future<Output = Result<Reply, PeerError>> + Send;

    /// A slot that is in another state. Dropped before its end, it loses nothing.
    fn event(&mut self) -> impl Future<Output = Result<SlotStatus, PeerError>> + Send;
}

/// The way to one.
pub(super) trait Way: Send {
    type Peer: Peer;

    /// Fails with the reason, for people.
    fn open(&mut self) -> impl Future<Output = Result<Self::Peer, String>> + Send;

    fn close(&mut self, peer: Self::Peer) -> impl Future<Output = ()> + Send;
}
