//! Every transcript under `tests/transcripts`, in every way its bytes may arrive.

use crate::support::transcript::{Split, check, folder};
use std::path::{Path, PathBuf};

#[expect(
    clippy::unwrap_used,
    reason = "a folder that cannot be read fails the test"
)]
fn transcripts(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            transcripts(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "at") {
            out.push(path);
        }
    }
}

#[test]
fn transcripts_run_in_every_split() {
    let mut files = Vec::new();
    transcripts(&folder(), &mut files);
    assert!(
        files.len() >= 20,
        "only {} transcripts in {}",
        files.len(),
        folder().display()
    );
    let mut failures = Vec::new();
    for file in files {
        for split in [Split::Whole, Split::EachByte, Split::WithEcho] {
            failures.extend(check(&file, split).err());
        }
    }
    assert!(
        failures.is_empty(),
        "{} departures\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}
