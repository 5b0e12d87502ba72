//! What the gateway's parts say to each other: plain values. No I/O, and no clock: time is an
//! argument.
#![allow(
    missing_docs,
    reason = "the crate is the gateway's own; a field says what it holds where its name does not"
)]

mod api_key;
mod audit;
mod backoff;
mod carrier;
mod change;
mod clock_step;
mod doubt;
mod findings;
mod history_step;
mod identity;
mod inbound;
mod incident;
mod key;
mod lane;
mod message;
mod message_class;
mod modem;
mod modem_state;
mod names;
mod note;
mod opt_out;
mod opt_out_words;
mod plain_name;
mod reach;
mod reason;
mod route;
mod sim;
mod sim_pin;
pub mod smsc_id;
mod span;
mod state;
mod statistics;
mod template;
pub mod test_text;
mod time;
mod token;
mod tries;
mod unlock;
mod uplink;
mod uplink_trouble;
mod user;
mod webhook;

pub use api_key::ApiKey;
pub use audit::{AuditFilter, AuditRow};
pub use backoff::Backoff;
pub use carrier::{Carrier, UplinkName};
pub use change::Change;
pub use clock_step::{ClockStep, Watch};
pub use doubt::{ConcludedBy, Conclusion, Doubt, OnUncertain};
pub use findings::{Found, Limit, MemorySize, ModemFindings, ModemKind, UssdFound, Way};
pub use history_step::HistoryStep;
pub use identity::{BadIdentity, Iccid, Imei, Imsi, Msisdn, Pin, Puk};
pub use inbound::{ConcatKey, Content, InboundPart, RawPart, Untimed};
pub use incident::{Incident, IncidentKind, LONGEST_DIALOGUE, NewIncident};
pub use key::{Key, KeyId, KeyWish, Scope};
pub use lane::{Lane, Priority, Sender};
pub use message::{
    Body, Coding, HistoryRow, Message, MessageId, Needs, NewMessage, Part, Place, Queued, RowId,
};
pub use message_class::MessageClass;
pub use modem::ModemRecord;
pub use modem_state::ModemStateName;
pub use note::Note;
pub use opt_out::{Asked, Heard, NewSuppression, OptOutRequest, Suppression, SuppressionSource};
pub use opt_out_words::OptOutWords;
pub use reach::{Belonging, Reach};
pub use reason::{Reason, ReasonCode, ReasonFamily};
pub use route::{
    Choice, Class, Classifier, FallBack, FallBackOn, Route, RouteIndex, RouteMatch, Sims, Target,
};
pub use sim::{PinSent, Quota, SimConfig, SimError, SimHealth, SimRecord, SimTotals, Window};
pub use sim_pin::{PinTrouble, PinVerdict};
pub use span::Span;
pub use state::{Direction, PartState, State, roll_up};
pub use statistics::{CountedBy, Counts, Figures, Percentiles, Prefix, Spread};
pub use template::{Template, TemplateName, TemplateVersion};
pub use time::Time;
pub use token::{OneTimeCode, SessionToken};
pub use tries::{Counted, Lock};
pub use unlock::UnlockCode;
pub use uplink::{
    UplinkBind, UplinkConfig, UplinkLong, UplinkReceipt, UplinkState, UplinkStatus, UplinkText,
    UplinkTls,
};
pub use uplink_trouble::UplinkTrouble;
pub use user::{Role, User, UserId};
pub use webhook::{
    DeliveryState, EVENT_KINDS, EventPattern, OldSecret, WebhookConfig, WebhookName, WebhookSecret,
    WebhookTls,
};
