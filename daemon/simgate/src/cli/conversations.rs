//! `simgate conversations`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Ask, Client, Connection, items, segment};
use super::output::Column;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate conversations list --state open --assigned nobody
  simgate conversations list -q 901234
  simgate conversations show +84901234567
  simgate conversations assign +84901234567 anna
  simgate conversations note +84901234567 'wants an invoice'
  simgate conversations done +84901234567

A message that comes in opens a conversation again.";

/// Of a text in a table.
const TEXT_WIDTH: usize = 40;

#[derive(Debug, Subcommand)]
pub(super) enum ConversationsCommand {
    /// List conversations, the one with the newest message first.
    List(List),
    /// Show how a conversation stands, its notes, and its last messages.
    #[command(mut_arg("json", |json| json.help("Print one JSON object, with the notes in `notes`")))]
    Show {
        /// The other party.
        number: String,
        /// So many messages at most.
        #[arg(short = 'n', long, default_value_t = 20, value_name = "N")]
        limit: u16,
        #[command(flatten)]
        ask: Ask,
    },
    /// Give a conversation to a user to look after, or to nobody.
    Assign {
        /// The other party.
        number: String,
        /// Name of the user. Left out: nobody.
        user: Option<String>,
        #[command(flatten)]
        connection: Connection,
    },
    /// Add a note, which is never sent.
    Note {
        /// The other party.
        number: String,
        /// At most 2,000 characters.
        text: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Nobody has to answer any more. Refused where a message comes in at that moment.
    Done {
        /// The other party.
        number: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Erase all that is kept of a number, for ever. Needs a key with the scope `admin`; it is audited.
    Erase {
        /// The other party.
        number: String,
        /// It is meant: nothing brings it back.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Somebody has to answer after all.
    Reopen {
        /// The other party.
        number: String,
        #[command(flatten)]
        connection: Connection,
    },
}

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print one JSON object for each conversation")))]
pub(super) struct List {
    /// open or done.
    #[arg(long, value_parser = ["open", "done"])]
    state: Option<String>,
    /// Name of the user who looks after them, or nobody.
    #[arg(long, value_name = "USER")]
    assigned: Option<String>,
    /// Digits of the number, or words of a message.
    #[arg(short, long, value_name = "TEXT")]
    q: Option<String>,
    /// How many, 500 at most.
    #[arg(short = 'n', long, default_value_t = 50, value_name = "N")]
    limit: u16,
    #[command(flatten)]
    ask: Ask,
}

impl ConversationsCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::Show { number, limit, ask } => show(&ask, &number, limit),
            Self::Assign {
                number,
                user,
                connection,
            } => change(&connection.client()?, &number, &json!({"assigned": user})),
            Self::Note {
                number,
                text,
                connection,
            } => {
                let notes = format!("{}/notes", path(&number));
                let note = connection.client()?.post(&notes, &json!({"text": text}))?;
                output::line(&format!("noted: {}", output::cell(&note["id"])))
            }
            Self::Done { number, connection } => {
                change(&connection.client()?, &number, &json!({"state": "done"}))
            }
            Self::Erase {
                number,
                yes,
                connection,
            } => erase(&connection, &number, yes),
            Self::Reopen { number, connection } => {
                change(&connection.client()?, &number, &json!({"state": "open"}))
            }
        }
    }
}

fn path(number: &str) -> String {
    format!("/conversations/{}", segment(number))
}

/// Changes a conversation as it is now.
fn change(client: &Client, number: &str, fields: &Value) -> Result<(), Failure> {
    let seen = client.get(&path(number), &[("limit", "1".to_owned())])?;
    let mut patch = fields.clone();
    patch["version"] = seen["version"].clone();
    let work = client.patch(&path(number), &patch)?;
    let [state, assigned] = ["state", "assigned"].map(|name| output::cell(&work[name]));
    output::line(&format!("{}  {state}  {assigned}", output::plain(number)))
}

fn erase(connection: &Connection, number: &str, yes: bool) -> Result<(), Failure> {
    if !yes {
        let why = "nothing brings it back: give --yes to erase all that is kept of the number";
        return Err(Failure::Usage(why.to_owned()));
    }
    let erased = connection.client()?.delete(&path(number))?;
    let [messages, name] = ["messages", "audited_as"].map(|name| output::cell(&erased[name]));
    output::line(&format!(
        "erased: {messages} messages; in the audit: {name}"
    ))
}

fn show(ask: &Ask, number: &str, limit: u16) -> Result<(), Failure> {
    let client = ask.client()?;
    let mut thread = client.get(&path(number), &[("limit", limit.to_string())])?;
    let notes = client.all(&format!("{}/notes", path(number)))?;
    if ask.json {
        thread["notes"] = notes.into();
        return output::json(&thread);
    }
    let [number, state, assigned] =
        ["number", "state", "assigned"].map(|name| output::cell(&thread[name]));
    output::line(&format!("{number}  {state}, assigned to {assigned}"))?;
    for note in &notes {
        let [at, author, text] =
            ["created_at", "author", "text"].map(|name| output::cell(&note[name]));
        output::line(&format!("note  {at}  {author}: {text}"))?;
    }
    output::list(items(&thread["items"]), false, MESSAGE_COLUMNS)
}

const MESSAGE_COLUMNS: &[Column] = &[
    ("AT", "created_at"),
    ("DIRECTION", "direction"),
    ("STATE", "state"),
    ("TEXT", "text"),
];

impl List {
    fn run(self) -> Result<(), Failure> {
        let mut query = vec![("limit", self.limit.to_string())];
        query.extend(self.state.map(|state| ("state", state)));
        query.extend(self.assigned.map(|user| ("assigned", user)));
        query.extend(self.q.map(|q| ("q", q)));
        let page = self.ask.client()?.get("/conversations", &query)?;
        let headings = ["NUMBER", "STATE", "ASSIGNED", "MESSAGES", "LAST", "TEXT"];
        output::rows(items(&page["items"]), self.ask.json, &headings, |item| {
            let [number, state, assigned, count] =
                ["number", "state", "assigned", "count"].map(|name| output::cell(&item[name]));
            let [at, text] = ["created_at", "text"].map(|name| output::cell(&item["last"][name]));
            let text = output::short(&text, TEXT_WIDTH);
            vec![number, state, assigned, count, at, text]
        })
    }
}
