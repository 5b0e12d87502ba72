//! What a change answers: nothing that its key may not read.

use serde_json::json;

use super::super::{PATCH, POST};
use super::{Bank, SIM_A, SIM_B, number};
use model::Scope;

#[tokio::test]
async fn a_sim_is_answered_to_keys_that_read_it() {
    let bank = Bank::new().await;
    bank.name_number(SIM_A, "+84911111111").await;
    let (path, health) = (
        format!("/api/v1/sims/{SIM_A}"),
        format!("/api/v1/sims/{SIM_A}/reset-health"),
    );
    let requests = [
        (PATCH, &path, "{}"),
        (PATCH, &path, r#"{"label": "x"}"#),
        (POST, &health, ""),
    ];
    for (scopes, groups, reads) in [
        (&[Scope::Operate][..], &[][..], false),
        (&[Scope::Operate], &["a"], false),
        // What an application reads of its own are messages.
        (&[Scope::Operate, Scope::ReadOwn], &[], false),
        (&[Scope::Operate, Scope::Read], &["a"], true),
        (&[Scope::Operate, Scope::Admin], &[], true),
    ] {
        let secret = bank.key(scopes, groups).await;
        for (method, path, json) in requests {
            let answer = bank.ask(&secret, method, path, json).await;
            let status = if reads { 200 } else { 204 };
            assert_eq!(answer.status, status, "{scopes:?} {path}: {}", answer.text);
            let shown = answer.body["number"] == "+84911111111";
            assert_eq!(shown, reads, "{scopes:?} {path}");
            assert_eq!(answer.text.is_empty(), !reads, "{}", answer.text);
        }
    }
    // What was asked for was done all the same.
    let sim = bank.fixture.get(&path).await;
    assert_eq!(sim.body["label"], "x");
}

#[tokio::test]
async fn a_message_is_answered_to_keys_that_read_it() {
    use Scope::{Operate, Read, ReadOwn, Send};
    let bank = Bank::new().await;
    let own = bank.key(&[Send, Operate, ReadOwn], &[]).await;
    let operator = bank.key(&[Operate], &[]).await;
    let reader = bank.key(&[Operate, Read], &["a"]).await;
    for (sender, secret, reads) in [
        (&bank.other, &operator, false),
        (&bank.other, &own, false),
        (&own, &own, true),
        (&bank.other, &reader, true),
    ] {
        let id = bank.uncertain(sender, 1, SIM_A).await;
        let path = format!("/api/v1/messages/{id}/resolve");
        let json = json!({"outcome": "sent"}).to_string();
        let answer = bank.ask(secret, POST, &path, &json).await;
        let status = if reads { 200 } else { 204 };
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(
            answer.text.contains("secret code"),
            reads,
            "{}",
            answer.text
        );
        assert_eq!(answer.text.contains(&number(1)), reads, "{}", answer.text);
        let now = bank.fixture.get(&format!("/api/v1/messages/{id}")).await;
        assert_eq!(now.body["state"], "sent", "{}", now.text);
    }
}

/// Two keys must not be able to make a number mean another SIM, nor learn whose it is.
#[tokio::test]
async fn a_number_is_one_sims() {
    use Scope::{Operate, Read, Send};
    let bank = Bank::new().await;
    bank.name_number(SIM_B, "+84911111111").await;
    let path = format!("/api/v1/sims/{SIM_A}");
    // As people write it: it is one number.
    let json = r#"{"number": "091 111 11 11", "label": "x"}"#;
    for (scopes, groups, named) in [
        (&[Operate, Read][..], &[][..], true),
        (&[Operate, Read], &["a"], false),
        (&[Operate], &[], false),
        (&[Operate], &["a"], false),
    ] {
        let secret = bank.key(scopes, groups).await;
        let answer = bank.ask(&secret, PATCH, &path, json).await;
        assert_eq!(answer.status, 422, "{scopes:?} {groups:?}: {}", answer.text);
        assert_eq!(*answer.pointer(), "/number");
        assert_eq!(answer.text.contains(SIM_B), named, "{}", answer.text);
    }
    let sim = bank.fixture.get(&path).await;
    assert!(sim.body["number"].is_null() && sim.body["label"].is_null());
    // Its own stays its own, and what is free is given.
    let operator = bank.key(&[Operate, Read], &[]).await;
    let path_b = format!("/api/v1/sims/{SIM_B}");
    for (path, number) in [
        (&path_b, "+84911111111"),
        (&path_b, "+84922222222"),
        (&path, "+84911111111"),
    ] {
        let json = json!({ "number": number }).to_string();
        bank.ask(&operator, PATCH, path, &json).await.is(200);
    }
    let sender = bank.key(&[Send], &[]).await;
    let json = json!({"to": number(1), "text": "x", "from": "+84911111111"}).to_string();
    let messages = "/api/v1/routes/explain";
    let sent = bank.ask(&sender, POST, messages, &json).await;
    assert_eq!(
        sent.body["targets"][0]["target"],
        format!("sim:{SIM_A}"),
        "{}",
        sent.text
    );
}

/// Two changes at once do not both find the number free.
#[tokio::test]
async fn a_number_is_given_once_to_those_who_ask_at_once() {
    let bank = Bank::new().await;
    let operator = bank.key(&[Scope::Operate], &[]).await;
    let json = r#"{"number": "+84911111111"}"#;
    let paths = [SIM_A, SIM_B].map(|iccid| format!("/api/v1/sims/{iccid}"));
    let [one, other] = [0, 1].map(|n| bank.ask(&operator, PATCH, &paths[n], json));
    let (one, other) = tokio::join!(one, other);
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422]);
}
