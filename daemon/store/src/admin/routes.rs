//! The routes, and what is needed to judge by them.

use std::collections::HashMap;

use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use crate::admin::Admin;
use crate::machine::select::{Select as _, both};
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append_change;
use crate::values::{RowExt as _, params, readable};
use crate::{NewAudit, StoreError};
use model::{KeyId, Route};

/// Name of the routes among the settings.
pub(crate) const ROUTES: &str = "routes";

const FIND: &str = "SELECT value FROM settings WHERE name = ?1";

/// The routes, and the names that they know keys by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteBook {
    /// In order: the first that fits decides.
    pub routes: Vec<Route>,
    /// Of all API keys, revoked ones too: their messages may still wait.
    pub keys: HashMap<KeyId, String>,
}

impl Admin {
    /// The routes and the keys' names, as they are at one instant.
    pub async fn route_book(&self) -> Result<RouteBook, StoreError> {
        let read = |reader: &Connection| {
            Ok(RouteBook {
                routes: routes(reader)?,
                keys: keys(reader)?,
            })
        };
        self.file.read(read).await
    }

    /// The routes in their order.
    pub async fn routes(&self) -> Result<Vec<Route>, StoreError> {
        self.file.read(routes).await
    }

    /// Replaces all routes.
    pub async fn set_routes(&self, routes: &[Route], audit: NewAudit) -> Result<(), StoreError> {
        let routes = routes.to_vec();
        self.file
            .write(Need::Ongoing, move |tx| put(tx, &routes, &audit))
            .await
    }
}

pub(super) fn put(tx: &Tx<'_>, routes: &[Route], audit: &NewAudit) -> Result<(), StoreError> {
    let set = "INSERT INTO settings (name, value) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    // What makes no sense is replaced like anything else.
    let before = tx.first(FIND, [ROUTES], |row| readable(read(row)))?;
    let before = json!({"routes": before.flatten().unwrap_or_default()});
    tx.run(set, params![ROUTES, crate::json(routes)?])?;
    append_change(tx, audit, Some(&before), Some(&json!({"routes": routes})))
}

fn routes(reader: &Connection) -> Result<Vec<Route>, StoreError> {
    Ok(reader.first(FIND, [ROUTES], read)?.unwrap_or_default())
}

/// Those that make sense: the others hold up none of these.
fn read(row: &Row<'_>) -> rusqlite::Result<Vec<Route>> {
    let mut routes = Vec::new();
    for one in row.json::<Vec<Value>>("value")? {
        let route = serde_json::from_value(one).map_err(|_| FromSqlError::InvalidType.into());
        routes.extend(readable(route)?);
    }
    Ok(routes)
}

/// All of them, where each makes sense.
pub(crate) fn all(row: &Row<'_>) -> rusqlite::Result<Vec<Route>> {
    row.json("value")
}

fn keys(reader: &Connection) -> Result<HashMap<KeyId, String>, StoreError> {
    let all = reader.readable("SELECT id, name FROM keys", [], both)?;
    Ok(all.into_iter().collect())
}
