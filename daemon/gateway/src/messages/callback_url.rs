//! Addresses that state changes are posted to. What nobody can post to is refused when the message is
//! handed in, since later nobody would hear of it.

use std::net::Ipv6Addr;

use axum::http::Uri;
use axum::http::uri::Authority;

const MAX: usize = 2048;

/// Says what is wrong with one.
pub(crate) fn check(url: &str) -> Result<(), String> {
    if url.len() > MAX {
        return Err(format!("must have at most {MAX} characters"));
    }
    let expected = || "must be an absolute http or https URL with a host".to_owned();
    let uri: Uri = url.parse().map_err(|_| expected())?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(expected());
    }
    let authority = uri.authority().ok_or_else(expected)?;
    if authority.as_str().contains('@') {
        let detail = "may not hold a user name or password, which would be kept and logged with it";
        return Err(detail.to_owned());
    }
    if !is_host(authority.host()) {
        return Err(expected());
    }
    if !has_port(authority) {
        return Err("its port must be 1 to 65535".to_owned());
    }
    Ok(())
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => !host.is_empty(),
    }
}

/// None, or an empty one, is that of the scheme (RFC 3986 §3.2.3). `Authority` takes what is no port for
/// none, and the post would go to that one too.
fn has_port(authority: &Authority) -> bool {
    let rest = authority.as_str().strip_prefix(authority.host());
    match rest {
        Some("" | ":") => true,
        Some(rest) => rest
            .strip_prefix(':')
            .filter(|port| port.bytes().all(|octet| octet.is_ascii_digit()))
            .is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_posted_to_is_taken() {
        for url in [
            "http://h",
            "https://example.com/hook?a=b@c",
            "http://127.0.0.1:1/a@b",
            "http://[::1]:65535/",
            "HTTP://h:/",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_posted_to_is_refused_with_a_reason() {
        for (url, why) in [
            ("http://h:99999/", "port"),
            ("http://h:0/", "port"),
            ("http://h:65536", "port"),
            ("http://[::1]:99999/", "port"),
            ("http://u:p@h/", "password"),
            ("http://u:p@h:99999/", "password"),
            ("http://u@h/", "password"),
            ("http://@h/", "password"),
            ("http:///hook", "host"),
            ("http://:80/", "host"),
            ("http://[]/", "host"),
            ("http://[::1/", "host"),
            ("https://", "host"),
            ("//h/hook", "http or https"),
            ("/hook", "http or https"),
            ("h:80", "http or https"),
            ("ftp://h/", "http or https"),
            ("ws://h/", "http or https"),
            ("javascript:alert(1)", "http or https"),
            ("http://a b/", "http or https"),
            ("", "http or https"),
        ] {
            let refused = check(url).unwrap_err();
            assert!(refused.contains(why), "{url}: {refused}");
            assert!(!refused.contains("u:p"), "{refused}");
        }
    }
}
