//! Telephone numbers beside their type of address.

/// Type of address octet of an international number in the ISDN plan (TS 24.008 10.5.4.7).
pub const INTERNATIONAL: u8 = 145;

/// A number with the plus that its type may say instead.
pub fn with_plus(number: String, type_of_address: Option<u8>) -> String {
    let lacks = type_of_address == Some(INTERNATIONAL) && !number.is_empty();
    if lacks && !number.starts_with('+') {
        format!("+{number}")
    } else {
        number
    }
}
