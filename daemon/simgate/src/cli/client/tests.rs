use std::io::Cursor;

use serde_json::json;
use ureq::http::StatusCode;

use super::sse::ServerEvent;
use super::*;

#[test]
fn a_problem_names_the_fields() {
    let problem = serde_json::from_value(json!({
        "type": "about:blank", "title": "Invalid fields", "status": 422, "detail": "1 field is invalid",
        "errors": [{"pointer": "/to", "detail": "not a phone number"}]
    }))
    .unwrap();
    assert_eq!(
        problem::render(StatusCode::UNPROCESSABLE_ENTITY, &problem, None),
        "Invalid fields (HTTP 422)\n  /to: not a phone number"
    );
}

#[test]
fn what_is_not_a_problem_document_still_says_something() {
    let text = problem::render(
        StatusCode::SERVICE_UNAVAILABLE,
        &problem::Problem::default(),
        Some("30"),
    );
    assert_eq!(
        text,
        "The gateway, or a proxy before it, cannot take this now (HTTP 503)\n  Try again in 30 s."
    );
    let text = problem::render(StatusCode::UNAUTHORIZED, &problem::Problem::default(), None);
    assert!(text.contains("SIMGATE_KEY"), "{text}");
}

#[test]
fn events_are_read_past_comments_and_chunks() {
    let stream = ": hello\n\nid: 1\nevent: message.sent\ndata: {\"id\":\ndata: \"x\"}\n\n:\n\nevent: a\r\n\
                  data: 1\r\n\r\nevent: cut";
    let events: Vec<_> = Events::new(Cursor::new(stream))
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        events,
        [
            ServerEvent {
                kind: "message.sent".to_owned(),
                data: json!({"id": "x"})
            },
            ServerEvent {
                kind: "a".to_owned(),
                data: json!(1)
            },
        ]
    );
}

#[test]
fn a_segment_cannot_leave_its_place() {
    assert_eq!(segment("8984011234567890123"), "8984011234567890123");
    assert_eq!(segment("../keys?x=é"), "..%2Fkeys%3Fx%3D%C3%A9");
}

#[test]
fn only_http_and_https_are_spoken() {
    for url in ["x", "ftp://x", "https:/x", ""] {
        assert!(matches!(Client::new(url, None), Err(Failure::Usage(_))));
    }
    assert!(Client::new("https://x", None).is_ok());
    assert!(Client::new("http://127.0.0.1:1/", None).is_ok());
}

#[test]
fn a_daemon_that_is_not_there_is_exit_code_3() {
    // Nothing listens on port 1.
    let client = Client::new("http://127.0.0.1:1", None).unwrap();
    assert!(matches!(
        client.get("/sims", &[]),
        Err(Failure::Unreachable(_))
    ));
}
