//! What plain HTTP answers beside HTTPS: where to go instead.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::problem::{Kind, Problem};

/// The port that HTTPS has where none is named.
const HTTPS: u16 = 443;

/// Sends every request on to the same host's HTTPS at `port`, with its method and body (308).
pub fn redirect_to_https(port: u16) -> Router {
    Router::new().fallback(redirect).with_state(port)
}

async fn redirect(State(port): State<u16>, request: Request) -> Response {
    location(&request, port).map_or_else(
        || {
            let detail =
                "This port only sends on to HTTPS, and the request names no host to go to.";
            Problem::new(Kind::MalformedRequest, detail).into_response()
        },
        |location| {
            (
                StatusCode::PERMANENT_REDIRECT,
                [(header::LOCATION, location)],
            )
                .into_response()
        },
    )
}

fn location(request: &Request, port: u16) -> Option<HeaderValue> {
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    // Whatever stands before an @ is no host.
    let host = authority.host();
    if host.is_empty() || authority.as_str().contains('@') {
        return None;
    }
    let port = match port {
        HTTPS => String::new(),
        port => format!(":{port}"),
    };
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    HeaderValue::try_from(format!("https://{host}{port}{path}")).ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use tower::ServiceExt as _;

    use super::*;

    async fn sent_to(host: &str, target: &str, port: u16) -> Result<String, StatusCode> {
        let request = Request::post(target).header(header::HOST, host);
        let request = request.body(Body::from("body")).unwrap();
        let answer = redirect_to_https(port).oneshot(request).await.unwrap();
        if answer.status() == StatusCode::PERMANENT_REDIRECT {
            return Ok(answer.headers()[header::LOCATION]
                .to_str()
                .unwrap()
                .to_owned());
        }
        Err(answer.status())
    }

    #[tokio::test]
    async fn a_request_is_sent_to_the_same_place_by_https() {
        for (host, target, port, location) in [
            (
                "gw:80",
                "/api/v1/messages?q=a%20b",
                443,
                "https://gw/api/v1/messages?q=a%20b",
            ),
            ("gw.example.net", "/", 8443, "https://gw.example.net:8443/"),
            (
                "[2001:db8::1]:8080",
                "/x",
                8443,
                "https://[2001:db8::1]:8443/x",
            ),
            (
                "192.0.2.1",
                "//evil.example/x",
                443,
                "https://192.0.2.1//evil.example/x",
            ),
            ("gw", "http://other/x", 443, "https://gw/x"),
            ("gw", "*", 443, "https://gw/"),
        ] {
            assert_eq!(sent_to(host, target, port).await.as_deref(), Ok(location));
        }
    }

    #[tokio::test]
    async fn a_request_without_a_host_is_refused() {
        for host in ["", "a b", "a@b", "a/b", "a\\b", ":80", "[::1", "x?y", "x#y"] {
            let refused = sent_to(host, "/", 443).await;
            assert_eq!(refused, Err(StatusCode::BAD_REQUEST), "{host:?}");
        }
    }
}
