//! Queries, each in one call. Statements are prepared once a connection.

use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use crate::StoreError;
use crate::values::{FromColumn, RowExt as _, readable};

/// Asks a connection, or what is so in a transaction.
pub(crate) trait Select {
    fn connection(&self) -> &Connection;

    /// What `read` makes of each row.
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut select = self.connection().prepare_cached(sql)?;
        let rows = select.query_map(params, read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The same without the rows of which it makes nothing. Those are told of, and hold up no others.
    fn readable<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.first_readable(usize::MAX, sql, params, read)
    }

    /// The first `limit` of these; no more rows are read than that takes.
    fn first_readable<T>(
        &self,
        limit: usize,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut select = self.connection().prepare_cached(sql)?;
        let mut rows = select.query_map(params, read)?;
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(row) = rows.next()
        {
            found.extend(readable(row)?);
        }
        Ok(found)
    }

    /// What `read` makes of the first row, if there is one.
    fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut select = self.connection().prepare_cached(sql)?;
        Ok(select.query_row(params, read).optional()?)
    }

    /// The same of a query that always has a row.
    fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut select = self.connection().prepare_cached(sql)?;
        Ok(select.query_row(params, read)?)
    }

    /// Whether there is a row.
    fn exists(&self, sql: &str, params: impl Params) -> Result<bool, StoreError> {
        Ok(self.connection().prepare_cached(sql)?.exists(params)?)
    }
}

impl Select for Connection {
    fn connection(&self) -> &Connection {
        self
    }
}

/// The only column.
pub(crate) fn only<T: FromColumn>(row: &Row<'_>) -> rusqlite::Result<T> {
    row.col(0)
}

/// Both columns.
pub(crate) fn both<A: FromColumn, B: FromColumn>(row: &Row<'_>) -> rusqlite::Result<(A, B)> {
    Ok((row.col(0)?, row.col(1)?))
}
