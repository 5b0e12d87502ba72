//! What browsers send by themselves, and what pages of other sites must not have them do.

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use gateway::users::SESSION_LASTS;
use model::SessionToken;

use crate::http::ByTls;
use crate::problem::{Kind, Problem};

/// The cookie over TLS: browsers take one of this name from this host alone, and by TLS alone.
pub(crate) const SECURE_COOKIE: &str = "__Host-simgate";
/// The cookie over plain HTTP.
const PLAIN_COOKIE: &str = "simgate";
/// In which a page sends the token that it has read from an answer.
const CSRF: &str = "x-csrf-token";

/// The token of the session that a request brings. By TLS, a cookie that may have come by plain HTTP
/// does not count.
pub(crate) fn presented_session(parts: &Parts) -> Option<SessionToken> {
    let wanted = cookie_name(parts);
    let cookies = parts.headers.get_all(header::COOKIE).iter();
    let pairs = cookies.filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|value| value.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        (name.trim() == wanted).then(|| SessionToken::presented(value.trim()))
    })
}

/// A cookie for as long as a session may last. No script sees it, and no other site's page has the
/// browser send it.
pub(crate) fn set_cookie(parts: &Parts, token: &SessionToken) -> HeaderValue {
    cookie(parts, token.as_str(), SESSION_LASTS.as_secs())
}

/// Has the browser forget it.
pub(crate) fn clear_cookie(parts: &Parts) -> HeaderValue {
    cookie(parts, "", 0)
}

fn cookie(parts: &Parts, value: &str, seconds: u64) -> HeaderValue {
    let name = cookie_name(parts);
    let secure = if name == SECURE_COOKIE {
        "; Secure"
    } else {
        ""
    };
    let cookie =
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    // Letters and digits only.
    HeaderValue::try_from(cookie).unwrap_or(HeaderValue::from_static(""))
}

fn cookie_name(parts: &Parts) -> &'static str {
    if is_secure(parts) {
        SECURE_COOKIE
    } else {
        PLAIN_COOKIE
    }
}

/// Whether the browser speaks TLS: to us, or to a proxy, which says so. Who lies about it harms
/// nobody else: the browser takes no such cookie.
fn is_secure(parts: &Parts) -> bool {
    let told = text(&parts.headers, "x-forwarded-proto");
    parts.extensions.get::<ByTls>().is_some()
        || told.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

/// Whether it is a script of a page that asks, and not whoever typed the address.
pub(crate) fn is_page(parts: &Parts) -> bool {
    text(&parts.headers, "sec-fetch-mode").is_some_and(|mode| mode != "navigate")
}

/// A change by a session: only our own pages can have read the token of it.
pub(crate) fn check_change(parts: &Parts, session: &SessionToken) -> Result<(), Problem> {
    if parts.method.is_safe() {
        return Ok(());
    }
    check_origin(parts)?;
    let sent = text(&parts.headers, CSRF).unwrap_or_default();
    // Compared by their hashes, so that the time tells nothing of where they differ.
    let same =
        SessionToken::presented(sent).hash() == SessionToken::presented(&session.csrf()).hash();
    if same {
        return Ok(());
    }
    let how = "Send the csrf_token of GET /api/v1/session in the header X-CSRF-Token.";
    Err(Problem::new(Kind::Forbidden, how))
}

/// Whether a browser says that a page of another site asks. What is no browser says nothing.
pub(crate) fn check_origin(parts: &Parts) -> Result<(), Problem> {
    let headers = &parts.headers;
    let own = match text(headers, "sec-fetch-site") {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => match headers.get(header::ORIGIN) {
            Some(origin) => is_own(origin, headers.get(header::HOST)),
            None => true,
        },
    };
    if own {
        return Ok(());
    }
    let why = "A page of another site asks for this.";
    Err(Problem::new(Kind::Forbidden, why))
}

fn is_own(origin: &HeaderValue, host: Option<&HeaderValue>) -> bool {
    let (Ok(origin), Some(Ok(host))) = (origin.to_str(), host.map(HeaderValue::to_str)) else {
        return false;
    };
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::post("/api/v1/session");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_page_of_another_site_is_refused() {
        let host = ("host", "gw.local:8443");
        for (headers, own) in [
            (vec![], true),
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "none")], true),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![host, ("origin", "https://gw.local:8443")], true),
            (vec![host, ("origin", "https://GW.local:8443")], true),
            (vec![host, ("origin", "https://gw.local")], false),
            (vec![host, ("origin", "https://evil.example")], false),
            (vec![host, ("origin", "null")], false),
            (vec![("origin", "https://gw.local:8443")], false),
        ] {
            assert_eq!(check_origin(&parts(&headers)).is_ok(), own, "{headers:?}");
        }
    }

    #[test]
    fn a_change_needs_the_token_of_its_own_session() {
        let [mine, other] = [(); 2].map(|()| SessionToken::generate().unwrap());
        let checked = |token: &str| check_change(&parts(&[("x-csrf-token", token)]), &mine);
        assert!(checked(&mine.csrf()).is_ok());
        assert!(checked(&other.csrf()).is_err());
        assert!(checked(mine.as_str()).is_err());
        assert!(checked("").is_err());
        assert!(check_change(&parts(&[]), &mine).is_err());
        let mut read = parts(&[]);
        read.method = axum::http::Method::GET;
        assert!(check_change(&read, &mine).is_ok());
    }

    #[test]
    fn by_tls_only_the_cookie_counts_that_plain_http_cannot_set() {
        let both = ("cookie", "a=b; simgate=plain; __Host-simgate=secure");
        let of = |headers: &[_]| presented_session(&parts(headers));
        assert_eq!(of(&[both]), Some(SessionToken::presented("plain")));
        let tls = ("x-forwarded-proto", "https");
        assert_eq!(of(&[both, tls]), Some(SessionToken::presented("secure")));
        assert_eq!(of(&[("cookie", "simgate=plain"), tls]), None);
        let mut by_tls = parts(&[both]);
        by_tls.extensions.insert(ByTls);
        let secure = SessionToken::presented("secure");
        assert_eq!(presented_session(&by_tls), Some(secure));
        assert_eq!(of(&[]), None);
        let token = SessionToken::presented("abc");
        assert_eq!(
            set_cookie(&parts(&[tls]), &token),
            "__Host-simgate=abc; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure"
        );
        assert_eq!(
            clear_cookie(&parts(&[])),
            "simgate=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        );
    }
}
