//! Whether two ways of writing a number mean one.

use rusqlite::Params;

use crate::StoreError;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::Tx;
use crate::values::readable;

/// Digits that must be equal when one side has no country code.
pub(crate) const NATIONAL_DIGITS: usize = 8;

/// Equal, or equal in the last digits when one of the two is national: modems and SMSCs
/// drop and add country codes.
pub(crate) fn same_number(ours: &str, theirs: &str) -> bool {
    let national = !(ours.starts_with('+') && theirs.starts_with('+'));
    let tail = |number: &str| {
        let digits = number.trim_start_matches('+');
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        let from = digits
            .len()
            .checked_sub(NATIONAL_DIGITS)
            .filter(|_| plain)?;
        Some(digits[from..].to_owned())
    };
    ours == theirs || national && tail(ours).is_some_and(|ours| Some(ours) == tail(theirs))
}

/// Whether the first column of a row of these is the recipient's number, or may be, since it makes no sense.
pub(crate) fn any_is(
    tx: &Tx<'_>,
    sql: &str,
    params: impl Params,
    recipient: &str,
) -> Result<bool, StoreError> {
    let peers: Vec<Option<String>> = tx.all(sql, params, |row| readable(only(row)))?;
    let may_be = |peer: &Option<String>| {
        peer.as_ref()
            .is_none_or(|peer| same_number(peer, recipient))
    };
    Ok(peers.iter().any(may_be))
}

#[cfg(test)]
mod tests {
    use super::same_number;

    #[test]
    fn a_national_number_matches_by_its_last_digits() {
        assert!(same_number("+84901234567", "+84901234567"));
        assert!(same_number("+84901234567", "0901234567"));
        assert!(same_number("0901234567", "+84901234567"));
        assert!(!same_number("+84901234567", "+85901234567"));
        assert!(!same_number("+84901234567", "0901234568"));
    }

    #[test]
    fn short_codes_and_names_match_only_themselves() {
        assert!(same_number("1414", "1414"));
        assert!(!same_number("1414", "+84901231414"));
        assert!(!same_number("Đặt bàn", "+84901231414"));
    }
}
