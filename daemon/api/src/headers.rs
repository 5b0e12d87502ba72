//! The headers that every answer has: what a browser must not do with it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Pages have their scripts and styles in files of their own, so nothing inline is allowed.
const ALWAYS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
        ),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
             magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
        ),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    // For browsers that do not know `frame-ancestors`.
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

/// Unless the answer says otherwise: what is only true now, and for this key only.
const KEPT: (HeaderName, HeaderValue) =
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// A year: for so long a browser asks for this host by HTTPS alone.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds them to an answer. With `hsts`, browsers are also told to come by HTTPS alone.
pub(crate) fn dress(headers: &mut HeaderMap, hsts: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    let (name, value) = KEPT;
    headers.entry(name).or_insert(value);
    if hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
}

/// The same as lines of a head, for answers that are written by hand.
pub(crate) fn lines() -> String {
    let mut lines = String::new();
    for (name, value) in ALWAYS.into_iter().chain([KEPT]) {
        for piece in [
            name.as_str(),
            ": ",
            value.to_str().unwrap_or_default(),
            "\r\n",
        ] {
            lines += piece;
        }
    }
    lines
}
