//! Message ids, which `submit_sm_resp` and the receipt write in different ways.
//!
//! SMPP 3.4 §5.2.23 lets the SMSC choose the form, and Appendix B wants decimal in the text of a
//! receipt; so an id is often hexadecimal in one and decimal in the other, or padded with zeros
//! in one of them.

#[cfg(test)]
mod tests;

/// The longest id (§5.2.23: 65 octets with the NUL).
const ID_MAX: usize = 64;

/// Whether an SMSC can have given this as an id: else it is what became of one on its way, and no
/// receipt has it.
pub fn can_be_id(id: &str) -> bool {
    let id = bare(id);
    !id.is_empty() && id.chars().count() <= ID_MAX && !id.chars().any(char::is_control)
}

/// Some SMSCs leave the C-octet string's NUL, or pad with spaces.
pub fn bare(id: &str) -> &str {
    id.trim_matches(is_blank)
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// The forms by which a store looks an id up, the likeliest first; at most three.
///
/// The first is the id in lower case without leading zeros: store ids in this form. The others
/// are the id as decimal written in hexadecimal, and as hexadecimal written in decimal. Other
/// messages may have those ids: take the first form that matches. None for an empty id, and for
/// what no SMSC can have given.
pub fn id_forms(id: &str) -> Vec<String> {
    if !can_be_id(id) {
        return Vec::new();
    }
    let plain = normal(id);
    let digits = plain.bytes().all(|b| b.is_ascii_digit());
    let to_hex = digits.then(|| plain.parse::<u128>().ok()).flatten();
    // Not from_str_radix alone: that takes a sign.
    let to_decimal = is_hex(&plain)
        .then(|| u128::from_str_radix(&plain, 16).ok())
        .flatten();
    let mut forms = vec![plain];
    let others = [
        to_hex.map(|number| format!("{number:x}")),
        to_decimal.map(|number| number.to_string()),
    ];
    for form in others.into_iter().flatten() {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// An id that is longer than any may be, in the form in which one was stored when such were taken. None
/// for all others.
pub fn long_form(id: &str) -> Option<String> {
    let id = bare(id);
    (id.chars().count() > ID_MAX).then(|| normal(id))
}

/// Whether a receipt's id can be that of our message: the same but for case and leading zeros,
/// or decimal in one and hexadecimal in the other. An empty id is no message's.
pub fn same_id(ours: &str, theirs: &str) -> bool {
    id_forms(theirs).contains(&normal(ours))
}

/// Taken of its own result it gives the same: a stored id is compared in this form.
fn normal(id: &str) -> String {
    let id = bare(id).to_ascii_lowercase();
    let hex = id.strip_prefix("0x").filter(|digits| is_hex(digits));
    let id = hex.unwrap_or(&id);
    let bare = id.trim_start_matches(|c| c == '0' || is_blank(c));
    if bare.is_empty() && !id.is_empty() {
        return "0".to_owned();
    }
    bare.to_owned()
}

fn is_hex(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit())
}
