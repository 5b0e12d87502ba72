//! An object is asked for as such: an array of its values in their order is none.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};

use super::Fixture;
use model::Role;

/// Where an object of a request body stands: members by name, items by `0`.
type Place = Vec<String>;

/// The places of all objects with known members that `schema` leads to.
fn objects(schema: &Value, document: &Value, place: &Place, found: &mut BTreeSet<Place>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').unwrap();
        return objects(document.pointer(pointer).unwrap(), document, place, found);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        for variant in schema[choice].as_array().into_iter().flatten() {
            objects(variant, document, place, found);
        }
    }
    let under = |name: &str| [place.clone(), vec![name.to_owned()]].concat();
    if let Some(members) = schema["properties"].as_object() {
        found.insert(place.clone());
        for (name, member) in members {
            objects(member, document, &under(name), found);
        }
    }
    objects_of_items(schema, document, &under("0"), found);
}

fn objects_of_items(schema: &Value, document: &Value, place: &Place, found: &mut BTreeSet<Place>) {
    if schema["items"].is_object() {
        objects(&schema["items"], document, place, found);
    }
}

/// A body that holds `value` at that place, and nothing else.
fn holding(place: &[String], value: Value) -> Value {
    match place {
        [] => value,
        [name, rest @ ..] if name == "0" => json!([holding(rest, value)]),
        [name, rest @ ..] => json!({name: holding(rest, value)}),
    }
}

fn filled(path: &str) -> String {
    path.replace("{iccid}", "8984011234567890123")
        .replace("{imei}", "356938035643809")
        .replace("{id}", "019356f0-0000-7000-8000-000000000000")
        .replace("{name}", "some")
        .replace("{number}", "+84901234567")
        .replace("{slot}", "1")
}

#[tokio::test]
async fn an_array_is_no_object_at_any_depth_of_any_body() {
    let fixture = Fixture::new().await;
    let user = fixture.session(Role::Admin).await;
    let document = super::super::document();
    let mut checked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            let mut found = BTreeSet::new();
            objects(schema, &document, &Place::new(), &mut found);
            for (place, array) in found
                .iter()
                .flat_map(|place| [json!([]), json!([1, 2, 3])].map(|array| (place, array)))
            {
                let body = holding(place, array).to_string();
                let method: Method = method.to_uppercase().parse().unwrap();
                let request = if operation["security"] == json!([{"session": []}]) {
                    user.on(Request::builder().method(method).uri(filled(path)))
                } else {
                    fixture.request(method, &filled(path))
                };
                let request = request.header(header::CONTENT_TYPE, "application/json");
                let request = request.body(Body::from(body.clone())).unwrap();
                let answer = fixture.send(request).await;
                let problem = match answer.status.as_u16() {
                    202 => &answer.body["items"][0]["problem"],
                    _ => &answer.body,
                };
                let case = format!("{path} {body}: {}", answer.text);
                assert_eq!(problem["status"], 422, "{case}");
                let pointer = [vec![String::new()], place.clone()].concat().join("/");
                let error = json!({"pointer": pointer, "detail": "must be an object"});
                assert_eq!(problem["errors"], json!([error]), "{case}");
                checked += 1;
            }
        }
    }
    assert!(checked >= 40, "{checked}");
}
