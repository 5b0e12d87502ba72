use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::*;
use crate::messages::own_numbers::OwnNumbers;
use crate::messages::templates::Templates;
use crate::post_to::Addresses;
use crate::settings::PostTo;
use model::{Body, Coding, KeyId, OnUncertain, Priority, Sender, SimConfig, SimRecord, Template};

const OWN: &str = "8984011234567890123";

const NOW: Time = Time(1_795_000_000_000);

fn defaults() -> Defaults {
    Defaults {
        country: Some("VN".parse().unwrap()).into(),
        validity_seconds: 3600,
        max_segments: 10,
        on_uncertain: OnUncertain::Hold,
        languages: Vec::new(),
    }
}

fn key(groups: &[&str]) -> Key {
    Key {
        id: KeyId(7),
        groups: groups.iter().map(|&name| name.to_owned()).collect(),
        ..Key::of_gateway()
    }
}

fn prepared(json: &str) -> Result<NewMessage, Vec<FieldError>> {
    prepared_by(&key(&[]), json)
}

fn prepared_by(key: &Key, json: &str) -> Result<NewMessage, Vec<FieldError>> {
    with_context(key, |context| {
        prepare(serde_json::from_str(json).unwrap(), context)
    })
}

fn welcome() -> Template {
    Template {
        name: "welcome".parse().unwrap(),
        version: 3,
        text: "Hi {{n}}".to_owned(),
        description: None,
        changed_at: NOW,
        changed_by: "user anna".to_owned(),
    }
}

/// `+84911111111` is a SIM of ours, and there is a template `welcome`.
fn with_context<T>(key: &Key, job: impl FnOnce(Context<'_>) -> T) -> T {
    let own = SimRecord {
        iccid: OWN.parse().unwrap(),
        imsi: None,
        told: Some("+84911111111".to_owned()),
        smsc: None,
        last_seen: NOW,
        config: SimConfig::default(),
    };
    let defaults = defaults();
    let allow = vec![PostTo::Lan, PostTo::Internet];
    job(Context {
        addresses: &Addresses::new(allow, Vec::new()),
        own: &OwnNumbers::of(&[own], |_| true, defaults.country()),
        templates: &Templates::of(vec![welcome()]),
        defaults: &defaults,
        key,
        now: NOW,
    })
}

#[track_caller]
fn check(json: &str, pointers: &[&str]) {
    let errors = prepared(json).unwrap_err();
    let found: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(found, pointers, "{json}: {errors:?}");
}

#[test]
fn the_least_draft_takes_every_default() {
    let message = prepared(r#"{"to": "0901234567", "text": "hello"}"#).unwrap();
    assert_eq!(message.to, "+84901234567");
    assert_eq!(message.body, Body::Text("hello".to_owned()));
    assert_eq!((message.coding, message.segments), (Coding::Gsm7, 1));
    assert_eq!(
        (message.priority, message.sender),
        (Priority::Normal, Sender::Any)
    );
    assert!(message.status_report && !message.flash);
    assert_eq!(message.expires_at, Time(NOW.0 + 3_600_000));
}

#[test]
fn validity_counts_from_send_at() {
    let later = NOW.after(Duration::from_mins(10));
    let json =
        format!(r#"{{"to": "12345", "text": "x", "send_at": "{later}", "validity_seconds": 60}}"#);
    let message = prepared(&json).unwrap();
    assert_eq!(message.send_at, Some(later));
    assert_eq!(message.expires_at, Time(NOW.0 + 660_000));
}

#[test]
fn a_template_is_filled_before_it_is_stored_and_named_where_it_is_kept() {
    let json = r#"{"to": "12345", "template": "welcome", "variables": {"n": "An"}}"#;
    let kept = prepared(json).unwrap();
    assert_eq!(kept.body, Body::Text("Hi An".to_owned()));
    assert_eq!(kept.template, Some(welcome().of()));
    for field in ["text", "template"] {
        let json = format!(
            r#"{{"to": "12345", "{field}": "Hello {{{{n}}}}", "variables": {{"n": "An"}}}}"#
        );
        let own = prepared(&json).unwrap();
        assert_eq!(own.body, Body::Text("Hello An".to_owned()));
        assert_eq!(own.template, None);
    }
}

#[test]
fn a_text_without_variables_is_no_template() {
    for text in ["Hi {{n}}", "{{", "{% if %} {# 5 #}"] {
        let json = format!(r#"{{"to": "12345", "text": "{text}"}}"#);
        assert_eq!(prepared(&json).unwrap().body, Body::Text(text.to_owned()));
    }
}

#[test]
fn data_goes_to_its_port() {
    let message = prepared(r#"{"to": "12345", "data": "AAEC", "port": 2948}"#).unwrap();
    assert_eq!(
        message.body,
        Body::Data {
            octets: vec![0, 1, 2],
            port: Some(2948)
        }
    );
    assert_eq!(message.coding, Coding::Octets);
}

/// The sender of a message with this `from`.
fn sender(from: &str) -> Result<Sender, Vec<FieldError>> {
    let json = format!(r#"{{"to": "12345", "text": "a", "from": "{from}"}}"#);
    prepared(&json).map(|message| message.sender)
}

#[test]
fn a_sender_is_a_sim_a_group_an_uplink_or_a_name() {
    assert_eq!(
        sender("uplink:up").unwrap(),
        Sender::Uplink("up".parse().unwrap())
    );
    assert_eq!(
        sender("ACME Ltd.").unwrap(),
        Sender::Name("ACME Ltd.".to_owned())
    );
    for wrong in ["TWELVECHARSX", "12345", " A", "", "sms:x", "Đặt"] {
        assert!(sender(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn each_bad_field_is_named() {
    check(r#"{"to": "12"}"#, &["/to", "/text"]);
    for (fields, pointers) in [
        (r#""text": """#, &["/text"][..]),
        (r#""text": "a", "data": "AAEC", "port": 1"#, &["/text"]),
        (r#""text": "a\u0000b""#, &["/text"]),
        (
            r#""data": "AAEC", "port": 1, "variables": {}"#,
            &["/variables"],
        ),
        (r#""text": "{{a}} {% if", "variables": {}"#, &["/text"]),
        (
            r#""text": "{{a}}", "variables": {"b": ""}"#,
            &["/variables/b", "/variables/a"],
        ),
        (r#""template": "welcome""#, &["/variables/n"]),
        (r#""template": "Hi {{n}}""#, &["/variables/n"]),
        (
            r#""template": "Hi {{n", "variables": {"n": ""}"#,
            &["/template"],
        ),
        (r#""template": "farewell""#, &["/template"]),
        (r#""text": "a", "template": "welcome""#, &["/text"]),
        (r#""data": "AAEC""#, &["/port"]),
        (r#""data": "?", "port": 1"#, &["/data"]),
        (
            r#""data": "AAEC", "port": 1, "encoding": "ucs2", "flash": true"#,
            &["/encoding", "/flash"],
        ),
    ] {
        check(&format!(r#"{{"to": "12345", {fields}}}"#), pointers);
    }
    for (field, value) in [
        ("port", "1"),
        ("validity_seconds", "59"),
        ("validity_seconds", "38102401"),
        ("send_at", r#""2031-01-01T00:00:00Z""#),
        ("reference", r#""""#),
        ("metadata", "[1]"),
        ("callback_url", r#""ftp://a/""#),
        ("callback_url", r#""/hook""#),
        ("callback_url", r#""http://h:99999/""#),
        ("callback_url", r#""http://u:p@h/""#),
        ("callback_url", r#""http://:80/""#),
        ("callback_url", r#""http://127.0.0.1/""#),
        ("callback_url", r#""http://2130706433/""#),
        ("callback_url", r#""http://localhost/""#),
        ("callback_url", r#""http://169.254.169.254/""#),
        ("from", r#""uplink:a b""#),
        ("from", r#""ACME & Company""#),
        ("from", r#""sim:12""#),
    ] {
        let json = format!(r#"{{"to": "12345", "text": "a", "{field}": {value}}}"#);
        check(&json, &[&format!("/{field}")]);
    }
}

#[test]
fn a_text_that_gsm7_lacks_is_refused_by_character_and_not_by_text() {
    let json = r#"{"to": "12345", "text": "secret й", "encoding": "gsm7"}"#;
    let errors = prepared(json).unwrap_err();
    assert_eq!(errors[0].pointer, "/text");
    assert!(
        errors[0].detail.contains('й') && errors[0].detail.contains('7'),
        "{errors:?}"
    );
    assert!(!errors[0].detail.contains("secret"));
}

#[test]
fn more_than_255_parts_are_refused() {
    let fits = "x".repeat(255 * 153);
    let fits = format!(r#"{{"to": "12345", "text": "{fits}", "max_segments": 255}}"#);
    assert_eq!(prepared(&fits).unwrap().segments, 255);
    for text in ["x".repeat(255 * 153 + 1), "й".repeat(255 * 67 + 1)] {
        let json = format!(r#"{{"to": "12345", "text": "{text}"}}"#);
        check(&json, &["/text"]);
    }
}

#[test]
fn a_key_with_groups_sends_through_those_only() {
    let send = |from: &str, groups: &[&str]| {
        let json = format!(r#"{{"to": "12345", "text": "a", "from": {from}}}"#);
        prepared_by(&key(groups), &json)
    };
    let group = |name: &str| Sender::Group(name.to_owned());
    assert_eq!(send("null", &["a"]).unwrap().sender, group("a"));
    let named = send(r#""group:b""#, &["a", "b"]);
    assert_eq!(named.unwrap().sender, group("b"));
    for from in ["null", r#""group:c""#] {
        let refused = send(from, &["a", "b"]);
        assert_eq!(refused.unwrap_err()[0].pointer, "/from");
    }
}

#[test]
fn a_message_takes_no_more_parts_than_it_may() {
    let asked = |most: Option<u16>, parts: usize, asked: Option<u16>| {
        let text = "x".repeat(153 * parts);
        let asked = asked.map_or(String::new(), |asked| {
            format!(r#", "max_segments": {asked}"#)
        });
        let key = Key {
            max_segments: most,
            ..key(&[])
        };
        let json = format!(r#"{{"to": "12345", "text": "{text}"{asked}}}"#);
        let segments = prepared_by(&key, &json).map(|message| message.segments);
        segments.map_err(|errors| errors.into_iter().map(|e| e.pointer).collect::<Vec<_>>())
    };
    let refused = |pointer: &str| Err(vec![pointer.to_owned()]);
    for (key, parts, message, expected) in [
        (None, 10, None, Ok(10)),
        (None, 11, None, refused("/text")),
        (None, 11, Some(11), Ok(11)),
        (None, 2, Some(1), refused("/text")),
        (Some(3), 4, None, refused("/text")),
        (Some(12), 12, None, Ok(12)),
        (Some(3), 3, Some(3), Ok(3)),
        (Some(3), 2, Some(4), refused("/max_segments")),
        (None, 2, Some(0), refused("/max_segments")),
        (None, 2, Some(256), refused("/max_segments")),
    ] {
        let found = asked(key, parts, message);
        assert_eq!(found, expected, "{key:?} {parts} {message:?}");
    }
}

#[test]
fn the_limit_of_parts_is_of_templates_and_data_too() {
    let data = BASE64_STANDARD.encode([7; 1400]);
    check(
        &format!(r#"{{"to": "12345", "data": "{data}", "port": 2948}}"#),
        &["/data"],
    );
    let value = "x".repeat(1600);
    check(
        &format!(r#"{{"to": "12345", "template": "welcome", "variables": {{"n": "{value}"}}}}"#),
        &["/template"],
    );
    check(
        &format!(r#"{{"to": "12345", "text": "{{{{n}}}}", "variables": {{"n": "{value}"}}}}"#),
        &["/text"],
    );
}

#[test]
fn from_may_be_a_number_of_ours() {
    let own = Sender::Sim(OWN.parse().unwrap());
    for written in ["+84911111111", "0911 111 111"] {
        assert_eq!(sender(written).unwrap(), own, "{written}");
    }
    for other in ["+84922222222", "1414"] {
        assert_eq!(sender(other).unwrap_err()[0].pointer, "/from", "{other}");
    }
    assert_eq!(sender("Shop24").unwrap(), Sender::Name("Shop24".to_owned()));
}

#[test]
fn a_list_makes_a_message_for_each() {
    let each = |json: &str| {
        with_context(&key(&[]), |context| {
            prepare_each(serde_json::from_str(json).unwrap(), context)
        })
    };
    let made = each(r#"{"to": ["0901234567", "x", "1414"], "text": "a", "reference": "r"}"#);
    let made = made.unwrap();
    assert_eq!(made[1].as_ref().unwrap_err().pointer, "/to/1");
    let [first, third] = [0, 2].map(|index| made[index].as_ref().unwrap());
    assert_eq!([&*first.to, &*third.to], ["+84901234567", "1414"]);
    assert_ne!(first.id, third.id);
    assert_eq!(third.reference.as_deref(), Some("r"));

    let pointers = |errors: Vec<FieldError>| -> Vec<String> {
        errors.into_iter().map(|error| error.pointer).collect()
    };
    let all = each(r#"{"to": [], "text": ""}"#).map(|made| made.len());
    assert_eq!(
        all.map_err(pointers),
        Err(vec!["/text".into(), "/to".into()])
    );
    check(r#"{"to": ["1414"], "text": "a"}"#, &["/to"]);

    // A text is counted once by the bound on requests, and copied for each recipient.
    let many = serde_json::json!({
        "to": vec!["1414"; 1000], "text": "a".repeat(10_000), "max_segments": 255,
    });
    let refused = each(&many.to_string()).map(|made| made.len());
    assert_eq!(refused.map_err(pointers), Err(vec!["/to".into()]));
}
