//! SMPP uplinks, as an operator configures them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Time;

/// What an operator sets for an uplink; kept as JSON in its row. Secrets are in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UplinkConfig {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: UplinkTls,
    pub(crate) system_id: String,
    /// What it shares with other uplinks of one account at the SMSC; none = those with the same host
    /// and `system_id`.
    #[serde(default)]
    pub(crate) account: Option<String>,
    /// Never shown, never logged.
    pub(crate) password: String,
    pub(crate) system_type: String,
    pub(crate) bind: UplinkBind,
    /// `submit_sm` that may wait for their answer at a time, 1 to 1000.
    pub(crate) window: u16,
    /// The most `submit_sm` a second; none = no limit.
    pub(crate) rate_per_second: Option<u32>,
    pub(crate) enquire_link_seconds: u16,
    pub(crate) response_timeout_seconds: u16,
    /// Source address of messages that ask for none; empty = the SMSC's default.
    pub(crate) source_addr: String,
    /// Type of number and numbering plan of `source_addr`.
    pub(crate) ton: u8,
    pub(crate) npi: u8,
    pub(crate) text: UplinkText,
    pub(crate) ucs2_data_coding: u8,
    pub(crate) long: UplinkLong,
    /// What words behind `stat:` of a receipt mean at this SMSC, in lower case.
    #[serde(default)]
    pub(crate) receipt_states: BTreeMap<String, UplinkReceipt>,
    pub(crate) enabled: bool,
}

impl UplinkConfig {
    /// The same of all uplinks of one account. A name has no `/`.
    pub(crate) fn account_key(&self) -> String {
        match &self.account {
            Some(name) => name.clone(),
            None => format!("{}/{}", self.host.to_lowercase(), self.system_id),
        }
    }
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UplinkTls {
    pub(crate) enabled: bool,
    /// PEM; none = the system's certificate authorities.
    pub(crate) ca: Option<String>,
    /// None = the host.
    pub(crate) server_name: Option<String>,
    pub(crate) client_cert: Option<String>,
    /// PEM. Never shown, never logged.
    pub(crate) client_key: Option<String>,
}

// By hand, so that no password and no key gets into a log.
impl fmt::Debug for UplinkConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UplinkConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("system_id", &self.system_id)
            .field("tls", &self.tls.enabled)
            .finish_non_exhaustive()
    }
}

/// What is bound: one transceiver, or a transmitter and a receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UplinkBind {
    #[default]
    Transceiver,
    /// A transmitter and a receiver.
    Pair,
}

/// How texts go that the GSM 7-bit alphabet holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UplinkText {
    /// GSM 7-bit, one septet an octet, `data_coding` 0.
    #[default]
    Gsm7,
    /// ISO 8859-1, `data_coding` 3.
    Latin1,
}

/// How long messages go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UplinkLong {
    /// In parts with a user data header.
    #[default]
    Udh,
    /// In parts with `sar_msg_ref_num`, `sar_total_segments` and `sar_segment_seqnum`.
    Sar,
    /// In one `submit_sm` with `message_payload`.
    Payload,
}

/// What a receipt says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UplinkReceipt {
    /// It is on its way; another receipt follows.
    Enroute,
    /// The SMSC has taken it; another receipt follows.
    Accepted,
    Delivered,
    Undeliverable,
    Expired,
    Deleted,
    Rejected,
}

/// How an uplink stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UplinkStatus {
    pub(crate) state: UplinkState,
    pub(crate) bound_since: Option<Time>,
    /// `submit_sm` without an answer.
    pub(crate) in_flight: usize,
    /// Why it was last not bound, or held back.
    pub(crate) last_error: Option<String>,
    /// The SMSC, or the uplink's own failures, hold it back until then.
    pub(crate) rests_until: Option<Time>,
}

/// How an uplink stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UplinkState {
    Disabled,
    Connecting,
    Bound,
    /// Until the next attempt to connect.
    Waiting,
    /// The SMSC refused the bind; tried again from time to time.
    Refused,
    Stopped,
}
