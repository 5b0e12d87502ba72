//! Rows that this program cannot read. Lists leave them out; here they are named.

use std::fmt;

use rusqlite::{Connection, Error, Row};

use crate::StoreError;
use crate::admin::{findings, incidents, keys, routes, sim_health, sims, templates, users};
use crate::columns::named;
use crate::reading::{history, messages};
use crate::staff::notes;
use crate::tables::suppressions;
use crate::upkeep::Upkeep;
use crate::values::is_unreadable;
use crate::webhooks::{config, listing};
use model::{UplinkConfig, UplinkName};

/// Rows that are named: who has more of them has no use for a longer list.
const MOST: usize = 20;
/// Characters of what a row is called.
const LONGEST_NAME: usize = 64;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedRow {
    pub table: &'static str,
    /// Its ICCID, name or number of the row: never a phone number.
    pub row: String,
    column: Option<String>,
}

impl fmt::Display for DamagedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, row, column } = self;
        write!(f, "row {row} of the table {table} makes no sense")?;
        column
            .iter()
            .try_for_each(|column| write!(f, " (column {column})"))
    }
}

/// A table that is read into lists.
struct Table {
    name: &'static str,
    /// Its first column says which row it is.
    rows: &'static str,
    read: fn(&Row<'_>) -> rusqlite::Result<()>,
}

const fn table(
    name: &'static str,
    rows: &'static str,
    read: fn(&Row<'_>) -> rusqlite::Result<()>,
) -> Table {
    Table { name, rows, read }
}

/// What is set, or goes by what is set: short, and looked at again and again.
const SET: [Table; 7] = [
    table("sims", "SELECT iccid, * FROM sims", |row| {
        sims::sim(row).map(drop)
    }),
    table("modems", "SELECT imei, * FROM modems", |row| {
        sims::modem(row).map(drop)
    }),
    table("uplinks", "SELECT name, * FROM uplinks", |row| {
        named::<UplinkName, UplinkConfig>(row).map(drop)
    }),
    table("webhooks", "SELECT name, * FROM webhooks", |row| {
        config::webhook(row).map(drop)
    }),
    table("keys", "SELECT name, * FROM keys", |row| {
        keys::key(row).map(drop)
    }),
    table("users", "SELECT name, * FROM users", |row| {
        users::user(row).map(drop)
    }),
    table(
        "settings",
        "SELECT name, value FROM settings WHERE name = 'routes'",
        |row| routes::all(row).map(drop),
    ),
];

/// What else has a list; some are long.
const KEPT: [Table; 10] = [
    table("sim_health", "SELECT iccid, * FROM sim_health", |row| {
        sim_health::of_sim(row).map(drop)
    }),
    table(
        "modem_findings",
        "SELECT model, * FROM modem_findings",
        |row| findings::finding(row).map(drop),
    ),
    table(
        "templates",
        "SELECT name, * FROM templates WHERE text IS NOT NULL",
        |row| templates::template(row).map(drop),
    ),
    table("suppressions", "SELECT row, * FROM suppressions", |row| {
        suppressions::suppression(row).map(drop)
    }),
    table("incidents", "SELECT row, * FROM incidents", |row| {
        incidents::incident(row).map(drop)
    }),
    table("notes", "SELECT id, * FROM notes", |row| {
        notes::note(row).map(drop)
    }),
    table(
        "deliveries",
        "SELECT d.row, d.*, m.id FROM deliveries d LEFT JOIN messages m ON m.row = d.message",
        |row| listing::delivery(row).map(drop),
    ),
    table(
        "messages",
        "SELECT m.row, m.*, coalesce(m.own, s.own) AS own_number
            FROM messages m LEFT JOIN sims s ON s.iccid = m.carrier",
        |row| messages::message(row).map(drop),
    ),
    table("parts", "SELECT message, * FROM parts", |row| {
        messages::part(row).map(drop)
    }),
    table("history", "SELECT message, * FROM history", |row| {
        history::step(row).map(drop)
    }),
];

impl Upkeep {
    /// Of what is set.
    pub async fn damaged(&self) -> Result<Vec<DamagedRow>, StoreError> {
        self.file.read(|reader| named_in(reader, &SET)).await
    }
}

/// Of all that has a list: reads most of the file.
pub(crate) fn all(reader: &Connection) -> Result<Vec<DamagedRow>, StoreError> {
    let mut found = named_in(reader, &SET)?;
    found.extend(named_in(reader, &KEPT)?);
    found.truncate(MOST);
    Ok(found)
}

fn named_in(reader: &Connection, tables: &[Table]) -> Result<Vec<DamagedRow>, StoreError> {
    let mut found = Vec::new();
    for table in tables {
        let mut select = reader.prepare(table.rows)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            match (table.read)(row) {
                Ok(()) => {}
                Err(error) if is_unreadable(&error) => found.push(DamagedRow {
                    table: table.name,
                    row: name_of(row)?,
                    column: column_of(row, &error),
                }),
                Err(error) => return Err(error.into()),
            }
            if found.len() == MOST {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// Whatever stands there.
fn name_of(row: &Row<'_>) -> rusqlite::Result<String> {
    use rusqlite::types::ValueRef::{Blob, Integer, Null, Real, Text};
    Ok(match row.get_ref(0)? {
        Integer(number) => number.to_string(),
        Text(octets) | Blob(octets) => {
            let text = String::from_utf8_lossy(octets);
            let shown = text.chars().filter(|c| !c.is_control());
            shown.take(LONGEST_NAME).collect()
        }
        Null | Real(_) => "?".to_owned(),
    })
}

fn column_of(row: &Row<'_>, error: &Error) -> Option<String> {
    let index = match error {
        Error::FromSqlConversionFailure(index, ..)
        | Error::IntegralValueOutOfRange(index, _)
        | Error::InvalidColumnType(index, ..)
        | Error::Utf8Error(index, _) => *index,
        _ => return None,
    };
    row.as_ref().column_name(index).ok().map(str::to_owned)
}
