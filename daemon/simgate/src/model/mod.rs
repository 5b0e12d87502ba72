//! What the gateway's parts say to each other: plain values, no I/O.

mod api_key;
mod carrier;
pub(crate) mod clock;
mod doubt;
mod findings;
mod inbound;
mod incident;
mod key;
mod message;
mod modem;
mod reach;
mod reason;
mod route;
mod sim;
mod sim_pin;
mod span;
mod state;
pub(crate) mod test_text;
mod time;
mod uplink;

pub(crate) use api_key::ApiKey;
pub(crate) use carrier::{Carrier, UplinkName};
pub(crate) use clock::{ClockStep, Watch};
pub(crate) use doubt::{Conclusion, Doubt, Evidence, OnUncertain};
pub(crate) use findings::{Advice, Found, MemorySize, ModemFindings, ModemKind, UssdFound, Way};
pub(crate) use inbound::{ConcatKey, Content, InboundPart, RawPart, Untimed};
pub(crate) use incident::{Incident, IncidentKind, LONGEST_DIALOGUE, NewIncident};
pub(crate) use key::{Key, KeyId, Scope};
pub(crate) use message::{
    Body, Coding, Direction, HistoryRow, Lane, Message, MessageId, Needs, NewMessage, Part, Place,
    Priority, Queued, RowId, Sender,
};
pub(crate) use modem::ModemRecord;
pub(crate) use reach::{Belonging, Reach};
pub(crate) use reason::Reason;
pub(crate) use route::{
    Choice, Class, Classifier, FallBack, FallBackOn, Route, RouteIndex, RouteMatch, Sims, Target,
};
pub(crate) use sim::{Quota, SimConfig, SimError, SimHealth, SimRecord, SimTotals, Window};
pub(crate) use sim_pin::{PinSent, PinTrouble, PinVerdict};
pub(crate) use span::Span;
pub(crate) use state::{PartState, State, roll_up};
pub(crate) use time::Time;
pub(crate) use uplink::{
    UplinkBind, UplinkConfig, UplinkLong, UplinkReceipt, UplinkState, UplinkStatus, UplinkText,
    UplinkTls,
};
