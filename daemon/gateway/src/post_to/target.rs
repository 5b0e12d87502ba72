//! An address that is posted to, and its parts. What nobody can post to is refused when it is handed
//! in, since later nobody would hear of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::Uri;
use axum::http::uri::Authority;

/// Longest address, in octets.
const MAX: usize = 2048;
/// In front of the digits of a number to the base 16, which resolvers take for an address.
const HEXADECIMAL: &str = "0x";

/// The parts of an `http` or `https` address that a post needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// A name, or an address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: bool,
    /// For the header `Host`.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) path: String,
}

impl Target {
    /// Takes one apart, or says what is wrong with it.
    pub(crate) fn of(url: &str) -> Result<Self, String> {
        if url.len() > MAX {
            return Err(format!("must have at most {MAX} characters"));
        }
        let expected = || "must be an absolute http or https URL with a host".to_owned();
        let uri: Uri = url.parse().map_err(|_| expected())?;
        let (tls, usual) = match uri.scheme_str() {
            Some("http") => (false, 80),
            Some("https") => (true, 443),
            _ => return Err(expected()),
        };
        let authority = uri.authority().ok_or_else(expected)?;
        if authority.as_str().contains('@') {
            let detail =
                "may not hold a user name or password, which would be kept and logged with it";
            return Err(detail.to_owned());
        }
        let host = host(authority.host())?.ok_or_else(expected)?;
        let port = port(authority, usual).ok_or("its port must be 1 to 65535")?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        // A query without a path begins with its question mark.
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            tls,
            authority: authority.as_str().trim_end_matches(':').to_owned(),
            path,
        })
    }

    /// By what posts wait: name and port.
    pub(crate) fn line(&self) -> String {
        format!("{}:{}", self.host.to_ascii_lowercase(), self.port)
    }

    /// Where it leads, if no resolver is needed to tell (RFC 6761 §6.3 of `localhost`).
    pub(crate) fn known_address(&self) -> Option<SocketAddr> {
        let name = self.host.trim_end_matches('.').to_ascii_lowercase();
        let address = if name == "localhost" || name.ends_with(".localhost") {
            Ipv4Addr::LOCALHOST.into()
        } else {
            self.host.parse::<IpAddr>().ok()?
        };
        Some(SocketAddr::new(address, self.port))
    }
}

/// A host without brackets; none where there is none.
fn host(text: &str) -> Result<Option<&str>, String> {
    if let Some(rest) = text.strip_prefix('[') {
        let address = rest.strip_suffix(']');
        return Ok(address.filter(|address| address.parse::<Ipv6Addr>().is_ok()));
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let last = name.rsplit('.').next().unwrap_or_default();
    if is_number(last) && text.parse::<Ipv4Addr>().is_err() {
        let detail = "its host ends in a number, but is no IPv4 address of four decimal numbers";
        return Err(detail.to_owned());
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Resolvers take `127.1`, `0x7f.1` and `2130706433` for addresses; no name ends so.
fn is_number(label: &str) -> bool {
    let label = label.to_ascii_lowercase();
    match label.strip_prefix(HEXADECIMAL) {
        Some(digits) => digits.bytes().all(|digit| digit.is_ascii_hexdigit()),
        None => !label.is_empty() && label.bytes().all(|digit| digit.is_ascii_digit()),
    }
}

/// None, or an empty one, is that of the scheme (RFC 3986 §3.2.3). `Authority` takes what is no port for
/// none, and the post would go to that one too.
fn port(authority: &Authority, usual: u16) -> Option<u16> {
    match authority.as_str().strip_prefix(authority.host())? {
        "" | ":" => Some(usual),
        rest => rest
            .strip_prefix(':')
            .filter(|port| port.bytes().all(|octet| octet.is_ascii_digit()))
            .and_then(|port| port.parse().ok())
            .filter(|port| *port > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let parts = |url| {
            let target = Target::of(url).unwrap();
            (
                target.host,
                target.port,
                target.tls,
                target.authority,
                target.path,
            )
        };
        let expect = |host: &str, port, tls, authority: &str, path: &str| {
            (
                host.to_owned(),
                port,
                tls,
                authority.to_owned(),
                path.to_owned(),
            )
        };
        assert_eq!(parts("http://h"), expect("h", 80, false, "h", "/"));
        assert_eq!(
            parts("https://H:8443/a?b=c"),
            expect("H", 8443, true, "H:8443", "/a?b=c")
        );
        assert_eq!(
            parts("http://[::1]:81?x"),
            expect("::1", 81, false, "[::1]:81", "/?x")
        );
        assert_eq!(parts("https://h:/a"), expect("h", 443, true, "h", "/a"));
        assert_eq!(
            Target::of("https://Example.com/").unwrap().line(),
            "example.com:443"
        );
    }

    #[test]
    fn what_can_be_posted_to_is_taken() {
        for url in [
            "http://h",
            "https://example.com/hook?a=b@c",
            "http://127.0.0.1:1/a@b",
            "http://[::1]:65535/",
            "HTTP://h:/",
            "http://4.example./",
            "http://1e100.net/",
            "http://h0x1/",
        ] {
            assert!(Target::of(url).is_ok(), "{url}");
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
            ("http://127.1/", "IPv4"),
            ("http://2130706433/", "IPv4"),
            ("http://0x7f000001/", "IPv4"),
            ("http://0X7F.1/", "IPv4"),
            ("http://0177.0.0.1/", "IPv4"),
            ("http://127.0.0.1./", "IPv4"),
            ("http://h.0x/", "IPv4"),
            ("http://1.2.3.4.5/", "IPv4"),
        ] {
            let refused = Target::of(url).unwrap_err();
            assert!(refused.contains(why), "{url}: {refused}");
            assert!(!refused.contains("u:p"), "{refused}");
        }
    }
}
