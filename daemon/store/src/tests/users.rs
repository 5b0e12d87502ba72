//! Users, and when their sessions end.

use model::{Role, User};

use super::*;
use crate::{Factor, NewSession, NewUser, ShownBy, TwoFactor, UserChange, UserStored};

fn admin(name: &str) -> NewUser {
    NewUser {
        name: name.to_owned(),
        role: Role::Admin,
        password: "hash".to_owned(),
        at: T0,
        first_by: None,
    }
}

async fn change_anna(store: &Store, change: UserChange) -> UserStored {
    let changed = store.admin().change_user("anna", change, audit("test"));
    changed.await.unwrap()
}

async fn user(store: &Store, name: &str) -> User {
    match store.admin().create_user(admin(name), audit("test")).await {
        Ok(UserStored::Done(user)) => user,
        other => panic!("{other:?}"),
    }
}

async fn opens(store: &Store, new: NewSession) -> bool {
    let opened = store.admin().open_session(new, audit("test"));
    opened.await.unwrap()
}

fn session(user: &User, n: u8, from: &str) -> NewSession {
    NewSession {
        hash: [n; 32],
        user: user.id,
        by: ShownBy::Password("hash".to_owned(), None),
        from: Some(from.to_owned()),
        replaces: None,
        at: T0,
        idle_at: at(HOUR),
        ends_at: at(2 * HOUR + i64::from(n)),
    }
}

async fn lives(store: &Store, n: u8, now: Time) -> bool {
    let found = store.admin().session([n; 32], now).await.unwrap();
    found.is_some()
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_at_last_however_it_is_used() {
    let (_dir, store) = open();
    let anna = user(&store, "anna").await;
    let new = session(&anna, 1, "::1");
    assert!(opens(&store, new).await);
    assert!(lives(&store, 1, at(HOUR - 1)).await);
    assert!(!lives(&store, 1, at(HOUR)).await);
    let used = store.admin().session_used([1; 32], at(9 * HOUR));
    used.await.unwrap();
    assert!(lives(&store, 1, at(HOUR)).await);
    assert!(!lives(&store, 1, at(2 * HOUR + 1)).await);
}

#[tokio::test]
async fn a_session_is_opened_by_the_password_of_now() {
    let (_dir, store) = open();
    let anna = user(&store, "anna").await;
    let change = UserChange {
        password: Some("another".to_owned()),
        ..UserChange::default()
    };
    change_anna(&store, change).await;
    let late = session(&anna, 1, "::1");
    assert!(!opens(&store, late).await);
    assert!(!lives(&store, 1, T0).await);
}

#[tokio::test]
async fn of_too_many_sessions_and_addresses_the_oldest_go() {
    let (_dir, store) = open();
    let anna = user(&store, "anna").await;
    for n in 0..100 {
        let mut new = session(&anna, n, &format!("192.0.2.{n}"));
        new.at = at(i64::from(n));
        assert!(opens(&store, new).await);
    }
    assert!(!lives(&store, 67, T0).await && lives(&store, 68, T0).await);
    let knows = async |n: u8| {
        let from = format!("192.0.2.{n}");
        store.admin().knows_address(anna.id, &from).await.unwrap()
    };
    assert!(!knows(35).await && knows(36).await && knows(99).await);
}

#[tokio::test]
async fn of_two_who_have_the_code_one_is_first() {
    let (_dir, store) = open();
    let codes = [[1; 32], [2; 32], [3; 32]];
    for code in codes {
        let offered = store.admin().offer_code(code, None, at(HOUR));
        offered.await.unwrap();
    }
    let first = async |name: &str, code: [u8; 32], now: Time| {
        let new = NewUser {
            at: now,
            first_by: Some(code),
            ..admin(name)
        };
        store.admin().create_user(new, audit("test")).await.unwrap()
    };
    assert_eq!(first("anna", [9; 32], T0).await, UserStored::WrongCode);
    assert_eq!(
        first("anna", codes[0], at(HOUR)).await,
        UserStored::WrongCode
    );
    assert!(matches!(
        first("anna", codes[1], T0).await,
        UserStored::Done(_)
    ));
    assert_eq!(first("bert", codes[2], T0).await, UserStored::NotFirst);
}

#[tokio::test]
async fn a_second_factor_is_used_once_and_only_after_it_was_shown() {
    let (_dir, store) = open();
    let anna = user(&store, "anna").await;
    let change = async |two_factor: TwoFactor| {
        let change = UserChange {
            two_factor: Some(two_factor),
            ..UserChange::default()
        };
        change_anna(&store, change).await
    };
    let log_in = async |n: u8, factor: Option<Factor>| {
        let by = ShownBy::Password("hash".to_owned(), factor);
        let new = NewSession {
            by,
            ..session(&anna, n, "::1")
        };
        store
            .admin()
            .open_session(new, audit("test"))
            .await
            .unwrap()
    };
    let on = |secret: &[u8]| TwoFactor::On {
        secret: secret.to_vec(),
        step: 10,
        recovery: vec![[7; 32]],
    };
    let totp = |step| Some(Factor::Totp { step, latest: 20 });
    change(TwoFactor::Offer(b"secret".to_vec())).await;
    assert!(log_in(1, None).await, "it was offered alone");
    assert_eq!(change(on(b"another")).await, UserStored::WrongCode);
    assert!(matches!(change(on(b"secret")).await, UserStored::Done(user) if user.two_factor));
    assert!(!log_in(2, None).await);
    assert!(!log_in(3, totp(10)).await, "that code was shown before");
    assert!(log_in(4, totp(11)).await);
    assert!(!log_in(5, totp(11)).await);
    assert!(!log_in(6, Some(Factor::Recovery([8; 32]))).await);
    assert!(log_in(7, Some(Factor::Recovery([7; 32]))).await);
    assert!(!log_in(8, Some(Factor::Recovery([7; 32]))).await);
    assert!(matches!(change(TwoFactor::Off).await, UserStored::Done(user) if !user.two_factor));
    assert!(!log_in(9, totp(12)).await && log_in(9, None).await);
}
