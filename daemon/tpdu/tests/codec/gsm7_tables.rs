//! The character tables against the corpus, cell by cell.
#![expect(
    clippy::unwrap_used,
    reason = "a table that cannot be read fails the test"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use tpdu::{Language, codec};

/// The corpus, when it is there: `SIMGATE_CORPUS`, else beside the repository.
fn corpus() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let dir =
        std::env::var_os("SIMGATE_CORPUS").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    dir.is_dir().then_some(dir)
}

/// A table of the corpus: septet to character.
fn cells(table: &Value) -> BTreeMap<u8, char> {
    let cell = |(code, character): (&String, &Value)| {
        let character = u32::from_str_radix(character.as_str().unwrap(), 16).unwrap();
        (
            u8::from_str_radix(code, 16).unwrap(),
            char::from_u32(character).unwrap(),
        )
    };
    table.as_object().into_iter().flatten().map(cell).collect()
}

#[test]
fn tables_are_those_of_the_corpus() {
    let Some(dir) = corpus() else {
        println!("skipped: no corpus");
        return;
    };
    let mut seen = 0;
    for file in std::fs::read_dir(dir.join("gsm7")).unwrap() {
        let file = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let file: Value = serde_json::from_str(&file).unwrap();
        let identifier = u8::try_from(file["nli"].as_u64().unwrap()).unwrap();
        let language = Language::from_identifier(identifier);
        assert_eq!(
            language.map_or("default", Language::name),
            file["language"].as_str().unwrap()
        );
        check(
            language,
            &cells(&file["locking"]),
            &cells(&file["single_shift"]),
        );
        seen += 1;
    }
    assert_eq!(seen, Language::ALL.len() + 1);
}

fn check(
    language: Option<Language>,
    locking: &BTreeMap<u8, char>,
    single_shift: &BTreeMap<u8, char>,
) {
    assert_eq!(
        language.is_none_or(Language::has_locking_table),
        !locking.is_empty()
    );
    for code in (0..0x80).filter(|code| *code != 0x1B) {
        let text = codec::septets_to_text(&[code], language, None);
        match locking.get(&code) {
            Some(c) => {
                assert_eq!(text, c.to_string(), "{language:?} locking 0x{code:02X}");
                let back = codec::text_to_septets(&text, language, None).unwrap();
                assert_eq!(codec::septets_to_text(&back, language, None), text);
            }
            None if locking.is_empty() => {
                assert_eq!(text, codec::septets_to_text(&[code], None, None));
            }
            None => assert_eq!(text, "\u{FFFD}", "{language:?} locking 0x{code:02X}"),
        }
        let shifted = codec::septets_to_text(&[0x1B, code], None, language);
        let expected = single_shift.get(&code).map(char::to_string);
        let plain = codec::septets_to_text(&[code], None, None);
        assert_eq!(
            shifted,
            expected.unwrap_or(plain),
            "{language:?} single shift 0x{code:02X}"
        );
        let back = codec::text_to_septets(&shifted, None, language).unwrap();
        assert_eq!(codec::septets_to_text(&back, None, language), shifted);
    }
}
