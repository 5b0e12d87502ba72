//! SIMs of other groups: a key does not learn their ICCIDs from what it may see otherwise.

use futures_util::FutureExt as _;
use serde_json::json;

use super::super::{GET, POST};
use super::{Bank, MODEM_A, MODEM_B, SIM_A, SIM_B};
use gateway::selftest::{TestState, Wish};
use model::{IncidentKind, NewIncident, Scope};
use store::clock;

#[tokio::test]
async fn incidents_of_a_modem_are_those_of_the_sims_within_reach() {
    let bank = Bank::new().await;
    let read = bank.key(&[Scope::Read], &[]).await;
    let read_a = bank.key(&[Scope::Read], &["a"]).await;
    let imei = MODEM_A.parse().unwrap();
    let kinds = [
        (IncidentKind::NoAnswer, Some(SIM_A)),
        (IncidentKind::Reopened, Some(SIM_B)),
        (IncidentKind::Fault, None),
    ];
    let new = kinds.map(|(kind, sim)| {
        let sim = sim.map(|iccid| iccid.parse().unwrap());
        let (at, reason, dialogue) = (clock::now(), "x".to_owned(), String::new());
        NewIncident::new(at, kind, Some(&imei), sim.as_ref(), reason, dialogue)
    });
    let admin = bank.fixture.admin();
    admin.record_incidents(new.to_vec()).await.unwrap();
    let path = format!("/api/v1/modems/{MODEM_A}/incidents");
    for (secret, kinds) in [
        (&read, &["fault", "reopened", "no_answer"][..]),
        (&read_a, &["fault", "no_answer"]),
    ] {
        let list = bank.ask(secret, GET, &path, "").await;
        let items = list.items().iter();
        let shown: Vec<_> = items.map(|item| item["kind"].as_str().unwrap()).collect();
        assert_eq!(shown, kinds, "{}", list.text);
        assert_eq!(list.text.contains(SIM_B), kinds.len() == 3);
    }
    // What is left out does not count as a page's item.
    let path = format!("{path}?limit=2");
    let page = bank.ask(&read_a, GET, &path, "").await;
    assert_eq!(page.items().len(), 2);
    assert!(page.body["next_cursor"].is_null(), "{}", page.text);
}

/// Whatever its scope: a backup holds what it may not see.
#[tokio::test]
async fn backups_are_for_keys_without_groups() {
    let bank = Bank::new().await;
    let admin_a = bank.key(&[Scope::Admin], &["a"]).await;
    let path = "/api/v1/backups/simgate-20261122T100000Z.db";
    let refused = bank.ask(&admin_a, GET, path, "").await;
    assert!(refused.text.contains("all groups"), "{}", refused.text);
}

/// Such a key's messages name their SIM or group: no route leads them.
#[tokio::test]
async fn routes_are_shown_to_keys_without_groups() {
    let bank = Bank::new().await;
    let read = bank.key(&[Scope::Read], &[]).await;
    let read_a = bank.key(&[Scope::Read], &["a"]).await;
    let target = json!({"sims": {"iccid": SIM_B}});
    let routes = json!({"items": [{"name": "b", "targets": [target]}]}).to_string();
    bank.fixture.put("/api/v1/routes", &routes).await.is(200);
    for (secret, shown) in [(&read, 1), (&read_a, 0)] {
        let path = "/api/v1/routes";
        let list = bank.ask(secret, GET, path, "").await;
        assert_eq!(list.items().len(), shown);
    }
}

/// A modem that is away, or comes up again, is still its SIM's.
#[tokio::test]
async fn a_modem_that_went_stays_with_the_groups_of_its_sim() {
    let bank = Bank::new().await;
    let read_a = bank.key(&[Scope::Read], &["a"]).await;
    let operate_a = bank.key(&[Scope::Operate], &["a"]).await;
    for imei in [MODEM_A, MODEM_B] {
        let imei = imei.parse().unwrap();
        bank.fleet().unplug(&imei);
    }
    let list = bank.ask(&read_a, GET, "/api/v1/modems", "").await;
    let items = list.items();
    assert_eq!(items.len(), 1, "{}", list.text);
    assert_eq!(
        (&items[0]["imei"], &items[0]["state"]),
        (&json!(MODEM_A), &json!("absent"))
    );
    let finds = async |imei: &str, found: bool| {
        let path = format!("/api/v1/modems/{imei}");
        let status = bank.status(Some(&read_a), "GET", &path, "").await;
        assert_eq!(status, if found { 200 } else { 404 });
    };
    for (imei, found) in [(MODEM_A, true), (MODEM_B, false)] {
        finds(imei, found).await;
        let path = format!("/api/v1/modems/{imei}/restart");
        let status = bank.status(Some(&operate_a), "POST", &path, r#"{"how": "soft"}"#);
        assert_eq!(status.await, if found { 409 } else { 404 });
    }
    // The SIM is moved into the other modem: the one that it left is nobody's now.
    let (imei, iccid) = (MODEM_B.parse().unwrap(), SIM_A.parse().unwrap());
    bank.fleet().plug(&imei, &iccid);
    finds(MODEM_A, false).await;
    finds(MODEM_B, true).await;
}

#[tokio::test]
async fn a_test_shows_its_partner_to_keys_that_see_that_sim() {
    use Scope::{Operate, Read};
    for scopes in [&[Operate][..], &[Operate, Read]] {
        let bank = Bank::new().await;
        bank.name_number(SIM_A, "+84911111111").await;
        let operator = bank.key(scopes, &[]).await;
        let path = format!("/api/v1/modems/{MODEM_A}/test");
        let begun = bank.ask(&operator, POST, &path, "{}").await;
        let reads = scopes.contains(&Read);
        assert_eq!(
            begun.status,
            if reads { 202 } else { 204 },
            "{}",
            begun.text
        );
        assert_eq!(begun.text.contains(SIM_B), reads);
        let audit = bank.fixture.get("/api/v1/audit").await;
        assert!(audit.text.contains("tested modem"), "{}", audit.text);

        let read = bank.key(&[Read], &[]).await;
        let read_a = bank.key(&[Read], &["a"]).await;
        let shown = async |secret: &str| bank.ask(secret, GET, &path, "").await.is(200);
        assert_eq!(shown(&read).await.body["partner"]["sim"], SIM_B);
        let cut = shown(&read_a).await;
        assert_eq!(cut.body["modem"]["sim"], SIM_A);
        assert!(cut.body["partner"].is_null(), "{}", cut.text);
        assert!(!cut.text.contains(SIM_B) && !cut.text.contains(MODEM_B));

        // Another SIM in the modem: the test was not its.
        let (imei, iccid) = (MODEM_A.parse().unwrap(), SIM_B.parse().unwrap());
        bank.fleet().plug(&imei, &iccid);
        let read_b = bank.key(&[Read], &["b"]).await;
        assert_eq!(bank.status(Some(&read_b), "GET", &path, "").await, 404);
    }
}

/// What is chosen is kept, and nothing is sent: the audit comes in between.
#[tokio::test]
async fn a_test_that_is_prepared_has_not_begun() {
    let bank = Bank::new().await;
    bank.name_number(SIM_A, "+84911111111").await;
    let gateway = &bank.fixture.gateway;
    let imei = MODEM_A.parse().unwrap();
    let mut told = gateway.bus().subscribe(None);
    let prepare = || gateway.tests().prepare(gateway, &imei, Wish::default());
    let prepared = prepare().await.unwrap();
    assert!(prepare().await.is_err(), "its SIMs are kept for it");
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    // How long the queue is, is told by the clock.
    while let Some(event) = told.recv().now_or_never() {
        assert_eq!(event.unwrap().kind, "queue.depth");
    }
    drop(prepared);
    let path = format!("/api/v1/modems/{MODEM_A}");
    let shown = async || bank.fixture.get(&path).await.body["test"].clone();
    let broken_off = gateway.tests().of(&imei).unwrap();
    assert_eq!(broken_off.state, TestState::Failed);
    assert_eq!(shown().await, "failed");
    let begun = prepare().await.unwrap().begin();
    assert_eq!(begun.state, TestState::Running);
    assert_eq!(shown().await, "running");
    let mut kind = told.recv().await.unwrap().kind;
    while kind == "queue.depth" {
        kind = told.recv().await.unwrap().kind;
    }
    assert_eq!(kind, "modem.test");
}
