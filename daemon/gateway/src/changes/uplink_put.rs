//! What an uplink shall be.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;

use super::secret::Secret;
use super::uplink_checks::{Checks, is_alphanumeric};
use crate::{FieldCode, FieldError};
use model::{UplinkBind, UplinkConfig, UplinkLong, UplinkReceipt, UplinkText, UplinkTls};

/// Registered for SMPP, without and with TLS.
const PORT: u16 = 2775;
const TLS_PORT: u16 = 3550;

/// What the fields of a bind may hold. SMPP 3.4 (§4.1.1) has 15, 8 and 12 octets for them, and SMSCs
/// have accounts that need more.
const MAX_BIND_FIELD: usize = 64;

/// What an uplink shall be. What is left out gets its default.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"host": "smsc.example.net", "system_id": "shop", "password": "secret", "window": 10, "rate_per_second": 50}))]
pub struct UplinkPut {
    /// Name or address of the SMSC.
    #[schema(example = "smsc.example.net", max_length = 253)]
    host: String,
    /// Left out: 2775, with TLS 3550.
    #[schema(minimum = 1, maximum = 65535)]
    port: Option<u32>,
    #[serde(default)]
    tls: TlsPut,
    /// As given by the operator of the SMSC (SMPP 3.4 §5.2.1).
    #[schema(min_length = 1, max_length = 64)]
    system_id: String,
    /// Never shown. Left out: as it was, and none for a new uplink; empty: none. It is sent as it is,
    /// though SMPP 3.4 has 8 octets for it.
    #[schema(value_type = Option<String>, max_length = 64, write_only)]
    password: Option<Secret>,
    /// What it shares with other uplinks of one account at the SMSC: a receipt, or a part of a long
    /// message, may come by any of them. Left out: it does so with those of the same `host` and
    /// `system_id`.
    #[schema(
        example = "acme",
        min_length = 1,
        max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$"
    )]
    account: Option<String>,
    /// As given by the operator of the SMSC (SMPP 3.4 §5.2.3).
    #[serde(default)]
    #[schema(max_length = 64)]
    system_type: String,
    #[serde(default)]
    #[schema(default = "transceiver")]
    bind: UplinkBind,
    /// The most `submit_sm` that wait for their answers at a time.
    #[schema(minimum = 1, maximum = 1000, default = 10)]
    window: Option<u32>,
    /// The most `submit_sm` a second. Left out: no limit.
    #[schema(minimum = 1, maximum = 100_000)]
    rate_per_second: Option<u32>,
    /// How long nothing is heard before an `enquire_link` is sent, in seconds.
    #[schema(minimum = 1, maximum = 3600, default = 30)]
    enquire_link_seconds: Option<u32>,
    /// How long an answer of the SMSC is waited for, in seconds. A `submit_sm` without one makes
    /// its message uncertain.
    #[schema(minimum = 1, maximum = 300, default = 30)]
    response_timeout_seconds: Option<u32>,
    /// Sender of messages that ask for none: a number of at most 20 characters, `+` included, or
    /// an alphanumeric one of at most 11. Left out: the SMSC's default.
    #[serde(default)]
    #[schema(max_length = 20)]
    source_addr: String,
    /// Type of number of `source_addr`. Left out: 5 for an alphanumeric one, 1 for one with `+`,
    /// 0 for others.
    #[schema(minimum = 0, maximum = 6)]
    ton: Option<u32>,
    /// Numbering plan of `source_addr`. Left out: 0 for an alphanumeric one, 1 for others.
    #[schema(minimum = 0, maximum = 18)]
    npi: Option<u32>,
    /// How texts go that the GSM 7-bit alphabet holds.
    #[serde(default)]
    #[schema(default = "gsm7")]
    text: UplinkText,
    /// `data_coding` of texts in UCS-2.
    #[schema(minimum = 0, maximum = 255, default = 8)]
    ucs2_data_coding: Option<u32>,
    /// How messages go that need more than one part.
    #[serde(default)]
    #[schema(default = "udh")]
    long: UplinkLong,
    /// What words behind `stat:` of a receipt mean at this SMSC, where that is not the usual; at most
    /// 64 words of at most 32 characters.
    #[serde(default)]
    #[schema(example = json!({"0": "delivered"}))]
    receipt_states: BTreeMap<String, UplinkReceipt>,
    /// Whether it is connected and used.
    #[schema(default = true)]
    enabled: Option<bool>,
}

/// TLS to the SMSC.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = UplinkTlsPut)]
#[serde(deny_unknown_fields)]
struct TlsPut {
    #[serde(default)]
    #[schema(default = false)]
    enabled: bool,
    /// Certificate authorities to trust, PEM, at most 256 KiB. Left out: the system's.
    ca: Option<String>,
    /// Name that the SMSC's certificate must be for. Left out: `host`.
    server_name: Option<String>,
    /// Certificate to show to the SMSC, with those between it and its authority, PEM.
    client_cert: Option<String>,
    /// Private key of `client_cert`, PEM, without passphrase. Never shown. Left out: as it was, as
    /// long as there is a `client_cert`.
    #[schema(value_type = Option<String>, write_only)]
    client_key: Option<Secret>,
}

impl UplinkPut {
    /// Gives the uplink these too, where there are any.
    pub(crate) fn set_secrets(&mut self, password: Option<String>, client_key: Option<String>) {
        if let Some(password) = password {
            self.password = Some(Secret(password));
        }
        if let Some(key) = client_key {
            self.tls.client_key = Some(Secret(key));
        }
    }

    /// Takes its client certificate away where there is no key for it; whether that was so.
    pub(crate) fn drop_certificate_without_key(&mut self, before: Option<&UplinkConfig>) -> bool {
        let is_there = before.is_some_and(|before| before.tls.client_key.is_some());
        let has_key = self.tls.client_key.is_some() || is_there;
        !has_key && self.tls.client_cert.take().is_some()
    }

    /// `before`: what is set for the uplink now. Every bad field is named.
    pub fn into_config(
        self,
        before: Option<&UplinkConfig>,
    ) -> Result<UplinkConfig, Vec<FieldError>> {
        let mut checks = Checks::default();
        checks.host("/host", &self.host);
        if self.system_id.is_empty() {
            checks.wrong("/system_id", FieldCode::Required, "must not be empty");
        }
        checks.octets("/system_id", &self.system_id, MAX_BIND_FIELD);
        let password = match self.password {
            Some(Secret(password)) => password,
            None => before.map_or_else(String::new, |before| before.password.clone()),
        };
        checks.octets("/password", &password, MAX_BIND_FIELD);
        checks.octets("/system_type", &self.system_type, MAX_BIND_FIELD);
        checks.source_addr("/source_addr", &self.source_addr);
        checks.account("/account", self.account.as_deref());
        let receipt_states = checks.words("/receipt_states", self.receipt_states);
        let port = if self.tls.enabled { TLS_PORT } else { PORT };
        let (ton, npi) = numbering(&self.source_addr);
        let rate = self.rate_per_second;
        let config = UplinkConfig {
            port: checks.number("/port", 1..=65535, self.port, port),
            tls: self.tls.checked(before, &mut checks),
            password,
            window: checks.number("/window", 1..=1000, self.window, 10),
            rate_per_second: rate
                .map(|rate| checks.number("/rate_per_second", 1..=100_000, Some(rate), 1)),
            enquire_link_seconds: checks.number(
                "/enquire_link_seconds",
                1..=3600,
                self.enquire_link_seconds,
                30,
            ),
            response_timeout_seconds: checks.number(
                "/response_timeout_seconds",
                1..=300,
                self.response_timeout_seconds,
                30,
            ),
            ton: checks.number("/ton", 0..=6, self.ton, ton),
            npi: checks.number("/npi", 0..=18, self.npi, npi),
            ucs2_data_coding: checks.number("/ucs2_data_coding", 0..=255, self.ucs2_data_coding, 8),
            host: self.host,
            system_id: self.system_id,
            account: self.account,
            receipt_states,
            system_type: self.system_type,
            bind: self.bind,
            source_addr: self.source_addr,
            text: self.text,
            long: self.long,
            enabled: self.enabled.unwrap_or(true),
        };
        checks.done(config)
    }
}

impl TlsPut {
    fn checked(self, before: Option<&UplinkConfig>, checks: &mut Checks) -> UplinkTls {
        checks.certificates("/tls/ca", self.ca.as_deref());
        if let Some(name) = &self.server_name {
            checks.host("/tls/server_name", name);
        }
        checks.certificates("/tls/client_cert", self.client_cert.as_deref());
        let given = self.client_key.map(|Secret(key)| key);
        checks.private_key("/tls/client_key", given.as_deref());
        let client_key = match &self.client_cert {
            Some(_) => given.or_else(|| before.and_then(|before| before.tls.client_key.clone())),
            None => given,
        };
        match (&self.client_cert, &client_key) {
            (Some(_), None) => checks.wrong(
                "/tls/client_key",
                FieldCode::Required,
                "is needed with client_cert",
            ),
            (None, Some(_)) => checks.wrong(
                "/tls/client_cert",
                FieldCode::Required,
                "is needed with client_key",
            ),
            _ => {}
        }
        UplinkTls {
            enabled: self.enabled,
            ca: self.ca,
            server_name: self.server_name,
            client_cert: self.client_cert,
            client_key,
        }
    }
}

/// Type of number and numbering plan of an address (SMPP 3.4 §5.2.5, §5.2.6).
fn numbering(address: &str) -> (u8, u8) {
    if is_alphanumeric(address) {
        (5, 0)
    } else if address.starts_with('+') {
        (1, 1)
    } else {
        (0, 1)
    }
}
