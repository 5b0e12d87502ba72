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
