//! Deliveries and the owner's answers to them.

use std::collections::BTreeMap;

use rusmpp::{CommandId, Pdu, pdus};
use tokio::time::Instant;

use super::codec::Frame;
use super::conn::Conn;

/// How many deliveries may be without the owner's answer. At the bound nothing more is read
/// from that connection: TCP makes the peer wait.
const DELIVERIES_MAX: usize = 100;

/// A `deliver_sm` or `data_sm` the owner has not answered.
pub(super) struct Unanswered {
    conn: usize,
    sequence: u32,
    data_sm: bool,
    until: Instant,
}

/// Those that the owner has not answered, by their serial numbers.
#[derive(Default)]
pub(super) struct Deliveries(BTreeMap<u64, Unanswered>);

impl Deliveries {
    pub(super) fn has_room(&self) -> bool {
        self.0.len() < DELIVERIES_MAX
    }

    /// When the first is to be answered without the owner.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let first = self.0.first_key_value();
        first.map(|(_, unanswered)| unanswered.until)
    }

    /// One came by `conn`; the owner may take until `until`.
    pub(super) fn remember(&mut self, serial: u64, conn: usize, frame: &Frame, until: Instant) {
        let unanswered = Unanswered {
            conn,
            sequence: frame.sequence,
            data_sm: frame.id == CommandId::DataSm,
            until,
        };
        self.0.insert(serial, unanswered);
    }

    pub(super) fn take(&mut self, serial: u64) -> Option<Unanswered> {
        self.0.remove(&serial)
    }

    /// One that the owner did not answer in time.
    pub(super) fn expire(&mut self, now: Instant) -> Option<(u64, Unanswered)> {
        let first = self.0.first_entry().filter(|it| it.get().until <= now)?;
        Some(first.remove_entry())
    }
}

impl Unanswered {
    pub(super) fn answer(&self, conns: &mut [Conn], status: u32) {
        let Some(conn) = conns.get_mut(self.conn) else {
            return;
        };
        let pdu: Pdu = if self.data_sm {
            pdus::DataSmResp::default().into()
        } else {
            pdus::DeliverSmResp::default().into()
        };
        conn.respond(status, self.sequence, pdu);
    }
}
