//! A key gives no more than it has: else it could go round its limits by a key or a user of its making.

use model::{Key, KeyWish, Time};

use crate::{FieldCode, FieldError};

/// Whether nothing bounds a key, so that it gives what an admin gives who has logged in. Its scopes are no bound: only one with
/// `admin` makes others, and that is for giving each program the scopes that it needs.
pub(crate) fn is_whole(key: &Key) -> bool {
    key.groups.is_empty()
        && key.allowed_from.is_empty()
        && key.rate_per_second.is_none()
        && key.max_segments.is_none()
        && key.expires_at.is_none()
}

/// What a wish has that the key does not have whose wish it is.
pub(crate) fn beyond(maker: &Key, wish: &KeyWish) -> Vec<FieldError> {
    if is_whole(maker) {
        return Vec::new();
    }
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, detail: String| {
        errors.push(FieldError::new(pointer.to_owned(), detail).coded(FieldCode::BeyondOwn));
    };
    if !maker.groups.is_empty() {
        let other = wish
            .groups
            .iter()
            .position(|group| !maker.groups.contains(group));
        match other {
            Some(at) => wrong(
                &format!("/groups/{at}"),
                "the key that asks may use its own groups only".to_owned(),
            ),
            None if wish.groups.is_empty() => {
                wrong(
                    "/groups",
                    "must name groups of the key that asks".to_owned(),
                );
            }
            None => {}
        }
    }
    if !maker.allowed_from.is_empty() {
        let is_other = |network| !maker.allowed_from.iter().any(|own| own.contains(network));
        match wish.allowed_from.iter().position(is_other) {
            Some(at) => wrong(
                &format!("/allowed_from/{at}"),
                "the key that asks may not come from there".to_owned(),
            ),
            None if wish.allowed_from.is_empty() => wrong(
                "/allowed_from",
                "must name networks of the key that asks".to_owned(),
            ),
            None => {}
        }
    }
    let most = |own: String| format!("must be {own} at most, as of the key that asks");
    if exceeds(wish.rate_per_second, maker.rate_per_second) {
        let own = maker.rate_per_second.unwrap_or_default();
        wrong("/rate_per_second", most(own.to_string()));
    }
    if exceeds(wish.max_segments, maker.max_segments) {
        let own = maker.max_segments.unwrap_or_default();
        wrong("/max_segments", most(own.to_string()));
    }
    if exceeds(wish.expires_at, maker.expires_at) {
        let own = maker.expires_at.unwrap_or(Time::ZERO);
        wrong("/expires_at", most(own.to_string()));
    }
    if wish.may_pass_opt_out && !maker.may_pass_opt_out {
        let detail = "the key that asks may not pass it either";
        wrong("/may_pass_opt_out", detail.to_owned());
    }
    errors
}

/// None: there is no bound.
fn exceeds<T: PartialOrd>(wish: Option<T>, own: Option<T>) -> bool {
    own.is_some_and(|own| wish.is_none_or(|wish| wish > own))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{KeyId, Scope};

    const SOON: Time = Time(1_000);
    const LATER: Time = Time(2_000);

    fn maker(change: impl FnOnce(&mut Key)) -> Key {
        let mut key = Key::new(KeyId(1), "boss".to_owned(), Time::ZERO);
        key.scopes = vec![Scope::Admin];
        change(&mut key);
        key
    }

    fn pointers(maker: &Key, change: impl FnOnce(&mut KeyWish)) -> Vec<String> {
        let mut wish = KeyWish::default();
        change(&mut wish);
        let errors = beyond(maker, &wish);
        errors.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn a_key_without_limits_gives_what_it_likes() {
        let whole = maker(|_| ());
        let all = |wish: &mut KeyWish| {
            wish.scopes = Scope::ALL.to_vec();
            wish.may_pass_opt_out = true;
        };
        assert!(is_whole(&whole) && pointers(&whole, all).is_empty());
    }

    #[test]
    fn each_limit_binds_what_the_key_makes() {
        type Case = (
            fn(&mut Key),
            fn(&mut KeyWish),
            fn(&mut KeyWish),
            &'static str,
        );
        let cases: [Case; 9] = [
            (
                |key| key.groups = vec!["a".to_owned()],
                |_| (),
                |wish| wish.groups = vec!["a".to_owned()],
                "/groups",
            ),
            (
                |key| key.groups = vec!["a".to_owned()],
                |wish| wish.groups = vec!["a".to_owned(), "b".to_owned()],
                |wish| wish.groups = vec!["a".to_owned()],
                "/groups/1",
            ),
            (
                |key| key.allowed_from = vec!["10.0.0.0/8".parse().unwrap()],
                |_| (),
                |wish| wish.allowed_from = vec!["10.1.0.0/16".parse().unwrap()],
                "/allowed_from",
            ),
            (
                |key| key.allowed_from = vec!["10.0.0.0/8".parse().unwrap()],
                |wish| wish.allowed_from = vec!["0.0.0.0/0".parse().unwrap()],
                |wish| wish.allowed_from = vec!["10.0.0.0/8".parse().unwrap()],
                "/allowed_from/0",
            ),
            (
                |key| key.rate_per_second = Some(5),
                |wish| wish.rate_per_second = Some(6),
                |wish| wish.rate_per_second = Some(5),
                "/rate_per_second",
            ),
            (
                |key| key.max_segments = Some(2),
                |_| (),
                |wish| wish.max_segments = Some(1),
                "/max_segments",
            ),
            (
                |key| key.expires_at = Some(SOON),
                |wish| wish.expires_at = Some(LATER),
                |wish| wish.expires_at = Some(SOON),
                "/expires_at",
            ),
            (
                |key| key.expires_at = Some(SOON),
                |_| (),
                |wish| wish.expires_at = Some(SOON),
                "/expires_at",
            ),
            (
                |key| key.rate_per_second = Some(5),
                |wish| {
                    wish.rate_per_second = Some(5);
                    wish.may_pass_opt_out = true;
                },
                |wish| {
                    wish.rate_per_second = Some(5);
                    wish.scopes = vec![Scope::Send];
                },
                "/may_pass_opt_out",
            ),
        ];
        for (limit, beyond, within, pointer) in cases {
            let maker = maker(limit);
            assert!(!is_whole(&maker), "{pointer}");
            assert_eq!(pointers(&maker, beyond), [pointer]);
            assert_eq!(pointers(&maker, within), Vec::<String>::new(), "{pointer}");
        }
    }
}
