//! `simgate stats`.

use clap::Args;
use serde_json::Value;

use super::client::Ask;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate stats                                  # the last 30 days
  simgate stats --step hour --by sim             # the last 24 hours of each SIM and uplink
  simgate stats --step month --by prefix --since 2026-01-01T00:00:00Z
  simgate stats --step week --by key --timezone Asia/Ho_Chi_Minh --csv > weeks.csv";

/// Of an item and of the total, in the order of the columns.
const COUNTS: [&str; 5] = ["queued", "sent", "delivered", "failed", "received"];
const TIMES: [&str; 2] = ["queued_to_sent", "sent_to_delivered"];
const PERCENTILES: [&str; 3] = ["p50_ms", "p95_ms", "p99_ms"];

#[derive(Debug, Args)]
pub(super) struct Stats {
    /// hour, day, week or month.
    #[arg(long, default_value = "day", value_parser = ["hour", "day", "week", "month"])]
    step: String,
    /// Tell apart what carried them (sim: SIMs and uplinks), who sent them (key) or the country code of the other party (prefix).
    #[arg(long, value_parser = ["sim", "key", "prefix"])]
    by: Option<String>,
    /// From the step on that this time is in (RFC 3339).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Up to the step that this time is in (RFC 3339); now when left out.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Time zone of days, weeks and months, such as Asia/Bangkok; the daemon's when left out.
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Print comma-separated values; times in milliseconds.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    ask: Ask,
}

impl Stats {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let statistics = self.ask.client()?.get("/stats", &self.query())?;
        if statistics["complete"] == false {
            output::error(
                "Messages of before the upgrade are still being counted: figures of long ago are too low.",
            );
        }
        if self.ask.json {
            return output::json(&statistics);
        }
        let items = statistics["items"].as_array();
        let items = items.map(Vec::as_slice).unwrap_or_default();
        if self.csv {
            return csv(items);
        }
        let total = ["total", ""].map(str::to_owned);
        let rows = items.iter().map(|item| row(names(item), item));
        let rows: Vec<_> = rows.chain([row(total, &statistics["total"])]).collect();
        output::table(
            &[
                "START",
                "NAME",
                "QUEUED",
                "SENT",
                "DELIVERED",
                "FAILED",
                "RECEIVED",
                "TO SENT 50/95/99 %",
                "TO DELIVERED",
            ],
            &rows,
        )
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let given = [
            ("by", &self.by),
            ("since", &self.since),
            ("until", &self.until),
            ("timezone", &self.timezone),
        ];
        let given = given.into_iter();
        let given = given.filter_map(|(name, value)| Some((name, value.clone()?)));
        given.chain([("step", self.step.clone())]).collect()
    }
}

fn names(item: &Value) -> [String; 2] {
    [output::cell(&item["start"]), output::cell(&item["name"])]
}

fn row(names: [String; 2], figures: &Value) -> Vec<String> {
    let counts = COUNTS.map(|count| output::cell(&figures[count]));
    let times = TIMES.map(|time| match &figures[time] {
        Value::Null => "-".to_owned(),
        time => PERCENTILES.map(|name| seconds(&time[name])).join("/") + " s",
    });
    names.into_iter().chain(counts).chain(times).collect()
}

/// Milliseconds as seconds, with as many digits as are right.
fn seconds(millis: &Value) -> String {
    let millis = millis.as_u64().unwrap_or_default();
    match millis {
        0..10_000 => format!("{}.{:02}", millis / 1000, millis % 1000 / 10),
        _ => (millis / 1000).to_string(),
    }
}

fn csv(items: &[Value]) -> Result<(), Failure> {
    let mut head = vec!["start".to_owned(), "name".to_owned()];
    head.extend(COUNTS.map(str::to_owned));
    for time in TIMES {
        head.extend(PERCENTILES.map(|name| format!("{time}_{name}")));
    }
    let mut text = head.join(",") + "\r\n";
    for item in items {
        let times = TIMES
            .iter()
            .flat_map(|time| PERCENTILES.map(|name| &item[*time][name]));
        let cells = ["start", "name"]
            .into_iter()
            .chain(COUNTS)
            .map(|name| &item[name]);
        let cells: Vec<_> = cells.chain(times).map(field).collect();
        text += &(cells.join(",") + "\r\n");
    }
    output::print(&text)
}

/// As RFC 4180 wants it; what is null is empty.
fn field(value: &Value) -> String {
    let Value::String(text) = value else {
        return if value.is_null() {
            String::new()
        } else {
            value.to_string()
        };
    };
    let text = output::plain(text);
    if text.contains(['"', ',']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_has_a_cell_for_each_column_and_times_in_seconds() {
        let times = json!({"p50_ms": 1234, "p95_ms": 9999, "p99_ms": 65_000});
        let item = json!({"start": "2026-11-29T00:00:00.000Z", "name": null, "queued": 7, "sent": 6,
            "delivered": 5, "failed": 1, "received": 0, "queued_to_sent": times, "sent_to_delivered": null});
        let row = row(names(&item), &item);
        let expected = [
            "2026-11-29T00:00:00.000Z",
            "-",
            "7",
            "6",
            "5",
            "1",
            "0",
            "1.23/9.99/65 s",
            "-",
        ];
        assert_eq!(row, expected);
    }

    #[test]
    fn a_field_of_a_table_may_hold_what_parts_fields() {
        for (value, expected) in [
            (json!("plain"), "plain"),
            (json!("a, \"b\""), "\"a, \"\"b\"\"\""),
            (json!("two\nlines"), "two lines"),
            (json!(null), ""),
            (json!(7), "7"),
        ] {
            assert_eq!(field(&value), expected);
        }
    }
}
