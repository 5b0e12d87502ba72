//! What hyper answers by itself to a request that it cannot read, with words.

use crate::problem::{Kind, Problem};

/// The answer to be written in place of this one of hyper's, whose body is empty. None for every
/// other: those of the API always have a body where they have such a status.
pub(super) fn in_words(octets: &[u8]) -> Option<Vec<u8>> {
    let after = octets.strip_prefix(b"HTTP/1.1 4")?;
    let head = std::str::from_utf8(after).ok()?.strip_suffix("\r\n\r\n")?;
    if head.contains("\r\n\r\n") || !head.contains("content-length: 0") {
        return None;
    }
    let (kind, detail) = match head.get(..3)? {
        "00 " => (
            Kind::MalformedRequest,
            "Its first line or a header is not HTTP/1.1. In an address, escape what is no letter and no digit: \
             a space as %20, a plus as %2B, a quotation mark as %22.",
        ),
        "31 " => (
            Kind::HeadTooLarge,
            "The address and the headers may have 32 KiB together.",
        ),
        _ => return None,
    };
    Some(Problem::new(kind, detail).written_out())
}
