//! `simgate webhooks set`: a PUT replaces all, so what is not given is taken from what is there.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use super::path;
use crate::cli::Failure;
use crate::cli::client::Ask;
use crate::cli::input::{given, text_of};
use crate::cli::or_none::OrNone;
use gateway::overlap;

/// What a request takes of what an answer tells.
const SET: [&str; 4] = ["url", "events", "enabled", "tls"];

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print the webhook as one JSON object")))]
pub(in crate::cli) struct Set {
    /// Its name, of letters, digits, dots, hyphens and underscores; callbacks stands for the
    /// `callback_url` of messages.
    name: String,
    /// Where events are posted to.
    #[arg(long, value_name = "URL")]
    post_to: Option<String>,
    /// An event that it is told of: message.sent, message.*, or * for all; once for each.
    #[arg(long = "event", value_name = "PATTERN")]
    events: Vec<String>,
    /// File with the secret that posts are signed with; - reads standard input. Without one a new
    /// webhook gets one that is printed.
    #[arg(long, value_name = "PATH", group = "secret")]
    secret_file: Option<PathBuf>,
    /// Make a new secret, and print it.
    #[arg(long, group = "secret")]
    new_secret: bool,
    /// How long posts are signed with the secret before too, in seconds: 0 to 2592000. Left out: a day.
    #[arg(long, value_name = "SECONDS", requires = "secret",
        value_parser = clap::value_parser!(u32).range(..=i64::from(overlap::LONGEST)))]
    secret_overlap: Option<u32>,
    /// PEM file of the certificate authorities to trust; none: the system's.
    #[arg(long, value_name = "PATH|none")]
    receiver_ca: Option<OrNone<String>>,
    /// SHA-256 of the receiver's certificate, which alone is trusted then; none: certificate
    /// authorities are.
    #[arg(long, value_name = "HEX|none")]
    receiver_fingerprint: Option<OrNone<String>>,
    /// Whether events are posted.
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,
    #[command(flatten)]
    ask: Ask,
}

impl Set {
    pub(super) fn run(&self) -> Result<(), Failure> {
        self.check_url()?;
        let (changes, tls) = (self.changes()?, self.tls_changes()?);
        if changes.is_empty() && tls.is_empty() {
            return Err(Failure::nothing_to_set("webhooks"));
        }
        let client = self.ask.client()?;
        let before = client.named("/webhooks", &self.name)?;
        let webhook = client.put(&path(&self.name), &merged(before, changes, tls))?;
        self.ask.print(&webhook)
    }

    /// The API calls the receiver's address `url`. Taken for the daemon's, it would be sent the key.
    fn check_url(&self) -> Result<(), Failure> {
        match self.ask.typed_path() {
            Some(url) if self.post_to.is_none() => Err(Failure::Usage(format!(
                "--url is the daemon's address, and {url} has a path; --post-to says where events are posted"
            ))),
            _ => Ok(()),
        }
    }

    fn changes(&self) -> Result<Map<String, Value>, Failure> {
        let events = Some(&self.events).filter(|events| !events.is_empty());
        let secret = self.secret_file.as_deref().map(text_of).transpose()?;
        let secret = secret.map(|text| json!(text.trim()));
        let new = self.new_secret.then(|| json!("new"));
        Ok(given([
            ("url", self.post_to.as_deref().map(Value::from)),
            ("events", events.map(|events| json!(events))),
            ("secret", secret.or(new)),
            (
                "secret_overlap_seconds",
                self.secret_overlap.map(Value::from),
            ),
            ("enabled", self.enabled.map(Value::from)),
        ]))
    }

    fn tls_changes(&self) -> Result<Map<String, Value>, Failure> {
        let ca = self.receiver_ca.as_ref().map(|ca| json!(ca));
        let ca = ca.map(|path| match path.as_str() {
            Some(path) => text_of(path.as_ref()).map(Value::from),
            None => Ok(Value::Null),
        });
        let fingerprint = self.receiver_fingerprint.as_ref();
        Ok(given([
            ("ca", ca.transpose()?),
            ("fingerprint", fingerprint.map(|print| json!(print))),
        ]))
    }
}

/// What is set with the changes made: a PUT replaces all but the secret.
fn merged(before: Option<Value>, changes: Map<String, Value>, tls: Map<String, Value>) -> Value {
    let mut all = match before {
        Some(Value::Object(before)) => before,
        _ => Map::new(),
    };
    all.retain(|name, value| SET.contains(&name.as_str()) && !value.is_null());
    if !all.contains_key("url") {
        // That of the callbacks has neither of these, and a new one what is given.
        all.retain(|name, _| name == "enabled");
    }
    all.extend(changes);
    if !tls.is_empty() {
        let before = all.entry("tls").or_insert_with(|| json!({}));
        if let Value::Object(before) = before {
            before.extend(tls);
        }
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::input::options;

    fn set(changes: &str) -> Set {
        let words: Vec<_> = ["crm"].into_iter().chain(changes.split(' ')).collect();
        options(&words).unwrap()
    }

    #[test]
    fn what_is_given_is_asked_for_and_nothing_else() {
        let set = set("--post-to http://h/ --event a.* --event b --receiver-ca none");
        let changes = json!({"url": "http://h/", "events": ["a.*", "b"]});
        assert_eq!(Value::Object(set.changes().unwrap()), changes);
        let tls = Value::Object(set.tls_changes().unwrap());
        assert_eq!(tls, json!({"ca": null}));
        let new = super::tests::set("--new-secret").changes().unwrap();
        assert_eq!(Value::Object(new), json!({"secret": "new"}));
        let overlap = super::tests::set("--new-secret --secret-overlap 60");
        let asked = json!({"secret": "new", "secret_overlap_seconds": 60});
        assert_eq!(Value::Object(overlap.changes().unwrap()), asked);
    }

    #[test]
    fn the_receivers_address_is_not_taken_for_the_daemons() {
        for url in ["https://example.com/hook", "http://h:80/?a", "http://h?a"] {
            let set = set(&format!("--event * --url {url}"));
            let told = set.run().unwrap_err().to_string();
            assert!(told.contains("--post-to") && told.contains(url), "{told}");
        }
        for right in [
            "--event * --url http://h:8080/",
            "--event * --url http://h",
            "--event *",
            "--post-to http://h/hook --url https://proxy/simgate",
        ] {
            assert!(set(right).check_url().is_ok(), "{right}");
        }
    }

    #[test]
    fn a_change_keeps_the_rest_and_asks_for_nothing_that_is_only_told() {
        let before = json!({
            "name": "crm", "url": "http://h/", "events": ["*"], "secret_set": true, "enabled": true,
            "tls": {"ca": "PEM", "fingerprint": null}, "waiting": 0, "parked": 3,
        });
        let changes = given([("enabled", Some(json!(false)))]);
        let tls = given([("fingerprint", Some(json!("ab")))]);
        let expected = json!({
            "url": "http://h/", "events": ["*"], "enabled": false,
            "tls": {"ca": "PEM", "fingerprint": "ab"},
        });
        assert_eq!(merged(Some(before), changes, tls), expected);
        let callbacks = json!({
            "name": "callbacks", "url": null, "events": [], "secret_set": false, "enabled": true,
            "tls": {"ca": null, "fingerprint": null}, "waiting": 0, "parked": 0,
        });
        let secret = given([("secret", Some(json!("new")))]);
        let expected = json!({"enabled": true, "secret": "new"});
        assert_eq!(merged(Some(callbacks), secret, Map::new()), expected);
        let new = merged(None, given([("url", Some(json!("http://h/")))]), Map::new());
        assert_eq!(new, json!({"url": "http://h/"}));
    }
}
