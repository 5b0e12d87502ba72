//! `simgate sims` and `simgate ussd`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client::{Client, Connection, segment};
use super::input::text_of;
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
    List {
        /// Print one JSON object for each SIM.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one SIM.
    Show {
        /// Serial number of the SIM.
        iccid: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Forget what a SIM failed, so that it sends again at once.
    ResetHealth {
        /// Serial number of the SIM.
        iccid: String,
        /// Print the SIM as one JSON object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Change what is set for a SIM; the word none takes a setting away.
    Set(Box<Set>),
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Serial number of the SIM.
    iccid: String,
    /// A name for people.
    #[arg(long, value_name = "TEXT|none")]
    label: Option<String>,
    /// A group that it belongs to; give it again for more. Replaces the groups that were set.
    #[arg(long = "group", value_name = "NAME|none")]
    groups: Vec<String>,
    /// Whether it may send.
    #[arg(long, value_name = "true|false")]
    enabled: Option<bool>,
    /// File with its PIN; - reads standard input.
    #[arg(long, value_name = "PATH")]
    pin_file: Option<PathBuf>,
    /// Its own number, where the SIM does not know it.
    #[arg(long, value_name = "NUMBER|none")]
    number: Option<String>,
    /// Quota in a running minute.
    #[arg(long, value_name = "N|none")]
    per_minute: Option<String>,
    /// Quota in a running hour.
    #[arg(long, value_name = "N|none")]
    per_hour: Option<String>,
    /// Quota in a UTC day.
    #[arg(long, value_name = "N|none")]
    per_day: Option<String>,
    /// Quota in a UTC month.
    #[arg(long, value_name = "N|none")]
    per_month: Option<String>,
    /// Whether quotas count the parts of a message, as operators bill, or whole messages.
    #[arg(long, value_name = "true|false")]
    segments: Option<bool>,
    /// Least time between two submits, in milliseconds.
    #[arg(long, value_name = "N")]
    min_gap_ms: Option<u32>,
    /// Hours in which it sends, such as 08:00-21:30@Asia/Ho_Chi_Minh.
    #[arg(long, value_name = "FROM-TO@ZONE|none")]
    window: Option<String>,
    /// Cost of a part, in your own unit.
    #[arg(long, value_name = "N|none")]
    cost: Option<String>,
    /// Cost of a part to numbers that begin so; give it again for more. Replaces those that were set.
    #[arg(long = "prefix-cost", value_name = "PREFIX=N|none")]
    prefix_costs: Vec<String>,
    /// Print the SIM as one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Ussd {
    /// Serial number of the SIM.
    iccid: String,
    /// The code, or the answer to an open menu.
    code: String,
    /// Print the reply as one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl SimsCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { json, connection } => list(&connection.client()?, json),
            Self::Show {
                iccid,
                json,
                connection,
            } => {
                let sim = connection.client()?.get(&path(&iccid), &[])?;
                if json {
                    output::json(&sim)
                } else {
                    output::details(&sim)
                }
            }
            Self::ResetHealth {
                iccid,
                json,
                connection,
            } => {
                let path = format!("{}/reset-health", path(&iccid));
                let sim = connection.client()?.post(&path, &json!({}))?;
                show_changed(&iccid, &sim, json)
            }
            Self::Set(set) => set.run(),
        }
    }
}

fn path(iccid: &str) -> String {
    format!("/sims/{}", segment(iccid))
}

/// A SIM that was changed; nothing of it is answered to a key that may not read it.
fn show_changed(iccid: &str, sim: &Value, as_json: bool) -> Result<(), Failure> {
    if as_json {
        output::json(sim)
    } else if sim.is_null() {
        output::line(&format!("{}  done", output::plain(iccid)))
    } else {
        output::details(sim)
    }
}

fn list(client: &Client, as_json: bool) -> Result<(), Failure> {
    let sims = client.all("/sims")?;
    if as_json {
        return sims.iter().try_for_each(output::json);
    }
    let rows: Vec<_> = sims
        .iter()
        .map(|sim| {
            let network = &sim["network"];
            let operator = if network["operator"].is_null() {
                &sim["operator"]
            } else {
                &network["operator"]
            };
            let closed = Value::from("outside its hours");
            let state = match &sim["state"] {
                state if state == "ready" && !sim["opens_at"].is_null() => &closed,
                state => state,
            };
            [
                &sim["iccid"],
                state,
                &sim["number"],
                &sim["label"],
                &sim["groups"],
                operator,
            ]
            .into_iter()
            .chain([
                &sim["signal"]["bars"],
                &sim["sent_today"],
                &sim["failed_today"],
                &sim["received_today"],
            ])
            .map(output::cell)
            .collect()
        })
        .collect();
    output::table(
        &[
            "ICCID", "STATE", "NUMBER", "LABEL", "GROUPS", "OPERATOR", "BARS", "SENT", "FAILED",
            "RECEIVED",
        ],
        &rows,
    )
}

impl Set {
    fn run(&self) -> Result<(), Failure> {
        let patch = self.patch()?;
        if patch.is_empty() {
            return Err(Failure::Usage(
                "nothing to set; see simgate sims set --help".to_owned(),
            ));
        }
        let client = self.connection.client()?;
        let sim = client.patch(&path(&self.iccid), &Value::Object(patch))?;
        show_changed(&self.iccid, &sim, self.json)
    }

    fn patch(&self) -> Result<Map<String, Value>, Failure> {
        let mut patch = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                patch.insert(name.to_owned(), value);
            }
        };
        put("label", self.label.as_deref().map(text));
        put("number", self.number.as_deref().map(text));
        put("enabled", self.enabled.map(Value::from));
        put("min_gap_ms", self.min_gap_ms.map(Value::from));
        put("pin", self.pin_file.as_deref().map(pin).transpose()?);
        put("cost", number::<f64>("--cost", self.cost.as_deref())?);
        put("prefix_costs", prefix_costs(&self.prefix_costs)?);
        put("window", self.window.as_deref().map(window).transpose()?);
        let groups: Vec<_> = self.groups.iter().filter(|name| *name != "none").collect();
        put("groups", (!self.groups.is_empty()).then(|| json!(groups)));
        let quota = self.quota()?;
        put("quota", (!quota.is_empty()).then_some(Value::Object(quota)));
        Ok(patch)
    }

    fn quota(&self) -> Result<Map<String, Value>, Failure> {
        let limits = [
            (
                "per_minute",
                number::<u32>("--per-minute", self.per_minute.as_deref())?,
            ),
            (
                "per_hour",
                number::<u32>("--per-hour", self.per_hour.as_deref())?,
            ),
            (
                "per_day",
                number::<u32>("--per-day", self.per_day.as_deref())?,
            ),
            (
                "per_month",
                number::<u32>("--per-month", self.per_month.as_deref())?,
            ),
            ("segments", self.segments.map(Value::from)),
        ];
        Ok(limits
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect())
    }
}

fn text(given: &str) -> Value {
    if given == "none" {
        Value::Null
    } else {
        json!(given)
    }
}

fn number<T>(option: &str, given: Option<&str>) -> Result<Option<Value>, Failure>
where
    T: std::str::FromStr + Into<Value>,
{
    match given {
        None => Ok(None),
        Some("none") => Ok(Some(Value::Null)),
        Some(given) => given
            .parse::<T>()
            .map(|number| Some(number.into()))
            .map_err(|_| {
                Failure::Usage(format!("{option}: {given:?} is neither a number nor none"))
            }),
    }
}

fn prefix_costs(given: &[String]) -> Result<Option<Value>, Failure> {
    if given.is_empty() {
        return Ok(None);
    }
    let mut costs = Map::new();
    for one in given.iter().filter(|one| *one != "none") {
        let cost = one
            .split_once('=')
            .and_then(|(prefix, cost)| Some((prefix, cost.parse::<f64>().ok()?)));
        let Some((prefix, cost)) = cost else {
            return Err(Failure::Usage(format!(
                "--prefix-cost: {one:?} is neither PREFIX=N nor none"
            )));
        };
        costs.insert(prefix.to_owned(), cost.into());
    }
    Ok(Some(Value::Object(costs)))
}

fn window(given: &str) -> Result<Value, Failure> {
    if given == "none" {
        return Ok(Value::Null);
    }
    let parts = given
        .split_once('@')
        .and_then(|(hours, zone)| Some((hours.split_once('-')?, zone)));
    let Some(((from, to), timezone)) = parts else {
        return Err(Failure::Usage(format!(
            "--window: {given:?} is not FROM-TO@ZONE"
        )));
    };
    Ok(json!({"from": from, "to": to, "timezone": timezone}))
}

fn pin(path: &Path) -> Result<Value, Failure> {
    Ok(json!(text_of(path)?.trim()))
}

impl Ussd {
    pub(super) fn run(self) -> Result<(), Failure> {
        let client = self.connection.client()?;
        let path = format!("{}/ussd", path(&self.iccid));
        let reply = client.post(&path, &json!({"code": self.code}))?;
        if self.json {
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
    use super::*;

    #[test]
    fn none_takes_a_setting_away_and_nonsense_is_refused() {
        assert_eq!(
            number::<u32>("--per-day", Some("none")).unwrap(),
            Some(Value::Null)
        );
        assert_eq!(
            number::<u32>("--per-day", Some("400")).unwrap(),
            Some(json!(400))
        );
        assert!(number::<u32>("--per-day", Some("-1")).is_err());
        assert_eq!(
            window("08:00-21:30@Asia/Ho_Chi_Minh").unwrap(),
            json!({"from": "08:00", "to": "21:30", "timezone": "Asia/Ho_Chi_Minh"})
        );
        assert!(window("08:00").is_err());
        let costs = |given: &[&str]| {
            prefix_costs(&given.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(costs(&[]).unwrap(), None);
        assert_eq!(costs(&["none"]).unwrap(), Some(json!({})));
        assert_eq!(
            costs(&["+84=1", "+8490=0.5"]).unwrap(),
            Some(json!({"+84": 1.0, "+8490": 0.5}))
        );
        assert!(costs(&["+84"]).is_err());
    }
}
