//! A short line for each thing that happens, from the daemon's own stream of events.

use std::net::SocketAddr;

use serde_json::Value;

use crate::cli::client::{Client, Events, segment};
use crate::cli::{Failure, output};

/// Prints until the daemon goes away. In a thread of its own: the client blocks.
pub(super) fn follow(address: SocketAddr, key: String) {
    std::thread::spawn(move || {
        // The end of the stream is the end of the demo, which says so itself.
        let _ = print_events(address, key);
    });
}

fn print_events(address: SocketAddr, key: String) -> Result<(), Failure> {
    let client = Client::new(&format!("http://{address}"), Some(key))?;
    let events: Events = client.events()?;
    for event in events {
        let event = event?;
        let line = match event.kind.split_once('.') {
            Some(("message", step)) => message(&client, step, &event.data)?,
            Some(("sim", _)) => {
                let (iccid, state) = (&event.data["iccid"], &event.data["state"]);
                Some(format!("SIM {} is {}", masked(iccid), output::cell(state)))
            }
            Some(("call", _)) => Some(format!(
                "a call from {} was missed",
                masked(&event.data["from"])
            )),
            _ => None,
        };
        if let Some(line) = line {
            output::line(&line)?;
        }
    }
    Ok(())
}

/// Who and through which SIM, but not what: texts belong to the API.
fn message(client: &Client, step: &str, data: &Value) -> Result<Option<String>, Failure> {
    if matches!(step, "queued" | "sending" | "scheduled") {
        return Ok(None);
    }
    let id = data["id"].as_str().unwrap_or_default();
    let message = client.get(&format!("/messages/{}", segment(id)), &[])?;
    let (preposition, number) = if message["direction"] == "inbound" {
        ("from", "from")
    } else {
        ("to", "to")
    };
    let mut line = format!("message {preposition} {} {step}", masked(&message[number]));
    if !data["sim"].is_null() {
        line = format!("{line}, SIM {}", masked(&data["sim"]));
    }
    if let Some(code) = data["reason"]["code"].as_str() {
        line = format!("{line} ({})", output::plain(code));
    }
    Ok(Some(line))
}

/// The last three characters of a number.
fn masked(number: &Value) -> String {
    let number = number.as_str().unwrap_or_default();
    let hidden = number.chars().count().saturating_sub(3);
    format!("…{}", number.chars().skip(hidden).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked() {
        assert_eq!(masked(&"+84901234567".into()), "…567");
        assert_eq!(masked(&Value::Null), "…");
    }
}
