//! What a change made another way, as the audit shows it.

use serde_json::{Map, Value, json};

/// Fields whose values nobody reads in the audit, at any depth.
const SECRETS: [&str; 7] = [
    "client_key",
    "password",
    "pin",
    "pin_sent",
    "puk",
    "secret",
    "totp",
];
const MASK: &str = "…";
/// Longer texts, certificates say, are shown by their beginning. In characters.
const LONGEST_TEXT: usize = 256;
const SHORTENED: usize = 64;
/// Of each document, in octets. A longer one, of hundreds of routes say, is said to be.
const LONGEST: usize = 32 * 1024;

/// The fields of a thing that differ, as they were and as they are; all of them where it was not
/// there, or is not any more. None where nothing differs.
pub(super) fn differing(
    before: Option<Value>,
    after: Option<Value>,
) -> (Option<Value>, Option<Value>) {
    let (before, after) = match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let only = |one: &Map<String, Value>, other: &Map<String, Value>| -> Map<_, _> {
                let differs =
                    |name: &String, value: &Value| other.get(name).unwrap_or(&Value::Null) != value;
                let fields = one.iter().filter(|(name, value)| differs(name, value));
                fields
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect()
            };
            let (was, is) = (only(&before, &after), only(&after, &before));
            (Some(Value::Object(was)), Some(Value::Object(is)))
        }
        (before, after) => (before.map(without_nulls), after.map(without_nulls)),
    };
    (before.and_then(shown), after.and_then(shown))
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, value| !value.is_null());
    }
    value
}

fn shown(mut value: Value) -> Option<Value> {
    if value.as_object().is_some_and(Map::is_empty) {
        return None;
    }
    mask(&mut value);
    let octets = value.to_string().len();
    Some(if octets > LONGEST {
        json!({"too_long_to_show": octets})
    } else {
        value
    })
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if SECRETS.contains(&name.as_str()) && !value.is_null() {
                    *value = MASK.into();
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::String(text) if text.chars().nth(LONGEST_TEXT).is_some() => {
            *text = text.chars().take(SHORTENED).collect::<String>() + MASK;
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_shown_and_secrets_are_not() {
        let before = json!({"host": "a", "password": "x", "tls": {"client_key": null}, "port": 1});
        let after = json!({"host": "b", "password": "y", "tls": {"client_key": "k"}, "port": 1});
        let (was, is) = differing(Some(before), Some(after));
        let expected = json!({"host": "a", "password": "…", "tls": {"client_key": null}});
        assert_eq!(was, Some(expected));
        let expected = json!({"host": "b", "password": "…", "tls": {"client_key": "…"}});
        assert_eq!(is, Some(expected));
    }

    #[test]
    fn a_new_thing_is_shown_whole_and_one_that_stays_as_it_is_not_at_all() {
        let thing = json!({"name": "up", "account": null, "pin": "1234"});
        let (was, is) = differing(None, Some(thing.clone()));
        assert_eq!((was, is), (None, Some(json!({"name": "up", "pin": "…"}))));
        assert_eq!(differing(Some(thing.clone()), Some(thing)), (None, None));
    }

    #[test]
    fn what_is_long_is_shortened() {
        let pem = json!({"ca": "x".repeat(300)});
        let (_, is) = differing(None, Some(pem));
        assert_eq!(is.unwrap()["ca"], "x".repeat(64) + "…");
        let many: Vec<_> = (0..9000).map(|n| format!("route {n}")).collect();
        let (_, is) = differing(None, Some(json!({"routes": many})));
        assert!(is.unwrap()["too_long_to_show"].as_u64().unwrap() > 32 * 1024);
    }
}
