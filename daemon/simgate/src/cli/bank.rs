//! `simgate bank`.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Ask, Client, Connection, items};
use super::output::Column;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate bank status
  simgate bank power 3 cycle
  simgate bank clear-fault 3
  simgate bank sim 3 2                   # slot 3 gets its second SIM holder; its modem must be off
  simgate bank learn                     # which modem is on which slot?";

/// Between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// A slot is off, or on, within this: others may wait for their turn before it.
const SWITCHED: Duration = Duration::from_mins(1);

#[derive(Debug, Subcommand)]
pub(super) enum BankCommand {
    /// Show the bank controller and its slots.
    Status(Ask),
    /// Switch a slot on or off, or cut its power for a moment. One that is switched off stays off until it is
    /// switched on, or simgate restarts.
    Power {
        /// The slot, from 1 on.
        slot: u8,
        /// on. off: by PWRKEY where the module has one. cut: at once. cycle: off and on again.
        #[arg(value_parser = ["on", "off", "cut", "cycle"])]
        to: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Press PWRKEY or pull RESET of a running modem.
    Press {
        /// The slot, from 1 on.
        slot: u8,
        /// Which line.
        #[arg(value_parser = ["key", "reset"])]
        line: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Forget the fault of a slot, after you have looked at its modem and wires. The slot stays off.
    ClearFault {
        /// The slot, from 1 on.
        slot: u8,
        #[command(flatten)]
        connection: Connection,
    },
    /// Connect a slot that is off with another SIM holder.
    Sim {
        /// The slot, from 1 on.
        slot: u8,
        /// The holder, from 1 on.
        holder: u8,
        #[command(flatten)]
        connection: Connection,
    },
    /// Switch slots off and on one by one, see which modem goes and comes, and print `slots` for simgate.toml.
    /// The modems of these slots can send nothing meanwhile.
    Learn {
        /// Which slots; left out: all.
        slots: Vec<u8>,
        /// How long a modem may take to come back, in seconds.
        #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
        wait: u64,
        #[command(flatten)]
        connection: Connection,
    },
}

const SLOT: &[Column] = &[
    ("SLOT", "slot"),
    ("STATE", "state"),
    ("PLACE", "place"),
    ("IMEI", "imei"),
    ("SIM", "sim"),
    ("KEPT_OFF", "kept_off"),
    ("FAULT", "fault"),
];

impl BankCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Status(ask) => status(&ask),
            Self::Power {
                slot,
                to,
                connection,
            } => switch(&connection, slot, &json!({"action": to})),
            Self::Press {
                slot,
                line,
                connection,
            } => switch(&connection, slot, &json!({"action": line})),
            Self::ClearFault { slot, connection } => {
                switch(&connection, slot, &json!({"action": "clear_fault"}))
            }
            Self::Sim {
                slot,
                holder,
                connection,
            } => switch(&connection, slot, &json!({"action": "sim", "sim": holder})),
            Self::Learn {
                slots,
                wait,
                connection,
            } => learn(&connection.client()?, &slots, Duration::from_secs(wait)),
        }
    }
}

fn status(ask: &Ask) -> Result<(), Failure> {
    let bank = ask.client()?.get("/bank", &[])?;
    if ask.json {
        return output::json(&bank);
    }
    let detail = bank["detail"].as_str();
    let detail = detail.map_or_else(String::new, |detail| format!(": {detail}"));
    output::line(&format!("{}{detail}", output::cell(&bank["state"])))?;
    let board = &bank["board"];
    if !board.is_null() {
        let supply = if board["supply_good"] == false {
            ", its supply is bad"
        } else {
            ""
        };
        let firmware = output::cell(&board["firmware"]);
        let kind = output::cell(&board["kind"]);
        output::line(&format!("{kind}, firmware {firmware}{supply}"))?;
    }
    output::list(items(&bank["slots"]), false, SLOT)
}

fn path(slot: u8) -> String {
    format!("/bank/slots/{slot}")
}

fn switch(connection: &Connection, slot: u8, body: &Value) -> Result<(), Failure> {
    let bank = connection.client()?.post(&path(slot), body)?;
    let state = state_of(&bank, slot).unwrap_or_default();
    output::line(&format!("slot {slot}  {state}"))
}

fn state_of(bank: &Value, slot: u8) -> Option<&str> {
    let mut slots = items(&bank["slots"]).iter();
    slots.find(|row| row["slot"] == slot)?["state"].as_str()
}

/// Modems come by their ports; each is a place on the USB, or a port that is not there.
fn learn(client: &Client, chosen: &[u8], wait: Duration) -> Result<(), Failure> {
    let bank = client.get("/bank", &[])?;
    let slots: Vec<_> = items(&bank["slots"]).iter().collect();
    if slots.is_empty() {
        return Err(Failure::Refused(
            "the bank controller has not been found: simgate bank status".to_owned(),
        ));
    }
    let mut places: Vec<_> = slots
        .iter()
        .map(|row| row["place"].as_str().unwrap_or_default().to_owned())
        .collect();
    for (row, number) in slots.iter().zip(1..=u8::MAX) {
        if !chosen.is_empty() && !chosen.contains(&number) {
            continue;
        }
        if row["state"] == "fault" {
            output::line(&format!(
                "slot {number}  passed over: {}",
                output::cell(&row["fault"])
            ))?;
            continue;
        }
        let found = learn_one(client, number, wait)?;
        let told = found.as_deref().unwrap_or("no modem came");
        output::line(&format!("slot {number}  {told}"))?;
        if let Some(place) = places.get_mut(usize::from(number) - 1) {
            *place = found.unwrap_or_default();
        }
    }
    let places: Vec<_> = places.iter().map(|place| format!("{place:?}")).collect();
    output::line(&format!("\n[power]\nslots = [{}]", places.join(", ")))
}

/// What comes when a slot is switched on, and was not there while it was off.
fn learn_one(client: &Client, slot: u8, wait: Duration) -> Result<Option<String>, Failure> {
    client.post(&path(slot), &json!({"action": "cut"}))?;
    await_state(client, slot, "off")?;
    // The daemon hears of a port that goes by itself, and looks again each few seconds.
    let mut before = there(client)?;
    loop {
        sleep(LOOK * 2);
        let now = there(client)?;
        if now == before {
            break;
        }
        before = now;
    }
    client.post(&path(slot), &json!({"action": "on"}))?;
    await_state(client, slot, "on")?;
    let began = Instant::now();
    while began.elapsed() < wait {
        let now = there(client)?;
        if let Some(new) = now.difference(&before).next() {
            return Ok(Some(new.clone()));
        }
        sleep(LOOK);
    }
    Ok(None)
}

fn await_state(client: &Client, slot: u8, state: &str) -> Result<(), Failure> {
    let began = Instant::now();
    loop {
        let bank = client.get("/bank", &[])?;
        let now = state_of(&bank, slot).unwrap_or_default();
        if now == state {
            return Ok(());
        }
        if now == "fault" || began.elapsed() > SWITCHED {
            return Err(Failure::Refused(format!(
                "slot {slot} is {now}, and does not become {state}: simgate bank status"
            )));
        }
        sleep(LOOK);
    }
}

/// The places where something is.
fn there(client: &Client) -> Result<BTreeSet<String>, Failure> {
    let ports = client.all("/ports")?;
    let place = |row: &Value| {
        let usb = row["usb_path"]
            .as_str()
            .and_then(|usb| usb.split(':').next());
        usb.or(row["port"].as_str()).map(str::to_owned)
    };
    Ok(ports.iter().filter_map(place).collect())
}
