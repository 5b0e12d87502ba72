//! What becomes of log-ins while others fail.

use std::net::IpAddr;
use std::time::Instant;

use model::OneTimeCode;

use super::throttle::Attempt;
use super::*;

const PASSWORD: &str = "correct horse";

fn address(last: u8) -> IpAddr {
    IpAddr::from([198, 51, 100, last])
}

/// Whoever guesses codes has the password, and as many addresses as they like.
#[tokio::test]
async fn codes_are_not_looked_at_while_guesses_at_the_account_have_to_wait() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
    let users = Users::of(store.clone());
    let caller = Caller::command_line();
    let wish = UserWish {
        name: "anna".to_owned(),
        role: Role::Viewer,
        password: PASSWORD.to_owned(),
    };
    users.make(&caller, wish, None).await.unwrap();
    let log_in = async |from: u8, code: Option<&OneTimeCode>| {
        let shown = LogIn::Password {
            name: "anna".to_owned(),
            password: PASSWORD.to_owned(),
            code: code.map(OneTimeCode::shown),
        };
        users
            .log_in(shown, Some(address(from)), None)
            .await
            .unwrap()
    };
    assert!(matches!(log_in(1, None).await, LoggedIn::Done(_)));
    let codes = [(); 2].map(|()| OneTimeCode::generate().unwrap());
    let secret = vec![7; 20];
    let on = TwoFactor::On {
        secret: secret.clone(),
        step: 0,
        recovery: codes.iter().map(OneTimeCode::hash).collect(),
    };
    for two_factor in [TwoFactor::Offer(secret), on] {
        let change = UserChange {
            two_factor: Some(two_factor),
            ..UserChange::default()
        };
        let entry = caller.entry("changed".to_owned());
        let stored = store.admin().change_user("anna", change, entry);
        assert!(matches!(stored.await.unwrap(), UserStored::Done(_)));
    }
    // As if they had just been: none of them is over by the time of the next.
    let later = Instant::now() + Duration::from_hours(1);
    for from in 10..14 {
        let attempt = Attempt {
            name: "anna".to_owned(),
            from: Some(address(from)),
            known_address: false,
        };
        let mut throttle = users.0.throttle.lock().unwrap();
        assert_eq!(throttle.shows_code(&attempt, later), None);
    }
    assert!(matches!(
        log_in(2, Some(&codes[0])).await,
        LoggedIn::Wait(_)
    ));
    // From where she has logged in before she is not kept out.
    assert!(matches!(
        log_in(1, Some(&codes[1])).await,
        LoggedIn::Done(_)
    ));
    assert!(matches!(
        log_in(2, Some(&codes[0])).await,
        LoggedIn::Done(_)
    ));
}
