//! Which scopes of a key open an operation.

use serde_json::{Value, json};

use crate::auth::{Anyone, Need, ToAdmin, ToCancel, ToOperate, ToRead, ToReadMessages, ToSend};
use model::Scope;

/// Any of these will do. The derive does not see what a handler needs of its caller; a test asks
/// every operation with every kind of key and compares.
fn of(operation: &str) -> &'static [Scope] {
    match operation {
        "submit_message" | "submit_batch" | "preview_message" | "preview_template"
        | "explain_route" => ToSend::ANY_OF,
        "list_messages" | "summarise_messages" | "get_message" | "get_message_events"
        | "list_conversations" | "get_conversation" | "stream_events" => ToReadMessages::ANY_OF,
        "cancel_message" | "cancel_messages" | "pause_messages" | "resume_messages" => {
            ToCancel::ANY_OF
        }
        "list_sims"
        | "get_sim"
        | "list_modems"
        | "get_modem"
        | "get_modem_trace"
        | "get_modem_test"
        | "list_modem_incidents"
        | "list_modem_models"
        | "list_ports"
        | "get_bank"
        | "list_attention"
        | "get_status"
        | "list_uplinks"
        | "get_uplink"
        | "get_routes"
        | "get_stats"
        | "list_notes"
        | "list_suppressions"
        | "get_suppression"
        | "export_suppressions"
        | "list_templates"
        | "get_template"
        | "list_template_versions" => ToRead::ANY_OF,
        "change_sim"
        | "reset_sim_health"
        | "run_ussd"
        | "restart_modem"
        | "switch_slot"
        | "unlock_sim"
        | "test_modem"
        | "resolve_message"
        | "list_deliveries"
        | "resend_delivery"
        | "dismiss_delivery"
        | "dismiss_deliveries"
        | "resend_deliveries"
        | "change_conversation"
        | "add_note"
        | "delete_note"
        | "put_suppression"
        | "delete_suppression"
        | "import_suppressions"
        | "put_template"
        | "delete_template" => ToOperate::ANY_OF,
        "get_session" => Anyone::ANY_OF,
        _ => ToAdmin::ANY_OF,
    }
}

/// What only a user has.
fn needs_session(operation: &str) -> bool {
    matches!(
        operation,
        "close_session"
            | "list_own_sessions"
            | "end_own_session"
            | "change_own_password"
            | "offer_two_factor"
            | "switch_two_factor_on"
            | "switch_two_factor_off"
            | "mark_conversation_read"
    )
}

/// Says them in the description, and as alternatives of the security requirement.
pub(super) fn describe(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let paths = paths.filter(|(path, _)| path.starts_with("/api/v1/"));
    let operations = paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        // One that is open to all says so itself.
        if operation.get("security").is_some() {
            continue;
        }
        let id = operation["operationId"].as_str().unwrap_or_default();
        if needs_session(id) {
            operation["security"] = json!([{"session": []}]);
            continue;
        }
        let scopes = of(id);
        let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let said = format!("Scope: `{}`.", names.join("` or `"));
        let description = match operation["description"].as_str() {
            Some(description) => format!("{description}\n\n{said}"),
            None => said,
        };
        operation["description"] = description.into();
        let ways = names
            .iter()
            .flat_map(|name| ["bearer", "basic", "session"].map(|way| json!({way: [name]})));
        operation["security"] = ways.collect();
    }
}
