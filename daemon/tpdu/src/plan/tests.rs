use super::*;
use alloc::string::ToString;

fn parts(text: &str, options: &TextOptions<'_>) -> (Alphabet, usize, usize, usize) {
    let plan = plan(text, options).unwrap();
    (plan.alphabet, plan.len(), plan.characters, plan.remaining)
}

#[test]
fn lengths_at_the_edges() {
    let options = TextOptions::default();
    assert_eq!(parts("", &options), (Alphabet::Gsm7, 1, 0, 160));
    assert_eq!(
        parts(&"a".repeat(160), &options),
        (Alphabet::Gsm7, 1, 160, 0)
    );
    assert_eq!(
        parts(&"a".repeat(161), &options),
        (Alphabet::Gsm7, 2, 161, 145)
    );
    assert_eq!(parts(&"а".repeat(70), &options), (Alphabet::Ucs2, 1, 70, 0));
    assert_eq!(
        parts(&"а".repeat(71), &options),
        (Alphabet::Ucs2, 2, 71, 63)
    );
    let wide = TextOptions {
        wide_reference: true,
        ..options
    };
    assert_eq!(
        parts(&"a".repeat(161), &wide),
        (Alphabet::Gsm7, 2, 161, 143)
    );
    assert_eq!(parts(&"а".repeat(71), &wide), (Alphabet::Ucs2, 2, 71, 61));
}

#[test]
fn more_than_255_parts_are_refused() {
    let options = TextOptions::default();
    assert_eq!(plan(&"a".repeat(153 * 255), &options).unwrap().len(), 255);
    let error = plan(&"a".repeat(153 * 255 + 1), &options).unwrap_err();
    assert_eq!(error, TextError::TooLong { parts: 256 });
}

#[test]
fn gsm7_alone_names_the_character() {
    let options = TextOptions {
        encoding: Encoding::Gsm7,
        ..TextOptions::default()
    };
    let error = plan("abç", &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "character 'ç' at index 2 is not in the GSM 7-bit alphabet"
    );
}

const TURKISH: &[Language] = &[Language::Turkish];

#[test]
fn a_national_table_where_the_text_needs_it_and_it_is_allowed() {
    let text = "Işık ğ";
    assert_eq!(
        plan(text, &TextOptions::default()).unwrap().alphabet,
        Alphabet::Ucs2
    );
    let options = TextOptions {
        languages: TURKISH,
        ..TextOptions::default()
    };
    let national = plan(text, &options).unwrap();
    assert_eq!(
        (national.alphabet, national.dcs, national.len()),
        (Alphabet::Gsm7, Dcs::GSM7, 1)
    );
    let ud = &national.user_data(ConcatRef::Eight(0))[0];
    assert_eq!(
        ud.header,
        [InformationElement::single_shift(Language::Turkish)]
    );
    assert_eq!(ud.text(Dcs::GSM7).unwrap(), text);
    assert_eq!(
        plan("plain", &options)
            .unwrap()
            .user_data(ConcatRef::Eight(0))[0]
            .header,
        []
    );
}

#[test]
fn the_tables_that_take_the_fewest_parts() {
    // 78 letters of the single shift table are 156 septets and do not fit
    // beside its header; locked they are 78.
    let options = TextOptions {
        languages: TURKISH,
        ..TextOptions::default()
    };
    let locked = plan(&"ğ".repeat(78), &options).unwrap();
    assert_eq!((locked.len(), locked.characters), (1, 78));
    let ud = &locked.user_data(ConcatRef::Eight(0))[0];
    assert_eq!(
        ud.header,
        [InformationElement::locking_shift(Language::Turkish)]
    );
}

#[test]
fn every_part_names_its_tables_and_its_place() {
    let options = TextOptions {
        languages: TURKISH,
        wide_reference: true,
        ..TextOptions::default()
    };
    let text = "şğı".repeat(60);
    let long = plan(&text, &options).unwrap();
    let parts = long.user_data(ConcatRef::Eight(7));
    assert_eq!(parts.len(), 2);
    let mut joined = String::new();
    for (seq, ud) in (1..).zip(&parts) {
        let place = Concat {
            reference: ConcatRef::Sixteen(7),
            total: 2,
            seq,
        };
        assert_eq!(ud.concat(), Some(place));
        assert!(ud.to_octets().unwrap().1.len() <= 140);
        joined += &ud.text(long.dcs).unwrap();
    }
    assert_eq!(joined, text);
}

#[test]
fn cuts_keep_what_belongs_together() {
    let ends = |text: &str, options: &TextOptions<'_>| -> Vec<String> {
        let plan = plan(text, options).unwrap();
        plan.user_data(ConcatRef::Eight(0))
            .iter()
            .map(|ud| ud.text(plan.dcs).unwrap())
            .collect()
    };
    let options = TextOptions::default();
    // An escape pair at the septets 153 and 154.
    let parts = ends(&("a".repeat(152) + "€" + &"b".repeat(20)), &options);
    assert_eq!((parts[0].len(), parts[1].chars().next()), (152, Some('€')));
    // A surrogate pair at the units 67 and 68.
    let parts = ends(&("я".repeat(66) + "😀" + &"я".repeat(9)), &options);
    assert_eq!(
        (parts[0].chars().count(), parts[1].chars().next()),
        (66, Some('😀'))
    );
    // A family joined from four people: eleven units.
    let family = "👨‍👩‍👧‍👦";
    let parts = ends(&("я".repeat(60) + family), &options);
    assert_eq!(parts[1], family);
    // A letter and its accent.
    let parts = ends(&("я".repeat(66) + "e\u{301}" + &"я".repeat(9)), &options);
    assert_eq!(parts[0].chars().count(), 66);
    // A letter with more accents than a part holds is cut between code points.
    let monster = "e".to_string() + &"\u{301}".repeat(100);
    assert_eq!(ends(&monster, &options).concat(), monster);
}

#[test]
fn transliteration_keeps_what_the_alphabet_has() {
    let options = TextOptions {
        transliterate: true,
        ..TextOptions::default()
    };
    for (text, expected) in [
        ("Zkouška sirén", "Zkouska sirén"),
        ("“quoted” – dash…", "\"quoted\" - dash..."),
        ("e\u{301}", "e"),
        (
            "Ünïçødé €5 [ok]",
            "Üniçødé €5 [ok]".replace('ç', "c").as_str(),
        ),
        ("`tick`\tтест", "'tick' test"),
        ("\u{E000}", "?"),
        // Nobody sees these.
        (
            "a\u{200b}b\u{ad}c\u{200d}\u{feff}d\u{2066}e\u{fe0f}",
            "abcde",
        ),
        ("\u{202a}+84\u{202c}", "+84"),
    ] {
        let plan = plan(text, &options).unwrap();
        assert_eq!(
            (plan.text.as_str(), plan.alphabet),
            (expected, Alphabet::Gsm7),
            "{text}"
        );
    }
    let ucs2 = TextOptions {
        encoding: Encoding::Ucs2,
        ..options
    };
    assert_eq!(plan("š", &ucs2).unwrap().text, "š");
}

#[test]
fn data_with_ports() {
    let options = DataOptions {
        ports: Some(Ports::new(2948, 9200)),
        wide_reference: false,
    };
    assert_eq!(plan_data(&[1; 133], &options).unwrap().len(), 1);
    let plan = plan_data(&[1; 134], &options).unwrap();
    assert_eq!(
        (plan.len(), plan.remaining, plan.dcs),
        (2, 122, Dcs::OCTETS)
    );
    let parts = plan.user_data(ConcatRef::Eight(9));
    assert_eq!(parts[1].ports(), options.ports);
    assert_eq!(parts[0].to_octets().unwrap().1.len(), 140);
    assert_eq!(plan_data(&[], &DataOptions::default()).unwrap().len(), 1);
}

mod properties {
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[a-zA-Z0-9 .,]{1,40}",
            2 => "[€{}\\[\\]~^|\\\\]{1,5}",
            1 => "[ğşıİçÖ]{1,20}",
            1 => "[а-я]{1,30}",
            1 => prop::sample::select(&["😀", "👨‍👩‍👧‍👦", "🇻🇳", "e\u{301}", "\r\n", "क्ष"][..]).prop_map(String::from),
        ];
        proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn parts_join_to_the_text_and_each_fits(
            text in text(), wide: bool, transliterate: bool, turkish: bool,
        ) {
            let languages = if turkish { TURKISH } else { &[] };
            let options = TextOptions { encoding: Encoding::Auto, languages, transliterate, wide_reference: wide };
            let plan = plan(&text, &options).unwrap();
            let boundaries: std::collections::BTreeSet<usize> =
                plan.text.grapheme_indices(true).map(|(at, _)| at).chain([plan.text.len()]).collect();
            let mut joined = String::new();
            for ud in plan.user_data(ConcatRef::Sixteen(0x1234)) {
                let (_, octets) = ud.to_octets().unwrap();
                prop_assert!(octets.len() <= 140);
                joined += &ud.text(plan.dcs).unwrap();
                prop_assert!(boundaries.contains(&joined.len()));
            }
            prop_assert_eq!(&joined, &plan.text);
            prop_assert!(transliterate || plan.text == text);
        }
    }
}
