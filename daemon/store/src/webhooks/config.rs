//! Webhooks as they are configured.

use rusqlite::{Connection, Row};

use super::Webhooks;
use crate::columns::named;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append_change;
use crate::values::{RowExt as _, params, readable};
use crate::{NewAudit, StoreError};
use model::{OldSecret, Time, WebhookConfig, WebhookName, WebhookSecret};

/// Rows deleted in one commit: sends go on in between.
const STEP: usize = 500;

impl Webhooks {
    /// All webhooks with their secrets, by name; that of the `callback_url`s too.
    pub async fn all(&self) -> Result<Vec<(WebhookName, WebhookConfig)>, StoreError> {
        self.file.read(all).await
    }

    /// Sets what a webhook is. From this commit on it is told of the events that it names.
    pub async fn put(
        &self,
        name: &WebhookName,
        config: &WebhookConfig,
        audit: NewAudit,
    ) -> Result<(), StoreError> {
        let (name, config) = (name.clone(), config.clone());
        self.file
            .write(Need::Growth, move |tx| put(tx, &name, &config, &audit))
            .await
    }

    /// Deletes a webhook and what waits for it; false when there is none of this name.
    pub async fn delete(&self, name: &WebhookName, audit: NewAudit) -> Result<bool, StoreError> {
        let gone = name.to_string();
        let deleted = self.file.write(Need::Ongoing, move |tx| {
            let before = config_of(tx, &gone)?;
            let deleted = tx.execute("DELETE FROM webhooks WHERE name = ?1", [&gone])? == 1;
            if deleted {
                spell_out(tx, &gone, &[])?;
                append_change(tx, &audit, before.as_ref(), None::<&WebhookConfig>)?;
            }
            Ok(deleted)
        });
        let deleted = deleted.await?;
        if deleted {
            self.forget(name.as_str()).await?;
        }
        Ok(deleted)
    }

    /// What a start finds: kinds of event that an older version did not know, and what a deletion
    /// that was cut off left in the queue.
    pub async fn start(&self) -> Result<(), StoreError> {
        self.file
            .write(Need::Ongoing, |tx| {
                for (name, config) in all(tx.reader())? {
                    spell_out(tx, name.as_str(), &config.kinds())?;
                }
                Ok(())
            })
            .await?;
        let gone = |reader: &Connection| {
            let sql = "SELECT DISTINCT webhook FROM deliveries
                WHERE webhook NOT IN (SELECT name FROM webhooks)";
            reader.all(sql, [], only::<String>)
        };
        for name in self.file.read(gone).await? {
            self.forget(&name).await?;
        }
        Ok(())
    }

    async fn forget(&self, name: &str) -> Result<(), StoreError> {
        let delete = "DELETE FROM deliveries WHERE row IN
            (SELECT row FROM deliveries WHERE webhook = ?1 LIMIT ?2)";
        loop {
            let name = name.to_owned();
            let deleted = self.file.write(Need::Ongoing, move |tx| {
                tx.execute(delete, params![name, crate::rows(STEP)])
            });
            if deleted.await? < STEP {
                return Ok(());
            }
        }
    }
}

pub(crate) fn put(
    tx: &Tx<'_>,
    name: &WebhookName,
    config: &WebhookConfig,
    audit: &NewAudit,
) -> Result<(), StoreError> {
    let put = "INSERT INTO webhooks (name, config, old_secret, old_secret_until)
        VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (name) DO UPDATE SET config = excluded.config,
            old_secret = excluded.old_secret, old_secret_until = excluded.old_secret_until";
    let before = config_of(tx, name.as_str())?;
    let old = config.old_secret.as_ref();
    let (secret, until) = (old.map(|old| &old.secret), old.map(|old| old.until));
    tx.run(
        put,
        params![name.as_str(), crate::json(config)?, secret, until],
    )?;
    spell_out(tx, name.as_str(), &config.kinds())?;
    append_change(tx, audit, before.as_ref(), Some(config))
}

fn all(reader: &Connection) -> Result<Vec<(WebhookName, WebhookConfig)>, StoreError> {
    let sql = "SELECT * FROM webhooks ORDER BY name";
    let all = reader.all(sql, [], |row| {
        let read = readable(webhook(row))?;
        if read.is_none() {
            let webhook: String = row.col("name")?;
            tracing::error!(
                webhook,
                "what is set for it makes no sense, and nothing is posted to it: set it anew"
            );
        }
        Ok(read)
    })?;
    Ok(all.into_iter().flatten().collect())
}

/// None too where it makes no sense.
fn config_of(tx: &Tx<'_>, name: &str) -> Result<Option<WebhookConfig>, StoreError> {
    let sql = "SELECT * FROM webhooks WHERE name = ?1";
    let found = tx.first(sql, [name], |row| readable(webhook(row)))?;
    Ok(found.flatten().map(|(_, config)| config))
}

pub(crate) fn webhook(row: &Row<'_>) -> rusqlite::Result<(WebhookName, WebhookConfig)> {
    let (name, config): (_, WebhookConfig) = named(row)?;
    let secret: Option<WebhookSecret> = row.col("old_secret")?;
    let until: Option<Time> = row.col("old_secret_until")?;
    let old = secret.zip(until);
    let old_secret = old.map(|(secret, until)| OldSecret { secret, until });
    Ok((
        name,
        WebhookConfig {
            old_secret,
            ..config
        },
    ))
}

/// Writes down for the triggers of what it is told.
fn spell_out(tx: &Tx<'_>, name: &str, kinds: &[&str]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM webhook_kinds WHERE webhook = ?1", [name])?;
    for kind in kinds {
        let add = "INSERT INTO webhook_kinds (kind, webhook) VALUES (?1, ?2)";
        tx.execute(add, [*kind, name])?;
    }
    Ok(())
}
