//! The posts that the gateway makes itself: a message's state changes to its `callback_url`.

use serde_json::{Value, json};
use utoipa::ToSchema as _;

use gateway::webhooks::Posted;

/// Operations whose body may name a `callback_url`, and where in it.
const OPERATIONS: [(&str, &str); 2] = [
    ("/api/v1/messages", "{$request.body#/callback_url}"),
    (
        "/api/v1/messages/batch",
        "{$request.body#/messages/0/callback_url}",
    ),
];

const DESCRIPTION: &str = "\
The gateway posts each of these states that the message comes into: `sent`, `delivered`, `undelivered`, `failed`, `expired`, \
`cancelled` and `uncertain`, but not `scheduled`, `queued` and `sending`.

An answer of 2xx within 10 seconds ends the post; a redirection is not followed and counts as a failure. What failed is \
posted again after 5 seconds, and then after twice as long each time, 15 minutes at most, with jitter, for 24 hours, and is then parked: \
the deliveries of the webhook `callbacks` list it, and it can be posted again from there. The posts of one message keep \
their order. A host that does not answer holds up no other. The same `webhook-id` is the same change, posted again.

Posts are signed as Standard Webhooks says when the webhook `callbacks` has a secret.";

/// A header of a post.
pub(super) fn header(name: &str, description: &str) -> Value {
    json!({
        "name": name, "in": "header", "required": true, "description": description,
        "schema": {"type": "string"},
    })
}

pub(super) const SIGNATURE: &str = "`v1,` and the base64 of the HMAC-SHA256, by the secret, of id, time and body with dots between them. \
    While an old secret works on, such a signature by each secret, with a space between them.";

fn optional(mut header: Value) -> Value {
    header["required"] = false.into();
    header
}

/// Describes them at the operations that cause them.
pub(super) fn describe(document: &mut Value) {
    let post = json!({
        "operationId": "post_callback",
        "summary": "A message came into a state.",
        "description": DESCRIPTION,
        "parameters": [
            header("webhook-id", "Of this change; the same when it is posted again."),
            header("webhook-timestamp", "When it is posted, in seconds since 1970."),
            optional(header("webhook-signature", SIGNATURE)),
        ],
        "requestBody": {
            "required": true,
            "content": {"application/json": {
                "schema": {"$ref": format!("#/components/schemas/{}", Posted::name())},
            }},
        },
        "responses": {"2XX": {"description": "Taken. It is not posted again."}},
        "security": [],
    });
    for (path, address) in OPERATIONS {
        if let Some(operation) =
            document.pointer_mut(&format!("/paths/{}/post", path.replace('/', "~1")))
        {
            operation["callbacks"] = json!({"state_change": {address: {"post": post.clone()}}});
        }
    }
}
