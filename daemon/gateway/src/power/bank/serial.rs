//! The way to a board at a serial port.

use std::path::PathBuf;

use tokio_serial::SerialStream;

use super::line::Line;
use super::peer::Way;
use crate::ports::{self, OpenError};

/// Of the board's UART. USB ignores it.
const BAUD: u32 = 115_200;

pub(super) struct Serial(pub(super) PathBuf);

impl Way for Serial {
    type Peer = Line<SerialStream>;

    async fn open(&mut self) -> Result<Self::Peer, String> {
        let port = self.0.display();
        let stream = match ports::open(&self.0, BAUD).await {
            Ok(stream) => stream,
            Err(OpenError::Gone) => return Err(format!("{port} is not there")),
            Err(OpenError::InUse) => {
                let culprit = ports::culprit(&self.0).await;
                let culprit = culprit.unwrap_or_else(|| "in use".to_owned());
                return Err(format!("{port} is {culprit}"));
            }
            Err(OpenError::Unusable(why) | OpenError::Failed(why)) => {
                return Err(format!("{port} cannot be opened: {why}"));
            }
        };
        let line = Line::new(stream).await;
        line.map_err(|error| format!("{port}: {error}"))
    }

    async fn close(&mut self, peer: Self::Peer) {
        ports::close(peer.into_stream()).await;
    }
}
