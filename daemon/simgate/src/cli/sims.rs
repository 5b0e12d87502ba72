//! `simgate sims` and `simgate ussd`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::client::{Ask, segment};
use super::input::text_of;
use super::or_none::{Named, OrNone, by_name, named};
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate sims list
  simgate sims set 8984011234567890123 --label \"shop 3\" --group viettel --per-day 400
  simgate sims set 8984011234567890123 --pin-file pin.txt --enabled true
  simgate sims set 8984011234567890123 --per-day none --window none
  simgate sims reset-health 8984011234567890123    # after topping it up, say";

pub(super) const USSD_EXAMPLES: &str = "\
Examples:
  simgate ussd 8984011234567890123 '*101#'    # ask for the balance
  simgate ussd 8984011234567890123 1          # answer an open menu";

#[derive(Debug, Subcommand)]
pub(super) enum SimsCommand {
    /// List all SIMs that were ever seen.
    #[command(mut_arg("json", |json| json.help("Print one JSON object for each SIM")))]
    List(Ask),
    /// Show one SIM.
    Show {
        /// Serial number of the SIM.
        iccid: String,
        #[command(flatten)]
        ask: Ask,
    },
    /// Forget what a SIM failed, so that it sends again at once.
    #[command(mut_arg("json", |json| json.help("Print the SIM as one JSON object")))]
    ResetHealth {
        /// Serial number of the SIM.
        iccid: String,
        #[command(flatten)]
        ask: Ask,
    },
    /// Change what is set for a SIM; the word none takes a setting away.
    Set(Box<Set>),
}

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print the SIM as one JSON object")))]
pub(super) struct Set {
    /// Serial number of the SIM.
    iccid: String,
    #[command(flatten)]
    patch: Patch,
    /// File with its PIN; - reads standard input.
    #[arg(long, value_name = "PATH")]
    pin_file: Option<PathBuf>,
    #[command(flatten)]
    ask: Ask,
}

/// The body of the change: a flag that is left out is no field of it.
#[derive(Debug, Args, Serialize)]
struct Patch {
    /// A name for people.
    #[arg(long, value_name = "TEXT|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<OrNone<String>>,
    /// A group that it belongs to; give it again for more. Replaces the groups that were set.
    #[arg(long = "group", value_name = "NAME|none")]
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "without_none")]
    groups: Vec<String>,
    /// Whether it may send.
    #[arg(long, value_name = "true|false")]
    #[serde(skip_serializing_if = "Option::is_none")]
    enabled: Option<bool>,
    /// Its own number, where the SIM does not know it.
    #[arg(long, value_name = "NUMBER|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<OrNone<String>>,
    #[command(flatten)]
    #[serde(skip_serializing_if = "QuotaPatch::is_empty")]
    quota: QuotaPatch,
    /// Least time between two submits, in milliseconds.
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    min_gap_ms: Option<u32>,
    /// Hours in which it sends, such as 08:00-21:30@Asia/Ho_Chi_Minh.
    #[arg(long, value_name = "FROM-TO@ZONE|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<OrNone<Hours>>,
    /// Cost of a part, in your own unit.
    #[arg(long, value_name = "N|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<OrNone<f64>>,
    /// Cost of a part to numbers that begin so; give it again for more. Replaces those that were set.
    #[arg(long = "prefix-cost", value_name = "PREFIX=N|none", value_parser = named::<f64>)]
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "by_name")]
    prefix_costs: Vec<Named<f64>>,
    #[command(flatten)]
    #[serde(skip_serializing_if = "OptOut::is_empty")]
    opt_out: OptOut,
}

#[derive(Debug, Args, Serialize)]
struct QuotaPatch {
    /// Quota in a running minute.
    #[arg(long, value_name = "N|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    per_minute: Option<OrNone<u32>>,
    /// Quota in a running hour.
    #[arg(long, value_name = "N|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    per_hour: Option<OrNone<u32>>,
    /// Quota in a UTC day.
    #[arg(long, value_name = "N|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    per_day: Option<OrNone<u32>>,
    /// Quota in a UTC month.
    #[arg(long, value_name = "N|none")]
    #[serde(skip_serializing_if = "Option::is_none")]
    per_month: Option<OrNone<u32>>,
    /// Whether quotas count the parts of a message, as operators bill, or whole messages.
    #[arg(long, value_name = "true|false")]
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<bool>,
}

/// Replaces what was set, so that one of these alone stands for all of them.
#[derive(Debug, Args)]
struct OptOut {
    /// Whether messages such as STOP to it count; none: as the configuration says.
    #[arg(id = "opt_out", long = "opt-out", value_name = "true|false|none")]
    enabled: Option<OrNone<bool>>,
    /// A language whose words count, such as vi; give it again for more. Left out, all.
    #[arg(
        id = "opt_out_languages",
        long = "opt-out-language",
        value_name = "CODE"
    )]
    languages: Vec<String>,
    /// A word that does not count, since it means something else here; give it again for more.
    #[arg(id = "opt_out_except", long = "opt-out-except", value_name = "WORD")]
    except: Vec<String>,
}

impl OptOut {
    fn is_empty(&self) -> bool {
        self.enabled.is_none() && self.languages.is_empty() && self.except.is_empty()
    }
}

impl Serialize for OptOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words = match self.enabled.as_ref().map(|enabled| json!(enabled)) {
            Some(Value::Null) => Value::Null,
            enabled => json!({
                "enabled": enabled.unwrap_or(true.into()),
                "languages": Some(&self.languages).filter(|codes| !codes.is_empty()),
                "except": self.except,
            }),
        };
        words.serialize(serializer)
    }
}

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print the reply as one JSON object")))]
pub(super) struct Ussd {
    /// Serial number of the SIM.
    iccid: String,
    /// The code, or the answer to an open menu.
    code: String,
    #[command(flatten)]
    ask: Ask,
}

impl SimsCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(ask) => output::rows(&ask.client()?.all("/sims")?, ask.json, HEADINGS, row),
            Self::Show { iccid, ask } => ask.show(&path(&iccid)),
            Self::ResetHealth { iccid, ask } => {
                let path = format!("{}/reset-health", path(&iccid));
                let sim = ask.client()?.post(&path, &json!({}))?;
                show_changed(&iccid, &sim, &ask)
            }
            Self::Set(set) => set.run(),
        }
    }
}

fn path(iccid: &str) -> String {
    format!("/sims/{}", segment(iccid))
}

/// A SIM that was changed; nothing of it is answered to a key that may not read it.
fn show_changed(iccid: &str, sim: &Value, ask: &Ask) -> Result<(), Failure> {
    if sim.is_null() && !ask.json {
        return output::line(&format!("{}  done", output::plain(iccid)));
    }
    ask.print(sim)
}

const HEADINGS: &[&str] = &[
    "ICCID", "STATE", "NUMBER", "LABEL", "GROUPS", "OPERATOR", "BARS", "SENT", "FAILED", "RECEIVED",
];

fn row(sim: &Value) -> Vec<String> {
    let operator = match &sim["network"]["operator"] {
        Value::Null => &sim["operator"],
        operator => operator,
    };
    let state = match &sim["state"] {
        state if state == "ready" && !sim["opens_at"].is_null() => "outside its hours".to_owned(),
        state => output::cell(state),
    };
    let [iccid, number, label, groups] =
        ["iccid", "number", "label", "groups"].map(|name| output::cell(&sim[name]));
    let [sent, failed, received] =
        ["sent_today", "failed_today", "received_today"].map(|name| output::cell(&sim[name]));
    let (operator, bars) = (output::cell(operator), output::cell(&sim["signal"]["bars"]));
    vec![
        iccid, state, number, label, groups, operator, bars, sent, failed, received,
    ]
}

impl Set {
    fn run(&self) -> Result<(), Failure> {
        let mut patch = json!(self.patch);
        if let Some(path) = &self.pin_file {
            patch["pin"] = text_of(path)?.trim().into();
        }
        if patch == json!({}) {
            return Err(Failure::nothing_to_set("sims"));
        }
        let sim = self.ask.client()?.patch(&path(&self.iccid), &patch)?;
        show_changed(&self.iccid, &sim, &self.ask)
    }
}

impl QuotaPatch {
    fn is_empty(&self) -> bool {
        json!(self) == json!({})
    }
}

fn without_none<S: Serializer>(names: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(names.iter().filter(|name| *name != "none"))
}

/// Hours of the day, as the option `--window` has them.
#[derive(Clone, Debug, Serialize)]
struct Hours {
    from: String,
    to: String,
    timezone: String,
}

impl FromStr for Hours {
    type Err = &'static str;

    fn from_str(given: &str) -> Result<Self, &'static str> {
        let (hours, timezone) = given.split_once('@').ok_or("expected FROM-TO@ZONE")?;
        let (from, to) = hours.split_once('-').ok_or("expected FROM-TO@ZONE")?;
        let [from, to, timezone] = [from, to, timezone].map(str::to_owned);
        Ok(Self { from, to, timezone })
    }
}

impl Ussd {
    pub(super) fn run(self) -> Result<(), Failure> {
        let path = format!("{}/ussd", path(&self.iccid));
        let reply = (self.ask.client()?).post(&path, &json!({"code": self.code}))?;
        if self.ask.json {
            return output::json(&reply);
        }
        // Menus have lines: those stay, all else that a terminal would obey does not.
        let text = reply["reply"].as_str().unwrap_or_default();
        let lines: Vec<_> = text.lines().map(output::plain).collect();
        output::line(&lines.join("\n"))?;
        if reply["open"] == true {
            output::line("(the network waits for an answer)")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::input::options;
    use super::*;

    fn patch(arguments: &[&str]) -> Option<Value> {
        let patch = options::<Patch>(arguments).ok();
        patch.map(|patch| json!(patch))
    }

    #[test]
    fn none_takes_a_setting_away_and_nonsense_is_refused() {
        for (arguments, expected) in [
            (&[][..], json!({})),
            (&["--per-day", "none"], json!({"quota": {"per_day": null}})),
            (&["--per-day", "400"], json!({"quota": {"per_day": 400}})),
            (&["--cost", "0.5"], json!({"cost": 0.5})),
            (&["--label", "none"], json!({"label": null})),
            (&["--enabled", "false"], json!({"enabled": false})),
            (
                &["--window", "08:00-21:30@Asia/Ho_Chi_Minh"],
                json!({"window": {"from": "08:00", "to": "21:30", "timezone": "Asia/Ho_Chi_Minh"}}),
            ),
            (&["--window", "none"], json!({"window": null})),
            (&["--group", "none"], json!({"groups": []})),
            (
                &["--group", "a", "--group", "b"],
                json!({"groups": ["a", "b"]}),
            ),
            (&["--prefix-cost", "none"], json!({"prefix_costs": {}})),
            (&["--opt-out", "none"], json!({"opt_out": null})),
            (
                &["--opt-out", "false"],
                json!({"opt_out": {"enabled": false, "languages": null, "except": []}}),
            ),
            (
                &["--opt-out-language", "vi", "--opt-out-except", "tc"],
                json!({"opt_out": {"enabled": true, "languages": ["vi"], "except": ["tc"]}}),
            ),
            (
                &["--prefix-cost", "+84=1", "--prefix-cost", "+8490=0.5"],
                json!({"prefix_costs": {"+84": 1.0, "+8490": 0.5}}),
            ),
        ] {
            assert_eq!(patch(arguments), Some(expected), "{arguments:?}");
        }
        for bad in [["--per-day=-1"], ["--window=08:00"], ["--prefix-cost=+84"]] {
            assert_eq!(patch(&bad), None, "{bad:?}");
        }
    }
}
