use axum::body::Body;
use axum::routing::get;

use super::*;

async fn ask(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let api = Router::new()
        .route("/api/v1/x", get(async || "api"))
        .fallback(async || (StatusCode::NOT_FOUND, "api"));
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let answer = in_front_of(api).oneshot(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap()
        .to_vec();
    (head.status, head.headers, body)
}

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

#[tokio::test]
async fn what_is_the_apis_goes_to_the_api() {
    for (method, path) in [
        ("GET", "/api/v1/x"),
        ("GET", "/api/v2"),
        ("GET", "/healthz"),
        ("POST", "/"),
        ("GET", "/metrics"),
    ] {
        let (_, _, body) = ask(method, path, &[BROWSER]).await;
        assert_eq!(body, b"api", "{method} {path}");
    }
}

#[tokio::test]
async fn a_program_is_told_of_a_path_that_is_not_there() {
    let (status, _, body) = ask("GET", "/mesages", &[("accept", "*/*")]).await;
    assert_eq!(
        (status, body.as_slice()),
        (StatusCode::NOT_FOUND, b"api".as_slice())
    );
}

#[cfg(not(without_page))]
mod built {
    use super::*;

    #[tokio::test]
    async fn every_page_is_the_index_and_is_asked_for_again() {
        for path in ["/", "/inbox", "/messages/01a2", "/index.html"] {
            let (status, headers, body) =
                ask("GET", path, &[BROWSER, ("accept-encoding", "gzip, br")]).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert!(!headers.contains_key(header::CONTENT_ENCODING), "{path}");
            assert_eq!(headers[header::CONTENT_TYPE], "text/html", "{path}");
            assert_eq!(headers[header::CACHE_CONTROL], "no-cache", "{path}");
            assert!(body.starts_with(b"<!doctype html>"), "{path}");
        }
    }

    #[tokio::test]
    async fn files_of_the_index_come_with_their_type_in_the_form_asked_for() {
        let (_, _, index) = ask("GET", "/", &[]).await;
        let index = String::from_utf8(index).unwrap();
        let paths: Vec<&str> =
            (index.split('"').filter(|text| text.starts_with("/_app/"))).collect();
        assert!(paths.len() > 3, "{index}");
        for path in paths {
            let kind = if path.contains("/assets/") {
                "text/css"
            } else {
                "text/javascript"
            };
            let mut sizes = Vec::new();
            for (accepted, coding) in [
                ("identity", None),
                ("gzip", Some("gzip")),
                ("gzip, br", Some("br")),
                ("br;q=0, gzip", Some("gzip")),
                ("*", Some("br")),
            ] {
                let (status, headers, body) =
                    ask("GET", path, &[("accept-encoding", accepted)]).await;
                assert_eq!(status, StatusCode::OK, "{path}");
                assert_eq!(headers[header::CONTENT_TYPE], kind, "{path}");
                assert_eq!(
                    headers[header::CACHE_CONTROL],
                    "public, max-age=31536000, immutable"
                );
                assert_eq!(headers[header::VARY], "accept-encoding");
                let told = headers
                    .get(header::CONTENT_ENCODING)
                    .map(|told| told.to_str().unwrap());
                assert_eq!(told, coding, "{path} {accepted}");
                sizes.push(body.len());
            }
            assert!(
                sizes[0] == sizes[0].max(sizes[1]) || sizes[0] < 300,
                "{path} {sizes:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_file_of_another_version_is_not_the_index() {
        let (status, _, body) = ask("GET", "/_app/immutable/entry/start.old.js", &[BROWSER]).await;
        assert_eq!(
            (status, body.as_slice()),
            (StatusCode::NOT_FOUND, b"api".as_slice())
        );
    }

    #[tokio::test]
    async fn nothing_stands_inline() {
        let (_, _, index) = ask("GET", "/", &[]).await;
        let index = String::from_utf8(index).unwrap();
        assert!(
            !index.contains("<script>") && !index.contains("<style") && !index.contains(" style="),
            "{index}"
        );
    }
}

/// `tests/run without-npm` builds and runs these.
#[cfg(without_page)]
mod not_built {
    use super::*;

    #[tokio::test]
    async fn the_first_page_says_how_to_get_the_page() {
        for headers in [&[BROWSER] as &[_], &[]] {
            let (status, headers, body) = ask("GET", "/", headers).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
            assert_eq!(headers[header::CONTENT_TYPE], "text/plain; charset=utf-8");
            let body = String::from_utf8(body).unwrap();
            for said in ["npm", "cargo build --release", "/api/v1/openapi.json"] {
                assert!(body.contains(said), "{body}");
            }
        }
    }

    #[tokio::test]
    async fn files_of_the_page_are_the_apis_not_found() {
        let (status, _, body) = ask("GET", "/_app/immutable/entry/start.js", &[]).await;
        assert_eq!(
            (status, body.as_slice()),
            (StatusCode::NOT_FOUND, b"api".as_slice())
        );
    }
}
