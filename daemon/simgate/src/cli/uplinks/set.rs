//! `simgate uplinks set`: a PUT replaces all, so what is not given is taken from what is there.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use super::{path, show};
use crate::cli::Failure;
use crate::cli::client::Connection;
use crate::cli::input::text_of;

/// What an answer tells and a request does not take.
const READ_ONLY: [&str; 7] = [
    "name",
    "password_set",
    "state",
    "bound_since",
    "in_flight",
    "rests_until",
    "last_error",
];

#[derive(Debug, Args)]
pub(in crate::cli) struct Set {
    /// Its name, of letters, digits, dots, hyphens and underscores.
    name: String,
    /// Name or address of the SMSC.
    #[arg(long)]
    host: Option<String>,
    /// 2775, or 3550 with TLS, for a new uplink.
    #[arg(long)]
    port: Option<u16>,
    /// Whether to speak TLS.
    #[arg(long, value_name = "true|false")]
    tls: Option<bool>,
    /// PEM file of the certificate authorities to trust; none: the system's.
    #[arg(long, value_name = "PATH|none")]
    ca: Option<PathBuf>,
    /// Name that the SMSC's certificate must be for; none: the host.
    #[arg(long, value_name = "NAME|none")]
    server_name: Option<String>,
    /// PEM file of the certificate to show; none: no certificate and no key.
    #[arg(long, value_name = "PATH|none")]
    client_cert: Option<PathBuf>,
    /// PEM file of that certificate's private key.
    #[arg(long, value_name = "PATH")]
    client_key: Option<PathBuf>,
    /// Name of the account at the SMSC, at most 64 characters.
    #[arg(long)]
    system_id: Option<String>,
    /// File with the password; - reads standard input.
    #[arg(long, value_name = "PATH")]
    password_file: Option<PathBuf>,
    /// Name that all uplinks of one account have in common; none: the host and system id.
    #[arg(long, value_name = "NAME|none")]
    account: Option<String>,
    #[arg(long)]
    system_type: Option<String>,
    /// One bind, or a transmitter and a receiver.
    #[arg(long, value_parser = ["transceiver", "pair"])]
    bind: Option<String>,
    /// The most submits that wait for their answers at a time.
    #[arg(long, value_name = "N")]
    window: Option<u16>,
    /// The most submits a second.
    #[arg(long, value_name = "N|none")]
    rate_per_second: Option<String>,
    /// Seconds from one `enquire_link` to the next.
    #[arg(long, value_name = "SECONDS")]
    enquire_link: Option<u16>,
    /// Seconds to wait for an answer.
    #[arg(long, value_name = "SECONDS")]
    response_timeout: Option<u16>,
    /// Sender of messages that ask for none.
    #[arg(long, value_name = "ADDRESS|none")]
    source_addr: Option<String>,
    /// Type of number of the source address, where it does not follow from it.
    #[arg(long)]
    ton: Option<u8>,
    /// Numbering plan of the source address, where it does not follow from it.
    #[arg(long)]
    npi: Option<u8>,
    /// How texts go that the GSM 7-bit alphabet holds.
    #[arg(long, value_parser = ["gsm7", "latin1"])]
    text: Option<String>,
    /// `data_coding` of texts in UCS-2.
    #[arg(long, value_name = "N")]
    ucs2_data_coding: Option<u8>,
    /// How messages go that need more than one part.
    #[arg(long, value_parser = ["udh", "sar", "payload"])]
    long: Option<String>,
    /// What a word behind `stat:` of a receipt means at this SMSC, such as 0=delivered; once for each
    /// word. none: the usual.
    #[arg(long = "receipt-state", value_name = "WORD=STATE|none")]
    receipt_states: Vec<String>,
    /// Whether it is connected and used.
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,
    /// Print the uplink as one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Set {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (changes, tls) = (self.changes()?, self.tls_changes()?);
        if changes.is_empty() && tls.is_empty() {
            return Err(Failure::Usage(
                "nothing to set; see simgate uplinks set --help".to_owned(),
            ));
        }
        let client = self.connection.client()?;
        let known = client.all("/uplinks")?;
        let before = known
            .into_iter()
            .find(|uplink| uplink["name"] == self.name.as_str());
        let uplink = client.put(&path(&self.name), &merged(before, changes, tls))?;
        show(&uplink, self.json)
    }

    fn changes(&self) -> Result<Map<String, Value>, Failure> {
        let source_addr = self.source_addr.as_deref();
        let source_addr = source_addr.map(|address| if address == "none" { "" } else { address });
        let rate = self.rate_per_second.as_deref().map(rate).transpose()?;
        let password = self.password_file.as_deref().map(text_of).transpose()?;
        let password = password.map(|text| json!(text.trim_end_matches(['\r', '\n'])));
        Ok(given([
            ("host", self.host.as_deref().map(Value::from)),
            ("port", self.port.map(Value::from)),
            ("system_id", self.system_id.as_deref().map(Value::from)),
            ("password", password),
            ("account", self.account.as_deref().map(or_null)),
            ("receipt_states", receipt_states(&self.receipt_states)?),
            ("system_type", self.system_type.as_deref().map(Value::from)),
            ("bind", self.bind.as_deref().map(Value::from)),
            ("window", self.window.map(Value::from)),
            ("rate_per_second", rate),
            ("enquire_link_seconds", self.enquire_link.map(Value::from)),
            (
                "response_timeout_seconds",
                self.response_timeout.map(Value::from),
            ),
            ("source_addr", source_addr.map(Value::from)),
            ("ton", self.ton.map(Value::from)),
            ("npi", self.npi.map(Value::from)),
            ("text", self.text.as_deref().map(Value::from)),
            ("ucs2_data_coding", self.ucs2_data_coding.map(Value::from)),
            ("long", self.long.as_deref().map(Value::from)),
            ("enabled", self.enabled.map(Value::from)),
        ]))
    }

    fn tls_changes(&self) -> Result<Map<String, Value>, Failure> {
        let name = self.server_name.as_deref();
        let key = self.client_key.as_deref().map(text_of).transpose()?;
        Ok(given([
            ("enabled", self.tls.map(Value::from)),
            ("ca", self.ca.as_deref().map(file_or_none).transpose()?),
            ("server_name", name.map(or_null)),
            (
                "client_cert",
                self.client_cert.as_deref().map(file_or_none).transpose()?,
            ),
            ("client_key", key.map(Value::from)),
        ]))
    }
}

fn or_null(text: &str) -> Value {
    if text == "none" {
        Value::Null
    } else {
        json!(text)
    }
}

/// None when none is given.
fn receipt_states(given: &[String]) -> Result<Option<Value>, Failure> {
    if given.is_empty() {
        return Ok(None);
    }
    let mut states = Map::new();
    for pair in given.iter().filter(|pair| *pair != "none") {
        let (word, state) = pair.split_once('=').ok_or_else(|| {
            Failure::Usage(format!(
                "--receipt-state {pair}: give a word and a state, such as 0=delivered"
            ))
        })?;
        states.insert(word.to_owned(), json!(state));
    }
    Ok(Some(Value::Object(states)))
}

fn given<const N: usize>(fields: [(&str, Option<Value>); N]) -> Map<String, Value> {
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// What is set with the changes made: a PUT replaces all but the secrets.
fn merged(before: Option<Value>, changes: Map<String, Value>, tls: Map<String, Value>) -> Value {
    let Some(Value::Object(mut all)) = before else {
        let mut all = changes;
        all.insert("tls".to_owned(), Value::Object(tls));
        return Value::Object(all);
    };
    all.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
    if changes.contains_key("source_addr") {
        // They follow from the new one, unless they are given too.
        all.retain(|name, _| name != "ton" && name != "npi");
    }
    all.extend(changes);
    if let Some(Value::Object(before)) = all.get_mut("tls") {
        before.remove("client_key_set");
        before.extend(tls);
    }
    Value::Object(all)
}

fn rate(given: &str) -> Result<Value, Failure> {
    match given {
        "none" => Ok(Value::Null),
        given => given.parse::<u32>().map(Value::from).map_err(|_| {
            Failure::Usage(format!(
                "--rate-per-second: {given:?} is neither a number nor none"
            ))
        }),
    }
}

fn file_or_none(path: &Path) -> Result<Value, Failure> {
    if path == Path::new("none") {
        Ok(Value::Null)
    } else {
        text_of(path).map(Value::from)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::UplinksCommand;
    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(subcommand)]
        command: UplinksCommand,
    }

    fn set(arguments: &[&str]) -> Set {
        let all = ["uplinks", "set", "primary"].iter().chain(arguments);
        match Cli::try_parse_from(all).unwrap().command {
            UplinksCommand::Set(set) => *set,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn what_is_given_is_asked_for_and_nothing_else() {
        let set = set(&[
            "--host",
            "smsc.example.net",
            "--system-id",
            "shop",
            "--tls",
            "true",
            "--ca",
            "none",
            "--rate-per-second",
            "none",
            "--source-addr",
            "none",
        ]);
        let changes = json!({
            "host": "smsc.example.net", "system_id": "shop", "rate_per_second": null, "source_addr": "",
        });
        assert_eq!(Value::Object(set.changes().unwrap()), changes);
        let tls = json!({"enabled": true, "ca": null});
        assert_eq!(Value::Object(set.tls_changes().unwrap()), tls);
        let bad = ["--rate-per-second", "fast"];
        assert!(super::tests::set(&bad).changes().is_err());
        let bind = ["uplinks", "set", "primary", "--bind", "receiver"];
        assert!(Cli::try_parse_from(bind).is_err());
        assert!(Cli::try_parse_from(["uplinks", "set"]).is_err());
    }

    #[test]
    fn an_account_and_words_of_receipts() {
        let given = set(&["--account", "acme", "--receipt-state", "0=delivered"]);
        let changes = json!({"account": "acme", "receipt_states": {"0": "delivered"}});
        assert_eq!(Value::Object(given.changes().unwrap()), changes);
        let cleared = set(&["--account", "none", "--receipt-state", "none"]);
        let changes = json!({"account": null, "receipt_states": {}});
        assert_eq!(Value::Object(cleared.changes().unwrap()), changes);
        assert!(set(&["--receipt-state", "0"]).changes().is_err());
    }

    #[test]
    fn secrets_come_from_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, " s3cret\r\n").unwrap();
        let set = set(&["--password-file", path.to_str().unwrap()]);
        assert_eq!(set.changes().unwrap()["password"], " s3cret");
        let none = ["--password-file", "/nowhere/password"];
        assert!(matches!(
            super::tests::set(&none).changes(),
            Err(Failure::Usage(_))
        ));
    }

    #[test]
    fn a_change_keeps_the_rest_and_asks_for_nothing_that_is_only_told() {
        let before = json!({
            "name": "primary", "host": "a", "port": 2775, "password_set": true, "state": "bound",
            "source_addr": "ACME", "ton": 5, "npi": 0, "bound_since": null, "in_flight": 0,
            "rests_until": null, "last_error": null,
            "tls": {"enabled": false, "ca": "PEM", "client_key_set": false},
        });
        let changes = given([("source_addr", Some(json!("8080")))]);
        let tls = given([("enabled", Some(json!(true)))]);
        let expected = json!({
            "host": "a", "port": 2775, "source_addr": "8080", "tls": {"enabled": true, "ca": "PEM"},
        });
        assert_eq!(merged(Some(before), changes, tls), expected);
        let new = merged(None, given([("host", Some(json!("a")))]), Map::new());
        assert_eq!(new, json!({"host": "a", "tls": {}}));
    }
}
