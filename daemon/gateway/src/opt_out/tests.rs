use std::collections::HashSet;

use model::{Body, Heard, MessageClass, OptOutRequest, Sender, Time};
use proptest::prelude::*;

use super::*;
use crate::messages::draft::Defaults;

fn found(text: &str) -> Option<Found> {
    asked(text, &OptOutWords::default())
}

fn asks(text: &str) -> Option<Asked> {
    found(text).map(|found| found.asked)
}

#[test]
fn every_word_of_every_language_is_known_in_any_case() {
    for language in LANGUAGES {
        for (words, expected) in [(language.stop, Asked::Stop), (language.start, Asked::Start)] {
            for word in words {
                assert_eq!(asks(word), Some(expected), "{} {word}", language.code);
                assert_eq!(
                    asks(&word.to_uppercase()),
                    Some(expected),
                    "{} {word}",
                    language.code
                );
                let polite = format!(" {word}!!! ");
                assert_eq!(asks(&polite), Some(expected), "{} {word}", language.code);
            }
        }
    }
}

#[test]
fn no_word_asks_for_both() {
    let spelt = |words: &[&str]| -> HashSet<String> {
        words
            .iter()
            .map(|word| fold::words(word).concat())
            .collect()
    };
    let stop: HashSet<String> = LANGUAGES.iter().flat_map(|one| spelt(one.stop)).collect();
    let start: HashSet<String> = LANGUAGES.iter().flat_map(|one| spelt(one.start)).collect();
    assert_eq!(stop.intersection(&start).next(), None);
}

#[test]
fn at_least_twenty_languages_and_each_once() {
    let codes: HashSet<&str> = LANGUAGES.iter().map(|language| language.code).collect();
    assert_eq!(codes.len(), LANGUAGES.len());
    assert!(codes.len() >= 20);
}

#[test]
fn politeness_and_spelling_change_nothing() {
    #[rustfmt::skip]
    let all = [
        "STOP", "stop", "Stop.", "Stop. Thank you", "please stop", "Stop, please!", "STOP 🙏",
        "stop texting me", "STOP 12345", "stop all", "Stop-All", "stopall", "opt-out", "OPTOUT",
        "Opt out please", "ＳＴＯＰ", "\u{200b}stop\n", "désabonner", "DESABONNER svp", "Từ chối",
        "TU CHOI", "tuchoi", "Tc", "退订。谢谢", "IPTAL lütfen", "İPTAL", "STOP STOP", "stop!! stop!! stop!! stop!!", "Stop. Unsubscribe.",
        "cancel, stop sending", "S.T.O.P.", "s t o p", "S-T-O-P please", "T C", "stop ١٢", "ΔΙΑΚΟΠΗ", "διακοπη", "Отписаться!", "bitte abmelden",
    ];
    for text in all {
        assert_eq!(asks(text), Some(Asked::Stop), "{text:?}");
    }
}

#[test]
fn a_message_that_says_something_else_does_not_ask() {
    #[rustfmt::skip]
    let all = [
        "", " ", "...", "Stop by later", "the bus stop", "stop it or else", "Don't stop",
        "I will be at the stop", "end of month", "cancel my order", "Đúng", "dung", "Huy", "no",
        "yes", "ok", "1", "thanks", "Please do not stop sending", "start stop", "stop start",
        "non stop", "stopped", "weekend", "start start stop", "no no", "s t o", "x s t o p",
    ];
    for text in all {
        assert_eq!(asks(text), None, "{text:?}");
    }
}

#[test]
fn a_word_that_does_not_count_is_passed_by() {
    let count = |json: &str| -> OptOutWords { serde_json::from_str(json).unwrap() };
    let found = |text: &str, json: &str| {
        let found = asked(text, &count(json));
        found.map(|found| (found.word, found.language.code))
    };
    let without = r#"{"except": ["Cancel!", "opt-out"]}"#;
    assert_eq!(found("CANCEL", without), None);
    assert_eq!(found("Opt out", without), None);
    assert_eq!(
        found("stop cancel", without),
        None,
        "it says something else"
    );
    assert_eq!(found("stop", without), Some(("stop", "en")));
    // A word of several languages counts in those that are left.
    assert_eq!(
        found("stopp", r#"{"languages": ["no"]}"#),
        Some(("stopp", "no"))
    );
    assert_eq!(found("stop", r#"{"languages": ["no"]}"#), None);
    assert_eq!(found("stop", r#"{"enabled": false}"#), None);
    // What is no asking word by itself may be one together with its neighbour.
    assert_eq!(
        found("stop all", r#"{"except": ["stop all"]}"#),
        Some(("stop", "en"))
    );
}

#[test]
fn a_long_message_is_not_looked_at() {
    assert_eq!(found(&"stop ".repeat(1000)), None);
    assert_eq!(found(&"\u{300}".repeat(100_000)), None);
}

#[test]
fn each_confirmation_is_one_part_and_names_a_word_of_its_language() {
    for language in LANGUAGES {
        let text = language.confirmation;
        let plan = tpdu::plan(text, &tpdu::TextOptions::default()).unwrap();
        assert_eq!(plan.len(), 1, "{}: {text}", language.code);
        let said = spelt(text);
        let names = language
            .start
            .iter()
            .any(|word| said.contains(&spelt(word)));
        assert!(names, "{}: {text}", language.code);
    }
}

#[test]
fn what_cannot_count_is_named() {
    let words = OptOutWords {
        languages: Some(vec!["en".to_owned(), "xx".to_owned()]),
        except: vec!["END".to_owned(), "hello".to_owned()],
        ..OptOutWords::default()
    };
    let errors = check("/opt_out", &words).into_iter();
    let pointers: Vec<_> = errors.map(|error| error.pointer).collect();
    assert_eq!(pointers, ["/opt_out/languages/1", "/opt_out/except/1"]);
}

/// What a message to this carrier has the store do.
fn heard(from: &str, text: &str, by: &str) -> Option<OptOutRequest> {
    let mut settings = crate::settings::Settings::default();
    settings.defaults.country = Some("VN".to_owned());
    recognise(&settings, Defaults::from(&settings))(&Heard {
        from,
        text,
        by: &by.parse().unwrap(),
        words: None,
        at: Time(1_795_000_000_000),
    })
}

#[test]
fn a_national_number_is_suppressed_where_no_country_is_set() {
    let settings = crate::settings::Settings::default();
    let ask = |from| {
        recognise(&settings, Defaults::from(&settings))(&Heard {
            from,
            text: "STOP",
            by: &"8984011234567890123".parse().unwrap(),
            words: None,
            at: Time(1_795_000_000_000),
        })
    };
    let request = ask("0909000111").unwrap();
    assert_eq!(
        (&request.number[..], request.confirmation.is_some()),
        ("0909000111", false)
    );
    // A name gets no messages.
    assert!(ask("Parcels").is_none());
}

#[test]
fn a_request_is_confirmed_in_its_language_by_the_way_it_came() {
    let sim = "8984011234567890123";
    let request = heard("0901234567", "Từ chối ạ", sim).unwrap();
    assert_eq!(
        (request.number.as_str(), request.language.as_str()),
        ("+84901234567", "vi")
    );
    assert!(!request.told.contains("901234567"), "{}", request.told);
    let confirmation = request.confirmation.unwrap();
    assert_eq!(confirmation.to, "+84901234567");
    assert_eq!(confirmation.sender, Sender::Sim(sim.parse().unwrap()));
    assert_eq!(confirmation.class, MessageClass::OptOutConfirmation);
    let Body::Text(text) = confirmation.body else {
        panic!("it is a text")
    };
    assert!(text.contains("NHAN LAI"), "{text}");
    let by_uplink = heard("+84901234567", "stop", "uplink:up").unwrap();
    let sender = by_uplink.confirmation.unwrap().sender;
    assert_eq!(sender, Sender::Uplink("up".parse().unwrap()));
}

#[test]
fn only_numbers_that_a_person_has_are_answered() {
    let sim = "8984011234567890123";
    assert!(heard("ACME", "stop", sim).is_none());
    assert!(heard("1414", "stop", sim).unwrap().confirmation.is_none());
    assert!(
        heard("+84901234567", "start", sim)
            .unwrap()
            .confirmation
            .is_none()
    );
}

proptest! {
    #[test]
    fn any_text_is_taken(text in ".{0,300}") {
        let _ = found(&text);
    }

    #[test]
    fn a_stop_word_between_polite_ones_asks(
        language in 0..LANGUAGES.len(),
        word in any::<prop::sample::Index>(),
        please in prop::bool::ANY,
    ) {
        let words = LANGUAGES[language].stop;
        let word = words[word.index(words.len())];
        let text = if please { format!("please {word}") } else { format!("{word} thanks") };
        // With three words of its own there is no room for another.
        prop_assert_eq!(asks(&text).is_some(), fold::words(&text).len() <= MOST_WORDS);
    }
}
