//! Outbound and inbound messages as the store holds them.

use std::fmt;
use std::str::FromStr;

use crate::Iccid;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Carrier, Direction, Doubt, KeyId, Lane, MessageClass, OnUncertain, PartState, Priority, Reason,
    RouteIndex, Sender, State, TemplateVersion, Time,
};

/// A message's public name, a `UUIDv7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MessageId(pub Uuid);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for MessageId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// A message's row in the store; rises in the order of acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowId(pub i64);

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Text(String),
    /// 8-bit data, for an application port if it names one (TS 23.040 §9.2.3.24.4).
    Data {
        octets: Vec<u8>,
        port: Option<u16>,
    },
}

impl Body {
    /// What it takes in memory.
    pub fn octets(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Data { octets, .. } => octets.len(),
        }
    }
}

/// How the body goes on the air; chosen at acceptance, so that parts never change later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = MessageEncoding)]
pub enum Coding {
    #[serde(rename = "gsm7")]
    Gsm7,
    #[serde(rename = "8bit")]
    Octets,
    #[serde(rename = "ucs2")]
    Ucs2,
}

/// A validated outbound message, ready to be committed.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: MessageId,
    pub key: KeyId,
    /// E.164 with `+`, or a short code.
    pub to: String,
    pub sender: Sender,
    pub body: Body,
    pub coding: Coding,
    /// Whether national language tables may be used when the body is split.
    pub national_tables: bool,
    /// 1 to 255.
    pub segments: u16,
    pub flash: bool,
    pub priority: Priority,
    pub status_report: bool,
    pub on_uncertain: OnUncertain,
    pub created_at: Time,
    /// Not before this; `scheduled` until then.
    pub send_at: Option<Time>,
    pub expires_at: Time,
    pub reference: Option<String>,
    /// A JSON object, as text.
    pub metadata: Option<String>,
    pub callback_url: Option<String>,
    pub class: MessageClass,
    /// What its text was made of.
    pub template: Option<TemplateVersion>,
    /// A self-test sends it.
    pub test: bool,
}

impl NewMessage {
    pub fn lane(&self) -> Lane {
        Lane {
            priority: self.priority,
            key: self.key,
            sender: self.sender.clone(),
        }
    }

    /// It goes to those too who ask for no messages.
    pub fn passes_opt_out(&self) -> bool {
        self.test || self.class.passes_opt_out()
    }

    /// It waits for its time, and is not due at once.
    pub fn is_later(&self) -> bool {
        self.send_at.is_some_and(|at| at > self.created_at)
    }

    /// As it waits once it is stored in this row, due at once. Its route is found later.
    pub fn queued(self, row: RowId) -> Queued {
        Queued {
            row,
            id: self.id,
            lane: Lane {
                priority: self.priority,
                key: self.key,
                sender: self.sender,
            },
            to: self.to,
            body: self.body,
            coding: self.coding,
            national_tables: self.national_tables,
            segments: self.segments,
            flash: self.flash,
            status_report: self.status_report,
            due_at: self.created_at,
            expires_at: self.expires_at,
            waits_since: self.created_at,
            attempts: 0,
            next_part: 1,
            pinned: None,
            refused_by: None,
            route: RouteIndex::ANY,
            prefers: None,
        }
    }
}

/// What the scheduler holds of a waiting message: all it takes to send it.
#[derive(Clone, Debug)]
pub struct Queued {
    pub row: RowId,
    pub id: MessageId,
    pub lane: Lane,
    pub to: String,
    pub body: Body,
    pub coding: Coding,
    pub national_tables: bool,
    pub segments: u16,
    pub flash: bool,
    pub status_report: bool,
    /// When it may go: acceptance, `send_at`, or the end of a back-off.
    pub due_at: Time,
    pub expires_at: Time,
    /// When it first could have gone: acceptance or `send_at`.
    pub waits_since: Time,
    /// Claims so far.
    pub attempts: u16,
    /// The first part not yet handed over, 1-based; above 1 only with `pinned`.
    pub next_part: u16,
    /// What has taken earlier parts: the rest must follow through it.
    pub pinned: Option<Carrier>,
    /// What refused it last: any other one is tried first.
    pub refused_by: Option<Carrier>,
    /// The route that leads it, where its sender leaves that open.
    pub route: RouteIndex,
    /// The SIM that last talked to its recipient, where its route asks for that one.
    pub prefers: Option<Iccid>,
}

/// What a waiting message needs of its carrier beside what its lane asks for. Messages of one
/// lane with the same needs can go or have to wait together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Needs {
    pub pinned: Option<Carrier>,
    /// Of no interest when it is pinned, as are the next two.
    pub refused_by: Option<Carrier>,
    pub route: RouteIndex,
    pub prefers: Option<Iccid>,
    /// Parts still to go: a SIM's quota must have room for them.
    pub parts: u16,
}

impl Needs {
    pub fn of(queued: &Queued) -> Self {
        let (segments, next_part) = (queued.segments, queued.next_part);
        let parts = segments.saturating_sub(next_part.saturating_sub(1));
        match queued.pinned.clone() {
            Some(pinned) => Self {
                pinned: Some(pinned),
                refused_by: None,
                route: RouteIndex::ANY,
                prefers: None,
                parts,
            },
            None => Self {
                pinned: None,
                refused_by: queued.refused_by.clone(),
                route: queued.route,
                prefers: queued.prefers.clone(),
                parts,
            },
        }
    }
}

#[cfg(feature = "samples")]
impl NewMessage {
    /// A text of one part by the first key, which is valid for an hour.
    pub fn sample(id: MessageId, to: &str, text: &str, created_at: Time) -> Self {
        Self {
            id,
            key: KeyId(1),
            to: to.to_owned(),
            sender: Sender::Any,
            body: Body::Text(text.to_owned()),
            coding: Coding::Gsm7,
            national_tables: false,
            segments: 1,
            flash: false,
            priority: Priority::Normal,
            status_report: true,
            on_uncertain: OnUncertain::Hold,
            created_at,
            send_at: None,
            expires_at: Time(created_at.0 + 3_600_000),
            reference: None,
            metadata: None,
            callback_url: None,
            class: MessageClass::Ordinary,
            template: None,
            test: false,
        }
    }
}

#[cfg(feature = "samples")]
impl Queued {
    /// A short text of the first key to nobody in particular, due at `row`.
    pub fn sample(row: i64) -> Self {
        let id = MessageId(Uuid::from_u128(u128::from(row.unsigned_abs())));
        let new = NewMessage::sample(id, "+84900000000", "x", Time(row));
        Self {
            status_report: false,
            expires_at: Time(i64::MAX),
            ..new.queued(RowId(row))
        }
    }
}

impl Queued {
    pub fn needs(&self) -> Needs {
        Needs::of(self)
    }

    /// Its place in its lane.
    pub fn place(&self) -> Place {
        (self.due_at, self.row)
    }
}

/// The order of a lane.
pub type Place = (Time, RowId);

/// A message as the API answers it.
#[derive(Clone, Debug)]
pub struct Message {
    pub row: RowId,
    pub id: MessageId,
    pub direction: Direction,
    /// Outbound: the recipient. Inbound: the SIM's own number, when known.
    pub to: Option<String>,
    /// Outbound: the SIM's own number, when known. Inbound: the originator.
    pub from: Option<String>,
    pub body: Body,
    pub coding: Coding,
    pub segments: u16,
    pub flash: bool,
    pub priority: Priority,
    pub state: State,
    pub reason: Option<Reason>,
    /// What carried it.
    pub carrier: Option<Carrier>,
    pub attempts: u16,
    pub status_report: bool,
    pub on_uncertain: OnUncertain,
    pub reference: Option<String>,
    pub metadata: Option<String>,
    pub callback_url: Option<String>,
    pub class: MessageClass,
    /// Outbound: what its text was made of.
    pub template: Option<TemplateVersion>,
    /// Acceptance, or for an inbound one the commit.
    pub created_at: Time,
    pub send_at: Option<Time>,
    pub sent_at: Option<Time>,
    pub delivered_at: Option<Time>,
    pub expires_at: Option<Time>,
    /// Inbound: TP-SCTS of the first part, in UTC.
    pub smsc_time: Option<Time>,
    /// Inbound: false when parts were still missing after the reassembly timeout.
    pub complete: bool,
    /// Of an inbound one: the same came a short while before, perhaps it is a redelivery of that.
    pub perhaps_again: bool,
    /// It is given to no carrier before somebody resumes it.
    pub paused: bool,
    /// A self-test sent it, or it is what came in of that.
    pub test: bool,
    /// Outbound, once claimed; empty in lists.
    pub parts: Vec<Part>,
}

/// One part of an outbound message.
#[derive(Clone, Debug)]
pub struct Part {
    /// 1-based.
    pub seq: u16,
    pub state: PartState,
    pub carrier: Option<Carrier>,
    /// TP-MR that the modem gave it, as far as the SIM's count does not say otherwise.
    pub mr: Option<u8>,
    /// `message_id` that the SMSC of an uplink gave it.
    pub smsc_id: Option<String>,
    pub sent_at: Option<Time>,
    pub delivered_at: Option<Time>,
    /// TP-ST of its last status report (TS 23.040 §9.2.3.15).
    pub tp_status: Option<u8>,
    pub reason: Option<Reason>,
    /// What is or was not known of it.
    pub doubt: Option<Doubt>,
}

/// One step in a message's history.
#[derive(Clone, Debug)]
pub struct HistoryRow {
    pub at: Time,
    /// A `HistoryStep`.
    pub step: String,
    pub part: Option<u16>,
    pub carrier: Option<Carrier>,
    pub detail: Option<String>,
}
