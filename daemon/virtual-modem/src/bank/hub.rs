//! The task that owns the network: it hears all modems and speaks to each.

use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep_until;

use crate::air::{Downlink, Uplink};
use crate::network::{InjectError, Injected, Injection, Network};

use super::order::Order;

/// Uplinks that wait to be heard; a modem waits for room beyond it.
pub(super) const MAILBOX: usize = 1_024;

/// What the network's task is told.
#[derive(Debug)]
pub(super) enum HubInput {
    Uplink {
        slot: usize,
        uplink: Uplink,
    },
    /// A message for the SIM at `slot`, or for `home` while there is none.
    Inject {
        slot: usize,
        home: String,
        injection: Injection,
        done: oneshot::Sender<Result<Injected, InjectError>>,
    },
    Report {
        slot: usize,
        mr: u8,
        to: String,
        st: u8,
        done: oneshot::Sender<Result<(), InjectError>>,
    },
    /// Messages that wait for the SIM of this number.
    Waiting {
        msisdn: String,
        count: oneshot::Sender<usize>,
    },
}

/// Runs until all senders are gone.
pub(super) async fn run(
    mut network: Network,
    mut inputs: mpsc::Receiver<HubInput>,
    stations: Vec<mpsc::Sender<Order>>,
) {
    loop {
        let next_at = network.next_at();
        tokio::select! {
            input = inputs.recv() => match input {
                Some(input) => handle(&mut network, input),
                None => return,
            },
            () = sleep_until(next_at.unwrap_or_else(Instant::now).into()), if next_at.is_some() => {}
        }
        network.tick(Instant::now());
        while let Some((slot, downlink)) = network.poll() {
            send(&stations, slot, downlink);
        }
    }
}

fn handle(network: &mut Network, input: HubInput) {
    let now = Instant::now();
    // Whoever asked may have gone; then nobody wants the answer.
    match input {
        HubInput::Uplink { slot, uplink } => network.uplink(now, slot, uplink),
        HubInput::Inject {
            slot,
            home,
            injection,
            done,
        } => {
            let msisdn = network.attached_at(slot).unwrap_or(&home).to_owned();
            let _ = done.send(network.inject(now, &msisdn, &injection));
        }
        HubInput::Report {
            slot,
            mr,
            to,
            st,
            done,
        } => {
            let _ = done.send(network.report(now, slot, mr, &to, st));
        }
        HubInput::Waiting { msisdn, count } => {
            let _ = count.send(network.waiting(&msisdn));
        }
    }
}

/// A modem has one verdict and one delivery open at a time, so its mailbox has room; it is full only while
/// someone floods the control socket, and then the air is bad.
fn send(stations: &[mpsc::Sender<Order>], slot: usize, downlink: Downlink) {
    let Some(station) = stations.get(slot) else {
        return;
    };
    if station.try_send(Order::Network(downlink)).is_err() {
        eprintln!(
            "virtual-modem: modem {slot} does not listen, a message to it is lost on the air"
        );
    }
}
