//! What was and is to be posted, for people; and having it posted again.

use rusqlite::{Connection, Row};

use super::Webhooks;
use crate::columns::as_code;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append;
use crate::values::{RowExt as _, params, readable};
use crate::{NewAudit, StoreError, rows};
use model::{DeliveryState, MessageId, RowId, State, Time, WebhookName};

as_code!(DeliveryState { Waiting = 0, Delivered = 1, Parked = 2 });

/// Of which deliveries of a webhook.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    pub state: Option<DeliveryState>,
    /// `message.sent`, say.
    pub kind: Option<String>,
    /// Of events from then on.
    pub since: Option<Time>,
    /// Of events before then.
    pub until: Option<Time>,
}

/// A delivery as it is shown.
#[derive(Clone, Debug)]
pub struct ListedDelivery {
    pub row: RowId,
    pub kind: String,
    pub message: Option<MessageId>,
    /// Of the message at that time.
    pub message_state: Option<State>,
    /// `webhook-id`, where no message gives one.
    pub event: Option<String>,
    /// Of a `callback_url`; empty for other webhooks.
    pub host: String,
    pub at: Time,
    pub state: DeliveryState,
    pub attempts: u16,
    pub next_at: Time,
    pub tried_at: Option<Time>,
    pub status: Option<u16>,
    pub error: Option<String>,
}

impl Webhooks {
    /// At most `limit` deliveries of a webhook below the row `before`, newest first.
    pub async fn listed(
        &self,
        webhook: &WebhookName,
        which: DeliveryFilter,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<ListedDelivery>, StoreError> {
        let webhook = webhook.to_string();
        self.file
            .read(move |reader| listed(reader, &webhook, &which, limit, before))
            .await
    }

    /// How many wait and how many are parked, by webhook.
    pub async fn counts(&self) -> Result<Vec<(WebhookName, DeliveryState, u64)>, StoreError> {
        let sql = "SELECT webhook, state, count(*) FROM deliveries INDEXED BY deliveries_listed
            GROUP BY webhook, state";
        self.file
            .read(move |reader| {
                reader.readable(sql, [], |row| {
                    Ok((row.col(0)?, row.col(1)?, row.col::<i64>(2)?.unsigned_abs()))
                })
            })
            .await
    }

    /// How many are parked, by webhook: those that wait are not counted, of which there may be many.
    pub async fn parked(&self) -> Result<Vec<(WebhookName, u64)>, StoreError> {
        let sql = "SELECT name, (SELECT count(*) FROM deliveries INDEXED BY deliveries_listed
                WHERE webhook = name AND state = 2) AS parked FROM webhooks WHERE parked > 0";
        self.file
            .read(move |reader| {
                reader.readable(sql, [], |row| {
                    Ok((row.col(0)?, row.col::<i64>(1)?.unsigned_abs()))
                })
            })
            .await
    }

    /// Has one posted now, whatever became of it before; false where there is none.
    pub async fn resend(
        &self,
        webhook: &WebhookName,
        row: RowId,
        now: Time,
        audit: NewAudit,
    ) -> Result<bool, StoreError> {
        let webhook = webhook.to_string();
        self.file
            .write(Need::Ongoing, move |tx| {
                let sql = format!("{AGAIN} WHERE row = ?2 AND webhook = ?3");
                let found = tx.execute(&sql, params![now, row, webhook])? == 1;
                if found {
                    append(tx, &audit)?;
                }
                Ok(found)
            })
            .await
    }

    /// Has at most `limit` posted again, from the row after `after` on, oldest first; the last of
    /// them, and how many there were.
    pub async fn resend_some(
        &self,
        webhook: &WebhookName,
        (which, now): (DeliveryFilter, Time),
        after: RowId,
        limit: usize,
    ) -> Result<(RowId, usize), StoreError> {
        let webhook = webhook.to_string();
        self.file
            .write(Need::Ongoing, move |tx| {
                let found = that_fit(tx, &webhook, &which, after, limit)?;
                for row in &found {
                    tx.execute(&format!("{AGAIN} WHERE row = ?2"), params![now, row])?;
                }
                Ok((found.last().copied().unwrap_or(after), found.len()))
            })
            .await
    }

    /// Deletes one that is parked; what it is where it is not. None where there is none.
    pub async fn dismiss(
        &self,
        webhook: &WebhookName,
        row: RowId,
        audit: NewAudit,
    ) -> Result<Option<DeliveryState>, StoreError> {
        let webhook = webhook.to_string();
        self.file
            .write(Need::Ongoing, move |tx| {
                let sql = "SELECT state FROM deliveries WHERE row = ?1 AND webhook = ?2";
                let state = tx.first(sql, params![row, webhook], only)?;
                if state == Some(DeliveryState::Parked) {
                    tx.execute("DELETE FROM deliveries WHERE row = ?1", params![row])?;
                    append(tx, &audit)?;
                }
                Ok(state)
            })
            .await
    }

    /// Deletes at most `limit` of those after `after` that are parked and fit, whatever `which` says of their state; the
    /// last of these, and how many.
    pub async fn dismiss_some(
        &self,
        webhook: &WebhookName,
        which: DeliveryFilter,
        after: RowId,
        limit: usize,
    ) -> Result<(RowId, usize), StoreError> {
        let webhook = webhook.to_string();
        let which = DeliveryFilter {
            state: Some(DeliveryState::Parked),
            ..which
        };
        self.file
            .write(Need::Ongoing, move |tx| {
                let found = that_fit(tx, &webhook, &which, after, limit)?;
                for row in &found {
                    tx.execute("DELETE FROM deliveries WHERE row = ?1", params![row])?;
                }
                Ok((found.last().copied().unwrap_or(after), found.len()))
            })
            .await
    }

    /// Remembers what somebody did with several deliveries.
    pub async fn audit(&self, entry: NewAudit) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, move |tx| append(tx, &entry))
            .await
    }
}

/// The first of those after `after`; the parked ones where nothing is said of the state.
fn that_fit(
    tx: &Tx<'_>,
    webhook: &str,
    which: &DeliveryFilter,
    after: RowId,
    limit: usize,
) -> Result<Vec<RowId>, StoreError> {
    let sql = "SELECT row FROM deliveries INDEXED BY deliveries_listed
        WHERE webhook = ?1 AND state = ?2 AND row > ?3
            AND kind = coalesce(?4, kind) AND at >= ?5 AND at < ?6
        ORDER BY row LIMIT ?7";
    let fits = params![
        webhook,
        which.state.unwrap_or(DeliveryState::Parked),
        after,
        which.kind,
        which.since.unwrap_or(Time(i64::MIN)),
        which.until.unwrap_or(Time(i64::MAX)),
        rows(limit)
    ];
    tx.all(sql, fits, only)
}

/// One that waits keeps its tries and its turn; another begins anew, behind what waits about the
/// same.
const AGAIN: &str = "UPDATE deliveries SET next_at = 0,
    since = CASE state WHEN 0 THEN since ELSE ?1 END,
    attempts = CASE state WHEN 0 THEN attempts ELSE 0 END,
    first = CASE state WHEN 0 THEN first ELSE NOT EXISTS (SELECT 1 FROM deliveries d
        WHERE d.message = deliveries.message AND d.webhook = deliveries.webhook
            AND d.subject = deliveries.subject AND d.state = 0) END,
    state = 0";

fn listed(
    reader: &Connection,
    webhook: &str,
    which: &DeliveryFilter,
    limit: usize,
    before: Option<RowId>,
) -> Result<Vec<ListedDelivery>, StoreError> {
    // Each state is a run of rows in the index; a page of all three is merged.
    let one = "SELECT * FROM (SELECT * FROM deliveries INDEXED BY deliveries_listed
        WHERE webhook = ?1 AND state = {} AND row < ?2 AND kind = coalesce(?3, kind)
            AND at >= ?4 AND at < ?5 ORDER BY row DESC LIMIT ?6)";
    let runs = match which.state {
        Some(state) => vec![state],
        None => vec![
            DeliveryState::Waiting,
            DeliveryState::Delivered,
            DeliveryState::Parked,
        ],
    };
    let runs: Vec<_> = runs
        .into_iter()
        .map(|state| one.replace("{}", &(state as u8).to_string()))
        .collect();
    let sql = format!(
        "SELECT d.*, m.id FROM ({}) d LEFT JOIN messages m ON m.row = d.message
         ORDER BY d.row DESC LIMIT ?6",
        runs.join(" UNION ALL ")
    );
    let mut before = before.unwrap_or(RowId(i64::MAX));
    let mut listed = Vec::new();
    loop {
        let missing = limit - listed.len();
        let given = params![
            webhook,
            before,
            which.kind,
            which.since.unwrap_or(Time(i64::MIN)),
            which.until.unwrap_or(Time(i64::MAX)),
            rows(missing)
        ];
        let numbered = |row: &Row<'_>| Ok((row.col("row")?, readable(delivery(row))?));
        let found: Vec<(RowId, _)> = reader.all(&sql, given, numbered)?;
        let last = found.last().map(|(row, _)| *row);
        let is_full = found.len() == missing;
        listed.extend(found.into_iter().filter_map(|(_, delivery)| delivery));
        match last {
            // Those that make no sense do not end the list.
            Some(last) if is_full && listed.len() < limit => before = last,
            _ => return Ok(listed),
        }
    }
}

pub(crate) fn delivery(row: &Row<'_>) -> rusqlite::Result<ListedDelivery> {
    Ok(ListedDelivery {
        row: row.col("row")?,
        kind: row.col("kind")?,
        message: row.col("id")?,
        message_state: row.col("message_state")?,
        event: row.col("event")?,
        host: row.col("host")?,
        at: row.col("at")?,
        state: row.col("state")?,
        attempts: row.col("attempts")?,
        next_at: row.col("next_at")?,
        tried_at: row.col("tried_at")?,
        status: row.col("status")?,
        error: row.col("error")?,
    })
}
