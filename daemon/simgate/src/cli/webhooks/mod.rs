//! `simgate webhooks`.

mod deliveries;
mod set;

use clap::Subcommand;
use serde_json::json;

use super::client::{Ask, Connection, segment};
use super::output::Column;
use super::{Failure, output};
use deliveries::{Deliveries, Dismiss, Resend};
use set::Set;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate webhooks set crm --post-to https://example.com/hooks/sms --event 'message.*'
  simgate webhooks test crm
  simgate webhooks list
  simgate webhooks deliveries crm --state parked
  simgate webhooks resend crm --id 42
  simgate webhooks resend crm --type message.received     # all parked ones of this kind
  simgate webhooks dismiss callbacks --until 2026-11-01T00:00:00Z
  simgate webhooks set callbacks --new-secret             # signs the posts to callback_urls
  simgate webhooks delete crm";

#[derive(Debug, Subcommand)]
pub(super) enum WebhooksCommand {
    /// List all webhooks and how many events wait for them.
    #[command(mut_arg("json", |json| json.help("Print one JSON object for each webhook")))]
    List(Ask),
    /// Make a webhook, or change what is set for one; what is not given stays as it is.
    Set(Box<Set>),
    /// Delete a webhook, and all that waits for it.
    Delete {
        /// Its name.
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Post a test event now, and print what the receiver answered.
    Test {
        /// Its name.
        name: String,
        #[command(flatten)]
        ask: Ask,
    },
    /// List what is to be posted to a webhook, and what was of late; newest first.
    Deliveries(Deliveries),
    /// Post events again: one by its id, or all parked ones that fit.
    Resend(Resend),
    /// Delete parked events, so that they are not posted any more: one by its id, or all that fit.
    Dismiss(Dismiss),
}

impl WebhooksCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(ask) => ask.list("/webhooks", COLUMNS),
            Self::Set(set) => set.run(),
            Self::Delete { name, connection } => {
                connection.client()?.delete(&path(&name))?;
                output::line(&format!("{}  deleted", output::plain(&name)))
            }
            Self::Test { name, ask } => test(&name, &ask),
            Self::Deliveries(deliveries) => deliveries.run(),
            Self::Resend(resend) => resend.run(),
            Self::Dismiss(dismiss) => dismiss.run(),
        }
    }
}

fn path(name: &str) -> String {
    format!("/webhooks/{}", segment(name))
}

fn test(name: &str, ask: &Ask) -> Result<(), Failure> {
    let tested = (ask.client()?).post(&format!("{}/test", path(name)), &json!({}))?;
    ask.print(&tested)?;
    match tested["error"].as_str().map(output::plain) {
        Some(error) => Err(Failure::refused(format!("not delivered: {error}"))),
        None => Ok(()),
    }
}

const COLUMNS: &[Column] = &[
    ("NAME", "name"),
    ("ENABLED", "enabled"),
    ("WAITING", "waiting"),
    ("PARKED", "parked"),
    ("EVENTS", "events"),
    ("URL", "url"),
];
