//! Which form of a file a client takes.

use std::borrow::Cow;

use axum::http::{HeaderMap, header};

use crate::files::File;

/// The smallest form that the client takes, and what that is called (RFC 9110, 12.5.3).
pub(crate) fn best(file: &File, headers: &HeaderMap) -> (Option<&'static str>, Cow<'static, [u8]>) {
    let forms = [("br", &file.brotli), ("gzip", &file.gzip)];
    let taken = forms.into_iter().find_map(|(coding, octets)| {
        let octets = octets.as_ref().filter(|_| takes(headers, coding))?;
        Some((Some(coding), octets.clone()))
    });
    taken.unwrap_or_else(|| (None, file.plain.clone()))
}

/// Whether the client names `coding`, or anything, and not with the weight 0.
fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    let entries = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    let mut any = false;
    for entry in entries {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
        let weight = weight.trim().trim_start_matches("q=");
        let wanted = weight.parse::<f32>().is_ok_and(|weight| weight > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case(coding) => return wanted,
            "*" => any = wanted,
            _ => {}
        }
    }
    any
}
