//! Real exchanges from the tests of other projects: each that concerns a command we use is run
//! through a [`at::Dialogue`] and parsed to what its source says.
//!
//! The corpus is not part of the repository; without it the tests pass and say so.

#![expect(
    clippy::unwrap_used,
    reason = "a corpus that cannot be read fails the test"
)]

mod answers;
mod identity;
mod load;
mod raw;
mod tables;
mod urcs;

use load::Case;

/// Commands nobody here sends; their exchanges are counted and left alone.
const UNUSED: &[&str] = &[
    "AT+CCLK?",
    "AT+CESQ",
    "AT+CIND=?",
    "AT+CLAC",
    "AT+CLCC",
    "AT+CMER=?",
    "AT+COPS=?",
    "AT+CSCB?",
    "AT+CSIM",
    "AT+CSMP?",
    "AT+CTZU=?",
    "AT+CVHU",
    "AT+GCAP",
    "AT+QGMR",
    "AT+URAT?",
    "AT+WIND",
    "AT+ZPAS",
    "AT^",
    "operator-id",
];

/// Exchanges whose source is wrong, or asserts something about itself only.
const WRONG_SOURCES: &[(&str, &str)] = &[
    (
        "mm-cgev-2",
        "the value alone, as the source hands it to its parser; no modem sends it so",
    ),
    (
        "mm-cgev-4",
        "the value alone, as the source hands it to its parser; no modem sends it so",
    ),
    (
        "mudita-creg-9",
        "TS 27.007 7.2 allows <cause_type>,<reject_cause> after <AcT>",
    ),
    (
        "mudita-cmti-2",
        "a third field is used in the field, for instance \"MMS PUSH\"",
    ),
    ("mudita-clip-1", "a number is worth having without its type"),
    ("mudita-cusd-5", "TS 27.007 7.15: <dcs> is optional"),
    (
        "mudita-cusd-6",
        "a field too many does not make the text unreadable",
    ),
    (
        "mudita-ring-+cring-bummer",
        "a call of a type not known is a call",
    ),
    (
        "mudita-qind-16",
        "a line end where no line may end; the notice is of no use to us",
    ),
    (
        "pygsm-ztek3565z-at+cfun",
        "the answer to AT+CFUN=?, given for AT+CFUN?",
    ),
];

#[test]
fn every_exchange_of_a_command_in_use_parses_to_what_its_source_says() {
    let Some(cases) = load::cases() else {
        println!("skipped: no corpus");
        return;
    };
    let (mut run, mut unused, mut failures) = (0, 0, Vec::new());
    for case in &cases {
        if UNUSED
            .iter()
            .any(|command| case.command.starts_with(command))
        {
            unused += 1;
        } else if !WRONG_SOURCES.iter().any(|(id, _)| *id == case.id) {
            run += 1;
            if let Err(why) = check(case) {
                failures.push(format!("{}: {why}", case.id));
            }
        }
    }
    let wrong = WRONG_SOURCES.len();
    println!("{run} exchanges run, {unused} of unused commands, {wrong} wrong sources");
    assert!(failures.is_empty(), "{failures:#?}");
    assert_eq!(run + unused + wrong, cases.len());
}

fn check(case: &Case) -> Result<(), String> {
    match case.command.as_str() {
        "raw" => raw::check(case),
        "URC" => urcs::check(case),
        command if identity::is_about(command) => identity::check(case),
        _ => answers::check(case),
    }
}

/// `Ok` if both are the same, else what was expected.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the callers make the values for it"
)]
fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: T, expected: T) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what}: got {got:?}, expected {expected:?}"))
    }
}
