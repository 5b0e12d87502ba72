//! `simgate uplinks set`: a PUT replaces all, so what is not given is taken from what is there.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::path;
use crate::cli::Failure;
use crate::cli::client::Ask;
use crate::cli::input::text_of;
use crate::cli::or_none::{Named, OrNone, by_name, named};

/// What an answer tells and a request does not take.
const READ_ONLY: [&str; 8] = [
    "name",
    "password_set",
    "state",
    "bound_since",
    "in_flight",
    "rests_until",
    "last_error",
    "last_error_code",
];

// `--ca` is the SMSC's here.
#[derive(Debug, Args)]
#[command(mut_arg("daemon_ca", |ca| ca.long("daemon-ca")))]
#[command(mut_arg("json", |json| json.help("Print the uplink as one JSON object")))]
pub(in crate::cli) struct Set {
    /// Its name, of letters, digits, dots, hyphens and underscores.
    name: String,
    #[command(flatten)]
    changes: Changes,
    #[command(flatten)]
    tls_changes: TlsChanges,
    /// File with the password; - reads standard input.
    #[arg(long, value_name = "PATH")]
    password_file: Option<PathBuf>,
    /// PEM file of the certificate authorities to trust; none: the system's.
    #[arg(long, value_name = "PATH|none")]
    ca: Option<PathBuf>,
    /// PEM file of the certificate to show; none: no certificate and no key.
    #[arg(long, value_name = "PATH|none")]
    client_cert: Option<PathBuf>,
    /// PEM file of that certificate's private key.
    #[arg(long, value_name = "PATH")]
    client_key: Option<PathBuf>,
    #[command(flatten)]
    ask: Ask,
}

/// Fields of the body: a flag that is left out is none of them.
#[derive(Debug, Args, Serialize)]
struct Changes {
    /// Name or address of the SMSC.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    /// 2775, or 3550 with TLS, for a new uplink.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    /// Name of the account at the SMSC, at most 64 characters.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    system_id: Option<String>,
    /// Name that all uplinks of one account have in common; none: the host and system id.
    #[arg(long, value_name = "NAME|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<OrNone<String>>,
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    system_type: Option<String>,
    /// One bind, or a transmitter and a receiver.
    #[arg(long, value_parser = ["transceiver", "pair"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    bind: Option<String>,
    /// The most submits that wait for their answers at a time.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<u16>,
    /// The most submits a second.
    #[arg(long, value_name = "N|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_per_second: Option<OrNone<u32>>,
    /// Seconds from one `enquire_link` to the next.
    #[arg(long, value_name = "SECONDS")]
    #[serde(
        rename = "enquire_link_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    enquire_link: Option<u16>,
    /// Seconds to wait for an answer.
    #[arg(long, value_name = "SECONDS")]
    #[serde(
        rename = "response_timeout_seconds",
        skip_serializing_if = "Option::is_none"
    )]
    response_timeout: Option<u16>,
    /// Sender of messages that ask for none.
    #[arg(long, value_name = "ADDRESS|none", value_parser = address)]
    #[serde(skip_serializing_if = "Option::is_none")]
    source_addr: Option<String>,
    /// Type of number of the source address, where it does not follow from it.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    ton: Option<u8>,
    /// Numbering plan of the source address, where it does not follow from it.
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    npi: Option<u8>,
    /// How texts go that the GSM 7-bit alphabet holds.
    #[arg(long, value_parser = ["gsm7", "latin1"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// `data_coding` of texts in UCS-2.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    ucs2_data_coding: Option<u8>,
    /// How messages go that need more than one part.
    #[arg(long, value_parser = ["udh", "sar", "payload"])]
    #[serde(skip_serializing_if = "Option::is_none")]
    long: Option<String>,
    /// What a word behind `stat:` of a receipt means at this SMSC, such as 0=delivered; once for each
    /// word. none: the usual.
    #[arg(long = "receipt-state", value_name = "WORD=STATE|none", value_parser = named::<String>)]
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "by_name")]
    receipt_states: Vec<Named<String>>,
    /// Whether it is connected and used.
    #[arg(long, value_name = "true|false")]
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
}

/// The same of its object `tls`.
#[derive(Debug, Args, Serialize)]
struct TlsChanges {
    /// Whether to speak TLS.
    #[arg(long, value_name = "true|false")]
    #[serde(rename = "enabled", skip_serializing_if = "Option::is_none")]
    tls: Option<bool>,
    /// Name that the SMSC's certificate must be for; none: the host.
    #[arg(long, value_name = "NAME|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    server_name: Option<OrNone<String>>,
}

impl Set {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let (changes, tls) = (self.changes()?, self.tls_changes()?);
        if changes.is_empty() && tls.is_empty() {
            return Err(Failure::nothing_to_set("uplinks"));
        }
        let client = self.ask.client()?;
        let before = client.named("/uplinks", &self.name)?;
        let uplink = client.put(&path(&self.name), &merged(before, changes, tls))?;
        self.ask.print(&uplink)
    }

    fn changes(&self) -> Result<Map<String, Value>, Failure> {
        let mut changes = object(&self.changes);
        if let Some(path) = &self.password_file {
            let password = text_of(path)?;
            let password = password.trim_end_matches(['\r', '\n']);
            changes.insert("password".to_owned(), password.into());
        }
        Ok(changes)
    }

    fn tls_changes(&self) -> Result<Map<String, Value>, Failure> {
        let mut changes = object(&self.tls_changes);
        for (name, path) in [("ca", &self.ca), ("client_cert", &self.client_cert)] {
            if let Some(path) = path {
                changes.insert(name.to_owned(), file_or_none(path)?);
            }
        }
        if let Some(path) = &self.client_key {
            changes.insert("client_key".to_owned(), text_of(path)?.into());
        }
        Ok(changes)
    }
}

fn object(fields: &impl Serialize) -> Map<String, Value> {
    match json!(fields) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Empty for none.
#[expect(clippy::unnecessary_wraps, reason = "clap wants it so")]
fn address(given: &str) -> Result<String, String> {
    let given = if given == "none" { "" } else { given };
    Ok(given.to_owned())
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

fn file_or_none(path: &Path) -> Result<Value, Failure> {
    if path == Path::new("none") {
        Ok(Value::Null)
    } else {
        text_of(path).map(Value::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::input::options;

    fn set(changes: &str) -> Set {
        let words: Vec<_> = ["primary"].into_iter().chain(changes.split(' ')).collect();
        options(&words).unwrap()
    }

    #[test]
    fn what_is_given_is_asked_for_and_nothing_else() {
        let set = set(
            "--host smsc.example.net --system-id shop --tls true --ca none --rate-per-second none --source-addr none",
        );
        let changes = json!({
            "host": "smsc.example.net", "system_id": "shop", "rate_per_second": null, "source_addr": "",
        });
        assert_eq!(Value::Object(set.changes().unwrap()), changes);
        let tls = json!({"enabled": true, "ca": null});
        assert_eq!(Value::Object(set.tls_changes().unwrap()), tls);
        for bad in [["--rate-per-second", "fast"], ["--bind", "receiver"]] {
            let all = [&["primary"], &bad[..]].concat();
            assert!(options::<Set>(&all).is_err(), "{bad:?}");
        }
        assert!(options::<Set>(&[]).is_err());
    }

    #[test]
    fn the_authorities_of_the_smsc_and_of_the_daemon_are_told_apart() {
        let set = set("--ca smsc.pem --daemon-ca /nowhere/daemon.pem --url https://localhost");
        assert_eq!(set.ca.as_deref(), Some(Path::new("smsc.pem")));
        let Err(refused) = set.ask.client() else {
            panic!("a file that is not there is trusted");
        };
        assert!(
            format!("{refused:?}").contains("/nowhere/daemon.pem"),
            "{refused:?}"
        );
    }

    #[test]
    fn an_account_and_words_of_receipts() {
        let given = set("--account acme --receipt-state 0=delivered");
        let changes = json!({"account": "acme", "receipt_states": {"0": "delivered"}});
        assert_eq!(Value::Object(given.changes().unwrap()), changes);
        let cleared = set("--account none --receipt-state none");
        let changes = json!({"account": null, "receipt_states": {}});
        assert_eq!(Value::Object(cleared.changes().unwrap()), changes);
        assert!(options::<Set>(&["primary", "--receipt-state", "0"]).is_err());
    }

    #[test]
    fn secrets_come_from_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        std::fs::write(&path, " s3cret\r\n").unwrap();
        let given = set(&format!("--password-file {}", path.display()));
        assert_eq!(given.changes().unwrap()["password"], " s3cret");
        let refused = set("--password-file /nowhere/password").changes();
        assert!(matches!(refused, Err(Failure::Usage(_))));
    }

    #[test]
    fn a_change_keeps_the_rest_and_asks_for_nothing_that_is_only_told() {
        let before = json!({
            "name": "primary", "host": "a", "port": 2775, "password_set": true, "state": "bound",
            "source_addr": "ACME", "ton": 5, "npi": 0, "bound_since": null, "in_flight": 0,
            "rests_until": null, "last_error": null, "last_error_code": null,
            "tls": {"enabled": false, "ca": "PEM", "client_key_set": false},
        });
        let changes = object(&json!({"source_addr": "8080"}));
        let tls = object(&json!({"enabled": true}));
        let expected = json!({
            "host": "a", "port": 2775, "source_addr": "8080", "tls": {"enabled": true, "ca": "PEM"},
        });
        assert_eq!(merged(Some(before), changes, tls), expected);
        let new = merged(None, object(&json!({"host": "a"})), Map::new());
        assert_eq!(new, json!({"host": "a", "tls": {}}));
    }
}
