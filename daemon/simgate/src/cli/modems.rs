//! `simgate modems`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Ask, Connection, items, segment};
use super::input::text_of;
use super::output::Column;
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
    #[command(mut_arg("json", |json| json.help("Print one JSON object for each modem")))]
    List(Ask),
    /// Show one modem.
    Show {
        /// Serial number of the modem.
        imei: String,
        #[command(flatten)]
        ask: Ask,
    },
    /// List the serial ports that are there, and what each is found to be.
    #[command(mut_arg("json", |json| json.help("Print one JSON object for each port")))]
    Ports(Ask),
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
    #[command(mut_arg("json", |json| json.help("Print the answer as one JSON object")))]
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
        #[command(flatten)]
        ask: Ask,
    },
    /// Give a modem an AT command. Needs a key with the scope `admin`; it is audited.
    #[command(mut_arg("json", |json| json.help("Print the answer as one JSON object")))]
    At {
        /// Serial number of the modem.
        imei: String,
        /// Such as AT+CSQ.
        command: String,
        #[command(flatten)]
        ask: Ask,
    },
    /// Show the last AT lines, without message bodies and PINs.
    #[command(mut_arg("json", |json| json.help("Print one JSON object for each line")))]
    Trace {
        /// Serial number of the modem.
        imei: String,
        /// Show message bodies and PINs too. Needs a key with the scope `admin`.
        #[arg(long)]
        reveal: bool,
        #[command(flatten)]
        ask: Ask,
    },
}

impl ModemsCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(ask) => ask.list("/modems", MODEM),
            Self::Ports(ask) => ask.list("/ports", PORT),
            Self::Show { imei, ask } => ask.show(&path(&imei)),
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
                ask,
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
                unlock(&imei, &body, &ask)
            }
            Self::At { imei, command, ask } => at(&imei, &command, &ask),
            Self::Trace { imei, reveal, ask } => trace(&imei, reveal, &ask),
        }
    }
}

fn unlock(imei: &str, body: &Value, ask: &Ask) -> Result<(), Failure> {
    let answer = (ask.client()?).post(&format!("{}/unlock", path(imei)), body)?;
    if ask.json {
        return output::json(&answer);
    }
    output::line(&format!("{imei}  unlocked"))
}

fn path(imei: &str) -> String {
    format!("/modems/{}", segment(imei))
}

const MODEM: &[Column] = &[
    ("IMEI", "imei"),
    ("STATE", "state"),
    ("RECOVERY", "recovery.step"),
    ("PORT", "port"),
    ("SIM", "sim"),
    ("MANUFACTURER", "manufacturer"),
    ("MODEL", "model"),
    ("FIRMWARE", "firmware"),
    ("RESTARTS", "restarts"),
];

const PORT: &[Column] = &[
    ("PORT", "port"),
    ("STATE", "state"),
    ("IMEI", "imei"),
    ("USB_PATH", "usb_path"),
    ("DETAIL", "detail"),
];

/// The answer as the modem gave it; a final code other than OK is exit code 1.
fn at(imei: &str, command: &str, ask: &Ask) -> Result<(), Failure> {
    let path = format!("{}/at", path(imei));
    let answer = (ask.client()?).post(&path, &json!({"command": command}))?;
    if ask.json {
        output::json(&answer)?;
    } else {
        for line in items(&answer["lines"]).iter().chain([&answer["final"]]) {
            output::line(&output::cell(line))?;
        }
    }
    if answer["final"] == "OK" {
        Ok(())
    } else {
        Err(Failure::Reported)
    }
}

fn trace(imei: &str, reveal: bool, ask: &Ask) -> Result<(), Failure> {
    let reveal = reveal.then(|| ("reveal", "true".to_owned()));
    let path = format!("{}/trace", path(imei));
    let answer = ask.client()?.get(&path, reveal.as_slice())?;
    let lines = items(&answer["items"]);
    if ask.json {
        return lines.iter().try_for_each(output::json);
    }
    lines
        .iter()
        .try_for_each(|line| output::line(&trace_line(line)))
}

fn trace_line(line: &Value) -> String {
    let sent = line["direction"] == "sent";
    let arrow = if sent { ">>" } else { "<<" };
    let [at, text] = ["at", "text"].map(|name| output::cell(&line[name]));
    format!("{at} {arrow} {text}")
}
