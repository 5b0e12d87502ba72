//! Telling the network that a message was taken (`AT+CNMA`).

use super::super::ask::Ask;
use super::super::modem::Modem;
use super::super::out::Consequence;
use super::{Inbox, Purpose, Receipt};
use crate::ids::ReceiptToken;
use at::commands::Cnma;
use at::{CmsError, FinalCode, Reply};
use std::time::{Duration, Instant};

/// How long a modem waits for `+CNMA` before it tells the network that nobody took the message;
/// 10 s and more, it is said.
const ACK_WITHIN: Duration = Duration::from_secs(8);

impl Inbox {
    /// Acknowledges to the network, which waits for it.
    pub(in crate::engine) fn acknowledge(&mut self) -> Option<Ask<Purpose>> {
        let token = self.acks.pop_front()?;
        Some(Ask::new(Purpose::Acknowledge(token), &self.cnma))
    }

    pub(super) fn acknowledged(
        &mut self,
        token: ReceiptToken,
        reply: Option<&Reply>,
        modem: &mut Modem,
    ) -> Option<Ask<Purpose>> {
        match reply.map(|reply| &reply.end) {
            // Too late or not expected; the modem may have stopped routing (field notes A 14).
            None | Some(FinalCode::Cms(CmsError(340))) => {
                modem.out.then(Consequence::RoutingUnsure);
            }
            // Taken, but perhaps after the modem had told the network that it was not.
            Some(FinalCode::Ok) => {
                if self.is_late(modem.now, token) {
                    modem.out.then(Consequence::RoutingUnsure);
                }
            }
            Some(_) => {
                // PDU mode wants a number on some modems (TS 27.005 4.7).
                if self.cnma == Cnma::Plain {
                    self.cnma = Cnma::Zero;
                    return Some(Ask::new(Purpose::Acknowledge(token), &self.cnma));
                }
                self.cnma = Cnma::Plain;
                modem.out.then(Consequence::RoutingUnsure);
            }
        }
        self.receipts.remove(&token);
        None
    }

    fn is_late(&self, now: Instant, token: ReceiptToken) -> bool {
        matches!(
            self.receipts.get(&token),
            Some(Receipt::Routed { at, .. }) if now.duration_since(*at) > ACK_WITHIN
        )
    }
}
