//! The program's arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use virtual_modem::{BankOptions, CharsetName, FaultRule, Outcomes, Profile, Refuse, Replies};

use crate::help::HELP;

/// A bank of virtual GSM modems on ptys.
#[derive(Debug, Parser)]
#[command(version, after_long_help = HELP)]
pub(crate) struct Args {
    /// How many modems, each with its SIM (1 to 1000)
    #[arg(long, default_value_t = 1, value_name = "N")]
    modems: usize,
    /// Where their ports modem0, modem1, ... appear
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Make of the modems; several are dealt out in turn
    #[arg(long = "profile", value_delimiter = ',', default_value = "generic", value_parser = profile, value_name = "NAME")]
    profiles: Vec<&'static Profile>,
    /// How long a message takes on the air (2s, 200ms, 0.02s)
    #[arg(long, default_value = "2s", value_parser = duration, value_name = "TIME")]
    air_time: Duration,
    /// How far the air time strays, as a fraction of it each way
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    air_jitter: f64,
    /// Extra air time of the first message after a pause; AT+CMMS saves it for the next ones
    #[arg(long, default_value = "0s", value_parser = duration, value_name = "TIME")]
    link_setup: Duration,
    /// From AT+CMGS to the prompt
    #[arg(long, default_value = "5ms", value_parser = duration, value_name = "TIME")]
    prompt_delay: Duration,
    /// From a command to its answer
    #[arg(long, default_value = "0s", value_parser = duration, value_name = "TIME")]
    answer_delay: Duration,
    /// How long the network waits for AT+CNMA
    #[arg(long, default_value = "15s", value_parser = duration, value_name = "TIME")]
    cnma_wait: Duration,
    /// A submit that the network refuses leaves its TP-MR to the next one (without it: the number is used, TS 23.040 clause 9.2.3.6)
    #[arg(long)]
    refused_keep_reference: bool,
    /// The ICCID is told only after the PIN (+CME ERROR: 11 before it)
    #[arg(long)]
    hide_iccid: bool,
    /// The character set (AT+CSCS) that an earlier program left the modems in
    #[arg(long, default_value = "IRA", value_parser = charset, value_name = "NAME")]
    charset: CharsetName,
    /// Ports of each modem (1 to 4): modem0 and modem0-1, modem0-2, ...
    #[arg(long, default_value_t = 1, value_name = "N")]
    ports_per_modem: usize,
    /// The port, from 0, on which a modem speaks by itself
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    urc_port: usize,
    /// Ports, from 0, on which a modem hears and answers nothing
    #[arg(long, value_delimiter = ',', value_name = "PORT")]
    mute_ports: Vec<usize>,
    /// What a modem says while nobody has its port open is kept for whoever opens it next
    #[arg(long)]
    keep_unread: bool,
    /// Identities, jitter and outcomes follow from it
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
    /// PIN that every SIM asks for (without it: none)
    #[arg(long, value_name = "PIN")]
    pin: Option<String>,
    /// Message slots of a SIM (without it: as the make has them)
    #[arg(long, value_name = "N")]
    sim_slots: Option<usize>,
    /// Append everything that is on the air to this file
    #[arg(long, value_name = "FILE")]
    air_log: Option<PathBuf>,
    /// Listen for requests on this Unix socket
    #[arg(long, value_name = "SOCKET")]
    control: Option<PathBuf>,
    /// From the network's acceptance to the status report
    #[arg(long, default_value = "500ms", value_parser = duration, value_name = "TIME")]
    report_after: Duration,
    /// How long the network waits before it tries a delivery again
    #[arg(long, default_value = "10s", value_parser = duration, value_name = "TIME")]
    redeliver_after: Duration,
    /// Share of the messages that the network refuses (cms-38=0.1), may be given several times
    #[arg(long, value_parser = refuse, value_name = "CODE=SHARE")]
    refuse: Vec<Refuse>,
    /// Share of the accepted messages that expire undelivered
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    undelivered: f64,
    /// Share of the accepted messages that are never reported
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    unreported: f64,
    /// Numbers are only numbers: no recipient has a fate of its own
    #[arg(long)]
    no_rules: bool,
    /// Share of the messages that their recipients answer
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    replies: f64,
    /// From the network's acceptance to the recipient's answer
    #[arg(long, default_value = "3s", value_parser = duration, value_name = "TIME")]
    reply_after: Duration,
    /// Something that goes wrong with every modem, as JSON (see --help), may be given several times
    #[arg(long = "fault", value_parser = fault, value_name = "JSON")]
    faults: Vec<FaultRule>,
}

impl From<Args> for BankOptions {
    fn from(args: Args) -> Self {
        let texts = [
            "OK, thank you",
            "Đã nhận, cảm ơn bạn",
            "STOP",
            "Who is this?",
        ]
        .map(str::to_owned)
        .to_vec();
        let replies = Replies {
            share: args.replies,
            after: args.reply_after,
            texts,
        };
        Self {
            profiles: args.profiles,
            air_time: args.air_time,
            air_jitter: args.air_jitter,
            link_setup: args.link_setup,
            prompt_delay: args.prompt_delay,
            answer_delay: args.answer_delay,
            cnma_wait: args.cnma_wait,
            refused_keep_reference: args.refused_keep_reference,
            hides_iccid: args.hide_iccid,
            charset: args.charset,
            ports_per_modem: args.ports_per_modem,
            urc_port: args.urc_port,
            mute_ports: args.mute_ports,
            keep_unread: args.keep_unread,
            seed: args.seed,
            pin: args.pin,
            sim_slots: args.sim_slots,
            air_log: args.air_log,
            control: args.control,
            outcomes: Outcomes {
                refuse: args.refuse,
                undelivered: args.undelivered,
                unreported: args.unreported,
            },
            rules: !args.no_rules,
            report_after: args.report_after,
            redeliver_after: args.redeliver_after,
            replies: (args.replies > 0.0).then_some(replies),
            faults: args.faults,
            ..Self::new(args.modems, args.dir)
        }
    }
}

fn profile(name: &str) -> Result<&'static Profile, String> {
    Profile::find(name).ok_or_else(|| {
        format!(
            "known are {}",
            Profile::names().collect::<Vec<_>>().join(", ")
        )
    })
}

fn charset(name: &str) -> Result<CharsetName, String> {
    CharsetName::find(name).ok_or_else(|| {
        let names: Vec<_> = CharsetName::names().collect();
        format!("known are {}", names.join(", "))
    })
}

/// `2s`, `200ms`, `0.5s`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| "a time such as 2s or 200ms".to_owned())?;
    Duration::try_from_secs_f64(number * unit).map_err(|error| error.to_string())
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "a number from 0 to 1".to_owned())
}

fn refuse(text: &str) -> Result<Refuse, String> {
    let (code, part) = text
        .split_once('=')
        .ok_or("CODE=SHARE, such as cms-38=0.1")?;
    let code = code
        .strip_prefix("cms-")
        .unwrap_or(code)
        .parse()
        .map_err(|_| "a code such as cms-38")?;
    Ok(Refuse {
        code,
        share: share(part)?,
    })
}

fn fault(text: &str) -> Result<FaultRule, String> {
    let rule: FaultRule = serde_json::from_str(text).map_err(|error| error.to_string())?;
    rule.check().map_err(|error| error.to_string())?;
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn times_and_shares() {
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(duration("0.02s"), Ok(Duration::from_millis(20)));
        assert_eq!(duration("3"), Ok(Duration::from_secs(3)));
        assert!(duration("-1s").is_err() && duration("soon").is_err());
        assert_eq!(
            refuse("cms-38=0.5"),
            Ok(Refuse {
                code: 38,
                share: 0.5
            })
        );
        assert!(refuse("cms-38=2").is_err());
    }
}
