//! Ids in decimal, in hexadecimal, and in neither.

use proptest::prelude::*;

use super::{id_forms, same_id};

#[test]
fn forms() {
    let rows: &[(&str, &[&str])] = &[
        ("", &[]),
        (" \0", &[]),
        ("0", &["0"]),
        ("0000", &["0"]),
        ("7", &["7"]),
        ("0031", &["31", "1f", "49"]),
        ("1F", &["1f", "31"]),
        ("0x1F", &["1f", "31"]),
        ("+1f", &["+1f"]),
        ("AB-cd_9", &["ab-cd_9"]),
        ("é", &["é"]),
        // 2^128 - 1 and one more.
        (
            "340282366920938463463374607431768211455",
            &[
                "340282366920938463463374607431768211455",
                "ffffffffffffffffffffffffffffffff",
            ],
        ),
        (
            "340282366920938463463374607431768211456",
            &["340282366920938463463374607431768211456"],
        ),
    ];
    for (id, expected) in rows {
        assert_eq!(id_forms(id), *expected, "{id:?}");
    }
}

#[test]
fn same() {
    for (ours, theirs, same) in [
        ("1F", "31", true),
        ("31", "1f", true),
        ("0000001F", "0000000031", true),
        ("31", "49", true),
        ("31", "32", false),
        ("abc", "ABC", true),
        ("0193f2d0-7c1e", "0193F2D0-7C1E", true),
        ("0193f2d0-7c1e", "0193f2d0-7c1f", false),
        ("", "", false),
        ("0", "", false),
        ("0", "000", true),
    ] {
        assert_eq!(same_id(ours, theirs), same, "{ours:?} {theirs:?}");
    }
}

#[test]
fn what_no_smsc_can_have_given_has_no_form() {
    assert_eq!(id_forms(&"x".repeat(64)).len(), 1);
    assert_eq!(id_forms(&format!(" {}\0", "x".repeat(64))).len(), 1);
    for id in ["x".repeat(65), "4".repeat(80), "ab\u{7}cd".to_owned()] {
        assert_eq!(id_forms(&id), Vec::<String>::new(), "{id:?}");
        assert!(!same_id(&id, &id));
    }
}

proptest! {
    #[test]
    fn every_way_to_write_a_number_is_the_same(number: u64, width in 0usize..24) {
        let decimal = format!("{number:0width$}");
        let hex = format!("{number:0width$X}");
        for (ours, theirs) in [(&decimal, &hex), (&hex, &decimal), (&hex, &hex), (&decimal, &decimal)] {
            prop_assert!(same_id(ours, theirs), "{} {}", ours, theirs);
        }
    }

    #[test]
    fn sameness_has_no_direction(a in "[0-9a-fA-Fx-]{0,20}", b in "[0-9a-fA-F]{0,20}") {
        prop_assert_eq!(same_id(&a, &b), same_id(&b, &a));
    }

    #[test]
    fn forms_are_few_and_differ(id in prop_oneof!["\\PC{0,70}", "[0xX1fF \\u{0}é-]{0,8}"]) {
        let forms = id_forms(&id);
        for form in &forms {
            prop_assert!(same_id(form, &id) && same_id(&id, form));
        }
        // A form that is stored is looked up by itself.
        if let Some(first) = forms.first() {
            prop_assert_eq!(&id_forms(first)[0], first);
        }
        prop_assert!(forms.len() <= 3);
        prop_assert!(forms.iter().enumerate().all(|(at, form)| !forms[..at].contains(form)));
    }
}
