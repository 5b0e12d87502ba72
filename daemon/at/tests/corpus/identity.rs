//! Manufacturer, model, firmware, serial numbers, IMSI.

use crate::load::{Case, answer};
use crate::same;
use at::commands::{Ati, Cgmi, Cgmm, Cgmr, Cgsn, Cimi};

pub(crate) fn is_about(command: &str) -> bool {
    [
        "ATI", "AT+GMI", "AT+GMM", "AT+GMR", "AT+GSN", "AT+CGMI", "AT+CGMM", "AT+CGMR", "AT+CGSN",
    ]
    .iter()
    .any(|own| command.starts_with(own))
        || command == "AT+CIMI"
}

pub(crate) fn check(case: &Case) -> Result<(), String> {
    let command = case
        .command
        .trim_start_matches("AT+")
        .trim_start_matches('C');
    let got = match &command[..3] {
        "GMI" => answer(&Cgmi, case),
        "GMM" => answer(&Cgmm, case),
        "GMR" => answer(&Cgmr, case),
        "GSN" => answer(&Cgsn, case),
        "IMI" => answer(&Cimi, case),
        _ => return ati(case),
    };
    if case.is_error() {
        return same("refused", got.is_err(), true);
    }
    // Without a value the source asserts only that the line belongs to the modem.
    let one_line = case.lines[0].trim().trim_matches('"').to_owned();
    let expected = case.text("value").map_or(one_line, str::to_owned);
    same("value", got?.0.trim_matches('"').to_owned(), expected)
}

fn ati(case: &Case) -> Result<(), String> {
    let got = answer(&Ati, case)?;
    let trimmed: Vec<&str> = got.lines.iter().map(|line| line.trim_end()).collect();
    let expected: Vec<&str> = case.lines.iter().map(|line| line.trim_end()).collect();
    same("lines", trimmed, expected)?;
    let has_model = case.lines.iter().any(|line| line.starts_with("Model:"));
    same("model", got.model.is_some(), has_model)
}
