//! `simgate pdu`: takes PDUs apart and puts them together, by itself, without the daemon.

mod submit_flags;

use std::io::{self, BufReader, BufWriter, Write as _};

use clap::{Args, Subcommand};
use pdu::{Direction, Fields, Hints};

use super::{Failure, output};
use submit_flags::SubmitFlags;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate pdu decode 0791...
  simgate pdu decode --no-smsc --direction submit 0100...
  simgate pdu decode < pdus.jsonl
  simgate pdu encode --to +84912345678 --text 'Hello'
  simgate pdu encode < fields.jsonl";

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
            Self::Decode(decode) if decode.pdu.is_empty() => lines(pdu::decode_line),
            Self::Decode(decode) => decode.run(),
            Self::Encode(flags) => match flags.fields()? {
                Some(fields) => show(&pdu::encode_line(&fields)),
                None => lines(pdu::encode_line),
            },
        }
    }
}

impl Decode {
    fn run(self) -> Result<(), Failure> {
        let mut done = Ok(());
        for digits in &self.pdu {
            // As dumps print them: `07 91 19 ...`.
            let digits: String = digits.split_whitespace().collect();
            let shown = show(&pdu::decode(
                &digits,
                self.direction,
                !self.no_smsc,
                &Hints::default(),
            ));
            done = done.and(shown);
        }
        done
    }
}

/// Answers every line of standard input with one of standard output.
fn lines(answer: fn(&Fields) -> Fields) -> Result<(), Failure> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    pdu::each_line(&mut input, answer, |fields| {
        serde_json::to_writer(&mut output, &fields).map_err(io::Error::from)?;
        output.write_all(b"\n")?;
        // A script that asks line by line waits for each answer.
        output.flush()
    })?;
    Ok(())
}

/// Prints for people; what has an error in it makes the command fail.
fn show(fields: &Fields) -> Result<(), Failure> {
    let failed = fields.contains_key("error");
    let text = serde_json::to_string_pretty(fields).map_err(Failure::refused)?;
    output::line(&text)?;
    if failed {
        Err(Failure::Reported)
    } else {
        Ok(())
    }
}
