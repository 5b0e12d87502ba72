//! `simgate messages`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Ask, Client, Connection, PAGE, items, segment};
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate messages list --direction inbound --limit 5
  simgate messages list --state failed --since 2026-11-22T00:00:00Z --json
  simgate messages show 019356f0-5c1e-7000-8000-000000000001 --history
  simgate messages cancel 019356f0-5c1e-7000-8000-000000000001
  simgate messages summary spring-sale
  simgate messages pause spring-sale
  simgate messages cancel --reference spring-sale
  simgate messages list --state uncertain
  simgate messages resolve 019356f0-5c1e-7000-8000-000000000001 not-sent   # it is sent then";

/// Of a text in a table.
const TEXT_WIDTH: usize = 40;

#[derive(Debug, Subcommand)]
pub(super) enum MessagesCommand {
    /// List messages of both directions, newest first.
    List(Box<List>),
    /// Show one message with its parts.
    #[command(mut_arg("json", |json| {
        json.help("Print JSON: the message, or with --history one object for each step")
    }))]
    Show {
        /// As `send` and `list` print it.
        id: String,
        /// Show each step that it took.
        #[arg(long)]
        history: bool,
        #[command(flatten)]
        ask: Ask,
    },
    /// Cancel messages that are still scheduled or queued.
    Cancel {
        /// As `send` and `list` print them.
        #[arg(required_unless_present = "reference")]
        id: Vec<String>,
        /// All with this reference that still wait.
        #[arg(long, value_name = "TEXT", conflicts_with = "id")]
        reference: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Count the messages with one reference by their states.
    Summary {
        /// As it was given to `send --reference`.
        reference: String,
        #[command(flatten)]
        ask: Ask,
    },
    /// Hold back the messages with one reference that no SIM and no uplink has yet.
    Pause {
        /// As it was given to `send --reference`.
        reference: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Let the messages with one reference go on that were paused.
    Resume {
        /// As it was given to `send --reference`.
        reference: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Say of an uncertain message whether it went out.
    Resolve {
        /// As `send` and `list` print it.
        id: String,
        /// sent: what is left of it follows. not-sent: it is sent.
        #[arg(value_parser = ["sent", "not-sent"])]
        outcome: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Say of all messages that a restore left uncertain whether they went out.
    ResolveRestored {
        /// sent: nothing more is sent. not-sent: they are sent, unless their validity is over.
        #[arg(value_parser = ["sent", "not-sent"])]
        outcome: String,
        #[command(flatten)]
        connection: Connection,
    },
}

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print one JSON object for each message")))]
pub(super) struct List {
    /// outbound or inbound.
    #[arg(long, value_parser = ["outbound", "inbound"])]
    direction: Option<String>,
    /// scheduled, queued, sending, sent, delivered, undelivered, failed, expired, cancelled, uncertain or received.
    #[arg(long)]
    state: Option<String>,
    /// Recipient.
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// Sender.
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// ICCID of the SIM that carried it.
    #[arg(long, value_name = "ICCID")]
    sim: Option<String>,
    /// Your own name for it.
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// Words in the text.
    #[arg(short, long, value_name = "WORDS")]
    q: Option<String>,
    /// From this time on (RFC 3339).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Also those of bench-modems and other self-tests.
    #[arg(long)]
    include_tests: bool,
    /// At most so many.
    #[arg(short = 'n', long, default_value_t = 50, value_name = "N")]
    limit: usize,
    #[command(flatten)]
    ask: Ask,
}

impl MessagesCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::Show { id, history, ask } => show(&id, history, &ask),
            Self::Cancel {
                id,
                reference,
                connection,
            } => match reference {
                Some(reference) => change_all(&connection, &reference, ("cancel", "cancelled")),
                None => cancel(&connection.client()?, &id),
            },
            Self::Summary { reference, ask } => summary(&reference, &ask),
            Self::Pause {
                reference,
                connection,
            } => change_all(&connection, &reference, ("pause", "paused")),
            Self::Resume {
                reference,
                connection,
            } => change_all(&connection, &reference, ("resume", "resumed")),
            Self::Resolve {
                id,
                outcome,
                connection,
            } => resolve(&connection.client()?, &id, &outcome),
            Self::ResolveRestored {
                outcome,
                connection,
            } => resolve_restored(&connection.client()?, &outcome),
        }
    }
}

impl List {
    fn run(&self) -> Result<(), Failure> {
        let client = self.ask.client()?;
        let mut left = self.limit;
        let mut cursor: Option<String> = None;
        let (mut rows, mut behind) = (Vec::new(), None);
        while left > 0 {
            let page = client.get("/messages", &self.query(left.min(PAGE), cursor.as_deref()))?;
            let items = items(&page["items"]);
            for message in items.iter().take(left) {
                // Line by line, so that a long list starts at once and stops with its reader.
                if self.ask.json {
                    output::json(message)?;
                } else {
                    rows.push(row(message));
                }
            }
            left -= items.len().min(left);
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if let (None, Some(until)) = (&behind, page["indexed_until"].as_str()) {
                behind = Some(until.to_owned());
            }
            // A page may be empty and yet not the last.
            if cursor.is_none() {
                break;
            }
        }
        if let Some(until) = behind {
            eprintln!("Messages newer than {until} may be missing: they are not indexed yet.");
        }
        if self.ask.json {
            return Ok(());
        }
        output::table(
            &["TIME", "ID", "", "NUMBER", "STATE", "PARTS", "TEXT"],
            &rows,
        )
    }

    fn query(&self, limit: usize, cursor: Option<&str>) -> Vec<(&'static str, String)> {
        let filters = [
            ("direction", &self.direction),
            ("state", &self.state),
            ("to", &self.to),
            ("from", &self.from),
            ("sim", &self.sim),
            ("reference", &self.reference),
            ("q", &self.q),
            ("since", &self.since),
            ("until", &self.until),
        ];
        let given = filters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)));
        let cursor = cursor.map(|cursor| ("cursor", cursor.to_owned()));
        let tests = self.include_tests;
        let tests = tests.then(|| ("include_tests", "true".to_owned()));
        given
            .chain(cursor)
            .chain(tests)
            .chain([("limit", limit.to_string())])
            .collect()
    }
}

fn row(message: &Value) -> Vec<String> {
    let inbound = message["direction"] == "inbound";
    let (arrow, number) = if inbound {
        ("<-", "from")
    } else {
        ("->", "to")
    };
    vec![
        output::cell(&message["created_at"]),
        output::cell(&message["id"]),
        arrow.to_owned(),
        output::cell(&message[number]),
        output::cell(&message["state"]),
        output::cell(&message["segments"]),
        output::short(&output::cell(&message["text"]), TEXT_WIDTH),
    ]
}

fn show(id: &str, history: bool, ask: &Ask) -> Result<(), Failure> {
    let path = format!("/messages/{}", segment(id));
    if history {
        let steps = ask.client()?.get(&format!("{path}/events"), &[])?;
        let headings = ["TIME", "STEP", "PART", "SIM OR UPLINK", "DETAIL"];
        return output::rows(items(&steps["items"]), ask.json, &headings, step);
    }
    let message = ask.client()?.get(&path, &[])?;
    ask.print(&message)?;
    match remedy(id, &message) {
        Some(remedy) if !ask.json => output::line(&remedy),
        _ => Ok(()),
    }
}

fn step(step: &Value) -> Vec<String> {
    let of_sim = step["uplink"].is_null();
    let by = if of_sim { "sim" } else { "uplink" };
    let fields = ["at", "step", "part", by, "detail"];
    fields.map(|name| output::cell(&step[name])).to_vec()
}

/// What a person can do about a message of which nobody knows whether it went out.
fn remedy(id: &str, message: &Value) -> Option<String> {
    let id = output::plain(id);
    (message["state"] == "uncertain").then(|| {
        format!(
            "\nIt may have gone out or not. Who knows says so with: simgate messages resolve {id} sent, or not-sent to \
             have it sent"
        )
    })
}

/// All of them are tried; one that cannot be cancelled is said and decides the exit code.
fn cancel(client: &Client, ids: &[String]) -> Result<(), Failure> {
    let mut refused = None;
    for id in ids {
        match client.delete(&format!("/messages/{}", segment(id))) {
            Ok(_) => output::line(&format!("{id}  cancelled"))?,
            Err(Failure::Refused(reason)) => {
                let said = Failure::Refused(format!("{id}: {reason}"));
                if ids.len() == 1 {
                    return Err(said);
                }
                said.say();
                refused = Some(Failure::Reported);
            }
            Err(other) => return Err(other),
        }
    }
    refused.map_or(Ok(()), Err)
}

/// Changes all messages of a reference; `done`: what they are then.
fn change_all(
    connection: &Connection,
    reference: &str,
    (change, done): (&str, &str),
) -> Result<(), Failure> {
    let path = format!("/messages/{change}");
    let client = connection.client()?;
    let answer = client.post(&path, &json!({ "reference": reference }))?;
    output::line(&format!("{} {done}", output::cell(&answer[done])))
}

fn summary(reference: &str, ask: &Ask) -> Result<(), Failure> {
    let query = [("reference", reference.to_owned())];
    let summary = ask.client()?.get("/messages/summary", &query)?;
    if ask.json {
        return output::json(&summary);
    }
    let count = |count: &Value| {
        ["state", "messages", "segments"]
            .map(|name| output::cell(&count[name]))
            .to_vec()
    };
    output::rows(
        items(&summary["states"]),
        false,
        &["STATE", "MESSAGES", "PARTS"],
        count,
    )?;
    if let Some(paused) = summary["paused"].as_u64().filter(|paused| *paused > 0) {
        eprintln!("{paused} of those that wait are paused.");
    }
    if summary["complete"] == false {
        eprintln!("There are more: only the newest 100,000 are counted.");
    }
    Ok(())
}

/// In the order in which they were accepted.
fn resolve_restored(client: &Client, outcome: &str) -> Result<(), Failure> {
    let uncertain = client.all("/messages?state=uncertain&include_tests=true")?;
    let restored = uncertain.iter().rev();
    let restored = restored.filter(|message| message["reason"]["code"] == "restored");
    for message in restored {
        resolve(client, message["id"].as_str().unwrap_or_default(), outcome)?;
    }
    Ok(())
}

fn resolve(client: &Client, id: &str, outcome: &str) -> Result<(), Failure> {
    let path = format!("/messages/{}/resolve", segment(id));
    let message = client.post(&path, &json!({ "outcome": outcome }))?;
    // Nothing of it is answered to a key that may not read it.
    let state = if message.is_null() {
        "resolved".to_owned()
    } else {
        output::cell(&message["state"])
    };
    output::line(&format!("{}  {state}", output::plain(id)))
}
