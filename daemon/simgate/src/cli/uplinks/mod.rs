//! `simgate uplinks`.

mod set;

use clap::Subcommand;
use serde_json::Value;

use super::client::{Ask, Connection, segment};
use super::output::Column;
use super::{Failure, output};
use set::Set;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate uplinks list
  simgate uplinks set primary --host smsc.example.net --system-id shop --password-file password.txt
  simgate uplinks set primary --tls true --ca ca.pem --port 3550
  simgate uplinks set primary --rate-per-second none --window 50
  simgate uplinks remove primary";

#[derive(Debug, Subcommand)]
pub(super) enum UplinksCommand {
    /// List all uplinks and how they stand.
    #[command(mut_arg("json", |json| json.help("Print one JSON object for each uplink")))]
    List(Ask),
    /// Show one uplink.
    Show {
        /// Its name.
        name: String,
        #[command(flatten)]
        ask: Ask,
    },
    /// Make an uplink, or change what is set for one; what is not given stays as it is.
    Set(Box<Set>),
    /// Delete an uplink that no route leads to.
    Remove {
        /// Its name.
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
}

impl UplinksCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(ask) => ask.list("/uplinks", COLUMNS),
            Self::Show { name, ask } => ask.show(&path(&name)),
            Self::Set(set) => set.run(),
            Self::Remove { name, connection } => {
                let answer = connection.client()?.delete(&path(&name))?;
                if let Some(warning) = left_waiting(&name, &answer) {
                    output::error(&warning);
                }
                output::line(&format!("{}  removed", output::plain(&name)))
            }
        }
    }
}

/// What is said of messages that nothing else may carry.
fn left_waiting(name: &str, answer: &Value) -> Option<String> {
    let waiting = answer["waiting"].as_u64().filter(|waiting| *waiting > 0)?;
    let (messages, wait) = match waiting {
        1 => ("message", "waits"),
        _ => ("messages", "wait"),
    };
    Some(format!(
        "simgate: {waiting} {messages} still {wait} for uplink {}, and may go by nothing else: make it again, or cancel them",
        output::plain(name)
    ))
}

fn path(name: &str) -> String {
    format!("/uplinks/{}", segment(name))
}

const COLUMNS: &[Column] = &[
    ("NAME", "name"),
    ("STATE", "state"),
    ("HOST", "host"),
    ("PORT", "port"),
    ("SYSTEM ID", "system_id"),
    ("IN FLIGHT", "in_flight"),
    ("WINDOW", "window"),
    ("BOUND SINCE", "bound_since"),
    ("LAST ERROR", "last_error"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_that_wait_for_a_removed_uplink_are_told() {
        assert_eq!(left_waiting("up", &json!({"waiting": 0})), None);
        let told = left_waiting("up", &json!({"waiting": 2})).unwrap();
        assert!(
            told.contains("2 messages still wait for uplink up"),
            "{told}"
        );
    }
}
