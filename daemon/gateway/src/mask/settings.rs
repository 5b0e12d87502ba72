//! Settings without their secrets.

use serde_json::Value;

use super::MASK;

/// Names of settings whose values are nobody else's business; one part of the name is enough.
const SECRET_NAMES: [&str; 9] = [
    "key",
    "passphrase",
    "password",
    "pin",
    "pin2",
    "puk",
    "secret",
    "token",
    "credentials",
];

/// Takes the values of secret settings out of a document, and numbers out of its texts.
pub fn settings(document: &mut Value) {
    match document {
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_secret_name(name) {
                    *value = MASK.into();
                } else {
                    settings(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settings),
        Value::String(value) => *value = super::text(value, &[]),
        _ => {}
    }
}

/// A line that sets something secret, without what it is set to.
pub fn assignment(line: &str) -> String {
    let Some((name, _)) = line.split_once('=') else {
        return line.to_owned();
    };
    if is_secret_name(name) {
        format!("{name}= {MASK}")
    } else {
        line.to_owned()
    }
}

fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // How long something is, and no secret: `key_days`.
    if name.trim_end().ends_with("_days") {
        return false;
    }
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| SECRET_NAMES.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_settings_lose_their_values() {
        let mut document = serde_json::json!({
            "http": {"listen": "127.0.0.1:8080", "api-key": "abc", "keys": 3},
            "sims": [{"pin": 1234, "ping": "x", "number": "+84901234567"}],
        });
        settings(&mut document);
        let expected = serde_json::json!({
            "http": {"listen": "127.0.0.1:8080", "api-key": "…", "keys": 3},
            "sims": [{"pin": "…", "ping": "x", "number": "+…567"}],
        });
        assert_eq!(document, expected);
        assert_eq!(assignment("3 | sim.pin = 1234x"), "3 | sim.pin = …");
        assert_eq!(assignment("3 | baud = 12x"), "3 | baud = 12x");
    }
}
