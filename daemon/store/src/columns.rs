//! Model values as columns. The numbers are the file's format: they never change.

use rusqlite::Row;
use rusqlite::types::{FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::values::{FromColumn, RowExt as _, ToColumn};
use model::{
    Body, Carrier, Coding, ConcludedBy, Conclusion, Direction, Iccid, Imei, KeyId, Lane,
    MessageClass, MessageId, OnUncertain, PartState, Priority, Reason, RowId, State, TemplateName,
    TemplateVersion, Time, UplinkName, WebhookName, WebhookSecret,
};

macro_rules! as_integer {
    ($($name:ident),+) => { $(
        impl ToColumn for $name {
            fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }
        impl FromColumn for $name {
            fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
                i64::from_column(value).map(Self)
            }
        }
    )+ };
}
as_integer!(Time, RowId, KeyId);

impl ToColumn for MessageId {
    fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromColumn for MessageId {
    fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let id = Uuid::from_slice(value.as_blob()?).map_err(FromSqlError::other)?;
        Ok(Self(id))
    }
}

impl ToColumn for Carrier {
    fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Sim(iccid) => iccid.as_str().into(),
            Self::Uplink(_) => self.to_string().into(),
        })
    }
}

impl ToColumn for WebhookSecret {
    fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.text().into())
    }
}

/// Types that are text in a column, as `Display` writes it.
macro_rules! as_text {
    ($($name:ident),+) => { $(
        impl FromColumn for $name {
            fn from_column(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(|_| FromSqlError::InvalidType)
            }
        }
    )+ };
}
as_text!(
    Carrier,
    Iccid,
    Imei,
    TemplateName,
    UplinkName,
    WebhookName,
    WebhookSecret
);

macro_rules! as_its_text {
    ($($name:ident),+) => { $(
        impl ToColumn for $name {
            fn to_column(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }
    )+ };
}
as_its_text!(Iccid, Imei, TemplateName, UplinkName, WebhookName);

/// A table of values and the numbers that stand for them.
macro_rules! as_code {
    ($name:ident { $($variant:ident = $code:literal),+ $(,)? }) => {
        impl $crate::values::ToColumn for $name {
            fn to_column(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(match self { $(Self::$variant => $code),+ }.into())
            }
        }
        impl $crate::values::FromColumn for $name {
            fn from_column(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                match <i64 as $crate::values::FromColumn>::from_column(value)? {
                    $($code => Ok(Self::$variant),)+
                    other => Err(rusqlite::types::FromSqlError::OutOfRange(other)),
                }
            }
        }
    };
}
pub(crate) use as_code;
as_code!(Direction { Outbound = 0, Inbound = 1 });
as_code!(Priority { Otp = 0, Normal = 1, Bulk = 2 });
as_code!(Coding { Gsm7 = 0, Octets = 1, Ucs2 = 2 });
as_code!(State {
    Scheduled = 0, Queued = 1, Sending = 2, Sent = 3, Delivered = 4, Undelivered = 5,
    Failed = 6, Expired = 7, Cancelled = 8, Uncertain = 9, Received = 10,
});
as_code!(PartState {
    Queued = 0, Sending = 1, Sent = 2, Delivered = 3, Undelivered = 4, Failed = 5, Uncertain = 6,
});
as_code!(MessageClass { Ordinary = 0, Transactional = 1, OptOutConfirmation = 2 });
as_code!(OnUncertain { Hold = 0, Resend = 1 });
as_code!(Conclusion { Open = 0, Sent = 1, NotSent = 2, Resent = 3, Held = 4 });
as_code!(ConcludedBy {
    LateAnswer = 0, StatusReport = 1, NextReference = 2, Policy = 3, Operator = 4,
});

/// The columns `reason_code` and `reason_detail`.
pub(crate) fn reason(row: &Row<'_>) -> rusqlite::Result<Option<Reason>> {
    let Some(code) = row.col::<Option<String>>("reason_code")? else {
        return Ok(None);
    };
    let detail = row
        .col::<Option<String>>("reason_detail")?
        .unwrap_or_default();
    Ok(Some(Reason::read(code, detail)))
}

/// The columns `text`, `data` and `port`.
pub(crate) fn body(row: &Row<'_>) -> rusqlite::Result<Body> {
    Ok(match row.col::<Option<String>>("text")? {
        Some(text) => Body::Text(text),
        None => Body::Data {
            octets: row.col("data")?,
            port: row.col("port")?,
        },
    })
}

/// The columns `template` and `template_version`.
pub(crate) fn template_version(row: &Row<'_>) -> rusqlite::Result<Option<TemplateVersion>> {
    let Some(name) = row.col("template")? else {
        return Ok(None);
    };
    let version = row.col("template_version")?;
    Ok(Some(TemplateVersion { name, version }))
}

/// The columns `name` and `config` of what is kept by its name.
pub(crate) fn named<N, C>(row: &Row<'_>) -> rusqlite::Result<(N, C)>
where
    N: FromColumn,
    C: DeserializeOwned,
{
    Ok((row.col("name")?, row.json("config")?))
}

/// [`Body`] as its columns `text`, `data` and `port`.
pub(crate) fn body_columns(body: &Body) -> (Option<&str>, Option<&[u8]>, Option<u16>) {
    match body {
        Body::Text(text) => (Some(text), None, None),
        Body::Data { octets, port } => (None, Some(octets), *port),
    }
}

/// The column `lane`: what a lane is beside its priority.
pub(crate) fn lane_text(lane: &Lane) -> String {
    format!("{}|{}", lane.key.0, lane.sender)
}

/// The key of a column `lane`.
pub(crate) fn lane_key(text: &str) -> rusqlite::Result<KeyId> {
    let key = text.split_once('|').and_then(|(key, _)| key.parse().ok());
    key.map(KeyId)
        .ok_or_else(|| FromSqlError::InvalidType.into())
}

/// The reverse of [`lane_text`].
pub(crate) fn lane(priority: Priority, text: &str) -> rusqlite::Result<Lane> {
    let parse = || {
        let (_, sender) = text.split_once('|')?;
        Some(Lane {
            priority,
            key: lane_key(text).ok()?,
            sender: sender.parse().ok()?,
        })
    };
    parse().ok_or_else(|| FromSqlError::InvalidType.into())
}
