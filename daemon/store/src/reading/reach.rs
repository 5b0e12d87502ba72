//! Whose messages are whose: what a key may see of them.

use std::collections::{HashMap, HashSet};

use model::{Belonging, Iccid, KeyId, MessageId, Reach};
use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension as _};

use crate::columns::parsed;
use crate::values::{RowExt as _, params};
use crate::{Store, StoreError};

impl Store {
    /// Who sent these messages and what carries them; those that are not there are left out.
    pub async fn belongings(
        &self,
        ids: Vec<MessageId>,
    ) -> Result<HashMap<MessageId, Belonging>, StoreError> {
        self.read(move |reader| {
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
    let mut select = reader.prepare_cached("SELECT lane, sim FROM messages WHERE id = ?1")?;
    let found = select.query_row(params![id], |row| {
        let lane: Option<String> = row.col("lane")?;
        let key = lane.and_then(|lane| lane.split_once('|')?.0.parse().ok());
        Ok(Belonging {
            key: key.map(KeyId),
            carrier: parsed(row, "sim")?,
        })
    });
    Ok(found.optional()?)
}

/// The SIMs within reach, as a JSON array for `json_each`; none: all.
pub(crate) fn sims(reach: &Reach) -> Option<String> {
    match reach {
        Reach::All => None,
        Reach::Part { sims, .. } => Some(list(sims)),
    }
}

fn list(sims: &HashSet<Iccid>) -> String {
    let sims: Vec<_> = sims.iter().map(ToString::to_string).collect();
    serde_json::Value::from(sims).to_string()
}

/// The condition on `messages m` that leaves what is within reach, with `?N` for its parameters,
/// which it adds to those that are there. None where everything is.
pub(crate) fn condition(reach: &Reach, params: &mut Vec<Box<dyn ToSql>>) -> Option<String> {
    let Reach::Part { key, sims } = reach else {
        return None;
    };
    // The lanes of a key are those between these two: '}' follows '|' in ASCII.
    params.push(Box::new(format!("{}|", key.0)));
    params.push(Box::new(format!("{}}}", key.0)));
    let last = params.len();
    let own = format!("m.lane >= ?{} AND m.lane < ?{last}", last - 1);
    if sims.is_empty() {
        return Some(format!("({own})"));
    }
    params.push(Box::new(list(sims)));
    let sims = params.len();
    Some(format!(
        "(({own}) OR m.sim IN (SELECT value FROM json_each(?{sims})))"
    ))
}
