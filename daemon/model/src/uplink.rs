//! SMPP uplinks, as an operator configures them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Time, UplinkTrouble};

/// What an operator sets for an uplink; kept as JSON in its row. Secrets are in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UplinkConfig {
    pub host: String,
    pub port: u16,
    pub tls: UplinkTls,
    pub system_id: String,
    /// What it shares with other uplinks of one account at the SMSC; none = those with the same host
    /// and `system_id`.
    #[serde(default)]
    pub account: Option<String>,
    /// Never shown, never logged.
    pub password: String,
    pub system_type: String,
    pub bind: UplinkBind,
    /// `submit_sm` that may wait for their answer at a time, 1 to 1000.
    pub window: u16,
    /// The most `submit_sm` a second; none = no limit.
    pub rate_per_second: Option<u32>,
    pub enquire_link_seconds: u16,
    pub response_timeout_seconds: u16,
    /// Source address of messages that ask for none; empty = the SMSC's default.
    pub source_addr: String,
    /// Type of number and numbering plan of `source_addr`.
    pub ton: u8,
    pub npi: u8,
    pub text: UplinkText,
    pub ucs2_data_coding: u8,
    pub long: UplinkLong,
    /// What words behind `stat:` of a receipt mean at this SMSC, in lower case.
    #[serde(default)]
    pub receipt_states: BTreeMap<String, UplinkReceipt>,
    pub enabled: bool,
}

impl UplinkConfig {
    /// The same of all uplinks of one account. A name has no `/`.
    pub fn account_key(&self) -> String {
        match &self.account {
            Some(name) => name.clone(),
            None => format!("{}/{}", self.host.to_lowercase(), self.system_id),
        }
    }
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UplinkTls {
    pub enabled: bool,
    /// PEM; none = the system's certificate authorities.
    pub ca: Option<String>,
    /// None = the host.
    pub server_name: Option<String>,
    pub client_cert: Option<String>,
    /// PEM. Never shown, never logged.
    pub client_key: Option<String>,
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
pub enum UplinkBind {
    #[default]
    Transceiver,
    /// A transmitter and a receiver.
    Pair,
}

/// How texts go that the GSM 7-bit alphabet holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UplinkText {
    /// GSM 7-bit, one septet an octet, `data_coding` 0.
    #[default]
    Gsm7,
    /// ISO 8859-1, `data_coding` 3.
    Latin1,
}

/// How long messages go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UplinkLong {
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
pub enum UplinkReceipt {
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
pub struct UplinkStatus {
    pub state: UplinkState,
    pub bound_since: Option<Time>,
    /// `submit_sm` without an answer.
    pub in_flight: usize,
    /// Why it was last not bound, or held back.
    pub last_error: Option<String>,
    /// The same for programs.
    pub last_error_code: Option<UplinkTrouble>,
    /// The SMSC, or the uplink's own failures, hold it back until then.
    pub rests_until: Option<Time>,
}

/// How an uplink stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UplinkState {
    Disabled,
    Connecting,
    Bound,
    /// Until the next attempt to connect.
    Waiting,
    /// The SMSC refused the bind; tried again from time to time.
    Refused,
    Stopped,
}
