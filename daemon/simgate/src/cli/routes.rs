//! `simgate routes`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Ask, items};
use super::input::{given, text_of};
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate routes list
  simgate routes list --json > routes.json     # to edit it, and then:
  simgate routes set routes.json
  simgate routes explain --to +84901234567 --priority bulk    # sends nothing";

#[derive(Debug, Subcommand)]
pub(super) enum RoutesCommand {
    /// List the routes in their order; the first that fits a message decides.
    #[command(mut_arg("json", |json| json.help("Print one JSON object that set takes")))]
    List(Ask),
    /// Replace all routes.
    #[command(mut_arg("json", |json| json.help("Print the routes as one JSON object")))]
    Set {
        /// File with a JSON object as list --json prints it; - reads standard input.
        file: PathBuf,
        #[command(flatten)]
        ask: Ask,
    },
    /// Say which way a message would go now, and why not another; sends nothing.
    Explain(Box<Explain>),
}

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print the answer as one JSON object")))]
pub(super) struct Explain {
    /// Recipient: E.164 with +, a national number of the configured country, or a short code.
    #[arg(long, value_name = "NUMBER")]
    to: String,
    #[arg(long, default_value = "test")]
    text: String,
    /// An otp never waits behind normal or bulk.
    #[arg(long, value_parser = ["otp", "normal", "bulk"])]
    priority: Option<String>,
    /// sim:ICCID, group:NAME, uplink:NAME, or an alphanumeric sender. Left out, the routes decide.
    #[arg(long, value_name = "WHICH")]
    from: Option<String>,
    /// How the text goes on the air.
    #[arg(long, value_parser = ["auto", "gsm7", "ucs2"])]
    encoding: Option<String>,
    #[command(flatten)]
    ask: Ask,
}

impl RoutesCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(ask) => show(&ask.client()?.get("/routes", &[])?, ask.json),
            Self::Set { file, ask } => {
                let routes = serde_json::from_str(&text_of(&file)?).map_err(|error| {
                    Failure::Usage(format!("{}: not JSON: {error}", file.display()))
                })?;
                show(&ask.client()?.put("/routes", &routes)?, ask.json)
            }
            Self::Explain(explain) => explain.run(),
        }
    }
}

fn show(routes: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        return output::json(routes);
    }
    let rows: Vec<_> = items(&routes["items"]).iter().map(row).collect();
    output::table(&["NAME", "MATCH", "TARGETS", "FALL BACK"], &rows)
}

fn row(route: &Value) -> Vec<String> {
    vec![
        output::cell(&route["name"]),
        matching(&route["match"]),
        items(&route["targets"])
            .iter()
            .map(target)
            .collect::<Vec<_>>()
            .join(", "),
        fall_back(&route["fall_back"]),
    ]
}

fn matching(matches: &Value) -> String {
    let lists = ["to_prefix", "priority", "key", "sender"];
    let mut parts: Vec<_> = lists
        .into_iter()
        .filter(|name| !items(&matches[name]).is_empty())
        .map(|name| format!("{name}={}", output::cell(&matches[name])))
        .collect();
    let hours = &matches["hours"];
    if hours.is_object() {
        let [from, to, zone] = ["from", "to", "timezone"].map(|name| output::cell(&hours[name]));
        parts.push(format!("hours={from}-{to}@{zone}"));
    }
    if parts.is_empty() {
        "all".to_owned()
    } else {
        parts.join(" ")
    }
}

fn target(target: &Value) -> String {
    if let Some(name) = target["uplink"].as_str() {
        return format!("uplink:{}", output::plain(name));
    }
    let sims = &target["sims"];
    let which = match (sims["group"].as_str(), sims["iccid"].as_str()) {
        (Some(group), _) => format!("group:{}", output::plain(group)),
        (None, Some(iccid)) => format!("sim:{}", output::plain(iccid)),
        (None, None) => "sims".to_owned(),
    };
    format!("{which} ({})", output::cell(&target["strategy"]))
}

fn fall_back(fall_back: &Value) -> String {
    let mut when: Vec<_> = items(&fall_back["on"]).iter().map(output::cell).collect();
    if let Some(wait) = fall_back["after_wait_seconds"].as_u64() {
        when.push(format!("after {wait} s"));
    }
    if when.is_empty() {
        "never".to_owned()
    } else {
        when.join(", ")
    }
}

impl Explain {
    fn run(&self) -> Result<(), Failure> {
        let answer = (self.ask.client()?).post("/routes/explain", &self.draft())?;
        if self.ask.json {
            return output::json(&answer);
        }
        output::line(&format!("route  {}", output::cell(&answer["route"])))?;
        if !answer["next"].is_null() {
            output::line(&format!("next   {}", output::cell(&answer["next"])))?;
        }
        if let Some(sentence) = answer["waiting_for"]["sentence"].as_str() {
            output::line(&format!("waits  {}", output::plain(sentence)))?;
        }
        output::table(
            &["TARGET", "CARRIER", "ELIGIBLE", "WHY"],
            &carriers(&answer),
        )
    }

    fn draft(&self) -> Value {
        let text = |value: &Option<String>| value.clone().map(Value::from);
        Value::Object(given([
            ("to", Some(json!(self.to))),
            ("text", Some(json!(self.text))),
            ("priority", text(&self.priority)),
            ("from", text(&self.from)),
            ("encoding", text(&self.encoding)),
        ]))
    }
}

/// A row for each carrier; the number says in which order their targets are tried.
fn carriers(answer: &Value) -> Vec<Vec<String>> {
    let targets = items(&answer["targets"]).iter().zip(1..);
    targets
        .flat_map(|(target, number): (_, usize)| {
            items(&target["carriers"]).iter().map(move |carrier| {
                let cells =
                    ["carrier", "eligible", "sentence"].map(|name| output::cell(&carrier[name]));
                std::iter::once(number.to_string()).chain(cells).collect()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::input::options;
    use super::*;

    #[test]
    fn a_route_is_one_line() {
        let route = json!({
            "name": "otp",
            "match": {
                "to_prefix": ["+84", "+85"], "priority": ["otp"], "key": [], "sender": [],
                "hours": {"from": "08:00", "to": "21:00", "timezone": "Asia/Ho_Chi_Minh"},
            },
            "targets": [
                {"sims": {"group": "viettel"}, "strategy": "sticky"}, {"sims": {}, "strategy": "balance"},
                {"uplink": "primary"},
            ],
            "fall_back": {"after_wait_seconds": 60, "on": ["no-sim"]},
        });
        let expected = [
            "otp",
            "to_prefix=+84,+85 priority=otp hours=08:00-21:00@Asia/Ho_Chi_Minh",
            "group:viettel (sticky), sims (balance), uplink:primary",
            "no-sim, after 60 s",
        ];
        assert_eq!(row(&route), expected);
        let all = json!({"to_prefix": [], "hours": null});
        assert_eq!(matching(&all), "all");
        assert_eq!(fall_back(&json!({"on": []})), "never");
    }

    #[test]
    fn an_explanation_asks_with_a_message_and_lists_carriers_by_target() {
        let explain = |arguments: &[&str]| options::<Explain>(arguments).unwrap().draft();
        let least = json!({"to": "+84901234567", "text": "test"});
        assert_eq!(explain(&["--to", "+84901234567"]), least);
        let full = explain(&[
            "--to",
            "8080",
            "--priority",
            "otp",
            "--from",
            "ACME",
            "--text",
            "a",
        ]);
        let expected = json!({"to": "8080", "text": "a", "priority": "otp", "from": "ACME"});
        assert_eq!(full, expected);
        assert!(options::<Explain>(&[]).is_err());

        let answer = json!({"route": "otp", "targets": [
            {"carriers": [{"carrier": "sim:1", "eligible": false, "why": "absent", "sentence": "It waits because SIM till is in no modem."}]},
            {"carriers": [{"carrier": "uplink:a", "eligible": true, "why": "turn", "sentence": "It waits for its turn with uplink a."}]},
        ]});
        let rows = [
            [
                "1",
                "sim:1",
                "no",
                "It waits because SIM till is in no modem.",
            ],
            [
                "2",
                "uplink:a",
                "yes",
                "It waits for its turn with uplink a.",
            ],
        ];
        assert_eq!(carriers(&answer), rows);
    }
}
