//! The error tables against the corpus's.

use crate::load::table;
use at::{CmeError, CmsError, ErrorInfo};

/// Texts that are ours: the firmwares disagree, or the source's text is wrong.
const OWN_TEXTS: &[(&str, u16)] = &[
    ("cms", 512),
    ("cms", 513),
    ("cms", 515),
    ("cme", 56),
    ("cme", 151),
    ("cme", 224),
    ("cme", 515),
];

#[test]
fn every_code_of_the_corpus_is_in_the_tables() {
    compare("cms", "cms_errors.json", CmsError::all());
    compare("cme", "cme_errors.json", CmeError::all());
}

fn compare(kind: &str, file: &str, own: &[ErrorInfo]) {
    let Some(table) = table(file) else {
        println!("skipped: no corpus");
        return;
    };
    let entries = table["entries"].as_array().unwrap();
    for entry in entries {
        let code = u16::try_from(entry["code"].as_u64().unwrap()).unwrap();
        let info = own.iter().find(|info| info.code == code);
        let info = info.unwrap_or_else(|| panic!("no {kind} {code}"));
        if OWN_TEXTS.contains(&(kind, code)) {
            continue;
        }
        let (own, theirs) = (words(info.text), words(entry["text"].as_str().unwrap()));
        assert!(theirs.starts_with(&own), "{kind} {code}: {own} / {theirs}");
    }
    println!(
        "{kind}: {} codes of the corpus, {} of ours",
        entries.len(),
        own.len()
    );
}

/// Without case, punctuation and the spellings in which the sources differ.
fn words(text: &str) -> String {
    let text = text
        .to_ascii_lowercase()
        .replace("temporary", "temporarily");
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    plain.replace("phoneisbusy", "phonebusy")
}
