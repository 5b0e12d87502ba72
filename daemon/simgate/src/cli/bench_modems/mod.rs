//! `simgate bench-modems`: every modem of the bank is tested against another SIM of it.

mod queue;
mod table;

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::client::{Ask, Client, segment};
use super::input::given;
use super::{Failure, output};
use gateway::selftest::SMS_A_TEST;
use queue::{Queue, Started};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate bench-modems                                  # says what it costs, and asks
  simgate bench-modems --yes --ussd '*101#'
  simgate bench-modems --imei 356938035643809 --partner 8984011234567890123 --yes
  simgate bench-modems --yes --json | jq .found

Each test sends 6 SMS, which cost what SMS cost and count in the quotas of the SIMs: 5 from the
modem under test to another SIM of the bank (a message of three parts in UCS-2, one of two in the
GSM alphabet) and 1 back. What is found out is kept for each model and firmware, and the gateway
goes by it: `simgate modems show IMEI` and GET /api/v1/modem-models show it.
Exit code 1 when a modem failed.";

/// Without an event the tests are looked at this often: events may be lost.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print each test as one JSON object")))]
pub(super) struct BenchModems {
    /// A modem to test, may be given several times. Left out: all that are plugged in.
    #[arg(long = "imei", value_name = "IMEI")]
    imeis: Vec<String>,
    /// The SIM at the other end. Left out: the gateway chooses for each.
    #[arg(long, value_name = "ICCID")]
    partner: Option<String>,
    /// A USSD code to try too, such as that for the balance.
    #[arg(long, value_name = "CODE")]
    ussd: Option<String>,
    /// Send the messages without asking.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    ask: Ask,
}

impl BenchModems {
    pub(super) fn run(self) -> Result<(), Failure> {
        let client = self.ask.client()?;
        let modems = self.modems(&client)?;
        if modems.is_empty() {
            return Err(Failure::refused("no modem is plugged in"));
        }
        self.confirm(modems.len())?;
        // Before the first test, or its events might be missed.
        let moved = client.events()?.watch(|event| event.kind == "modem.test");
        let mut queue = Queue::new(&modems);
        loop {
            while let Some(imei) = queue.next() {
                let modem = modems.iter().find(|modem| modem["imei"] == imei.as_str());
                let sim = modem.and_then(|modem| modem["sim"].as_str());
                let started = self.start(&client, &imei, sim);
                queue.started(&imei, started?);
            }
            if queue.is_done() {
                break;
            }
            match moved.recv_timeout(LOOK_AGAIN) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let why = "the daemon went away; the tests that ran are lost";
                    return Err(Failure::Unreachable(why.to_owned()));
                }
            }
            for imei in queue.running() {
                queue.look(&imei, client.get(&path(&imei), &[])?);
            }
        }
        self.show(&modems, &queue)
    }

    /// The modems to test: those named, or all that are plugged in.
    fn modems(&self, client: &Client) -> Result<Vec<Value>, Failure> {
        let all = client.all("/modems")?;
        if self.imeis.is_empty() {
            let plugged = all.into_iter().filter(|modem| modem["state"] != "absent");
            return Ok(plugged.collect());
        }
        let named = self.imeis.iter().map(|imei| {
            let found = all.iter().find(|modem| modem["imei"] == imei.as_str());
            found
                .cloned()
                .ok_or_else(|| Failure::refused(format!("{}: no such modem", output::plain(imei))))
        });
        named.collect()
    }

    fn confirm(&self, modems: usize) -> Result<(), Failure> {
        let sms = modems.saturating_mul(usize::try_from(SMS_A_TEST).unwrap_or(usize::MAX));
        let what = format!("{modems} modems are tested, which sends {sms} SMS");
        if self.yes {
            output::error(&format!("{what}."));
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::Usage(format!("{what}; say so with --yes")));
        }
        let mut screen = std::io::stderr();
        write!(screen, "{what}. Go on? [y/N] ")?;
        screen.flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if answer.trim().eq_ignore_ascii_case("y") {
            Ok(())
        } else {
            Err(Failure::refused("nothing was sent"))
        }
    }

    fn start(&self, client: &Client, imei: &str, sim: Option<&str>) -> Result<Started, Failure> {
        // The partner's own modem gets another one.
        let partner = self.partner.as_deref().filter(|iccid| Some(*iccid) != sim);
        let body = given([
            ("partner", partner.map(Value::from)),
            ("ussd", self.ussd.clone().map(Value::from)),
        ]);
        match client.post(&path(imei), &Value::Object(body)) {
            Ok(_) => {
                output::error(&format!("{imei}  started"));
                Ok(Started::Running)
            }
            Err(Failure::Refused(why)) => Ok(Started::Refused(why)),
            Err(other) => Err(other),
        }
    }

    fn show(&self, modems: &[Value], queue: &Queue) -> Result<(), Failure> {
        if self.ask.json {
            for modem in modems {
                let imei = modem["imei"].as_str().unwrap_or_default();
                output::json(&queue.result(imei))?;
            }
        } else {
            table::print(modems, queue)?;
        }
        if queue.has_failed() {
            return Err(Failure::Reported);
        }
        Ok(())
    }
}

fn path(imei: &str) -> String {
    format!("/modems/{}/test", segment(imei))
}
