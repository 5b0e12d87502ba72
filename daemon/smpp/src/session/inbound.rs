//! What an ESME does with each PDU it receives.

use std::time::SystemTime;

use rusmpp::{CommandId, Pdu, pdus};
use tokio::time::Instant;

use super::bound::{Bound, Phase};
use super::codec::Frame;
use super::event::{Ack, Arrival, Event, Outcome};
use super::shared::Queued;
use super::window::Pending;
use super::{read, status};

/// How long answers are awaited after the peer's `unbind`.
const AFTER_UNBIND: std::time::Duration = std::time::Duration::from_secs(2);

impl Bound<'_> {
    pub(super) fn on_frame(&mut self, index: usize, frame: &Frame, now: Instant, serial: &mut u64) {
        if frame.id.is_operation()
            && let Some(conn) = self.conns.get_mut(index)
        {
            conn.requests = conn.requests.saturating_add(1);
        }
        match frame.id {
            CommandId::SubmitSmResp if index == 0 => self.on_submit_resp(frame, now),
            CommandId::GenericNack => self.on_nack(index, frame, now),
            CommandId::EnquireLink => {
                self.respond(index, frame, status::ROK, Pdu::EnquireLinkResp);
            }
            CommandId::EnquireLinkResp => {
                self.on_alive(index, frame.sequence);
            }
            CommandId::DeliverSm | CommandId::DataSm => self.on_delivery(index, frame, serial),
            CommandId::Unbind => self.on_unbind(index, frame, now),
            CommandId::UnbindResp => self.on_unbind_resp(),
            // These have no response.
            CommandId::AlertNotification | CommandId::Outbind => {
                tracing::debug!(command = u32::from(frame.id), "PDU without use here");
            }
            id if id.is_response() => {
                // Not nacked: two sides that nack each other's answers would not end.
                tracing::debug!(command = u32::from(id), "answer to nothing that was asked");
            }
            id => {
                tracing::debug!(command = u32::from(id), "PDU that an ESME does not serve");
                self.respond(index, frame, status::RINVCMDID, Pdu::GenericNack);
            }
        }
    }

    fn respond(&mut self, index: usize, frame: &Frame, status: u32, pdu: impl Into<Pdu>) {
        if let Some(conn) = self.conns.get_mut(index) {
            conn.respond(status, frame.sequence, pdu);
        }
    }

    fn on_submit_resp(&mut self, frame: &Frame, now: Instant) {
        if !self.on_answer(frame.sequence, submit_outcome(frame), now) {
            tracing::debug!("submit_sm_resp to nothing that was asked");
        }
    }

    /// The answer to a submit, in time or not; whether there was one.
    fn on_answer(&mut self, sequence: u32, outcome: Outcome, now: Instant) -> bool {
        if let Some(pending) = self.window.take(sequence) {
            self.settle(&pending, outcome, now);
            return true;
        }
        let Some(submission) = self.window.take_late(sequence) else {
            return false;
        };
        self.outbox.push(Event::LateAnswer {
            submission,
            outcome,
        });
        true
    }

    fn on_nack(&mut self, index: usize, frame: &Frame, now: Instant) {
        if self.on_alive(index, frame.sequence) {
            return;
        }
        let status = if frame.status == status::ROK {
            status::RUNKNOWNERR
        } else {
            frame.status
        };
        let sequence = frame.sequence;
        if index != 0 || !self.on_answer(sequence, refusal(status), now) {
            // Sequence number 0: the peer could not even read the header of something.
            tracing::warn!(sequence, status, "generic_nack to no request in flight");
        }
    }

    /// Any answer to `enquire_link` says that the peer is there, a nack too.
    fn on_alive(&mut self, index: usize, sequence: u32) -> bool {
        self.conns
            .get_mut(index)
            .is_some_and(|conn| conn.keepalive.answered(sequence))
    }

    fn settle(&mut self, pending: &Pending, outcome: Outcome, now: Instant) {
        match outcome {
            Outcome::Accepted { .. } => self.shared.lock().accepted(),
            Outcome::Throttled { .. } => {
                let unwritten = self.shared.lock().throttled(pending.sent_at, now);
                for Queued { submission, .. } in unwritten {
                    self.answered(submission, Outcome::NotSent);
                }
            }
            _ => {}
        }
        self.answered(pending.submission, outcome);
    }

    fn arrival(&self, index: usize, sequence: u32) -> Arrival {
        let at = SystemTime::now();
        let requests = self.conns.get(index).map_or(0, |conn| conn.requests);
        Arrival {
            at,
            since: Instant::now(),
            bound_since: self.shared.lock().bound_since.unwrap_or(at),
            sequence,
            counts_on: sequence > requests,
        }
    }

    fn on_delivery(&mut self, index: usize, frame: &Frame, serial: &mut u64) {
        let read = match &frame.body {
            _ if index + 1 != self.conns.len() => Err(status::RINVBNDSTS),
            None => Err(status::RINVCMDLEN),
            Some(body) if frame.id == CommandId::DataSm => {
                read::data_sm(body).ok_or(status::RX_P_APPN)
            }
            // Permanent: delivered again, it would be no more readable.
            Some(body) => read::deliver_sm(body).ok_or(status::RX_P_APPN),
        };
        match read {
            Ok(deliver) => {
                *serial += 1;
                let until = Instant::now() + self.settings.response_timeout;
                self.deliveries.remember(*serial, index, frame, until);
                self.outbox.push(Event::Delivered {
                    ack: Ack(*serial),
                    deliver,
                    arrival: self.arrival(index, frame.sequence),
                });
            }
            Err(status) => {
                tracing::warn!(id = u32::from(frame.id), status, "delivery refused");
                if frame.id == CommandId::DataSm {
                    self.respond(index, frame, status, pdus::DataSmResp::default());
                } else {
                    self.respond(index, frame, status, pdus::DeliverSmResp::default());
                }
            }
        }
    }

    fn on_unbind(&mut self, index: usize, frame: &Frame, now: Instant) {
        self.respond(index, frame, status::ROK, Pdu::UnbindResp);
        if !matches!(self.phase, Phase::Unbinding { .. } | Phase::Unbound { .. }) {
            self.close_queue();
            let until = now + AFTER_UNBIND.min(self.settings.response_timeout);
            self.phase = Phase::Unbound { until };
        }
    }

    fn on_unbind_resp(&mut self) {
        if let Phase::Unbinding { answers, .. } = &mut self.phase {
            *answers = answers.saturating_sub(1);
        }
    }
}

fn submit_outcome(frame: &Frame) -> Outcome {
    if frame.status != status::ROK {
        return refusal(frame.status);
    }
    // It says accepted, whatever else is in it: sent again, the message would go twice.
    let message_id = frame.body.as_deref().map(read::message_id);
    Outcome::Accepted {
        message_id: message_id.unwrap_or_default(),
    }
}

fn refusal(status: u32) -> Outcome {
    if status::is_throttling(status) {
        Outcome::Throttled { status }
    } else {
        Outcome::Refused { status }
    }
}
