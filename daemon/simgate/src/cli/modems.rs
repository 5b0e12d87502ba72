//! `simgate modems`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Connection, segment};
use super::input::text_of;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate modems list
  simgate modems ports                   # why is a modem not listed?
  simgate modems at 356938035643809 AT+CSQ
  simgate modems trace 356938035643809 | tail
  simgate modems unlock 356938035643809 --pin-file pin.txt
  simgate modems restart 356938035643809";

#[derive(Debug, Subcommand)]
pub(super) enum ModemsCommand {
    /// List all modems that were ever seen.
    List {
        /// Print one JSON object for each modem.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one modem.
    Show {
        /// Serial number of the modem.
        imei: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// List the serial ports that are there, and what each is found to be.
    Ports {
        /// Print one JSON object for each port.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Restart a modem.
    Restart {
        /// Serial number of the modem.
        imei: String,
        /// soft: its own reset. radio: off the network and on again. power: cut its power.
        #[arg(long, default_value = "soft", value_parser = ["soft", "radio", "power"])]
        how: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give the SIM in a modem its PIN, or its PUK and a new PIN. It is kept with the SIM.
    Unlock {
        /// Serial number of the modem.
        imei: String,
        /// File with the PIN; - reads standard input.
        #[arg(
            long,
            required_unless_present = "puk_file",
            conflicts_with = "puk_file"
        )]
        pin_file: Option<PathBuf>,
        /// File with the PUK.
        #[arg(long, requires = "new_pin_file")]
        puk_file: Option<PathBuf>,
        /// File with the PIN that is to be, with --puk-file.
        #[arg(long, requires = "puk_file")]
        new_pin_file: Option<PathBuf>,
        /// Send it even where fewer than two tries are left, or where it was refused before.
        #[arg(long)]
        last_try: bool,
        /// Print the answer as one JSON object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Give a modem an AT command. Needs a key with the scope `admin`; it is audited.
    At {
        /// Serial number of the modem.
        imei: String,
        /// Such as AT+CSQ.
        command: String,
        /// Print the answer as one JSON object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show the last AT lines, without message bodies and PINs.
    Trace {
        /// Serial number of the modem.
        imei: String,
        /// Show message bodies and PINs too. Needs a key with the scope `admin`.
        #[arg(long)]
        reveal: bool,
        /// Print one JSON object for each line.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        connection: Connection,
    },
}

impl ModemsCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { json, connection } => list(&connection.client()?, json),
            Self::Ports { json, connection } => ports(&connection.client()?, json),
            Self::Show {
                imei,
                json,
                connection,
            } => {
                let modem = connection.client()?.get(&path(&imei), &[])?;
                if json {
                    output::json(&modem)
                } else {
                    output::details(&modem)
                }
            }
            Self::Restart {
                imei,
                how,
                connection,
            } => {
                let path = format!("{}/restart", path(&imei));
                connection.client()?.post(&path, &json!({"how": how}))?;
                output::line(&format!("{imei}  restarting"))
            }
            Self::Unlock {
                imei,
                pin_file,
                puk_file,
                new_pin_file,
                last_try,
                json,
                connection,
            } => {
                let mut body = json!({"last_try": last_try});
                let files = [
                    ("pin", pin_file),
                    ("puk", puk_file),
                    ("new_pin", new_pin_file),
                ];
                for (name, file) in files {
                    if let Some(file) = file {
                        body[name] = json!(text_of(&file)?.trim());
                    }
                }
                unlock(&connection.client()?, &imei, &body, json)
            }
            Self::At {
                imei,
                command,
                json,
                connection,
            } => at(&connection.client()?, &imei, &command, json),
            Self::Trace {
                imei,
                reveal,
                json,
                connection,
            } => trace(&connection.client()?, &imei, reveal, json),
        }
    }
}

fn unlock(client: &Client, imei: &str, body: &Value, as_json: bool) -> Result<(), Failure> {
    let answer = client.post(&format!("{}/unlock", path(imei)), body)?;
    if as_json {
        return output::json(&answer);
    }
    output::line(&format!("{imei}  unlocked"))
}

fn path(imei: &str) -> String {
    format!("/modems/{}", segment(imei))
}

fn list(client: &Client, as_json: bool) -> Result<(), Failure> {
    let modems = client.all("/modems")?;
    if as_json {
        return modems.iter().try_for_each(output::json);
    }
    let columns = [
        "imei",
        "state",
        "recovery",
        "port",
        "sim",
        "manufacturer",
        "model",
        "firmware",
        "restarts",
    ];
    let rows: Vec<_> = modems
        .iter()
        .map(|modem| {
            columns
                .map(|name| match name {
                    "recovery" => output::cell(&modem["recovery"]["step"]),
                    name => output::cell(&modem[name]),
                })
                .to_vec()
        })
        .collect();
    table(&columns, &rows)
}

fn ports(client: &Client, as_json: bool) -> Result<(), Failure> {
    let ports = client.all("/ports")?;
    if as_json {
        return ports.iter().try_for_each(output::json);
    }
    let columns = ["port", "state", "imei", "usb_path", "detail"];
    let rows: Vec<_> = ports
        .iter()
        .map(|port| columns.map(|name| output::cell(&port[name])).to_vec())
        .collect();
    table(&columns, &rows)
}

fn table(columns: &[&str], rows: &[Vec<String>]) -> Result<(), Failure> {
    let headings: Vec<_> = columns.iter().map(|name| name.to_uppercase()).collect();
    let headings: Vec<_> = headings.iter().map(String::as_str).collect();
    output::table(&headings, rows)
}

/// The answer as the modem gave it; a final code other than OK is exit code 1.
fn at(client: &Client, imei: &str, command: &str, as_json: bool) -> Result<(), Failure> {
    let answer = client.post(&format!("{}/at", path(imei)), &json!({"command": command}))?;
    if as_json {
        output::json(&answer)?;
    } else {
        for line in answer["lines"]
            .as_array()
            .into_iter()
            .flatten()
            .chain([&answer["final"]])
        {
            output::line(&output::cell(line))?;
        }
    }
    if answer["final"] == "OK" {
        Ok(())
    } else {
        Err(Failure::Reported)
    }
}

fn trace(client: &Client, imei: &str, reveal: bool, as_json: bool) -> Result<(), Failure> {
    let query: &[_] = if reveal {
        &[("reveal", "true".to_owned())]
    } else {
        &[]
    };
    let lines = client.get(&format!("{}/trace", path(imei)), query)?;
    let lines = lines["items"]
        .as_array()
        .or(lines.as_array())
        .map(Vec::as_slice)
        .unwrap_or_default();
    if as_json {
        return lines.iter().try_for_each(output::json);
    }
    lines
        .iter()
        .try_for_each(|line| output::line(&trace_line(line)))
}

fn trace_line(line: &Value) -> String {
    let arrow = if line["direction"] == "sent" {
        ">>"
    } else {
        "<<"
    };
    format!(
        "{} {arrow} {}",
        output::cell(&line["at"]),
        output::cell(&line["text"])
    )
}
