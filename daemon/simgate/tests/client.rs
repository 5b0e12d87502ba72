//! The commands that are clients, against a server that gives prepared answers.

#![expect(
    clippy::unwrap_used,
    reason = "also in helpers, a test ends where it goes wrong"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use serde_json::{Value, json};

/// A request as it arrived: `GET /path`, its key, its body.
#[derive(Debug, PartialEq)]
struct Asked {
    line: String,
    authorization: Option<String>,
    body: Value,
}

/// Runs a command against a server that gives these answers in turn, one a connection.
fn simgate(arguments: &[&str], answers: Vec<(u16, Value)>) -> (Output, Vec<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, requests) = mpsc::channel();
    let server = thread::spawn(move || {
        for (status, answer) in answers {
            let (stream, _) = listener.accept().unwrap();
            asked.send(serve(&stream, status, &answer)).unwrap();
        }
    });
    let output = Command::new(env!("CARGO_BIN_EXE_simgate"))
        .args(arguments)
        .env("SIMGATE_URL", url)
        .env("SIMGATE_KEY", "sg_test")
        .env_remove("SIMGATE_KEY_FILE")
        .env("http_proxy", "http://127.0.0.1:1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    server.join().unwrap();
    (output, requests.iter().collect())
}

fn serve(mut stream: &TcpStream, status: u16, answer: &Value) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let header = |name: &str| {
        let fields = head.iter().filter_map(|line| line.split_once(": "));
        let mut found = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let text = answer.to_string();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
    .unwrap();
    Asked {
        line: head[0].trim_end_matches(" HTTP/1.1").to_owned(),
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What it printed, and its exit code.
fn ended(output: &Output) -> (&str, i32) {
    let printed = std::str::from_utf8(&output.stdout).unwrap();
    (printed, output.status.code().unwrap())
}

#[test]
fn send_hands_in_the_draft_with_the_key() {
    let message = json!({"id": "01", "state": "queued", "segments": 2, "reason": null});
    let draft =
        "send +84901234567 Hi --priority otp --from group:a --no-status-report --reference r";
    let draft: Vec<_> = draft.split(' ').collect();
    let (output, asked) = simgate(&draft, vec![(202, message)]);
    assert_eq!(ended(&output), ("01  queued  2 parts\n", 0));
    assert_eq!(asked[0].line, "POST /api/v1/messages");
    assert_eq!(asked[0].authorization.as_deref(), Some("Bearer sg_test"));
    let draft = json!({
        "to": "+84901234567", "text": "Hi", "priority": "otp", "from": "group:a", "encoding": "auto", "flash": false,
        "transliterate": false, "status_report": false, "reference": "r",
    });
    assert_eq!(asked[0].body, draft);
}

#[test]
fn a_refusal_names_the_fields_and_is_exit_code_1() {
    let problem = json!({
        "type": "about:blank", "title": "Invalid fields", "status": 422,
        "errors": [{"pointer": "/to", "detail": "not a phone number"}],
    });
    let (output, _) = simgate(&["send", "x", "Hi"], vec![(422, problem)]);
    assert_eq!(ended(&output), ("", 1));
    let said = "simgate: Invalid fields (HTTP 422)\n  /to: not a phone number\n";
    assert_eq!(stderr(&output), said);
}

#[test]
fn a_list_follows_its_cursor_to_the_limit() {
    let message = |id: &str| {
        json!({
            "id": id, "direction": "inbound", "from": "+84901234567", "created_at": "2026-11-22T10:00:00.000Z",
            "state": "received", "segments": 1, "text": "two\nlines",
        })
    };
    let page = |items: &[&str], next: Option<&str>| {
        let items: Vec<_> = items.iter().map(|id| message(id)).collect();
        (200, json!({"items": items, "next_cursor": next}))
    };
    let answers = || vec![page(&["03", "02"], Some("c2")), page(&["01"], None)];
    let list = ["messages", "list", "--state", "received", "-n", "5"];
    let (output, asked) = simgate(&list, answers());
    let path = "GET /api/v1/messages?state=received";
    assert_eq!(asked[0].line, format!("{path}&limit=5"));
    assert_eq!(asked[1].line, format!("{path}&cursor=c2&limit=3"));
    let table = stdout(&output);
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 4);
    let last = "01  <-  +84901234567  received  1      two lines";
    assert!(lines[3].contains(last), "{table}");

    let (output, _) = simgate(&["messages", "list", "--json"], answers());
    let ids: Vec<Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].take())
        .collect();
    assert_eq!(ids, ["03", "02", "01"]);
}

#[test]
fn one_that_cannot_be_cancelled_does_not_stop_the_others() {
    let conflict = json!({"title": "Conflict", "detail": "it is sent already"});
    let answers = vec![(409, conflict), (200, json!({}))];
    let (output, asked) = simgate(&["messages", "cancel", "a/b", "02"], answers);
    assert_eq!(ended(&output), ("02  cancelled\n", 1));
    assert!(stderr(&output).contains("a/b: Conflict: it is sent already"));
    assert_eq!(asked[0].line, "DELETE /api/v1/messages/a%2Fb");
}

#[test]
fn messages_of_a_reference_are_paused_and_resumed() {
    for (change, done) in [("pause", "paused"), ("resume", "resumed")] {
        let answers = vec![(200, json!({done: 12}))];
        let (output, asked) = simgate(&["messages", change, "spring"], answers);
        assert_eq!(ended(&output), (format!("12 {done}\n").as_str(), 0));
        assert_eq!(asked[0].line, format!("POST /api/v1/messages/{change}"));
        assert_eq!(asked[0].body, json!({"reference": "spring"}));
    }
}

#[test]
fn a_setting_that_is_not_named_is_left_alone() {
    let changes = "sims set 8984011234567890123 --per-day none --group a --label";
    let changes: Vec<_> = changes.split(' ').chain(["shop 3"]).collect();
    let answer = json!({"iccid": "8984011234567890123"});
    let (output, asked) = simgate(&changes, vec![(200, answer)]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(asked[0].line, "PATCH /api/v1/sims/8984011234567890123");
    let patch = json!({"label": "shop 3", "groups": ["a"], "quota": {"per_day": null}});
    assert_eq!(asked[0].body, patch);
}

#[test]
fn a_modem_that_says_error_is_exit_code_1() {
    let answer = json!({"lines": ["+CSQ: 20,99"], "final": "ERROR"});
    let command = ["modems", "at", "356938035643809", "AT+CSQ"];
    let (output, asked) = simgate(&command, vec![(200, answer)]);
    assert_eq!(ended(&output), ("+CSQ: 20,99\nERROR\n", 1));
    assert_eq!(asked[0].body, json!({"command": "AT+CSQ"}));
}

#[test]
fn a_reply_keeps_its_lines_and_nothing_else_that_a_terminal_obeys() {
    let answer = json!({"reply": "1 Balance\n2 \u{1b}[2JData", "open": true});
    let code = ["ussd", "8984011234567890123", "*101#"];
    let (output, _) = simgate(&code, vec![(200, answer)]);
    let shown = "1 Balance\n2  [2JData\n(the network waits for an answer)\n";
    assert_eq!(stdout(&output), shown);
}

#[test]
fn the_command_line_wins_over_the_exported_key() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "sg_file").unwrap();
    let path = file.path().to_str().unwrap();
    for option in [["--key-file", path], ["--key", "sg_file"]] {
        let arguments = [&["sims", "list"], &option[..]].concat();
        let none = json!({"items": [], "next_cursor": null});
        let (output, asked) = simgate(&arguments, vec![(200, none)]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(asked[0].authorization.as_deref(), Some("Bearer sg_file"));
    }
}

#[test]
fn a_bench_that_the_key_may_not_run_says_so_once() {
    let modems = json!({"items": [
        {"imei": "356938035643809", "state": "ready", "sim": null},
        {"imei": "356938035643817", "state": "ready", "sim": null},
    ], "next_cursor": null});
    let problem = json!({"title": "The API key may not do this", "status": 403, "detail": "It lacks the scope operate."});
    let answers = vec![(200, modems), (200, Value::Null), (403, problem)];
    let (output, _) = simgate(&["bench-modems", "--yes"], answers);
    assert_eq!(ended(&output), ("", 1));
    let said = stderr(&output);
    assert!(said.contains("lacks the scope operate"), "{said}");
}

#[test]
fn waiting_ends_when_the_modem_gives_no_reports() {
    let id = "019356f0-7a3c-7d21-9c54-0242ac120002";
    let message = |state: &str| json!({"id": id, "state": state, "segments": 1, "route": "sim:8984011234567890123"});
    let sim = json!({"iccid": "8984011234567890123", "modem": "356938035643809"});
    let modem = json!({"imei": "356938035643809", "capabilities": {"cnmi": [2, 1, 0, 0, 0]}});
    let answers = vec![
        (200, Value::Null),
        (202, message("queued")),
        (200, message("sent")),
        (200, sim),
        (200, modem),
    ];
    let (output, _) = simgate(&["send", "+84901234567", "Hi", "--wait"], answers);
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert_eq!(stdout(&output), format!("{id}  sent  1 part\n"));
    assert!(said.contains("no status reports"), "{said}");
}
