//! `simgate status`: how things stand, on one screen or in one line.

mod nagios;

use std::ffi::OsString;

use clap::Args;
use serde_json::{Value, json};

use super::client::{Client, Connection};
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate status
  simgate status --json | jq .attention
  simgate status --nagios      # exit code 0: fine, 1: warning, 2: critical or no daemon, 3: unknown";

#[derive(Debug, Args)]
pub(super) struct Status {
    /// Print one JSON object: `status`, `attention` and `sims` as the API answers them.
    #[arg(long)]
    json: bool,
    /// Print one line with figures for Nagios, Icinga and the like. Exit code 0: nothing but notices; 1: warnings; 2: something
    /// critical, or the daemon does not answer; 3: the key may not ask, or the command is wrong.
    #[arg(long, conflicts_with = "json")]
    nagios: bool,
    /// With --nagios: how long the daemon has to answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=600))]
    timeout: u16,
    #[command(flatten)]
    connection: Connection,
}

/// Whether a command line is to be answered as monitors want it, as far as that can be told of a wrong one.
pub(super) fn is_for_a_monitor(arguments: impl Iterator<Item = OsString>) -> bool {
    let mut arguments = arguments.skip(1);
    arguments.next().is_some_and(|command| command == "status")
        && arguments.any(|option| option == "--nagios")
}

/// Monitors take the usual exit code for something critical.
pub(super) fn wrong_usage(error: &clap::Error) -> Result<(), Failure> {
    nagios::wrong_usage(&error.to_string())
}

/// What a screen shows.
struct Seen {
    status: Value,
    attention: Vec<Value>,
    sims: Vec<Value>,
}

impl Status {
    pub(super) fn run(self) -> Result<(), Failure> {
        if self.nagios {
            return nagios::run(self.connection, self.timeout);
        }
        let seen = Seen::by(&self.connection.client()?)?;
        if self.json {
            let Seen {
                status,
                attention,
                sims,
            } = seen;
            return output::json(&json!({"status": status, "attention": attention, "sims": sims}));
        }
        seen.print()
    }
}

impl Seen {
    fn by(client: &Client) -> Result<Self, Failure> {
        Ok(Self {
            status: client.get("/status", &[])?,
            attention: client.all("/attention")?,
            sims: client.all("/sims")?,
        })
    }

    fn print(&self) -> Result<(), Failure> {
        output::line(&output::cell(&self.status["sentence"]))?;
        if self.attention.is_empty() {
            output::line("\nNothing needs you.")?;
        } else {
            let row = |item: &Value| {
                ["severity", "since", "sentence"]
                    .map(|name| output::cell(&item[name]))
                    .to_vec()
            };
            let rows: Vec<_> = self.attention.iter().map(row).collect();
            output::line("")?;
            output::table(&["NEEDS YOU", "SINCE", "WHAT"], &rows)?;
        }
        if !self.sims.is_empty() {
            output::line("")?;
            self.print_sims()?;
        }
        self.print_queue()
    }

    fn print_sims(&self) -> Result<(), Failure> {
        let row = |sim: &Value| {
            let name = match &sim["label"] {
                Value::Null => &sim["iccid"],
                label => label,
            };
            let values = [
                name,
                &sim["state"],
                &sim["operator"],
                &sim["signal"]["bars"],
                &sim["sent_today"],
                &sim["failed_today"],
                &sim["received_today"],
            ];
            values.map(output::cell).to_vec()
        };
        let rows: Vec<_> = self.sims.iter().map(row).collect();
        let headings = [
            "SIM",
            "STATE",
            "OPERATOR",
            "BARS",
            "SENT",
            "FAILED",
            "RECEIVED TODAY",
        ];
        output::table(&headings, &rows)
    }

    fn print_queue(&self) -> Result<(), Failure> {
        let queue = &self.status["queue"];
        if queue.is_null() {
            return Ok(());
        }
        let [otp, normal, bulk] = ["otp", "normal", "bulk"].map(|name| output::cell(&queue[name]));
        output::line(&format!(
            "\nWaiting: {otp} otp, {normal} normal, {bulk} bulk"
        ))
    }
}
