//! Much of what operators set, in one commit.

use std::collections::BTreeSet;

use model::{KeyWish, Role, Scope};

use super::*;
use crate::{Import, NewKey, NewUser};

fn entry(what: &str) -> NewAudit {
    NewAudit {
        at: T0,
        actor: "boss".to_owned(),
        from: None,
        what: what.to_owned(),
    }
}

fn key(name: &str, group: &str) -> NewKey {
    let wish = KeyWish {
        name: name.to_owned(),
        scopes: vec![Scope::Send],
        groups: vec![group.to_owned()],
        ..KeyWish::default()
    };
    NewKey {
        wish,
        hash: [7; 32],
        at: T0,
    }
}

/// A SIM in a group, and a key that may use a group.
fn import(group: &str) -> Import {
    Import {
        sims: vec![(
            sim(1),
            Box::new(|config| config.groups = vec!["a".to_owned()]),
            entry("imported the SIM"),
        )],
        new_keys: vec![(key("crm", group), entry("imported the key"))],
        ..Import::default()
    }
}

async fn audited(store: &Store) -> BTreeSet<String> {
    let rows = newest_changes(store, 50).await;
    rows.into_iter().map(|row| row.what).collect()
}

#[tokio::test]
async fn an_import_is_all_or_nothing_and_a_key_may_name_a_group_that_comes_with_it() {
    let (_dir, store) = open();
    let refused = store.admin().import(import("nobody")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "Key crm: no SIM is in one of its groups."
    );
    assert!(store.admin().sims().await.unwrap().is_empty());
    assert_eq!(audited(&store).await, BTreeSet::new());

    let sims = store.admin().import(import("a")).await.unwrap();
    assert_eq!(sims[0].1.groups, ["a"]);
    // It is known at once.
    assert!(store.admin().key_by_hash([7; 32]).await.unwrap().is_some());
    let expected = ["imported the SIM", "imported the key"].map(str::to_owned);
    assert_eq!(audited(&store).await, BTreeSet::from(expected));

    let again = store.admin().import(import("a")).await.unwrap_err();
    assert_eq!(again.to_string(), "Key crm: its name is taken.");
}

#[tokio::test]
async fn who_becomes_an_admin_does_so_before_another_stops_being_one() {
    let (_dir, store) = open();
    let user = |name: &str, role| NewUser {
        name: name.to_owned(),
        role,
        password: "!".to_owned(),
        at: T0,
        first_by: None,
    };
    let users = [user("anna", Role::Admin), user("carl", Role::Viewer)];
    let new_users = users.map(|user| (user, entry("imported a user"))).into();
    let both = Import {
        new_users,
        ..Import::default()
    };
    store.admin().import(both).await.unwrap();
    let roles = |roles: &[(&str, Role)]| Import {
        roles: roles
            .iter()
            .map(|(name, role)| ((*name).to_owned(), *role, entry("changed a role")))
            .collect(),
        ..Import::default()
    };
    let none = roles(&[("anna", Role::Operator)]);
    let refused = store.admin().import(none).await.unwrap_err();
    assert_eq!(refused.to_string(), "User anna: it is the last admin.");
    let exchange = roles(&[("anna", Role::Viewer), ("carl", Role::Admin)]);
    store.admin().import(exchange).await.unwrap();
}
