//! Uplinks and routes.

use std::collections::BTreeMap;

use super::changes::new_key;
use super::*;
use crate::admin::routes::RouteBook;
use crate::{Created, WhichKey};
use model::{
    Choice, FallBack, FallBackOn, Route, RouteMatch, Sims, Target, UplinkBind, UplinkConfig,
    UplinkLong, UplinkName, UplinkText, UplinkTls,
};

fn name(text: &str) -> UplinkName {
    text.parse().unwrap()
}

fn config(host: &str) -> UplinkConfig {
    UplinkConfig {
        host: host.to_owned(),
        port: 2775,
        tls: UplinkTls::default(),
        system_id: "shop".to_owned(),
        account: None,
        password: "secret".to_owned(),
        system_type: String::new(),
        bind: UplinkBind::Transceiver,
        window: 10,
        rate_per_second: Some(50),
        enquire_link_seconds: 30,
        response_timeout_seconds: 30,
        source_addr: String::new(),
        ton: 0,
        npi: 1,
        text: UplinkText::Gsm7,
        ucs2_data_coding: 8,
        long: UplinkLong::Udh,
        receipt_states: BTreeMap::new(),
        enabled: true,
    }
}

/// True where it is new.
async fn put(store: &Store, which: &str, host: &str, what: &str) -> bool {
    let (name, config) = (name(which), config(host));
    let put = store.admin().put_uplink(&name, &config, audit(what));
    put.await.unwrap()
}

pub(super) async fn put_uplink(store: &Store, which: &str, host: &str) {
    put(store, which, host, "put").await;
}

async fn audited(store: &Store) -> Vec<String> {
    let rows = newest_changes(store, 9).await;
    rows.into_iter().rev().map(|row| row.what).collect()
}

#[tokio::test]
async fn uplinks_are_kept_by_name_and_each_change_is_audited() {
    let (dir, store) = open();
    let put = async |store: &Store, which: &str, host: &str| {
        self::put(store, which, host, &format!("put {which}")).await
    };
    assert!(put(&store, "b", "one").await);
    assert!(put(&store, "a", "two").await);
    assert!(!put(&store, "b", "three").await);

    let store = reopen(&dir, store).await;
    let expected = [(name("a"), config("two")), (name("b"), config("three"))];
    assert_eq!(store.admin().uplinks().await.unwrap(), expected);
    let delete = async |what| {
        let name = name("a");
        let deleted = store.admin().delete_uplink(&name, audit(what)).await;
        deleted.unwrap()
    };
    assert!(delete("deleted a").await);
    assert!(!delete("deleted a again").await);
    assert_eq!(store.admin().uplinks().await.unwrap(), expected[1..]);
    let told = ["put b", "put a", "put b", "deleted a"];
    assert_eq!(
        audited(&store).await,
        told,
        "what did not happen is not told"
    );
}

fn routes() -> Vec<Route> {
    let by_group = Target::Sims {
        which: Sims::Group("a".to_owned()),
        strategy: Choice::RoundRobin,
    };
    let otp = Route {
        name: "otp".to_owned(),
        matches: RouteMatch {
            to_prefix: vec!["+84".to_owned()],
            priority: vec![Priority::Otp],
            key: vec!["crm".to_owned()],
            ..RouteMatch::default()
        },
        targets: vec![by_group, Target::Uplink("primary".to_owned())],
        fall_back: FallBack {
            after_wait_seconds: Some(60),
            on: vec![FallBackOn::NoSim],
        },
    };
    let rest = Route {
        name: "rest".to_owned(),
        matches: RouteMatch::default(),
        targets: vec![Target::Sims {
            which: Sims::All,
            strategy: Choice::Balance,
        }],
        fall_back: FallBack::default(),
    };
    vec![otp, rest]
}

#[tokio::test]
async fn routes_are_replaced_as_a_whole_and_keep_their_order() {
    let (dir, store) = open();
    assert_eq!(
        store.admin().route_book().await.unwrap(),
        RouteBook::default()
    );
    let mut turned = routes();
    turned.reverse();
    for (routes, what) in [(&routes(), "first"), (&turned, "second")] {
        let set = store.admin().set_routes(routes, audit(what)).await;
        set.unwrap();
    }
    let store = reopen(&dir, store).await;
    assert_eq!(store.admin().routes().await.unwrap(), turned);
    assert_eq!(store.admin().route_book().await.unwrap().routes, turned);
    assert_eq!(audited(&store).await, ["first", "second"]);
    store.admin().set_routes(&[], audit("none")).await.unwrap();
    assert!(store.admin().routes().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_route_book_names_revoked_keys_too() {
    let (_dir, store) = open();
    for (n, name) in (0..).zip(["crm", "shop"]) {
        let created = store
            .admin()
            .create_key(new_key(name, n), None)
            .await
            .unwrap();
        assert!(matches!(created, Created::Done(_)));
    }
    let revoked = store
        .admin()
        .revoke_key(WhichKey::Name("crm".to_owned()), T0, None);
    assert!(revoked.await.unwrap());
    let mut names: Vec<_> = store
        .admin()
        .route_book()
        .await
        .unwrap()
        .keys
        .into_values()
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["crm", "shop"]);
}

#[tokio::test]
async fn an_account_is_a_name_or_host_and_system_id() {
    let named = |account: &str| UplinkConfig {
        account: Some(account.to_owned()),
        ..config("smsc.example.net")
    };
    let other_id = UplinkConfig {
        system_id: "bank".to_owned(),
        ..config("smsc.example.net")
    };
    let same = |one: &UplinkConfig, other: &UplinkConfig| one.account_key() == other.account_key();
    let plain = config("smsc.example.net");
    assert!(same(&plain, &config("SMSC.Example.net")));
    assert!(!same(&plain, &config("node2.example.net")));
    assert!(!same(&plain, &other_id));
    assert!(same(
        &named("acme"),
        &UplinkConfig {
            host: "node2".to_owned(),
            ..named("acme")
        }
    ));
    assert!(!same(&named("acme"), &plain));
}
