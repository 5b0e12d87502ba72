//! `simgate webhooks deliveries` and `simgate webhooks resend`.

use clap::Args;
use serde_json::{Value, json};

use super::path;
use crate::cli::Failure;
use crate::cli::client::{Ask, Connection, items, segment};
use crate::cli::input::given;
use crate::cli::output::{self, Column};

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print one JSON object for each delivery")))]
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
    #[command(flatten)]
    ask: Ask,
}

impl Deliveries {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let mut query = vec![("limit", self.limit.to_string())];
        query.extend(self.state.clone().map(|state| ("state", state)));
        query.extend(self.kind.clone().map(|kind| ("type", kind)));
        let path = format!("{}/deliveries", path(&self.name));
        let page = self.ask.client()?.get(&path, &query)?;
        output::list(items(&page["items"]), self.ask.json, COLUMNS)
    }
}

const COLUMNS: &[Column] = &[
    ("ID", "id"),
    ("AT", "at"),
    ("TYPE", "type"),
    ("STATE", "state"),
    ("TRIES", "tries"),
    ("NEXT TRY", "next_try_at"),
    ("LAST ERROR", "error"),
];

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
        let text = |value: &Option<String>| value.clone().map(Value::from);
        Value::Object(given([
            ("state", Some(json!(self.state))),
            ("type", text(&self.kind)),
            ("since", text(&self.since)),
            ("until", text(&self.until)),
        ]))
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Dismiss {
    /// Name of the webhook.
    name: String,
    /// Id of one delivery.
    #[arg(long, conflicts_with_all = ["all", "kind", "since", "until"])]
    id: Option<String>,
    /// All that are parked.
    #[arg(long, required_unless_present_any = ["id", "kind", "since", "until"])]
    all: bool,
    /// Those of this kind of event, such as message.sent.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Those of events at or after, such as 2026-11-22T10:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Those of events before.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Dismiss {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let client = self.connection.client()?;
        let deliveries = format!("{}/deliveries", path(&self.name));
        if let Some(id) = &self.id {
            client.delete(&format!("{deliveries}/{}", segment(id)))?;
            return output::line("deleted: 1");
        }
        let text = |value: &Option<String>| value.clone().map(Value::from);
        let filter = Value::Object(given([
            ("type", text(&self.kind)),
            ("since", text(&self.since)),
            ("until", text(&self.until)),
        ]));
        let answer = client.post(&format!("{deliveries}/dismiss"), &filter)?;
        let count = output::cell(&answer["dismissed"]);
        output::line(&format!("deleted: {count}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::input::options;

    #[test]
    fn a_filter_has_what_is_given() {
        let parse = options::<Resend>;
        let all = parse(&["crm"]).unwrap();
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
        assert_eq!(some.unwrap().filter(), expected);
        assert!(parse(&["crm", "--id", "4", "--type", "call.missed"]).is_err());
        let dismiss = options::<Dismiss>;
        for fits in [
            &["crm", "--id", "4"][..],
            &["crm", "--all"],
            &["crm", "--type", "x"],
        ] {
            assert!(dismiss(fits).is_ok(), "{fits:?}");
        }
        // What deletes all says so.
        for refused in [&["crm"][..], &["crm", "--id", "4", "--all"]] {
            assert!(dismiss(refused).is_err(), "{refused:?}");
        }
    }
}
