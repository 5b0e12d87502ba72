//! What the derives cannot say of request bodies.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::ToSchema as _;

use gateway::messages::draft::Draft;
use gateway::messages::single::SingleDraft;

const PREFIX: &str = "#/components/schemas/";

/// Puts the default of each field of a request into its description. With the keyword `default`,
/// generators of TypeScript take the field for one that is always there, which a client then has to
/// give.
pub(super) fn describe_defaults(document: &mut Value) {
    let mut names = BTreeSet::new();
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    for operation in paths
        .values()
        .filter_map(Value::as_object)
        .flat_map(Map::values)
    {
        references(&operation["requestBody"], document, &mut names);
    }
    for name in names {
        let properties = document.pointer_mut(&format!("/components/schemas/{name}/properties"));
        for property in properties
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(Map::values_mut)
        {
            describe_default(property);
        }
    }
}

fn describe_default(property: &mut Value) {
    let Some(property) = property.as_object_mut() else {
        return;
    };
    let Some(default) = property.remove("default") else {
        return;
    };
    let said = match &default {
        Value::String(word) => format!("`{word}` when left out."),
        other => format!("`{other}` when left out."),
    };
    let description = match property.get("description").and_then(Value::as_str) {
        Some(description) => format!("{description} {said}"),
        None => said,
    };
    property.insert("description".to_owned(), description.into());
}

/// The names of all schemas that a value leads to.
fn references(value: &Value, document: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = reference.and_then(|reference| reference.strip_prefix(PREFIX))
                && found.insert(name.to_owned())
            {
                references(&document["components"]["schemas"][name], document, found);
            }
            for member in members.values() {
                references(member, document, found);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| references(item, document, found)),
        _ => {}
    }
}

/// Says which fields of a message go together: `text` or `template`, both perhaps with `variables`, or `data` and
/// `port`. By `if` and `else`, which generators of clients pass over: a `oneOf` would be three types
/// to them.
pub(super) fn add_choice_of_body(document: &mut Value) {
    for name in [Draft::name(), SingleDraft::name()] {
        if let Some(Value::Object(draft)) =
            document.pointer_mut(&format!("/components/schemas/{name}"))
        {
            choose_body(draft);
        }
    }
}

fn choose_body(draft: &mut Map<String, Value>) {
    let without = |fields: &[&str]| -> Value {
        let none = fields
            .iter()
            .map(|field| ((*field).to_owned(), json!({"type": "null"})));
        json!({"properties": none.collect::<Map<_, _>>()})
    };
    let data = json!({
        "required": ["data", "port"],
        "properties": {"variables": {"type": "null"}},
    });
    let template = json!({
        "if": {"required": ["template"], "properties": {"template": {"type": "string"}}},
        "then": without(&["data", "port"]),
        "else": data,
    });
    draft.insert(
        "if".to_owned(),
        json!({"required": ["text"], "properties": {"text": {"type": "string"}}}),
    );
    draft.insert("then".to_owned(), without(&["template", "data", "port"]));
    draft.insert("else".to_owned(), template);
}
