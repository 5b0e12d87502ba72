//! The bounds of the queue.

use super::Webhooks;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Need;
use crate::values::params;
use crate::{StoreError, rows};
use model::{DeliveryState, RowId, WebhookName};

/// Delivered ones of a webhook that are still shown; older ones are forgotten.
const DELIVERED: i64 = 500;
/// Parked ones of a webhook; the oldest beyond it are forgotten.
const PARKED: i64 = 100_000;
/// What waits for one webhook; the oldest beyond it are parked.
const WAITING: i64 = 500_000;
/// Rows changed in one commit: sends go on in between.
const STEP: usize = 500;

impl Webhooks {
    /// Holds the bounds. To be called every few minutes.
    pub async fn tidy(&self, webhook: &WebhookName) -> Result<(), StoreError> {
        let park = "UPDATE deliveries SET state = 2, error = coalesce(error, 'too much waits')";
        let bounds = [
            (DeliveryState::Waiting, WAITING, park),
            (DeliveryState::Parked, PARKED, "DELETE FROM deliveries"),
            (
                DeliveryState::Delivered,
                DELIVERED,
                "DELETE FROM deliveries",
            ),
        ];
        for (state, most, what) in bounds {
            let name = webhook.to_string();
            let beyond = self.file.read(move |reader| {
                let sql = "SELECT row FROM deliveries INDEXED BY deliveries_listed
                    WHERE webhook = ?1 AND state = ?2 ORDER BY row DESC LIMIT 1 OFFSET ?3";
                reader.first(sql, params![name, state, most], only)
            });
            if let Some(beyond) = beyond.await? {
                self.change(webhook, (state, beyond), what).await?;
            }
        }
        Ok(())
    }

    /// Does this to the rows in that state up to this one, step by step.
    async fn change(
        &self,
        webhook: &WebhookName,
        (state, upto): (DeliveryState, RowId),
        what: &'static str,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "{what} WHERE row IN (SELECT row FROM deliveries INDEXED BY deliveries_listed
                 WHERE webhook = ?1 AND state = ?2 AND row <= ?3 LIMIT ?4)"
        );
        loop {
            let (name, sql) = (webhook.to_string(), sql.clone());
            let changed = self.file.write(Need::Ongoing, move |tx| {
                tx.execute(&sql, params![name, state, upto, rows(STEP)])
            });
            if changed.await? < STEP {
                return Ok(());
            }
        }
    }
}
