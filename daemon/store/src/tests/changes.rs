//! SIMs, modems, keys, the audit.

use super::*;
use crate::{Created, NewAudit, NewKey, SimSeen, WhichKey};
use model::{KeyWish, ModemRecord, Quota, Scope, SimConfig};

pub(super) fn new_key(name: &str, hash: u8) -> NewKey {
    let wish = KeyWish {
        name: name.to_owned(),
        scopes: vec![Scope::Send, Scope::Read],
        allowed_from: vec!["10.0.0.0/8".parse().unwrap()],
        rate_per_second: Some(50),
        max_segments: Some(20),
        may_pass_opt_out: true,
        groups: Vec::new(),
        expires_at: None,
    };
    NewKey {
        wish,
        hash: [hash; 32],
        at: T0,
    }
}

async fn create(store: &Store, key: NewKey) -> Created {
    store.admin().create_key(key, None).await.unwrap()
}

async fn revoke(store: &Store, which: WhichKey, at: Time) -> bool {
    store.admin().revoke_key(which, at, None).await.unwrap()
}

fn told(number: Option<&str>, at: Time) -> SimSeen {
    SimSeen {
        imsi: Some("452040000000001".to_owned()),
        number: number.map(str::to_owned),
        imei: "490154203237518".parse().ok(),
        ..SimSeen::new(sim(1), at)
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_hash_until_it_is_revoked() {
    let (dir, store) = open();
    let groups = vec!["a,b".to_owned(), "c".to_owned()];
    let mut new = new_key("crm", 1);
    new.wish.groups.clone_from(&groups);
    let created = create(&store, new.clone()).await;
    assert!(matches!(created, Created::UnknownGroups(which) if which == [0, 1]));
    let join = move |config: &mut SimConfig| config.groups.clone_from(&groups);
    store.admin().change_sim(&sim(1), join, None).await.unwrap();
    let Created::Done(made) = create(&store, new).await else {
        panic!("the name is free, and the groups are known")
    };
    assert!(matches!(
        create(&store, new_key("crm", 2)).await,
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

    assert!(revoke(&store, WhichKey::Name("crm".to_owned()), at(1)).await);
    assert!(!revoke(&store, WhichKey::Id(made.id), at(2)).await);
    assert!(store.admin().key_by_hash([1; 32]).await.unwrap().is_none());
    assert_eq!(
        store.admin().keys().await.unwrap()[0].revoked_at,
        Some(at(1))
    );
    // The name is free again, and the new key is another one.
    let again = create(&store, new_key("crm", 3)).await;
    assert!(matches!(again, Created::Done(key) if key.id != made.id));
}

#[tokio::test]
async fn a_tool_makes_and_revokes_keys_while_the_daemon_runs() {
    let (dir, store) = open();
    put(&store, text(TO, "x")).await;
    let tool = Store::open_tool(dir.path()).unwrap();
    create(&tool, new_key("cli", 7)).await;
    assert!(store.admin().key_by_hash([7; 32]).await.unwrap().is_some());
    put(&store, text("+84900000002", "y")).await;
    revoke(&tool, WhichKey::Name("cli".to_owned()), T0).await;
    tool.close().await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert!(store.admin().key_by_hash([7; 32]).await.unwrap().is_none());
    assert_eq!(waiting(&store, T0).await.len(), 2);
}

#[tokio::test]
async fn a_tool_makes_the_first_key_before_any_daemon_ran() {
    let dir = tempfile::tempdir().unwrap();
    let tool = Store::open_tool(dir.path()).unwrap();
    create(&tool, new_key("first", 7)).await;
    tool.close().await;
    let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
    assert!(store.admin().key_by_hash([7; 32]).await.unwrap().is_some());
}

#[tokio::test]
async fn what_a_sim_says_does_not_undo_what_is_known() {
    let (_dir, store) = open();
    see(&store, told(Some("+84922222222"), T0)).await;
    let mut later = told(None, at(1));
    later.imsi = None;
    see(&store, later).await;
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
    see(&store, told(Some("+84922222222"), T0)).await;
    see(&store, told(Some("+84922222222"), at(1))).await;
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
    let modem = ModemRecord::sample("490154203237518".parse().unwrap(), T0);
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
        let from = Some("10.0.0.1".to_owned());
        let entry = NewAudit {
            from,
            ..audit(what)
        };
        store.admin().audit(entry).await.unwrap();
    }
    let rows = newest_changes(&store, 2).await;
    assert_eq!(
        rows.iter().map(|row| row.what.as_str()).collect::<Vec<_>>(),
        ["sim enable", "at AT+CSQ"]
    );
    assert_eq!(
        store
            .admin()
            .audited(model::AuditFilter::default(), 9, Some(rows[1].row))
            .await
            .unwrap()
            .items
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
