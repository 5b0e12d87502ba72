//! What one bind needs to know.

use std::fmt;
use std::time::Duration;

use super::tls::{Tls, TlsError};

/// How and where to bind.
#[derive(Clone)]
pub struct Settings {
    /// Name or address of the SMSC.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS around the session; `None` is plain TCP.
    pub tls: Option<Tls>,
    /// `system_id`, at most 64 ASCII characters. As the next two it is sent as it is, though the
    /// standard's field ends earlier: SMSCs have accounts that do not fit it.
    pub system_id: String,
    /// `password`, at most 64 ASCII characters; the standard has 8 (SMPP 3.4 §5.2.2).
    pub password: String,
    /// `system_type`, at most 64 ASCII characters.
    pub system_type: String,
    /// One connection or two.
    pub bind: Bind,
    /// `address_range`, at most 64 ASCII characters.
    pub address_range: String,
    /// How many `submit_sm` may be without an answer; taken as 1 to 1000.
    pub window: u16,
    /// The most `submit_sm` a second, spread evenly; `None` is no limit.
    pub rate_per_second: Option<u32>,
    /// Interval of `enquire_link`, idle or busy.
    pub enquire_link: Duration,
    /// How long an answer to any request may take. 30 s is usual.
    pub response_timeout: Duration,
    /// How long TCP connect, TLS handshake and bind may take, each.
    pub bind_timeout: Duration,
}

/// The longest field, without its NUL: far longer than those of the standard (SMPP 3.4 §4.1).
const FIELD_MAX: usize = 64;

impl Settings {
    /// Whether the fields can be sent and TLS can be set up, before they are stored.
    pub fn check(&self) -> Result<(), SettingsError> {
        self.check_fields()?;
        self.tls.as_ref().map_or(Ok(()), Tls::check)?;
        Ok(())
    }

    pub(crate) fn check_fields(&self) -> Result<(), SettingsError> {
        let fields = [
            ("system_id", &self.system_id),
            ("password", &self.password),
            ("system_type", &self.system_type),
            ("address_range", &self.address_range),
        ];
        let fits = |value: &str| value.len() <= FIELD_MAX && value.is_ascii();
        let wrong = |(_, value): &(&str, &String)| !fits(value) || value.contains('\0');
        let max = FIELD_MAX;
        let found = fields.into_iter().find(wrong);
        found.map_or(Ok(()), |(field, _)| {
            Err(SettingsError::Field { field, max })
        })
    }

    pub(crate) fn window(&self) -> usize {
        usize::from(self.window.clamp(1, 1000))
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A field that does not fit the bind PDU.
    #[error("{field} has to be at most {max} ASCII characters")]
    Field {
        /// Its name in SMPP 3.4.
        field: &'static str,
        /// The most characters it may have.
        max: usize,
    },
    /// TLS that cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl fmt::Debug for Settings {
    // By hand: the password stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &self.tls.is_some())
            .field("system_id", &self.system_id)
            .field("bind", &self.bind)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

/// Which binds make up the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bind {
    /// One connection, `bind_transceiver`.
    Transceiver,
    /// Two connections, `bind_transmitter` and `bind_receiver`; one down takes both down.
    Pair,
}
