//! An uplink as it is answered: without its secrets.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use gateway::UplinkView;
use model::{
    Time, UplinkBind, UplinkLong, UplinkReceipt, UplinkState, UplinkText, UplinkTls, UplinkTrouble,
};

/// An uplink: what is set for it, and how it stands.
//
// Not `UplinkConfig` itself: that is what the store keeps, secrets and all, and a field that is added to it must not be
// shown unless it is named here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Uplink)]
pub(super) struct UplinkJson {
    /// What it is called in routes and `from`.
    #[schema(example = "primary")]
    name: String,
    /// Of the SMSC.
    #[schema(example = "smsc.example.net")]
    host: String,
    /// TCP port of the SMSC.
    port: u16,
    tls: TlsJson,
    /// As given by the operator of the SMSC (SMPP 3.4 §5.2.1).
    system_id: String,
    /// Whether there is a password; it is never shown.
    password_set: bool,
    /// What it shares with other uplinks of one account; null: `host` and `system_id`.
    #[schema(required)]
    account: Option<String>,
    /// As given by the operator of the SMSC (SMPP 3.4 §5.2.3).
    system_type: String,
    bind: UplinkBind,
    /// The most `submit_sm` that wait for their answers at a time.
    window: u16,
    /// The most `submit_sm` a second; null: no limit.
    #[schema(required)]
    rate_per_second: Option<u32>,
    /// After so much silence an `enquire_link` is sent.
    enquire_link_seconds: u16,
    /// How long an answer of the SMSC is waited for.
    response_timeout_seconds: u16,
    /// Sender of messages that ask for none; empty: the SMSC's default.
    source_addr: String,
    /// Type of number of `source_addr`.
    ton: u8,
    /// Numbering plan of `source_addr`.
    npi: u8,
    text: UplinkText,
    /// `data_coding` of UCS-2 texts.
    ucs2_data_coding: u8,
    long: UplinkLong,
    /// What words behind `stat:` of a receipt mean, in lower case.
    receipt_states: BTreeMap<String, UplinkReceipt>,
    /// False: it is not bound.
    enabled: bool,
    state: UplinkState,
    /// Since when a bind stands; null when none does.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    bound_since: Option<Time>,
    /// `submit_sm` without an answer.
    in_flight: usize,
    /// The SMSC, or the uplink's own failures, hold it back until then.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    rests_until: Option<Time>,
    /// Why it was last not bound, or held back.
    #[schema(required)]
    last_error: Option<String>,
    /// What of that programs can compare.
    #[schema(required)]
    last_error_code: Option<UplinkTrouble>,
}

/// TLS to the SMSC.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UplinkTls)]
struct TlsJson {
    /// Whether the bind is over TLS.
    enabled: bool,
    /// PEM; null: the system's certificate authorities.
    #[schema(required)]
    ca: Option<String>,
    /// Null: `host`.
    #[schema(required)]
    server_name: Option<String>,
    /// PEM.
    #[schema(required)]
    client_cert: Option<String>,
    /// Whether there is a private key; it is never shown.
    client_key_set: bool,
}

impl From<UplinkView> for UplinkJson {
    fn from(view: UplinkView) -> Self {
        let UplinkView {
            name,
            config,
            password_set,
            client_key_set,
            status,
        } = view;
        Self {
            name: name.to_string(),
            host: config.host,
            port: config.port,
            tls: tls(config.tls, client_key_set),
            system_id: config.system_id,
            password_set,
            account: config.account,
            system_type: config.system_type,
            bind: config.bind,
            window: config.window,
            rate_per_second: config.rate_per_second,
            enquire_link_seconds: config.enquire_link_seconds,
            response_timeout_seconds: config.response_timeout_seconds,
            source_addr: config.source_addr,
            ton: config.ton,
            npi: config.npi,
            text: config.text,
            ucs2_data_coding: config.ucs2_data_coding,
            long: config.long,
            receipt_states: config.receipt_states,
            enabled: config.enabled,
            state: status.state,
            bound_since: status.bound_since,
            in_flight: status.in_flight,
            rests_until: status.rests_until,
            last_error: status.last_error,
            last_error_code: status.last_error_code,
        }
    }
}

fn tls(tls: UplinkTls, client_key_set: bool) -> TlsJson {
    TlsJson {
        enabled: tls.enabled,
        ca: tls.ca,
        server_name: tls.server_name,
        client_cert: tls.client_cert,
        client_key_set,
    }
}
