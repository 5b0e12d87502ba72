//! The posts that the gateway makes itself: events to webhooks.

use serde_json::{Value, json};
use utoipa::ToSchema as _;

use super::callbacks::{SIGNATURE, header};
use gateway::webhooks::EventPost;

const DESCRIPTION: &str = "\
Posted to each webhook that names the kind of event. Kinds and data are those of `/api/v1/events`; `queue.depth` is not posted, \
and `webhook.test` only when somebody asks for it.

An answer of 2xx ends the post. It has 5 seconds for the connection and 10 for the answer; a redirection is not followed and counts as a failure; \
at most 64 KiB of the answer are read. What failed is posted again after 5 seconds, and then after twice as long each time, 15 minutes at most, \
with jitter, for 24 hours, and is then parked until somebody has it posted again. Each event is posted at least once; the same `webhook-id` is the same event, \
posted again. Events about one message, SIM, modem, uplink or cause of attention keep their order. A host that does not answer, or is slow to, holds up no other.

Where posts may go, the setting `webhooks.allow` says: by default to local networks and the internet.";

/// Describes them in the part of the document that is for such.
pub(super) fn describe(document: &mut Value) {
    let post = json!({
        "operationId": "post_event",
        "summary": "Something happened.",
        "description": DESCRIPTION,
        "parameters": [
            header("webhook-id", "Of this event; the same when it is posted again."),
            header("webhook-timestamp", "When it is posted, in seconds since 1970."),
            header("webhook-signature", SIGNATURE),
        ],
        "requestBody": {
            "required": true,
            "content": {"application/json": {
                "schema": {"$ref": format!("#/components/schemas/{}", EventPost::name())},
            }},
        },
        "responses": {"2XX": {"description": "Taken. It is not posted again."}},
        "security": [],
    });
    document["webhooks"] = json!({"event": {"post": post}});
}
