//! `simgate webhooks deliveries` and `simgate webhooks resend`.

use clap::Args;
use serde_json::{Value, json};

use super::path;
use crate::cli::client::{Connection, segment};
use crate::cli::{Failure, output};

#[derive(Debug, Args)]
pub(in crate::cli) struct Deliveries {
    /// Name of the webhook.
    name: String,
    /// Only those in this state.
    #[arg(long, value_parser = ["waiting", "delivered", "parked"])]
    state: Option<String>,
    /// Only those of this kind of event, such as message.sent.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// How many, 500 at most.
    #[arg(long, default_value_t = 50)]
    limit: u16,
    /// Print one JSON object for each delivery.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Deliveries {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut query = vec![("limit", self.limit.to_string())];
        query.extend(self.state.clone().map(|state| ("state", state)));
        query.extend(self.kind.clone().map(|kind| ("type", kind)));
        let client = self.connection.client()?;
        let page = client.get(&format!("{}/deliveries", path(&self.name)), &query)?;
        let items = page["items"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if self.json {
            return items.iter().try_for_each(output::json);
        }
        let columns = ["id", "at", "type", "state", "tries", "next_try_at", "error"];
        let row = |delivery: &Value| columns.map(|name| output::cell(&delivery[name])).to_vec();
        let rows: Vec<_> = items.iter().map(row).collect();
        output::table(
            &[
                "ID",
                "AT",
                "TYPE",
                "STATE",
                "TRIES",
                "NEXT TRY",
                "LAST ERROR",
            ],
            &rows,
        )
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Resend {
    /// Name of the webhook.
    name: String,
    /// Id of one delivery.
    #[arg(long, conflicts_with_all = ["state", "kind", "since", "until"])]
    id: Option<String>,
    /// Those in this state.
    #[arg(long, value_parser = ["waiting", "delivered", "parked"], default_value = "parked")]
    state: String,
    /// Of these, those of this kind of event, such as message.sent.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Of these, those of events at or after, such as 2026-11-22T10:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Of these, those of events before.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Resend {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.connection.client()?;
        let deliveries = format!("{}/deliveries", path(&self.name));
        if let Some(id) = &self.id {
            client.post(&format!("{deliveries}/{}/resend", segment(id)), &json!({}))?;
            return output::line("posted again as soon as it can be: 1");
        }
        let answer = client.post(&format!("{deliveries}/resend"), &self.filter())?;
        let count = output::cell(&answer["resent"]);
        output::line(&format!("posted again as soon as they can be: {count}"))
    }

    fn filter(&self) -> Value {
        let mut filter = json!({"state": self.state});
        for (name, value) in [
            ("type", &self.kind),
            ("since", &self.since),
            ("until", &self.until),
        ] {
            if let Some(value) = value {
                filter[name] = json!(value);
            }
        }
        filter
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        resend: Resend,
    }

    #[test]
    fn a_filter_has_what_is_given() {
        let parse = |arguments: &[&str]| Cli::try_parse_from(["resend"].iter().chain(arguments));
        let all = parse(&["crm"]).unwrap().resend;
        assert_eq!(all.filter(), json!({"state": "parked"}));
        let some = parse(&[
            "crm",
            "--type",
            "call.missed",
            "--until",
            "2026-11-22T10:00:00Z",
        ]);
        let expected =
            json!({"state": "parked", "type": "call.missed", "until": "2026-11-22T10:00:00Z"});
        assert_eq!(some.unwrap().resend.filter(), expected);
        assert!(parse(&["crm", "--id", "4", "--type", "call.missed"]).is_err());
    }
}
