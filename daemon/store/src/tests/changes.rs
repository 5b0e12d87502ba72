//! SIMs, modems, keys, the audit.

use super::*;
use crate::{Created, NewAudit, NewKey, SimSeen, WhichKey};
use model::{ModemRecord, Quota, Scope, SimConfig};

fn new_key(name: &str, hash: u8) -> NewKey {
    NewKey {
        name: name.to_owned(),
        scopes: vec![Scope::Send, Scope::Read],
        allowed_from: vec!["10.0.0.0/8".parse().unwrap()],
        rate_per_second: Some(50),
        max_segments: Some(20),
        groups: Vec::new(),
        expires_at: None,
        hash: [hash; 32],
        at: T0,
    }
}

fn seen(number: Option<&str>, at: Time) -> SimSeen {
    SimSeen {
        iccid: sim(1),
        imsi: Some("452040000000001".to_owned()),
        number: number.map(str::to_owned),
        smsc: None,
        imei: "490154203237518".parse().ok(),
        at,
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_hash_until_it_is_revoked() {
    let (dir, store) = open();
    let groups = vec!["a,b".to_owned(), "c".to_owned()];
    let new = NewKey {
        groups: groups.clone(),
        ..new_key("crm", 1)
    };
    let created = store.admin().create_key(new.clone(), None).await.unwrap();
    assert!(matches!(created, Created::UnknownGroups(which) if which == [0, 1]));
    let join = move |config: &mut SimConfig| config.groups.clone_from(&groups);
    store.admin().change_sim(&sim(1), join, None).await.unwrap();
    let Created::Done(made) = store.admin().create_key(new, None).await.unwrap() else {
        panic!("the name is free, and the groups are known")
    };
    assert!(matches!(
        store
            .admin()
            .create_key(new_key("crm", 2), None)
            .await
            .unwrap(),
        Created::NameTaken
    ));
    let store = reopen(&dir, store).await;
    let found = store.admin().key_by_hash([1; 32]).await.unwrap().unwrap();
    assert_eq!(
        (found.id, &found.scopes, &found.groups),
        (made.id, &made.scopes, &made.groups)
    );
    assert_eq!(
        (
            found.allowed_from,
            found.rate_per_second,
            found.max_segments
        ),
        (made.allowed_from, Some(50), Some(20))
    );
    assert!(store.admin().key_by_hash([9; 32]).await.unwrap().is_none());

    assert!(
        store
            .admin()
            .revoke_key(WhichKey::Name("crm".to_owned()), at(1), None)
            .await
            .unwrap()
    );
    assert!(
        !store
            .admin()
            .revoke_key(WhichKey::Id(made.id), at(2), None)
            .await
            .unwrap()
    );
    assert!(store.admin().key_by_hash([1; 32]).await.unwrap().is_none());
    assert_eq!(
        store.admin().keys().await.unwrap()[0].revoked_at,
        Some(at(1))
    );
    // The name is free again, and the new key is another one.
    let again = store
        .admin()
        .create_key(new_key("crm", 3), None)
        .await
        .unwrap();
    assert!(matches!(again, Created::Done(key) if key.id != made.id));
}

#[tokio::test]
async fn a_tool_makes_and_revokes_keys_while_the_daemon_runs() {
    let (dir, store) = open();
    put(&store, text("+84900000001", "x")).await;
    let tool = Store::open_tool(dir.path()).unwrap();
    tool.admin()
        .create_key(new_key("cli", 7), None)
        .await
        .unwrap();
    assert!(store.admin().key_by_hash([7; 32]).await.unwrap().is_some());
    put(&store, text("+84900000002", "y")).await;
    tool.admin()
        .revoke_key(WhichKey::Name("cli".to_owned()), T0, None)
        .await
        .unwrap();
    tool.close().await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert!(store.admin().key_by_hash([7; 32]).await.unwrap().is_none());
    assert_eq!(store.waiting(&lane(), None, T0, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_tool_makes_the_first_key_before_any_daemon_ran() {
    let dir = tempfile::tempdir().unwrap();
    let tool = Store::open_tool(dir.path()).unwrap();
    tool.admin()
        .create_key(new_key("first", 7), None)
        .await
        .unwrap();
    tool.close().await;
    let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
    assert!(store.admin().key_by_hash([7; 32]).await.unwrap().is_some());
}

#[tokio::test]
async fn what_a_sim_says_does_not_undo_what_is_known() {
    let (_dir, store) = open();
    store
        .admin()
        .seen_sim(seen(Some("+84922222222"), T0))
        .await
        .unwrap();
    store
        .admin()
        .seen_sim(SimSeen {
            imsi: None,
            ..seen(None, at(1))
        })
        .await
        .unwrap();
    let known = store.admin().sims().await.unwrap().remove(0);
    assert_eq!(known.number(), Some("+84922222222"));
    assert_eq!(known.imsi.as_deref(), Some("452040000000001"));
    assert_eq!(
        (known.last_seen, known.config),
        (at(1), SimConfig::default())
    );
}

#[tokio::test]
async fn the_operator_overrides_the_number_and_can_take_it_back() {
    let (_dir, store) = open();
    let config = SimConfig {
        number: Some("+84933333333".to_owned()),
        quota: Quota {
            per_day: Some(100),
            ..Quota::default()
        },
        ..SimConfig::default()
    };
    let set = async |config: SimConfig| {
        let edit = move |old: &mut SimConfig| *old = config.clone();
        store.admin().change_sim(&sim(1), edit, None).await.unwrap()
    };
    assert_eq!(set(config.clone()).await, config);
    let ahead = store.admin().sims().await.unwrap().remove(0);
    assert_eq!((ahead.last_seen, &ahead.config), (Time(0), &config));
    store
        .admin()
        .seen_sim(seen(Some("+84922222222"), T0))
        .await
        .unwrap();
    store
        .admin()
        .seen_sim(seen(Some("+84922222222"), at(1)))
        .await
        .unwrap();
    let known = store.admin().sims().await.unwrap().remove(0);
    assert_eq!(
        (known.number(), known.config.clone()),
        (Some("+84933333333"), config)
    );
    set(SimConfig::default()).await;
    let known = store.admin().sims().await.unwrap().remove(0);
    assert_eq!(known.number(), Some("+84922222222"));
}

#[tokio::test]
async fn restarts_of_a_modem_add_up() {
    let (_dir, store) = open();
    let modem = ModemRecord {
        imei: "490154203237518".parse().unwrap(),
        manufacturer: "maker".to_owned(),
        model: "one".to_owned(),
        firmware: "1".to_owned(),
        profile: "generic".to_owned(),
        last_seen: T0,
        restarts: 0,
    };
    store.admin().seen_modem(modem.clone()).await.unwrap();
    store.admin().restarted(&modem.imei).await.unwrap();
    store.admin().restarted(&modem.imei).await.unwrap();
    let newer = ModemRecord {
        firmware: "2".to_owned(),
        last_seen: at(1),
        ..modem
    };
    store.admin().seen_modem(newer).await.unwrap();
    let known = store.admin().modems().await.unwrap().remove(0);
    assert_eq!(
        (known.firmware.as_str(), known.restarts, known.last_seen),
        ("2", 2, at(1))
    );
}

#[tokio::test]
async fn a_changed_audit_row_is_found() {
    let (dir, store) = open();
    for what in ["key create crm", "at AT+CSQ", "sim enable"] {
        let (actor, from) = ("admin".to_owned(), Some("10.0.0.1".to_owned()));
        store
            .admin()
            .audit(NewAudit {
                at: T0,
                actor,
                from,
                what: what.to_owned(),
            })
            .await
            .unwrap();
    }
    let rows = store.admin().audited(2, None).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.what.as_str()).collect::<Vec<_>>(),
        ["sim enable", "at AT+CSQ"]
    );
    assert_eq!(
        store
            .admin()
            .audited(9, Some(rows[1].row))
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(crate::check(dir.path()).unwrap().is_empty());
    store.close().await;

    let file = rusqlite::Connection::open(dir.path().join("simgate.db")).unwrap();
    file.execute_batch(
        "DROP TRIGGER audit_stays; UPDATE audit SET what = 'at AT+CFUN=0' WHERE row = 2",
    )
    .unwrap();
    drop(file);
    let found = crate::check(dir.path()).unwrap();
    assert!(found[0].starts_with("audit row 2"), "{found:?}");
}
