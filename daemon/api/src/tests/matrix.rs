//! Who may do what, and to what: every route by every kind of key.

mod answers;
mod attention;
mod browsers;
mod numbers;
mod others_sims;
mod stats;
mod table;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, header};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Answer, Fixture, GET, POST, SessionOf};
use gateway::modems::Fleet;
use model::{
    Carrier, Change, Iccid, MessageId, Reason, ReasonCode, RowId, Scope, SimConfig, State,
};
use store::{Reference, SimSeen, Step, clock};
use table::{COLUMNS, ROWS};

const SIM_A: &str = "8984011234567890123";
const SIM_B: &str = "8984011234567890131";
const MODEM_A: &str = "356938035643809";
const MODEM_B: &str = "356938035643817";

/// Whom a request comes from.
enum By {
    Nothing,
    Key(String),
    Session(SessionOf),
}

/// A bank of two SIMs, one in each group, with messages of another key on both.
struct Bank {
    fixture: Fixture,
    other: String,
    /// Messages by the names that the table has for them.
    messages: Vec<(&'static str, String)>,
}

impl Bank {
    async fn new() -> Self {
        let fixture = Fixture::new().await;
        for (imei, iccid, group) in [(MODEM_A, SIM_A, "a"), (MODEM_B, SIM_B, "b")] {
            fixture.see_modem(imei).await;
            let (imei, iccid) = (imei.parse().unwrap(), iccid.parse::<Iccid>().unwrap());
            let mut seen = SimSeen::new(iccid.clone(), clock::now());
            fixture.gateway.fleet().plug(&imei, &iccid);
            seen.imei = Some(imei);
            fixture.admin().seen_sim(seen).await.unwrap();
            let join = move |config: &mut SimConfig| config.groups = vec![group.to_owned()];
            let joined = fixture.admin().change_sim(&iccid, join, None);
            joined.await.unwrap();
        }
        let put = fixture.put(
            "/api/v1/uplinks/up",
            r#"{"host": "127.0.0.1", "system_id": "x", "enabled": false}"#,
        );
        put.await.is(201);
        let scopes = vec![Scope::Send, Scope::Read];
        let other = fixture.key(|key| key.scopes = scopes).await;
        let mut bank = Self {
            fixture,
            other,
            messages: Vec::new(),
        };
        for (name, to, iccid) in [("on_a", 1, SIM_A), ("on_b", 2, SIM_B)] {
            let id = bank.sent(&bank.other, to, iccid).await;
            bank.messages.push((name, id));
        }
        for (name, from, iccid) in [("in_a", 3, SIM_A), ("in_b", 4, SIM_B)] {
            let id = bank.received(from, iccid).await;
            bank.messages.push((name, id));
        }
        let id = bank.accepted(&bank.other, 5).await;
        bank.messages.push(("queued", id));
        bank
    }

    async fn ask(&self, secret: &str, method: &Method, path: &str, json: &str) -> Answer {
        self.fixture.ask(Some(secret), method, path, json).await
    }

    fn fleet(&self) -> &Fleet {
        self.fixture.gateway.fleet()
    }

    async fn key(&self, scopes: &[Scope], groups: &[&str]) -> String {
        self.fixture
            .key(|key| {
                key.scopes = scopes.to_vec();
                key.groups = groups.iter().map(ToString::to_string).collect();
            })
            .await
    }

    async fn expired_key(&self) -> String {
        self.fixture
            .key(|key| {
                key.scopes = Scope::ALL.to_vec();
                key.expires_at = Some(clock::now());
            })
            .await
    }

    async fn accepted(&self, secret: &str, to: u8) -> String {
        let json = json!({"to": number(to), "text": "secret code"}).to_string();
        let path = "/api/v1/messages";
        let answer = self.ask(secret, POST, path, &json).await.is(202);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    async fn sent(&self, secret: &str, to: u8, iccid: &str) -> String {
        let (id, row, carrier) = self.claimed(secret, to, iccid).await;
        let (reference, at) = (Reference::Mr(to), clock::now());
        let sent = Step::PartSent {
            row,
            part: 1,
            carrier,
            reference,
            at,
            last: true,
        };
        self.advance(&id, sent, State::Sent).await
    }

    async fn uncertain(&self, secret: &str, to: u8, iccid: &str) -> String {
        let (id, row, carrier) = self.claimed(secret, to, iccid).await;
        let at = clock::now();
        let uncertain = Step::PartUncertain {
            row,
            part: 1,
            carrier,
            reason: Reason::new(ReasonCode::NoAnswer, "silence"),
            numbered: true,
            at,
            last: true,
            decide_at: at.after(Duration::from_mins(1)),
        };
        self.advance(&id, uncertain, State::Uncertain).await
    }

    async fn name_number(&self, iccid: &str, number: &str) {
        let number = number.to_owned();
        let set = move |config: &mut SimConfig| config.number = Some(number.clone());
        let (admin, iccid) = (self.fixture.admin(), iccid.parse().unwrap());
        admin.change_sim(&iccid, set, None).await.unwrap();
    }

    /// A message in the hands of a SIM.
    async fn claimed(&self, secret: &str, to: u8, iccid: &str) -> (MessageId, RowId, Carrier) {
        let id = self.accepted(secret, to).await.parse().unwrap();
        let store = self.fixture.gateway.test_store();
        let row = store.reading().message(id).await.unwrap().unwrap().row;
        let carrier = Carrier::Sim(iccid.parse().unwrap());
        let claim = Step::Claim {
            fell_back: None,
            row,
            part: 1,
            carrier: carrier.clone(),
            parts: 1,
            at: clock::now(),
        };
        store.queue().advance(vec![claim]).await.unwrap();
        (id, row, carrier)
    }

    async fn advance(&self, id: &MessageId, step: Step, state: State) -> String {
        let store = self.fixture.gateway.test_store();
        store.queue().advance(vec![step]).await.unwrap();
        let message = store.reading().message(*id).await.unwrap().unwrap();
        assert_eq!(message.state, state);
        id.to_string()
    }

    async fn received(&self, from: u8, iccid: &str) -> String {
        self.fixture
            .comes_in_by(iccid, &number(from), "an answer")
            .await
    }

    /// `{name}`s of the table in their place; `{fresh}` is a new message of the other key.
    async fn filled(&self, text: &str) -> String {
        let mut text = text
            .replace("{sim_a}", SIM_A)
            .replace("{sim_b}", SIM_B)
            .replace("{modem_a}", MODEM_A)
            .replace("{modem_b}", MODEM_B)
            .replace("{name}", &clock::message_id().to_string());
        for (name, id) in &self.messages {
            text = text.replace(&format!("{{{name}}}"), id);
        }
        if text.contains("{fresh}") {
            text = text.replace("{fresh}", &self.accepted(&self.other, 6).await);
        }
        text
    }

    async fn status(&self, secret: Option<&str>, method: &str, path: &str, json: &str) -> u16 {
        let by = secret.map_or(By::Nothing, |secret| By::Key(secret.to_owned()));
        self.status_by(&by, method, path, json).await
    }

    /// The status alone: some bodies have no end.
    async fn status_by(&self, by: &By, method: &str, path: &str, json: &str) -> u16 {
        let mut request = Request::builder().method(method).uri(path);
        request = match by {
            By::Nothing => request,
            By::Key(secret) => request.header(header::AUTHORIZATION, format!("Bearer {secret}")),
            By::Session(session) => session.on(request),
        };
        if !json.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(Body::from(json.to_owned())).unwrap();
        let response = self.fixture.router.clone().oneshot(request).await.unwrap();
        response.status().as_u16()
    }

    /// The names of the messages that a list shows.
    async fn shown(&self, secret: &str, path: &str) -> BTreeSet<&'static str> {
        let answer = self.ask(secret, GET, path, "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        self.named(&answer.text)
    }

    fn named(&self, text: &str) -> BTreeSet<&'static str> {
        let known = self.messages.iter().filter(|(_, id)| text.contains(id));
        known.map(|(name, _)| *name).collect()
    }
}

fn number(n: u8) -> String {
    format!("+8490123450{n}")
}

fn set(names: &[&'static str]) -> BTreeSet<&'static str> {
    names.iter().copied().collect()
}

#[tokio::test]
async fn every_route_answers_every_kind_of_key_as_the_table_says() {
    let bank = Bank::new().await;
    let mut callers = Vec::new();
    for (_, kind) in COLUMNS {
        callers.push(match kind {
            table::Kind::None => By::Nothing,
            table::Kind::Wrong => By::Key("sg_wrong".to_owned()),
            table::Kind::Expired => By::Key(bank.expired_key().await),
            table::Kind::Key(scopes, groups) => By::Key(bank.key(scopes, groups).await),
            table::Kind::Session(role) => By::Session(bank.fixture.session(role).await),
        });
    }
    let mut wrong = Vec::new();
    for (method, path, json, expected) in ROWS {
        for (((kind, _), by), expected) in COLUMNS.iter().zip(&callers).zip(expected) {
            let full = format!("/api/v1{}", bank.filled(path).await);
            let json = bank.filled(json).await;
            let status = bank.status_by(by, method, &full, &json).await;
            if status != *expected {
                wrong.push(format!(
                    "{kind}: {method} {path} gave {status}, not {expected}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_route_is_in_the_table() {
    let document = super::super::document();
    for (pattern, item) in document["paths"].as_object().unwrap() {
        let Some(pattern) = pattern.strip_prefix("/api/v1") else {
            continue;
        };
        for method in item.as_object().unwrap().keys() {
            let tested = ROWS
                .iter()
                .any(|(m, path, ..)| m.eq_ignore_ascii_case(method) && fits(path, pattern));
            assert!(tested, "{method} {pattern} is not in the table");
        }
    }
}

/// The document says of each operation which scopes open it, and the table what they do.
#[test]
fn the_document_names_the_scopes_that_open_an_operation() {
    let document = super::super::document();
    let operation = |method: &str, path: &str| {
        let paths = document["paths"].as_object().unwrap();
        let exact = paths.get(&format!("/api/v1{path}"));
        let mut fitting = paths
            .iter()
            .filter(|(pattern, _)| fits(path, pattern.strip_prefix("/api/v1").unwrap_or("")));
        let item = exact.unwrap_or_else(|| fitting.next().unwrap().1);
        item[method.to_ascii_lowercase()].clone()
    };
    // Unmasked lines are for admins, which the operation's own text says.
    for (method, path, _, statuses) in ROWS.iter().filter(|row| !row.1.contains('?')) {
        let operation = operation(method, path);
        let ways = operation["security"].as_array().unwrap();
        let is_open_to_all = ways[..] == [json!({})];
        for ((name, kind), status) in COLUMNS.iter().zip(statuses) {
            let (way, scopes) = match kind {
                table::Kind::Key(scopes, []) => ("bearer", *scopes),
                table::Kind::Session(role) => ("session", role.scopes()),
                _ => continue,
            };
            let opens = is_open_to_all
                || ways.contains(&json!({way: []}))
                || (scopes.iter()).any(|scope| ways.contains(&json!({way: [scope.as_str()]})));
            assert_eq!(*status != 403, opens, "{method} {path} with {name}");
        }
    }
}

/// Whether a path of the table is one of this route.
fn fits(path: &str, pattern: &str) -> bool {
    let path: Vec<_> = path.split('?').next().unwrap().split('/').collect();
    let pattern: Vec<_> = pattern.split('/').collect();
    let same = |(given, wanted): (&&str, &&str)| given == wanted || wanted.starts_with('{');
    path.len() == pattern.len() && path.iter().zip(&pattern).all(same)
}

#[tokio::test]
async fn lists_show_what_is_within_reach() {
    use Scope::{Admin, Read, ReadOwn, Send};
    let mut bank = Bank::new().await;
    let app = bank.key(&[Send, ReadOwn], &[]).await;
    let app_a = bank.key(&[Send, ReadOwn], &["a"]).await;
    let read = bank.key(&[Read], &[]).await;
    let read_a = bank.key(&[Read], &["a"]).await;
    let both_a = bank.key(&[Send, Read], &["a"]).await;
    let admin_a = bank.key(&[Read, Admin], &["a"]).await;
    for (name, secret, to) in [
        ("app", &app, 7),
        ("app_a", &app_a, 8),
        ("both_a", &both_a, 9),
    ] {
        let id = bank.sent(secret, to, SIM_B).await;
        bank.messages.push((name, id));
    }
    let all: BTreeSet<_> = bank.messages.iter().map(|(name, _)| *name).collect();
    let a = set(&["on_a", "in_a"]);
    let expected = [
        (&app, set(&["app"])),
        (&app_a, set(&["app_a"])),
        (&read, all.clone()),
        (&read_a, a.clone()),
        (&both_a, set(&["on_a", "in_a", "both_a"])),
        (&admin_a, all),
    ];
    for (secret, visible) in expected {
        assert_eq!(bank.shown(secret, "/api/v1/messages").await, visible);
        assert_eq!(bank.shown(secret, "/api/v1/conversations").await, visible);
        let outbound = &visible - &set(&["in_a", "in_b"]);
        let found = bank.shown(secret, "/api/v1/messages?q=code").await;
        assert_eq!(found, outbound);
        for (name, id) in &bank.messages {
            let path = format!("/api/v1/messages/{id}");
            let status = bank.status(Some(secret), "GET", &path, "").await;
            assert_eq!(status == 200, visible.contains(name), "{name}");
        }
    }
    let sims = async |secret: &str| {
        let sims = bank.ask(secret, GET, "/api/v1/sims", "").await;
        let modems = bank.ask(secret, GET, "/api/v1/modems", "").await;
        (sims.items().len(), modems.items().len())
    };
    assert_eq!(sims(&read).await, (2, 2));
    assert_eq!(sims(&read_a).await, (1, 1));
    assert_eq!(sims(&admin_a).await, (2, 2));
}

#[tokio::test]
async fn a_conversation_shows_and_counts_what_is_within_reach() {
    let bank = Bank::new().await;
    let app = bank.key(&[Scope::Send, Scope::ReadOwn], &[]).await;
    // The other key's later message to the same number must not show, nor hide this one.
    let mine = bank.sent(&app, 1, SIM_A).await;
    bank.sent(&bank.other, 1, SIM_A).await;
    let path = "/api/v1/conversations";
    let list = bank.ask(&app, GET, path, "").await;
    let items = list.items();
    assert_eq!(items.len(), 1, "{}", list.text);
    assert_eq!(
        (&items[0]["count"], &items[0]["last"]["id"]),
        (&json!(1), &json!(mine))
    );
    let path = format!("/api/v1/conversations/{}", number(1));
    let one = bank.ask(&app, GET, &path, "").await;
    assert_eq!(one.items().len(), 1);
}

#[tokio::test]
async fn events_tell_of_what_is_within_reach() {
    use Scope::{Read, ReadOwn, Send};
    let mut bank = Bank::new().await;
    let app = bank.key(&[Send, ReadOwn], &[]).await;
    let read = bank.key(&[Read], &[]).await;
    let read_a = bank.key(&[Read], &["a"]).await;
    let id = bank.sent(&app, 7, SIM_B).await;
    bank.messages.push(("app", id));
    let mut streams = Vec::new();
    for secret in [&app, &read, &read_a] {
        let request = Request::get("/api/v1/events")
            .header(header::AUTHORIZATION, format!("Bearer {secret}"));
        let request = request.body(Body::empty()).unwrap();
        let response = bank.fixture.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        streams.push(response.into_body().into_data_stream());
    }
    let bus = bank.fixture.gateway.bus();
    for (_, id) in &bank.messages {
        bus.message(&Change::of(id.parse().unwrap(), State::Sent));
    }
    let [sim_a, sim_b] = [SIM_A, SIM_B].map(|iccid| iccid.parse().unwrap());
    let [modem_a, modem_b] = [MODEM_A, MODEM_B].map(|imei| imei.parse().unwrap());
    bus.call_missed(&sim_a, Some("+84901110001"));
    bus.call_missed(&sim_b, Some("+84901110002"));
    // Told when the modems are gone, which is what many of these events are about.
    for (imei, iccid) in [(&modem_a, &sim_a), (&modem_b, &sim_b)] {
        bank.fleet().unplug(imei);
        bus.modem_state(imei, Some(iccid), "absent", None);
    }
    bus.close();
    let mut seen = Vec::new();
    for stream in streams {
        let chunks: Vec<_> = stream.map(|chunk| chunk.unwrap().to_vec()).collect().await;
        seen.push(String::from_utf8(chunks.concat()).unwrap());
    }
    let others = |text: &str| {
        ["+84901110001", "+84901110002", MODEM_A, MODEM_B].map(|what| text.contains(what))
    };
    assert_eq!(bank.named(&seen[0]), set(&["app"]));
    assert_eq!(others(&seen[0]), [false; 4], "{}", seen[0]);
    let all = set(&["app", "in_a", "in_b", "on_a", "on_b", "queued"]);
    assert_eq!(bank.named(&seen[1]), all);
    assert_eq!(others(&seen[1]), [true; 4]);
    assert_eq!(bank.named(&seen[2]), set(&["in_a", "on_a"]));
    assert_eq!(others(&seen[2]), [true, false, true, false]);
}

#[tokio::test]
async fn a_key_cancels_what_it_sent_and_groups_must_be_known() {
    let bank = Bank::new().await;
    for scope in [Scope::Send, Scope::CancelOwn] {
        let app = bank.key(&[Scope::Send, scope], &[]).await;
        let id = bank.accepted(&app, 7).await;
        let path = format!("/api/v1/messages/{id}");
        assert_eq!(bank.status(Some(&app), "DELETE", &path, "").await, 204);
    }
    let json = r#"{"name": "x", "scopes": ["send"], "groups": ["a", "viettle"]}"#;
    let refused = bank.fixture.post("/api/v1/keys", json).await.is(422);
    assert_eq!(*refused.pointer(), "/groups/1");
}
