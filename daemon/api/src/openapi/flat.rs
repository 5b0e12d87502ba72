//! Objects that are put together from others, as one object each.
//!
//! A flattened struct is an `allOf` of a reference and an object. Generators of clients make little
//! of those, and readers have to look in two places.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

const PREFIX: &str = "#/components/schemas/";

/// Merges every `allOf` of objects in `components.schemas`, and drops what neither they nor `paths` refer to then.
pub(super) fn flatten(schemas: &mut Value, paths: &str) {
    let Some(schemas) = schemas.as_object_mut() else {
        return;
    };
    let known: BTreeMap<String, Value> = schemas
        .iter()
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    let mut parts = Vec::new();
    for schema in schemas.values_mut() {
        if let Some(whole) = merged(schema, &known, &mut parts) {
            *schema = whole;
        }
    }
    let text = Value::Object(schemas.clone()).to_string();
    for name in parts {
        let reference = format!("\"{PREFIX}{name}\"");
        if !text.contains(&reference) && !paths.contains(&reference) {
            schemas.remove(&name);
        }
    }
}

/// One object of all members of an `allOf`; none when there is no `allOf`, or one of other things.
fn merged(
    schema: &Value,
    known: &BTreeMap<String, Value>,
    parts: &mut Vec<String>,
) -> Option<Value> {
    let members = schema.get("allOf")?.as_array()?;
    let (mut properties, mut required) = (Map::new(), Vec::new());
    let mut names = Vec::new();
    for member in members {
        let reference = member.get("$ref").and_then(Value::as_str);
        let name = reference.and_then(|reference| reference.strip_prefix(PREFIX));
        let object = match name {
            Some(name) => {
                names.push(name.to_owned());
                known.get(name)?
            }
            None => member,
        };
        properties.extend(object.get("properties")?.as_object()?.clone());
        required.extend(
            object
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .cloned(),
        );
    }
    parts.extend(names);
    let mut whole = schema.as_object()?.clone();
    whole.remove("allOf");
    whole.insert("type".to_owned(), "object".into());
    whole.insert("properties".to_owned(), properties.into());
    whole.insert("required".to_owned(), required.into());
    Some(whole.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_flattened_struct_becomes_one_object_and_its_part_goes() {
        let mut schemas = json!({
            "Part": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
            "Used": {"type": "object", "required": ["c"], "properties": {"c": {"type": "string"}}},
            "Whole": {"description": "all of it", "allOf": [
                {"$ref": "#/components/schemas/Part"},
                {"$ref": "#/components/schemas/Used"},
                {"type": "object", "required": ["b"], "properties": {"b": {"$ref": "#/components/schemas/Used"}}},
            ]},
        });
        let mut answered = schemas.clone();
        flatten(&mut answered, r##"{"$ref":"#/components/schemas/Part"}"##);
        assert!(answered.get("Part").is_some());
        flatten(&mut schemas, "");
        assert_eq!(
            schemas["Whole"],
            json!({
                "description": "all of it", "type": "object", "required": ["a", "c", "b"],
                "properties": {
                    "a": {"type": "string"}, "c": {"type": "string"}, "b": {"$ref": "#/components/schemas/Used"},
                },
            })
        );
        assert!(schemas.get("Part").is_none() && schemas.get("Used").is_some());
    }
}
