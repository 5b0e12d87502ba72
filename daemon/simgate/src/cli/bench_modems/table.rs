//! The tests of a bank as a table.

use serde_json::Value;

use super::queue::Queue;
use crate::cli::{Failure, output};

const HEADINGS: [&str; 12] = [
    "IMEI",
    "MODEL",
    "FIRMWARE",
    "SENT MS",
    "REPORT MS",
    "ARRIVAL MS",
    "URC",
    "REPORTS",
    "STORAGE",
    "CMMS",
    "USSD",
    "VERDICT",
];

/// Prints it, and below it what is wrong with each modem.
pub(super) fn print(modems: &[Value], queue: &Queue) -> Result<(), Failure> {
    let rows: Vec<_> = modems
        .iter()
        .map(|modem| {
            let imei = modem["imei"].as_str().unwrap_or_default();
            row(modem, &queue.result(imei))
        })
        .collect();
    output::table(&HEADINGS, &rows)?;
    for modem in modems {
        let imei = modem["imei"].as_str().unwrap_or_default();
        let test = queue.result(imei);
        for problem in test["problems"].as_array().into_iter().flatten() {
            output::line(&format!("{imei}  {}", output::cell(&problem["detail"])))?;
        }
    }
    Ok(())
}

fn row(modem: &Value, test: &Value) -> Vec<String> {
    let found = &test["found"];
    vec![
        output::cell(&modem["imei"]),
        output::cell(&modem["model"]),
        output::cell(&modem["firmware"]),
        output::cell(&found["sent_ms"]),
        output::cell(&found["report_ms"]),
        output::cell(&found["arrival_ms"]),
        lines(&found["messages"]),
        lines(&found["reports"]),
        storage(found),
        link(&found["link"]),
        ussd(&found["ussd"]),
        output::cell(&test["verdict"]),
    ]
}

/// Whether lines announce what comes in.
fn lines(way: &Value) -> String {
    match way.as_str() {
        Some("routed" | "announced") => "yes",
        Some("astray") => "astray",
        Some("untold") => "no",
        Some("never") => "none came",
        _ => "-",
    }
    .to_owned()
}

/// `SM 50 from 1`: the memory for received messages, its size, the name of its first place.
fn storage(found: &Value) -> String {
    let Some(memory) = found["memory"].as_str() else {
        return "-".to_owned();
    };
    let sizes = found["memories"].as_array().into_iter().flatten();
    let size = sizes
        .filter(|one| one["memory"] == memory)
        .map(|one| format!(" {}", one["total"]))
        .next();
    let first = match found["first_index"].as_u64() {
        Some(first) => format!(" from {first}"),
        None => String::new(),
    };
    format!(
        "{}{}{first}",
        output::plain(memory),
        size.unwrap_or_default()
    )
}

/// `900 for 2900`: milliseconds between two parts with the link kept, and without.
fn link(link: &Value) -> String {
    match (
        link["taken"].as_bool(),
        link["kept_ms"].as_u64(),
        link["open_ms"].as_u64(),
    ) {
        (Some(false), ..) => "refused".to_owned(),
        (Some(true), Some(kept), Some(open)) => format!("{kept} for {open}"),
        (Some(true), ..) => "taken".to_owned(),
        (None, ..) => "-".to_owned(),
    }
}

fn ussd(ussd: &Value) -> String {
    match ussd["answered"].as_bool() {
        Some(true) => output::cell(&ussd["coding"]),
        Some(false) => "no answer".to_owned(),
        None => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_says_what_was_found_and_a_dash_where_nothing_was() {
        let modem = json!({ "imei": "1", "model": "M1", "firmware": "1.0" });
        let found = json!({
            "sent_ms": 2100, "report_ms": 900, "arrival_ms": 700, "messages": "announced", "reports": "never",
            "memory": "SM", "memories": [{ "memory": "ME", "total": 9 }, { "memory": "SM", "total": 50 }],
            "first_index": 0, "link": { "taken": true, "kept_ms": 900, "open_ms": 2900 },
            "ussd": { "coding": "text", "answered": true },
        });
        let test = json!({ "found": found, "verdict": "limited" });
        assert_eq!(
            row(&modem, &test)[3..],
            [
                "2100",
                "900",
                "700",
                "yes",
                "none came",
                "SM 50 from 0",
                "900 for 2900",
                "text",
                "limited"
            ]
        );
        let refused = json!({ "verdict": "failed" });
        assert_eq!(row(&modem, &refused)[3..11], ["-"; 8]);
    }
}
