//! What is wrong with a request's head as a whole, which no route would notice. A client and a proxy in between could take
//! two of a header for different ones.

use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{Request, Version};

use super::MAX_HEAD;
use crate::problem::{Kind, Problem};

/// Headers that a request has once at most.
const ONCE: [(&axum::http::HeaderName, &str); 2] =
    [(&HOST, "Host"), (&AUTHORIZATION, "Authorization")];

pub(super) fn check<B>(request: &Request<B>) -> Result<(), Problem> {
    let headers = request.headers();
    for (name, shown) in ONCE {
        if headers.get_all(name).iter().nth(1).is_some() {
            let detail = format!("The request has more than one {shown} header.");
            return Err(Problem::new(Kind::MalformedRequest, detail));
        }
    }
    // RFC 9112 §3.2.
    if request.version() == Version::HTTP_11 && !headers.contains_key(HOST) {
        let detail = "The request has no Host header, which HTTP/1.1 wants.";
        return Err(Problem::new(Kind::MalformedRequest, detail));
    }
    // hyper's bound is one of its buffer, which may take somewhat more.
    let fields = headers.iter();
    let fields = fields.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    let line = request
        .uri()
        .path_and_query()
        .map_or(0, |it| it.as_str().len());
    if line + fields.sum::<usize>() > MAX_HEAD {
        let detail = format!("They may have {MAX_HEAD} octets together.");
        return Err(Problem::new(Kind::HeadTooLarge, detail));
    }
    Ok(())
}
