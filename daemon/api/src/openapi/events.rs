//! What comes over `/events`, by kind. The standard has no words for a stream's items, so they are in
//! the operation's text, and for programs in the extension `x-events`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use gateway::attention::Item;
use gateway::events::{
    CallEvent, ConversationEvent, MessageEvent, ModemEvent, QueueDepth, SimEvent, UplinkEvent,
};
use gateway::selftest::ModemTestEvent;

const OPERATION: &str = "/paths/~1api~1v1~1events/get";

/// The kinds, what each says, and when it comes.
fn kinds() -> Vec<(&'static str, String, &'static str)> {
    let message = MessageEvent::name().into_owned();
    let messages = [
        ("message.scheduled", "accepted for a later time"),
        ("message.queued", "accepted, or waiting again"),
        ("message.sending", "given to a SIM or an uplink"),
        ("message.sent", "the network has all of it"),
        ("message.delivered", "the recipient has all of it"),
        ("message.failed", "failed, undelivered or expired"),
        ("message.cancelled", "cancelled"),
        ("message.uncertain", "whether it went out is not known"),
        ("message.received", "came in"),
    ];
    let others = [
        ("call.missed", CallEvent::name(), "somebody called a SIM"),
        (
            "conversation.changed",
            ConversationEvent::name(),
            "staff changed a conversation, or a message reopened it",
        ),
        (
            "sim.state",
            SimEvent::name(),
            "a SIM came into a state, or its breaker moved",
        ),
        (
            "modem.state",
            ModemEvent::name(),
            "a modem came into a state",
        ),
        (
            "modem.test",
            ModemTestEvent::name(),
            "a test of a modem moved",
        ),
        (
            "uplink.state",
            UplinkEvent::name(),
            "an uplink came into a state",
        ),
        ("attention.raised", Item::name(), "something needs a person"),
        (
            "attention.cleared",
            Item::name(),
            "it needs nobody any more",
        ),
        (
            "queue.depth",
            QueueDepth::name(),
            "how many messages wait; once a second at most",
        ),
    ];
    let messages = messages.map(|(kind, when)| (kind, message.clone(), when));
    let others = others.map(|(kind, schema, when)| (kind, schema.into_owned(), when));
    messages.into_iter().chain(others).collect()
}

/// Adds them to the operation.
pub(super) fn describe(document: &mut Value) {
    let Some(operation) = document.pointer_mut(OPERATION) else {
        return;
    };
    let mut text = operation["description"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    text.push_str("\n\nThe data of each are a JSON object, with `at` for the time.\n\n| event | data | when |\n|---|---|---|\n");
    let mut schemas = Map::new();
    for (kind, schema, when) in kinds() {
        let _ = writeln!(text, "| `{kind}` | `{schema}` | {when} |");
        let reference = json!({"$ref": format!("#/components/schemas/{schema}")});
        schemas.insert(kind.to_owned(), reference);
    }
    operation["description"] = text.into();
    operation["x-events"] = schemas.into();
}
