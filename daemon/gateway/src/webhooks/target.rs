//! Where a post goes: the parts of an address.

use axum::http::Uri;

/// The parts of an `http` or `https` address that a post needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// A name, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: bool,
    /// For the header `Host`.
    pub(super) authority: String,
    /// Path and query.
    pub(super) path: String,
}

impl Target {
    /// None of what no post can go to.
    pub(super) fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let tls = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let authority = uri.authority()?;
        let host = authority.host();
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        // A query without a path begins with its question mark.
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        Some(Self {
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            tls,
            authority: authority.as_str().trim_end_matches(':').to_owned(),
            path,
        })
    }

    /// By what posts wait: name and port.
    pub(super) fn line(&self) -> String {
        format!("{}:{}", self.host.to_ascii_lowercase(), self.port)
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
        assert_eq!(Target::of("ftp://h/"), None);
    }
}
