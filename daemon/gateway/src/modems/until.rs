//! What the task of a port is told: how long it keeps that.

use tokio::sync::watch;

/// What a port's task is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Nothing: the port is there.
    Stay,
    /// The port is gone.
    Gone,
    /// The gateway stops.
    Stop,
}

/// Waits until a port is to be left, or nobody is left to say so.
pub(super) async fn told(until: &mut watch::Receiver<Until>) {
    let _ = until.wait_for(|until| *until != Until::Stay).await;
}
