//! What carriers bring in, on its way into the store: only what is on disk may be acknowledged.

use model::{Carrier, Change, InboundPart};
use store::{NewReport, Received, Reported, Store, StoreError};

use super::Scheduler;
use crate::events::Bus;
use crate::messages::reassemble::join;

/// Where it goes.
pub(crate) struct Arrivals<'a> {
    pub(crate) store: &'a Store,
    pub(crate) bus: &'a Bus,
    pub(crate) scheduler: &'a Scheduler,
}

/// Match a report was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Found,
    /// Kept: the answer that names its part may come later.
    None,
    /// It came before.
    Again,
}

impl Arrivals<'_> {
    /// A message, or a part of one.
    pub(crate) async fn message(&self, part: InboundPart) -> Result<(), StoreError> {
        let carrier = part.carrier.clone();
        match self.store.inbound().receive(part, join).await? {
            Received::Complete(joined) => self.scheduler.joined(self.bus, joined).await,
            Received::Held { have, total } => {
                tracing::debug!(%carrier, have, total, "part of a long message");
            }
            Received::Duplicate => tracing::info!(%carrier, "a message came again"),
        }
        Ok(())
    }

    /// What became of a part that was sent.
    pub(crate) async fn report(&self, report: NewReport) -> Result<Match, StoreError> {
        let number = report.recipient.clone();
        match self.store.evidence().report(report).await? {
            Reported::Matched {
                id,
                state,
                carrier,
                changed,
                settled,
                ..
            } => {
                metrics::counter!("simgate_reports_matched_total").increment(1);
                self.scheduler.settled(self.bus, settled).await;
                if changed {
                    self.bus.message(&Change {
                        number: Some(&number),
                        carrier: Some(&carrier),
                        ..Change::of(id, state)
                    });
                }
                Ok(Match::Found)
            }
            Reported::Unmatched => {
                metrics::counter!("simgate_reports_unmatched_total").increment(1);
                Ok(Match::None)
            }
            Reported::Repeated => Ok(Match::Again),
        }
    }
}

/// Whether it is on disk. What is not stays with whoever brought it, and comes again.
pub(crate) fn is_stored(by: &Carrier, stored: &Result<(), StoreError>) -> bool {
    match stored {
        Ok(()) => {}
        Err(error) if error.is_told() => {
            tracing::debug!(carrier = %by, %error, "what came in is not acknowledged");
        }
        Err(error) => {
            tracing::error!(carrier = %by, %error, "cannot store what came in; it is not acknowledged");
        }
    }
    stored.is_ok()
}
