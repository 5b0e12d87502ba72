//! Server-sent events, as far as the daemon uses them: `id`, `event` and `data` fields.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc;

use serde_json::Value;

/// The longest line taken; an event of the gateway is far shorter.
const LONGEST_LINE: u64 = 256 * 1024;

/// One event.
#[derive(Debug, PartialEq)]
pub(crate) struct ServerEvent {
    /// Its kind, such as `message.sent`.
    pub(crate) kind: String,
    pub(crate) data: Value,
}

/// A stream of events that ends with its connection.
pub(crate) struct Events {
    lines: BufReader<Box<dyn Read + Send>>,
}

impl Events {
    pub(super) fn new(reader: impl Read + Send + 'static) -> Self {
        Self {
            lines: BufReader::with_capacity(4096, Box::new(reader)),
        }
    }

    /// Says whenever there was an event that `concerns` the caller; reading the stream blocks, so in a thread.
    pub(crate) fn watch(
        self,
        concerns: impl Fn(&ServerEvent) -> bool + Send + 'static,
    ) -> mpsc::Receiver<()> {
        // One waiting word is enough: it makes the reader ask for the newest state.
        let (moved, receiver) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            for event in self.map_while(Result::ok) {
                if concerns(&event)
                    && let Err(mpsc::TrySendError::Disconnected(())) = moved.try_send(())
                {
                    return;
                }
            }
        });
        receiver
    }

    /// Waits for the next event.
    fn read(&mut self) -> io::Result<Option<ServerEvent>> {
        let (mut kind, mut data) = (String::new(), String::new());
        loop {
            let mut line = String::new();
            if (&mut self.lines).take(LONGEST_LINE).read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_end_matches(['\r', '\n']);
            match line.split_once(':') {
                _ if line.is_empty() && data.is_empty() => kind.clear(),
                _ if line.is_empty() => {
                    let data = serde_json::from_str(&data).unwrap_or(Value::Null);
                    return Ok(Some(ServerEvent { kind, data }));
                }
                Some(("event", value)) => value.trim_start().clone_into(&mut kind),
                Some(("data", value)) => data.push_str(value.strip_prefix(' ').unwrap_or(value)),
                // Comments (keep-alives), `id`, `retry`.
                _ => {}
            }
        }
    }
}

impl Iterator for Events {
    type Item = io::Result<ServerEvent>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}
