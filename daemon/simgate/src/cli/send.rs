//! `simgate send`.

use std::io::Read as _;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Ask, Client, Events, items, segment};
use super::input::{Variable, by_name, variable};
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate send +84901234567 \"Your code is 123456\" --priority otp --wait
  simgate send 0901234567 - < text.txt            # the text from standard input
  simgate send +84901234567 Hello --from sim:8984011234567890123
  simgate send +84901234567 Hello --send-at 2026-12-24T18:00:00+07:00
  simgate send +84901234567,+84907654321 \"Closed today\"
  simgate send +84901234567 --template parcel --var name=An
  simgate send +84901234567 \"Hi {{ name }}\" --var name=An
  simgate send +84901234567 \"Long text …\" --preview  # how many parts? sends nothing

Without --wait, exit code 0 means that the daemon has it on disk; with --wait, that it was delivered,
or that it was sent and no status report came.";

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| {
    json.help("Print the message, or what became of each recipient's, as one JSON object")
}))]
pub(super) struct SendMessage {
    /// Recipient: E.164 with +, a national number of the configured country, or a short code. Several
    /// are separated by commas; each gets a message of their own.
    to: String,

    /// The text; - reads standard input. With --var it is a template: {{ name }} stands for a variable.
    #[arg(required_unless_present = "template", conflicts_with = "template")]
    text: Option<String>,

    /// Name of the template that it is made of, in place of a text.
    #[arg(long, value_name = "NAME")]
    template: Option<String>,

    /// The value of a variable; once for each.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<Variable>,

    #[command(flatten)]
    fields: Fields,

    /// Do not ask the network for a status report.
    #[arg(long)]
    no_status_report: bool,

    /// Sent again with the same name, the first answer comes again and nothing is sent twice.
    #[arg(long, value_name = "NAME")]
    idempotency_key: Option<String>,

    /// Show encoding and parts; send nothing.
    #[arg(long, conflicts_with_all = ["wait", "idempotency_key"])]
    preview: bool,

    /// Wait until it is delivered, or sent where no status report is to come. The key needs `read:own` too.
    #[arg(long)]
    wait: bool,

    /// How long --wait waits, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, requires = "wait")]
    wait_at_most: u64,

    #[command(flatten)]
    ask: Ask,
}

/// Fields of the body, as they are given.
#[derive(Debug, Args, Serialize)]
struct Fields {
    /// Which SIM: sim:ICCID, its number, or group:NAME. Left out, the routes decide.
    #[arg(long, value_name = "WHICH")]
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// An otp never waits behind normal or bulk.
    #[arg(long, default_value = "normal", value_parser = ["otp", "normal", "bulk"])]
    priority: String,
    /// Show it at once on the screen, and do not store it (class 0).
    #[arg(long)]
    flash: bool,
    /// How the text goes on the air.
    #[arg(long, default_value = "auto", value_parser = ["auto", "gsm7", "ucs2"])]
    encoding: String,
    /// Parts that it may take at most. Left out, what the key has, or the configured default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=255))]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_segments: Option<u16>,
    /// Replace what GSM 7-bit lacks by its nearest look-alike.
    #[arg(long)]
    transliterate: bool,
    /// What to do when nothing tells whether it went out: hold it, or resend it, perhaps for a second time.
    #[arg(long, value_parser = ["hold", "resend"], value_name = "WHAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    on_uncertain: Option<String>,
    /// Transactional: to those too who ask for no messages, where the key may.
    #[arg(long, value_parser = ["ordinary", "transactional"], value_name = "WHAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    /// Give up after this many seconds.
    #[arg(long, value_name = "SECONDS")]
    #[serde(rename = "validity_seconds", skip_serializing_if = "Option::is_none")]
    validity: Option<u32>,
    /// Not before this time (RFC 3339).
    #[arg(long, value_name = "TIME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<String>,
    /// Your own name for it, to find it by.
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

impl SendMessage {
    pub(super) fn run(self) -> Result<(), Failure> {
        let client = self.ask.client()?;
        let recipients: Vec<_> = self.to.split(',').map(str::trim).collect();
        let several = recipients.len() > 1;
        if several && self.wait {
            let why = "--wait waits for one recipient; see the others by: simgate messages list";
            return Err(Failure::Usage(why.to_owned()));
        }
        let to = if several {
            json!(recipients)
        } else {
            json!(self.to)
        };
        let draft = self.draft(to)?;
        if self.preview {
            let preview = client.post("/messages/preview", &draft)?;
            return self.ask.print(&preview);
        }
        // Before the message, or its events might be missed.
        let events = if self.wait {
            Some(client.events()?)
        } else {
            None
        };
        let name = self
            .idempotency_key
            .clone()
            .unwrap_or_else(|| Uuid::now_v7().to_string());
        let message = client.post_once("/messages", &draft, &name)?;
        if several {
            return self.show_each(&recipients, &message);
        }
        let Some(events) = events else {
            return self.show(&message);
        };
        let at_most = Duration::from_secs(self.wait_at_most);
        let id = message["id"].as_str().unwrap_or_default();
        let message = wait(&client, events, id, !self.no_status_report, at_most)?;
        self.show(&message)?;
        match message["state"].as_str() {
            Some("delivered" | "sent") => Ok(()),
            _ => Err(Failure::Reported),
        }
    }

    fn draft(&self, to: Value) -> Result<Value, Failure> {
        let mut draft = json!(self.fields);
        draft["to"] = to;
        if let Some(text) = &self.text {
            let mut text = text.clone();
            if text == "-" {
                text.clear();
                std::io::stdin().read_to_string(&mut text)?;
                text.truncate(text.trim_end_matches('\n').len());
            }
            draft["text"] = text.into();
        }
        if let Some(name) = &self.template {
            draft["template"] = name.as_str().into();
        }
        if !self.variables.is_empty() {
            draft["variables"] = by_name(&self.variables);
        }
        draft["status_report"] = (!self.no_status_report).into();
        Ok(draft)
    }

    /// Fails where one of them was refused.
    fn show_each(&self, recipients: &[&str], answer: &Value) -> Result<(), Failure> {
        let items = items(&answer["items"]);
        let all = items.iter().all(|item| item["id"].is_string());
        if self.ask.json {
            output::json(answer)?;
        } else {
            for (to, item) in recipients.iter().zip(items) {
                let detail = &item["problem"]["errors"][0]["detail"];
                match item["id"].as_str() {
                    Some(id) => output::line(&format!("{id}  {}", output::plain(to)))?,
                    None => output::error(&format!(
                        "simgate: {}: {}",
                        output::plain(to),
                        output::cell(detail)
                    )),
                }
            }
        }
        if all { Ok(()) } else { Err(Failure::Reported) }
    }

    fn show(&self, message: &Value) -> Result<(), Failure> {
        if self.ask.json {
            return output::json(message);
        }
        let segments = message["segments"].as_u64().unwrap_or(1);
        let parts = if segments == 1 {
            "1 part".to_owned()
        } else {
            format!("{segments} parts")
        };
        let mut line = format!(
            "{}  {}  {parts}",
            output::cell(&message["id"]),
            output::cell(&message["state"])
        );
        if let Some(code) = message["reason"]["code"].as_str() {
            let detail = output::cell(&message["reason"]["detail"]);
            line = format!("{line}  {}: {detail}", output::plain(code));
        }
        output::line(&line)
    }
}

/// Asks again after each event of this message, until nothing more is to come.
fn wait(
    client: &Client,
    events: Events,
    id: &str,
    report_wanted: bool,
    at_most: Duration,
) -> Result<Value, Failure> {
    let end = Instant::now() + at_most;
    let path = format!("/messages/{}", segment(id));
    let own = id.to_owned();
    let moved = events.watch(move |event| event.data["id"] == own.as_str());
    loop {
        let message = client.get(&path, &[])?;
        let state = message["state"].as_str().unwrap_or_default();
        if is_final(state, report_wanted) {
            return Ok(message);
        }
        if state == "sent" && !reports_come(client, &message) {
            output::error("simgate: the modem that sent it gives no status reports");
            return Ok(message);
        }
        match moved.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(()) => {}
            // The network has it; that a report comes is no promise of any network's.
            Err(RecvTimeoutError::Timeout) if state == "sent" => {
                output::error(&format!(
                    "simgate: no status report came within {} s",
                    at_most.as_secs()
                ));
                return Ok(message);
            }
            Err(RecvTimeoutError::Timeout) => {
                return Err(Failure::refused(still(id, &message, at_most)));
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Failure::Unreachable(format!(
                    "the daemon went away; look for {id} later"
                )));
            }
        }
    }
}

/// That it is not done yet, and what it waits for.
fn still(id: &str, message: &Value, at_most: Duration) -> String {
    let state = output::cell(&message["state"]);
    let seconds = at_most.as_secs();
    let so_far = format!("{id} is still {state} after {seconds} s; it goes on without us");
    match message["waiting_for"]["sentence"].as_str() {
        Some(sentence) => format!("{so_far}. {}", output::plain(sentence)),
        None => so_far,
    }
}

/// Whether the modem that sent the message hands on status reports, as far as this key may know.
fn reports_come(client: &Client, message: &Value) -> bool {
    let sim = message["route"].as_str().unwrap_or_default();
    let Some(iccid) = sim.strip_prefix("sim:") else {
        return true;
    };
    let modem = client
        .get(&format!("/sims/{}", segment(iccid)), &[])
        .ok()
        .and_then(|sim| sim["modem"].as_str().map(str::to_owned))
        .and_then(|imei| client.get(&format!("/modems/{}", segment(&imei)), &[]).ok());
    // `ds` of AT+CNMI: 0 routes no report to us (TS 27.005 §3.4.1).
    modem.is_none_or(|modem| modem["capabilities"]["cnmi"][3] != 0)
}

fn is_final(state: &str, report_wanted: bool) -> bool {
    match state {
        // An uncertain one can still be decided by a late report.
        "scheduled" | "queued" | "sending" | "uncertain" => false,
        "sent" => !report_wanted,
        _ => true,
    }
}
