//! The statuses, one column a kind of key.

use model::Scope;

/// What stands in a column.
pub(super) enum Kind {
    /// No key at all.
    None,
    /// A key that does not exist.
    Wrong,
    /// Its scopes and groups.
    Key(&'static [Scope], &'static [&'static str]),
}

/// As `key create --scopes send` makes it.
const APP: &[Scope] = &[Scope::Send, Scope::ReadOwn, Scope::CancelOwn];

pub(super) const COLUMNS: [(&str, Kind); 10] = [
    ("none", Kind::None),
    ("wrong", Kind::Wrong),
    ("app", Kind::Key(APP, &[])),
    ("app of a", Kind::Key(APP, &["a"])),
    ("read", Kind::Key(&[Scope::Read], &[])),
    ("read of a", Kind::Key(&[Scope::Read], &["a"])),
    ("operate", Kind::Key(&[Scope::Operate], &[])),
    ("operate of a", Kind::Key(&[Scope::Operate], &["a"])),
    ("admin", Kind::Key(&[Scope::Admin], &[])),
    ("all of a", Kind::Key(&Scope::ALL, &["a"])),
];

type Row = (&'static str, &'static str, &'static str, [u16; 10]);

/// Method, path, body, and the status for each kind. The other key's messages: `on_a` and `in_a` on the
/// SIM of group a, `on_b` and `in_b` on that of group b, `queued` on none.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("GET", "/messages", "", [401, 401, 200, 200, 200, 200, 403, 403, 403, 200]),
    ("POST", "/messages", r#"{"to": "+84901234567", "text": "hi"}"#, [401, 401, 202, 202, 403, 403, 403, 403, 403, 202]),
    ("POST", "/messages/batch", r#"{"messages": [{"to": "+84901234567", "text": "hi"}]}"#, [401, 401, 202, 202, 403, 403, 403, 403, 403, 202]),
    ("POST", "/messages/preview", r#"{"to": "+84901234567", "text": "hi"}"#, [401, 401, 200, 200, 403, 403, 403, 403, 403, 200]),
    ("GET", "/messages/{queued}", "", [401, 401, 404, 404, 200, 404, 403, 403, 403, 200]),
    ("GET", "/messages/{on_a}", "", [401, 401, 404, 404, 200, 200, 403, 403, 403, 200]),
    ("GET", "/messages/{on_b}", "", [401, 401, 404, 404, 200, 404, 403, 403, 403, 200]),
    ("GET", "/messages/{in_a}", "", [401, 401, 404, 404, 200, 200, 403, 403, 403, 200]),
    ("GET", "/messages/{in_b}", "", [401, 401, 404, 404, 200, 404, 403, 403, 403, 200]),
    ("GET", "/messages/{queued}/events", "", [401, 401, 404, 404, 200, 404, 403, 403, 403, 200]),
    ("GET", "/messages/{on_a}/events", "", [401, 401, 404, 404, 200, 200, 403, 403, 403, 200]),
    ("GET", "/messages/{on_b}/events", "", [401, 401, 404, 404, 200, 404, 403, 403, 403, 200]),
    ("GET", "/messages/{in_a}/events", "", [401, 401, 404, 404, 200, 200, 403, 403, 403, 200]),
    ("GET", "/messages/{in_b}/events", "", [401, 401, 404, 404, 200, 404, 403, 403, 403, 200]),
    ("DELETE", "/messages/{fresh}", "", [401, 401, 404, 404, 403, 403, 204, 404, 403, 204]),
    ("DELETE", "/messages/{on_a}", "", [401, 401, 404, 404, 403, 403, 409, 409, 403, 409]),
    ("DELETE", "/messages/{on_b}", "", [401, 401, 404, 404, 403, 403, 409, 404, 403, 409]),
    ("POST", "/messages/{on_a}/resolve", r#"{"outcome": "sent"}"#, [401, 401, 403, 403, 403, 403, 409, 409, 403, 409]),
    ("POST", "/messages/{on_b}/resolve", r#"{"outcome": "sent"}"#, [401, 401, 403, 403, 403, 403, 409, 404, 403, 409]),
    ("GET", "/conversations", "", [401, 401, 200, 200, 200, 200, 403, 403, 403, 200]),
    ("GET", "/conversations/+84901234501", "", [401, 401, 404, 404, 200, 200, 403, 403, 403, 200]),
    ("GET", "/conversations/+84901234504", "", [401, 401, 404, 404, 200, 404, 403, 403, 403, 200]),
    ("GET", "/events", "", [401, 401, 200, 200, 200, 200, 403, 403, 403, 200]),
    ("GET", "/sims", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("GET", "/sims/{sim_a}", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("GET", "/sims/{sim_b}", "", [401, 401, 403, 403, 200, 404, 403, 403, 403, 200]),
    ("PATCH", "/sims/{sim_a}", r#"{"min_gap_ms": 1}"#, [401, 401, 403, 403, 403, 403, 204, 204, 403, 200]),
    ("PATCH", "/sims/{sim_b}", r#"{"min_gap_ms": 1}"#, [401, 401, 403, 403, 403, 403, 204, 404, 403, 200]),
    ("POST", "/sims/{sim_a}/reset-health", "", [401, 401, 403, 403, 403, 403, 204, 204, 403, 200]),
    ("POST", "/sims/{sim_b}/reset-health", "", [401, 401, 403, 403, 403, 403, 204, 404, 403, 200]),
    ("POST", "/sims/{sim_a}/ussd", r#"{"code": "*101#"}"#, [401, 401, 403, 403, 403, 403, 409, 409, 403, 409]),
    ("POST", "/sims/{sim_b}/ussd", r#"{"code": "*101#"}"#, [401, 401, 403, 403, 403, 403, 409, 404, 403, 409]),
    ("PATCH", "/sims/8984011234567890149", r#"{"label": "ahead"}"#, [401, 401, 403, 403, 403, 403, 204, 404, 403, 200]),
    ("GET", "/modems", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("GET", "/modems/{modem_a}", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("GET", "/modems/{modem_b}", "", [401, 401, 403, 403, 200, 404, 403, 403, 403, 200]),
    ("GET", "/modems/{modem_a}/trace", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("GET", "/modems/{modem_b}/trace", "", [401, 401, 403, 403, 200, 404, 403, 403, 403, 200]),
    ("GET", "/modems/{modem_a}/incidents", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("GET", "/modems/{modem_b}/incidents", "", [401, 401, 403, 403, 200, 404, 403, 403, 403, 200]),
    ("GET", "/modems/{modem_a}/trace?reveal=true", "", [401, 401, 403, 403, 403, 403, 403, 403, 403, 200]),
    ("GET", "/modems/{modem_a}/test", "", [401, 401, 403, 403, 404, 404, 403, 403, 403, 404]),
    ("POST", "/modems/{modem_a}/restart", r#"{"how": "soft"}"#, [401, 401, 403, 403, 403, 403, 409, 409, 403, 409]),
    ("POST", "/modems/{modem_b}/restart", r#"{"how": "soft"}"#, [401, 401, 403, 403, 403, 403, 409, 404, 403, 409]),
    ("POST", "/modems/{modem_a}/unlock", r#"{"pin": "1234"}"#, [401, 401, 403, 403, 403, 403, 409, 409, 403, 409]),
    ("POST", "/modems/{modem_b}/unlock", r#"{"pin": "1234"}"#, [401, 401, 403, 403, 403, 403, 409, 404, 403, 409]),
    ("POST", "/modems/{modem_a}/test", "{}", [401, 401, 403, 403, 403, 403, 409, 409, 403, 409]),
    ("POST", "/modems/{modem_b}/test", "{}", [401, 401, 403, 403, 403, 403, 409, 404, 403, 409]),
    ("POST", "/modems/{modem_b}/at", r#"{"command": "AT"}"#, [401, 401, 403, 403, 403, 403, 403, 403, 409, 409]),
    ("GET", "/modem-models", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("GET", "/ports", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("GET", "/uplinks", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("GET", "/uplinks/up", "", [401, 401, 403, 403, 200, 404, 403, 403, 403, 200]),
    ("PUT", "/uplinks/up", r#"{"host": "127.0.0.1", "system_id": "x", "enabled": false}"#, [401, 401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("DELETE", "/uplinks/none", "", [401, 401, 403, 403, 403, 403, 403, 403, 404, 404]),
    ("GET", "/routes", "", [401, 401, 403, 403, 200, 200, 403, 403, 403, 200]),
    ("PUT", "/routes", r#"{"items": []}"#, [401, 401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST", "/routes/explain", r#"{"to": "+84901234567", "text": "hi"}"#, [401, 401, 200, 200, 403, 403, 403, 403, 403, 200]),
    ("GET", "/keys", "", [401, 401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST", "/keys", r#"{"name": "{name}", "scopes": ["send"]}"#, [401, 401, 403, 403, 403, 403, 403, 403, 201, 201]),
    ("DELETE", "/keys/none", "", [401, 401, 403, 403, 403, 403, 403, 403, 404, 404]),
    ("GET", "/audit", "", [401, 401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET", "/support", "", [401, 401, 403, 403, 403, 403, 403, 403, 200, 200]),
];
