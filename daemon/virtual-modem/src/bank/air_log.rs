//! The air log: one JSON object a line for everything that was on the air.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::air::{AirEvent, AirEventKind, DeliverRecord, SubmitRecord};
use crate::clock::Clock;
use crate::network::Injected;

/// Where the events of all modems go, each in one write, so that a reader sees whole lines.
#[derive(Debug)]
pub(super) struct AirLog {
    file: Option<Mutex<File>>,
}

/// Which modem an event belongs to.
#[derive(Debug, Clone)]
pub(super) struct Station {
    pub(super) slot: usize,
    pub(super) imei: String,
}

impl AirLog {
    /// Appends to the file at `path`; without one nothing is logged.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let open = |path| {
            OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map(Mutex::new)
        };
        Ok(Self {
            file: path.map(open).transpose()?,
        })
    }

    pub(super) fn event(&self, station: &Station, event: &AirEvent) {
        if self.file.is_none() {
            return;
        }
        // The wall clock may have been set since the bank began.
        let clock = Clock::system();
        let at = |instant: Instant| clock.unix_us(instant);
        let mut line = Map::new();
        let (name, fields) = match &event.what {
            AirEventKind::Submit(record) => ("submit", submit(record, at)),
            AirEventKind::Deliver(record) => (
                if record.report { "report" } else { "deliver" },
                deliver(record),
            ),
            AirEventKind::Delete { memory, index } => {
                ("delete", json!({"memory": memory, "index": index}))
            }
        };
        line.insert("event".to_owned(), name.into());
        line.insert("t".to_owned(), at(event.at).into());
        line.insert("slot".to_owned(), station.slot.into());
        line.insert("imei".to_owned(), station.imei.as_str().into());
        line.insert("iccid".to_owned(), event.iccid.as_str().into());
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        self.write(&Value::Object(line));
    }

    /// A message was injected.
    pub(super) fn injected(&self, slot: usize, from: &str, text: &str, injected: &Injected) {
        let t = Clock::system().unix_us(Instant::now());
        let Injected { id, to, parts } = injected;
        self.write(&json!({
            "event": "inject", "t": t, "slot": slot, "id": id, "to": to, "from": from, "text": text, "parts": parts,
        }));
    }

    fn write(&self, line: &Value) {
        let Some(file) = &self.file else { return };
        let mut text = line.to_string();
        text.push('\n');
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(text.as_bytes()) {
            eprintln!("virtual-modem: air log: {error}");
        }
    }
}

fn submit(record: &SubmitRecord, at: impl Fn(Instant) -> i64) -> Value {
    json!({
        "mr": record.mr,
        "pdu": record.pdu,
        "to": record.to,
        "accepted": record.accepted,
        "error": record.error,
        "command_us": at(record.command_at),
        "prompt_us": record.prompt_at.map(&at),
        "ctrl_z_us": at(record.ctrl_z_at),
        "done_us": record.done_at.map(&at),
    })
}

fn deliver(record: &DeliverRecord) -> Value {
    json!({
        "id": record.id,
        "attempt": record.attempt,
        "injection": record.injection,
        "pdu": record.pdu,
        "mr": record.mr,
        "acknowledged": record.acknowledged,
        "route": record.route,
        "memory": record.stored.map(|(memory, _)| memory),
        "index": record.stored.map(|(_, index)| index),
    })
}
