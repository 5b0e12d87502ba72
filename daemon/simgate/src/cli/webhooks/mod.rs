//! `simgate webhooks`.

mod deliveries;
mod set;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Connection, segment};
use super::{Failure, output};
use deliveries::{Deliveries, Resend};
use set::Set;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate webhooks set crm --post-to https://example.com/hooks/sms --event 'message.*'
  simgate webhooks test crm
  simgate webhooks list
  simgate webhooks deliveries crm --state parked
  simgate webhooks resend crm --id 42
  simgate webhooks resend crm --type message.received     # all parked ones of this kind
  simgate webhooks set callbacks --new-secret             # signs the posts to callback_urls
  simgate webhooks delete crm";

#[derive(Debug, Subcommand)]
pub(super) enum WebhooksCommand {
    /// List all webhooks and how many events wait for them.
    List {
        /// Print one JSON object for each webhook.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
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
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// List what is to be posted to a webhook, and what was of late; newest first.
    Deliveries(Deliveries),
    /// Post events again: one by its id, or all parked ones that fit.
    Resend(Resend),
}

impl WebhooksCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { json, connection } => list(&connection.client()?, json),
            Self::Set(set) => set.run(),
            Self::Delete { name, connection } => {
                connection.client()?.delete(&path(&name))?;
                output::line(&format!("{}  deleted", output::plain(&name)))
            }
            Self::Test {
                name,
                json,
                connection,
            } => test(&connection.client()?, &name, json),
            Self::Deliveries(deliveries) => deliveries.run(),
            Self::Resend(resend) => resend.run(),
        }
    }
}

fn path(name: &str) -> String {
    format!("/webhooks/{}", segment(name))
}

fn test(client: &Client, name: &str, as_json: bool) -> Result<(), Failure> {
    let tested = client.post(&format!("{}/test", path(name)), &json!({}))?;
    if as_json {
        output::json(&tested)?;
    } else {
        output::details(&tested)?;
    }
    match tested["error"].as_str() {
        Some(error) => Err(Failure::refused(format!(
            "not delivered: {}",
            output::plain(error)
        ))),
        None => Ok(()),
    }
}

fn list(client: &Client, as_json: bool) -> Result<(), Failure> {
    let webhooks = client.all("/webhooks")?;
    if as_json {
        return webhooks.iter().try_for_each(output::json);
    }
    let columns = ["name", "enabled", "waiting", "parked", "events", "url"];
    let row = |webhook: &Value| columns.map(|name| output::cell(&webhook[name])).to_vec();
    let rows: Vec<_> = webhooks.iter().map(row).collect();
    output::table(
        &["NAME", "ENABLED", "WAITING", "PARKED", "EVENTS", "URL"],
        &rows,
    )
}
