//! Whose messages are whose.

use std::collections::HashMap;

use model::{Belonging, KeyId, MessageId};
use rusqlite::Connection;

use crate::StoreError;
use crate::machine::select::Select as _;
use crate::reading::Reading;
use crate::values::{RowExt as _, params};

impl Reading {
    /// Who sent these messages and what carries them; those that are not there are left out.
    pub async fn belongings(
        &self,
        ids: Vec<MessageId>,
    ) -> Result<HashMap<MessageId, Belonging>, StoreError> {
        self.file
            .read(move |reader| {
                let mut found = HashMap::with_capacity(ids.len());
                for id in &ids {
                    if let Some(belonging) = belonging(reader, *id)? {
                        found.insert(*id, belonging);
                    }
                }
                Ok(found)
            })
            .await
    }
}

fn belonging(reader: &Connection, id: MessageId) -> Result<Option<Belonging>, StoreError> {
    let sql = "SELECT lane, carrier FROM messages WHERE id = ?1";
    reader.first(sql, params![id], |row| {
        let lane: Option<String> = row.col("lane")?;
        let key = lane.and_then(|lane| lane.split_once('|')?.0.parse().ok());
        Ok(Belonging {
            key: key.map(KeyId),
            carrier: row.col("carrier")?,
        })
    })
}
