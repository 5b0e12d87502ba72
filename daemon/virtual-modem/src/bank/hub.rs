//! The task that owns the network: it hears all modems and speaks to each.

use std::time::Instant;

use tokio::sync::mpsc;
use tokio::time::sleep_until;

use crate::air::Downlink;
use crate::modem::Input;
use crate::network::Network;

use super::order::NetworkOrder;
use super::station::{Order, Station};

/// Uplinks that wait to be heard; a modem waits for room beyond it.
pub(super) const MAILBOX: usize = 1_024;

/// Runs until all senders are gone.
pub(super) async fn run(
    mut network: Network,
    mut orders: mpsc::Receiver<NetworkOrder>,
    stations: Vec<mpsc::Sender<Order>>,
) {
    loop {
        let next_at = network.next_at();
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => order(&mut network, Instant::now()),
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

/// A modem has one verdict and one delivery open at a time, so its mailbox has room; it is full only while
/// someone floods the control socket, and then the air is bad.
fn send(stations: &[mpsc::Sender<Order>], slot: usize, downlink: Downlink) {
    let Some(station) = stations.get(slot) else {
        return;
    };
    let order = Box::new(|station: &mut Station| station.input(Input::Network(downlink)));
    if station.try_send(order).is_err() {
        eprintln!(
            "virtual-modem: modem {slot} does not listen, a message to it is lost on the air"
        );
    }
}
