//! Deliveries and the owner's answers to them.

use rusmpp::{CommandId, Pdu, pdus};
use tokio::time::Instant;

use super::bound::Bound;
use super::codec::Frame;
use super::status;

/// How many deliveries may be without the owner's answer. At the bound nothing more is read
/// from that connection: TCP makes the peer wait.
pub(crate) const DELIVERIES_MAX: usize = 100;

/// A `deliver_sm` or `data_sm` the owner has not answered.
pub(super) struct Unanswered {
    conn: usize,
    sequence: u32,
    data_sm: bool,
    pub(super) until: Instant,
}

impl Bound<'_> {
    /// The owner's answers, and ours for deliveries it did not answer in time: the peer
    /// has given up on those by then, and without this they would block reading for ever.
    pub(super) fn answer_deliveries(&mut self, now: Instant) {
        let acks = self.shared.lock().take_acks();
        for (serial, ok) in acks {
            let status = if ok { status::ROK } else { status::RX_T_APPN };
            if let Some(unanswered) = self.deliveries.remove(&serial) {
                self.respond_delivery(&unanswered, status);
            }
        }
        while let Some(first) = self
            .deliveries
            .first_entry()
            .filter(|it| it.get().until <= now)
        {
            let (serial, unanswered) = first.remove_entry();
            // It may not even have been handed over; the peer delivers it again.
            self.outbox.forget_delivery(serial);
            tracing::warn!("a delivery was not acknowledged in time");
            self.respond_delivery(&unanswered, status::RX_T_APPN);
        }
    }

    fn respond_delivery(&mut self, unanswered: &Unanswered, status: u32) {
        let Some(conn) = self.conns.get_mut(unanswered.conn) else {
            return;
        };
        let pdu: Pdu = if unanswered.data_sm {
            pdus::DataSmResp::default().into()
        } else {
            pdus::DeliverSmResp::default().into()
        };
        conn.respond(status, unanswered.sequence, pdu);
    }

    pub(super) fn remember_delivery(&mut self, serial: u64, conn: usize, frame: &Frame) {
        let unanswered = Unanswered {
            conn,
            sequence: frame.sequence,
            data_sm: frame.id == CommandId::DataSm,
            until: Instant::now() + self.settings.response_timeout,
        };
        self.deliveries.insert(serial, unanswered);
    }
}
