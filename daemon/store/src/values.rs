//! What can be a column's value. The model knows no SQLite: its types get here what `rusqlite`'s own
//! traits give others.

use std::sync::Once;

use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, Type, Value, ValueRef};
use rusqlite::{Error, Row, RowIndex};
use serde::de::DeserializeOwned;

/// Can be written into a column.
pub(crate) trait ToColumn {
    fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>>;
}

/// Can be read from a column.
pub(crate) trait FromColumn: Sized {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self>;
}

macro_rules! as_rusqlite_does {
    ($($both:ty),+; $($written:ty),+) => {
        $(
            impl FromColumn for $both {
                fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
                    FromSql::column_result(value)
                }
            }
        )+
        $(
            impl ToColumn for $both {
                fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                    self.to_sql()
                }
            }
        )+
        $(
            impl ToColumn for $written {
                fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                    self.to_sql()
                }
            }
        )+
    };
}
as_rusqlite_does!(bool, u8, u16, u32, i32, i64, f64, String, Vec<u8>, Value; str, [u8]);

impl<const N: usize> ToColumn for [u8; N] {
    fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.to_sql()
    }
}

impl<const N: usize> FromColumn for [u8; N] {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        FromSql::column_result(value)
    }
}

impl<T: ToColumn + ?Sized> ToColumn for &T {
    fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        (**self).to_column()
    }
}

impl<T: ToColumn> ToColumn for Option<T> {
    fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.as_ref()
            .map_or(Ok(ToSqlOutput::Owned(Value::Null)), ToColumn::to_column)
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::from_column(value).map(Some),
        }
    }
}

/// A value as `rusqlite` takes and gives it.
pub(crate) struct Col<T>(pub(crate) T);

impl<T: ToColumn> ToSql for Col<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_column()
    }
}

impl<T: FromColumn> FromSql for Col<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        T::from_column(value).map(Self)
    }
}

pub(crate) trait RowExt {
    /// The value of a column.
    fn col<T: FromColumn>(&self, column: impl RowIndex) -> rusqlite::Result<T>;

    /// The value of a column with JSON.
    fn json<T: DeserializeOwned>(&self, column: impl RowIndex) -> rusqlite::Result<T>;
}

impl RowExt for Row<'_> {
    fn col<T: FromColumn>(&self, column: impl RowIndex) -> rusqlite::Result<T> {
        self.get::<_, Col<T>>(column).map(|value| value.0)
    }

    fn json<T: DeserializeOwned>(&self, column: impl RowIndex) -> rusqlite::Result<T> {
        let index = column.idx(self.as_ref())?;
        let text: String = self.col(index)?;
        // What serde says of it may quote a PIN.
        let wrong = |error: serde_json::Error| {
            let what = format!("is no such JSON from character {} on", error.column());
            Error::FromSqlConversionFailure(index, Type::Text, what.into())
        };
        serde_json::from_str(&text).map_err(wrong)
    }
}

/// A column holds what this program never writes there.
pub(crate) fn is_unreadable(error: &Error) -> bool {
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::Utf8Error(..)
    )
}

/// A row among others: one that makes no sense is left out, so that it holds up none of them. That is
/// told once a run.
pub(crate) fn readable<T>(read: rusqlite::Result<T>) -> rusqlite::Result<Option<T>> {
    static TOLD: Once = Once::new();
    match read {
        Err(error) if is_unreadable(&error) => {
            metrics::counter!("simgate_store_damage_total").increment(1);
            TOLD.call_once(|| {
                tracing::warn!(%error, "a row of the store makes no sense and is left out");
            });
            Ok(None)
        }
        read => read.map(Some),
    }
}

/// The parameters of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$(&$crate::values::Col(&$value) as &dyn rusqlite::types::ToSql),*] as &[&dyn rusqlite::types::ToSql]
    };
}
pub(crate) use params;
