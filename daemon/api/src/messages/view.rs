//! Messages as they are answered.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use gateway::Wait;
use model::{
    Body, Coding, Direction, Doubt, Message, MessageClass, NewMessage, OnUncertain, Part,
    PartState, Priority, Reason, State, TemplateVersion, Time,
};

/// A message of either direction.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message, discriminator(property_name = "direction", mapping(
    ("outbound" = "#/components/schemas/OutboundMessage"),
    ("inbound" = "#/components/schemas/InboundMessage"),
)))]
#[serde(untagged)]
pub(crate) enum MessageView {
    Outbound(Box<OutboundView>),
    Inbound(Box<InboundView>),
}

/// A message that goes out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutboundMessage)]
pub(crate) struct OutboundView {
    #[schema(inline)]
    direction: Outbound,
    /// Its name; ids of later messages sort after it.
    id: Uuid,
    /// E.164 with `+`, or a short code.
    #[schema(example = "+84901234567")]
    to: String,
    /// The SIM's own number, when known.
    #[schema(required)]
    from: Option<String>,
    #[serde(flatten)]
    content: ContentView,
    priority: Priority,
    state: State,
    /// Why it is in this state, when that needs a reason.
    #[schema(required)]
    reason: Option<Reason>,
    /// The SIM or uplink that has it, once one was chosen.
    #[schema(required, example = "sim:8984011234567890123")]
    route: Option<String>,
    /// How often a SIM has taken it.
    attempts: u16,
    /// Whether a status report is asked for.
    status_report: bool,
    on_uncertain: OnUncertain,
    class: MessageClass,
    /// What its text was made of; null: of no template that is kept.
    #[schema(required)]
    template: Option<TemplateVersion>,
    /// The client's own name for it.
    #[schema(required)]
    reference: Option<String>,
    /// The client's own object, as it was given.
    #[schema(required, value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
    /// Where its state changes are posted to.
    #[schema(required)]
    callback_url: Option<String>,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// Not before this.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    send_at: Option<Time>,
    /// When the network took the last part.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    sent_at: Option<Time>,
    /// When the network says that the recipient got all of it.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Time>,
    /// When it is given up.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
    /// A self-test sent it: lists leave it out.
    test: bool,
    /// While it is `queued`, or paused: what for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_for: Option<Wait>,
    /// Each part, once a SIM has been chosen. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Vec<PartView>>,
}

/// Tells an outbound message from an inbound one.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Outbound {
    #[default]
    Outbound,
}

/// Tells an inbound message from an outbound one.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Inbound {
    #[default]
    Inbound,
}

/// A message that came in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InboundMessage)]
pub(crate) struct InboundView {
    #[schema(inline)]
    direction: Inbound,
    /// Its name; ids of later messages sort after it.
    id: Uuid,
    /// The SIM's own number, when known.
    #[schema(required)]
    to: Option<String>,
    /// The originator: a number, a short code or an alphanumeric sender.
    #[schema(required, example = "+84901234567")]
    from: Option<String>,
    #[serde(flatten)]
    content: ContentView,
    state: State,
    /// ICCID of the SIM it came to; null when it came by an uplink.
    #[schema(required)]
    sim: Option<String>,
    /// The uplink it came by.
    #[schema(required)]
    uplink: Option<String>,
    /// When the network took it from the sender.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    smsc_time: Option<Time>,
    /// When it was committed here.
    #[schema(value_type = String, format = DateTime)]
    received_at: Time,
    /// The same as `received_at`, by the name that outbound messages have.
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// False when parts were still missing after the reassembly timeout.
    complete: bool,
    /// An uplink brought the same text from the same sender within the hour before, and nothing tells
    /// whether this is that message, delivered again, or another one.
    possible_duplicate: bool,
    /// A self-test sent it from another SIM: lists leave it out.
    test: bool,
}

/// What a message says: `text`, or `data` where that is present.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageContent)]
struct ContentView {
    /// Null for data.
    #[schema(required)]
    text: Option<String>,
    /// 8-bit data, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    /// Application port of the data, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    /// As it was accepted. An SMSC that lacks a character may have got it in UCS-2.
    encoding: Coding,
    /// How many parts it takes: as planned until something carries it, and then as that needs.
    segments: u16,
    /// Class 0: shown at once, not kept by the phone.
    flash: bool,
}

/// One part of an outbound message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessagePart)]
pub(crate) struct PartView {
    /// From 1 on.
    seq: u16,
    state: PartState,
    /// The SIM or uplink that took it.
    #[schema(required)]
    route: Option<String>,
    /// TP-MR that the modem gave it. None where it is not known, or lost a digit on the line.
    #[schema(required)]
    message_reference: Option<u8>,
    /// `message_id` that the SMSC of an uplink gave it.
    #[schema(required)]
    uplink_message_id: Option<String>,
    /// When the network took it.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    sent_at: Option<Time>,
    /// When the network says that the recipient got it.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Time>,
    /// Its last status report.
    #[schema(required)]
    status: Option<StatusView>,
    #[schema(required)]
    reason: Option<Reason>,
    /// How often it was sent again although it may have gone out before: above 0 the recipient may
    /// have it more than once.
    resends: u32,
    /// What is or was not known of it.
    #[schema(required)]
    uncertain: Option<Doubt>,
}

/// What a status report said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartStatus)]
pub(crate) struct StatusView {
    /// TP-ST (TS 23.040 §9.2.3.15).
    tp_status: u8,
    /// The same in words.
    #[schema(example = "received by the recipient")]
    text: String,
}

impl MessageView {
    /// One message with its parts.
    pub(crate) fn whole(mut message: Message) -> Self {
        let parts = std::mem::take(&mut message.parts);
        let mut view = Self::listed(message);
        if let Self::Outbound(outbound) = &mut view {
            outbound.parts = Some(parts.into_iter().map(PartView::from).collect());
        }
        view
    }

    /// As an item of a list: without parts.
    pub(crate) fn listed(message: Message) -> Self {
        match message.direction {
            Direction::Outbound => Self::Outbound(Box::new(outbound(message))),
            Direction::Inbound => Self::Inbound(Box::new(inbound(message))),
        }
    }

    /// As it will be once it is committed.
    pub(crate) fn accepted(message: &NewMessage) -> Self {
        let scheduled = message.send_at.is_some_and(|at| at > message.created_at);
        Self::Outbound(Box::new(OutboundView {
            direction: Outbound::default(),
            id: message.id.0,
            to: message.to.clone(),
            from: None,
            content: content(
                message.body.clone(),
                message.coding,
                message.segments,
                message.flash,
            ),
            priority: message.priority,
            state: if scheduled {
                State::Scheduled
            } else {
                State::Queued
            },
            reason: None,
            route: None,
            attempts: 0,
            status_report: message.status_report,
            on_uncertain: message.on_uncertain,
            class: message.class,
            template: message.template.clone(),
            reference: message.reference.clone(),
            metadata: message.metadata.clone().and_then(raw),
            callback_url: message.callback_url.clone(),
            created_at: message.created_at,
            send_at: message.send_at,
            sent_at: None,
            delivered_at: None,
            expires_at: Some(message.expires_at),
            test: message.test,
            waiting_for: None,
            parts: Some(Vec::new()),
        }))
    }

    /// With what it waits for.
    pub(crate) fn waiting_for(mut self, waiting: Option<Wait>) -> Self {
        if let Self::Outbound(outbound) = &mut self {
            outbound.waiting_for = waiting;
        }
        self
    }
}

fn outbound(message: Message) -> OutboundView {
    OutboundView {
        direction: Outbound::default(),
        id: message.id.0,
        to: message.to.unwrap_or_default(),
        from: message.from,
        content: content(
            message.body,
            message.coding,
            message.segments,
            message.flash,
        ),
        priority: message.priority,
        state: message.state,
        reason: message.reason,
        route: message.carrier.map(|carrier| carrier.route()),
        attempts: message.attempts,
        status_report: message.status_report,
        on_uncertain: message.on_uncertain,
        class: message.class,
        template: message.template,
        reference: message.reference,
        metadata: message.metadata.and_then(raw),
        callback_url: message.callback_url,
        created_at: message.created_at,
        send_at: message.send_at,
        sent_at: message.sent_at,
        delivered_at: message.delivered_at,
        expires_at: message.expires_at,
        test: message.test,
        waiting_for: None,
        parts: None,
    }
}

fn inbound(message: Message) -> InboundView {
    InboundView {
        direction: Inbound::default(),
        id: message.id.0,
        to: message.to,
        from: message.from,
        content: content(
            message.body,
            message.coding,
            message.segments,
            message.flash,
        ),
        state: message.state,
        sim: (message.carrier.as_ref()).and_then(|carrier| carrier.sim().map(ToString::to_string)),
        uplink: (message.carrier.as_ref())
            .and_then(|carrier| carrier.uplink().map(ToString::to_string)),
        smsc_time: message.smsc_time,
        received_at: message.created_at,
        created_at: message.created_at,
        complete: message.complete,
        possible_duplicate: message.perhaps_again,
        test: message.test,
    }
}

fn content(body: Body, encoding: Coding, segments: u16, flash: bool) -> ContentView {
    let (text, data, port) = match body {
        Body::Text(text) => (Some(text), None, None),
        Body::Data { octets, port } => (None, Some(BASE64_STANDARD.encode(octets)), port),
    };
    ContentView {
        text,
        data,
        port,
        encoding,
        segments,
        flash,
    }
}

/// It was checked when it was accepted.
fn raw(metadata: String) -> Option<Box<RawValue>> {
    RawValue::from_string(metadata).ok()
}

impl From<Part> for PartView {
    fn from(part: Part) -> Self {
        Self {
            seq: part.seq,
            state: part.state,
            route: part.carrier.map(|carrier| carrier.route()),
            uplink_message_id: part.smsc_id,
            message_reference: part.mr,
            sent_at: part.sent_at,
            delivered_at: part.delivered_at,
            status: part.tp_status.map(|tp_status| StatusView {
                tp_status,
                text: tpdu::Status(tp_status).text().to_owned(),
            }),
            reason: part.reason,
            resends: part.doubt.as_ref().map_or(0, |doubt| doubt.resends),
            uncertain: part.doubt,
        }
    }
}
