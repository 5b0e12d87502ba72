use serde_json::Value;

use super::Fixture;

#[tokio::test]
async fn the_document_is_served_and_every_reference_in_it_leads_somewhere() {
    let fixture = Fixture::new().await;
    let document = fixture.get("/api/v1/openapi.json").await.body;
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 20);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        let found = document.pointer(pointer);
        assert!(found.is_some(), "{reference} leads nowhere");
    }
}

fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| collect(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

#[test]
fn every_operation_says_what_can_go_wrong() {
    let document = crate::document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("500"), "{method} {path}");
            let is_public =
                !path.starts_with("/api/v1/") || (&**path, &**method) == ("/api/v1/setup", "get");
            assert_eq!(responses.contains_key("401"), !is_public, "{method} {path}");
            let has_body = operation.get("requestBody").is_some();
            assert_eq!(responses.contains_key("413"), has_body, "{method} {path}");
            for (status, response) in responses {
                let is_problem =
                    status.starts_with(['4', '5']) && (&**path, &**status) != ("/readyz", "503");
                let content = response["content"].get("application/problem+json");
                assert_eq!(content.is_some(), is_problem, "{method} {path} {status}");
            }
        }
    }
}

#[test]
fn a_callback_names_the_states_that_are_posted() {
    let document = crate::document();
    let post = &document["paths"]["/api/v1/messages"]["post"];
    let callbacks = post["callbacks"]["state_change"].as_object().unwrap();
    let callback = &callbacks.values().next().unwrap()["post"]["description"];
    let field = &document["components"]["schemas"]["MessageRequest"]["properties"]["callback_url"];
    for text in [callback, &field["description"]].map(|text| text.as_str().unwrap()) {
        let (posted, not) = text.split_once("but not").expect(text);
        for &state in model::State::ALL {
            let name = format!("`{}`", state.as_str());
            let on_its_way = ["scheduled", "queued", "sending"].contains(&state.as_str());
            let inbound = state == model::State::Received;
            let is_posted = !on_its_way && !inbound;
            assert_eq!(posted.contains(&name), is_posted, "{name}: {text}");
            assert_eq!(not.contains(&name), on_its_way, "{name}: {text}");
        }
    }
}

#[test]
fn operations_have_names_of_their_own() {
    let document = crate::document();
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|item| item.as_object().unwrap().values());
    let mut names: Vec<_> = operations
        .map(|o| o["operationId"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}

#[test]
fn the_contract_is_there() {
    let document = crate::document();
    let expected = [
        ("/api/v1/messages", "get"),
        ("/api/v1/messages", "post"),
        ("/api/v1/messages/batch", "post"),
        ("/api/v1/messages/preview", "post"),
        ("/api/v1/messages/{id}", "get"),
        ("/api/v1/messages/{id}", "delete"),
        ("/api/v1/messages/{id}/events", "get"),
        ("/api/v1/conversations", "get"),
        ("/api/v1/conversations/{number}", "get"),
        ("/api/v1/sims", "get"),
        ("/api/v1/sims/{iccid}", "get"),
        ("/api/v1/sims/{iccid}", "patch"),
        ("/api/v1/sims/{iccid}/ussd", "post"),
        ("/api/v1/modems", "get"),
        ("/api/v1/modems/{imei}", "get"),
        ("/api/v1/modems/{imei}/restart", "post"),
        ("/api/v1/modems/{imei}/at", "post"),
        ("/api/v1/modems/{imei}/trace", "get"),
        ("/api/v1/modems/{imei}/test", "get"),
        ("/api/v1/modems/{imei}/test", "post"),
        ("/api/v1/modem-models", "get"),
        ("/api/v1/modems/{imei}/incidents", "get"),
        ("/api/v1/uplinks", "get"),
        ("/api/v1/uplinks/{name}", "get"),
        ("/api/v1/uplinks/{name}", "put"),
        ("/api/v1/modems/{imei}/unlock", "post"),
        ("/api/v1/uplinks/{name}", "delete"),
        ("/api/v1/routes", "get"),
        ("/api/v1/routes", "put"),
        ("/api/v1/keys", "get"),
        ("/api/v1/keys", "post"),
        ("/api/v1/keys/{name}", "delete"),
        ("/api/v1/events", "get"),
        ("/api/v1/attention", "get"),
        ("/api/v1/status", "get"),
        ("/api/v1/support", "get"),
        ("/api/v1/system", "get"),
        ("/healthz", "get"),
        ("/readyz", "get"),
        ("/metrics", "get"),
    ];
    for (path, method) in expected {
        let operation = document["paths"][path].get(method);
        assert!(operation.is_some(), "{method} {path}");
    }
}

/// What a client's types are called: the field's words, and none of ours for what it is made of.
#[test]
fn schemas_have_names_that_say_what_they_are() {
    let document = crate::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in schemas.keys() {
        let words = ["Json", "View", "_", "Draft"];
        assert!(!words.iter().any(|word| name.contains(word)), "{name}");
        assert!(name.len() > 2, "{name}");
    }
    let explained = document.pointer("/components/schemas/ExplainedTarget/properties/carriers");
    let route = document.pointer("/components/schemas/RouteTarget/properties/strategy");
    assert!(explained.is_some() && route.is_some());
}

/// Generators take neither an `allOf` of objects nor a default in a request as a client means it.
#[test]
fn what_generators_of_clients_stumble_over_is_not_there() {
    let document = crate::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        assert!(schema.get("allOf").is_none(), "{name}");
    }
    let of = |name: &str| schemas[name]["properties"].as_object().unwrap();
    for request in [
        "MessageRequest",
        "SingleMessageRequest",
        "Route",
        "UplinkPut",
        "SimPatch",
        "ApiKeyRequest",
    ] {
        for (field, property) in of(request) {
            assert!(property.get("default").is_none(), "{request}.{field}");
        }
    }
    let said = of("MessageRequest")["priority"]["description"]
        .as_str()
        .unwrap();
    assert!(said.contains("`normal` when left out"), "{said}");
    assert!(of("OutboundMessage").contains_key("text"));
    assert_eq!(of("OutboundMessage")["direction"]["enum"][0], "outbound");
}

/// A list of recipients is offered where it is taken, and nowhere else.
#[test]
fn a_list_of_recipients_is_asked_for_where_it_is_taken() {
    let document = crate::document();
    let schemas = &document["components"]["schemas"];
    let body = |path: &str| {
        let operation = &document["paths"][format!("/api/v1{path}")]["post"];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        schema["$ref"].as_str().map(last).unwrap()
    };
    let batch = &schemas[body("/messages/batch")]["properties"]["messages"]["items"]["$ref"];
    let item = batch.as_str().map(last).unwrap();
    for (name, list) in [
        (body("/messages"), true),
        (body("/messages/preview"), true),
        (item, false),
        (body("/routes/explain"), false),
    ] {
        let to = resolved(&schemas[name]["properties"]["to"], schemas);
        let has_list = to.to_string().contains("\"array\"");
        assert_eq!(has_list, list, "{name}: {to}");
        assert_eq!(to["type"] == "string", !list, "{name}: {to}");
        // Which fields go together is the same.
        assert!(schemas[name]["if"].is_object(), "{name}");
        let [fields, all] = [name, "MessageRequest"].map(|name| &schemas[name]["properties"]);
        let [fields, all] = [fields, all].map(|fields| fields.as_object().unwrap());
        assert!(fields.keys().eq(all.keys()), "{name}");
    }
}

/// Of the parts of a reference.
fn last(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap()
}

fn resolved<'a>(schema: &'a Value, schemas: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => &schemas[last(name)],
        None => schema,
    }
}

/// A reader of the document, or of the types made from it, finds a word on everything.
#[test]
fn every_schema_field_and_parameter_has_a_description() {
    let document = crate::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut missing = Vec::new();
    for (name, schema) in schemas {
        if schema.get("description").is_none() {
            missing.push(name.clone());
        }
        let variants = ["oneOf", "anyOf"]
            .iter()
            .filter_map(|word| schema[word].as_array());
        for object in variants.flatten().chain([schema]) {
            let fields = object["properties"].as_object().into_iter().flatten();
            let silent = fields.filter(|(_, field)| !is_described(field, schemas));
            missing.extend(silent.map(|(field, _)| format!("{name}.{field}")));
        }
    }
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let given = operation.get("parameters");
            assert!(given.is_none_or(Value::is_array), "{method} {path}");
            let parameters = given.and_then(Value::as_array).into_iter().flatten();
            let silent =
                parameters.filter(|one| one["description"].as_str().is_none_or(str::is_empty));
            missing.extend(silent.map(|one| format!("{method} {path} {}", one["name"])));
        }
    }
    assert!(missing.is_empty(), "without a description: {missing:#?}");
}

/// By itself, or by the schema that it leads to.
fn is_described(field: &Value, schemas: &serde_json::Map<String, Value>) -> bool {
    if field.get("description").is_some() {
        return true;
    }
    if let Some(name) = field["$ref"].as_str() {
        let name = last(name);
        return schemas[name].get("description").is_some();
    }
    let mut variants = ["oneOf", "anyOf"]
        .iter()
        .filter_map(|word| field[word].as_array())
        .flatten();
    variants.any(|variant| is_described(variant, schemas))
}

#[test]
fn what_the_gateway_posts_is_described_where_it_is_asked_for() {
    let document = crate::document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for path in ["/api/v1/messages", "/api/v1/messages/batch"] {
        let callbacks = &document["paths"][path]["post"]["callbacks"]["state_change"];
        let (_, callback) = callbacks.as_object().unwrap().iter().next().unwrap();
        let schema = &callback["post"]["requestBody"]["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str().map(last).unwrap();
        assert_eq!(name, "MessageCallback");
        assert!(schemas[name]["properties"]["data"]["$ref"].is_string());
    }
}
