//! `simgate pdu`: takes PDUs apart and puts them together, by itself, without the daemon.

mod address;
mod cbs;
mod component;
mod decode;
mod direction;
mod encode;
mod exact;
mod fields;
mod input;
mod join;
mod problem;
mod stream;
mod submit_flags;
#[cfg(test)]
mod tests;
mod timestamp;
mod user_data;
mod validity;

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::{Failure, output};
use direction::Direction;
use submit_flags::SubmitFlags;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate pdu decode 0791...
  simgate pdu decode --no-smsc --direction submit 0100...
  simgate pdu decode < pdus.jsonl
  simgate pdu encode --to +84912345678 --text 'Hello'
  simgate pdu encode < fields.jsonl";

/// JSON object: what a line says, in and out.
type Fields = Map<String, Value>;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PduCommand {
    /// Show what PDUs say. Without an argument, one JSON object a line is read from standard input
    /// (`pdu`, `direction`, `has_smsc`) and one is written for each.
    Decode(Decode),
    /// Make PDUs. Without `--to`, one JSON object a line is read from standard input, with the
    /// fields as `decode` names them, and one is written for each.
    Encode(Box<SubmitFlags>),
}

#[derive(Debug, Args)]
pub(super) struct Decode {
    /// Hexadecimal digits, as AT commands carry them.
    pdu: Vec<String>,
    /// What the PDU is: auto, deliver, submit, status-report, submit-report, deliver-report,
    /// command, cbs, or component:X for a field on its own.
    #[arg(long, value_name = "KIND", default_value = "auto")]
    direction: Direction,
    /// The digits begin with the TPDU, no service centre address in front.
    #[arg(long)]
    no_smsc: bool,
}

impl PduCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Decode(decode) if decode.pdu.is_empty() => stream::run(decode::line),
            Self::Decode(decode) => decode.run(),
            Self::Encode(flags) => match flags.fields()? {
                Some(fields) => show(&encode::line(&fields)),
                None => stream::run(encode::line),
            },
        }
    }
}

impl Decode {
    fn run(self) -> Result<(), Failure> {
        let mut done = Ok(());
        for pdu in &self.pdu {
            // As dumps print them: `07 91 19 ...`.
            let pdu: String = pdu.split_whitespace().collect();
            let shown = show(&decode::pdu(
                &pdu,
                self.direction,
                !self.no_smsc,
                &decode::Hints::default(),
            ));
            done = done.and(shown);
        }
        done
    }
}

/// Prints for people; what has an error in it makes the command fail.
fn show(fields: &Fields) -> Result<(), Failure> {
    let failed = fields.contains_key("error");
    let text = serde_json::to_string_pretty(fields)
        .map_err(|error| Failure::refused(error.to_string()))?;
    output::line(&text)?;
    if failed {
        Err(Failure::Reported)
    } else {
        Ok(())
    }
}
