//! The headers that every answer has: what a browser must not do with it.

use axum::http::{HeaderMap, HeaderValue, header};

/// Pages have their scripts and styles in files of their own, so nothing inline is allowed.
const ALWAYS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (
        "permissions-policy",
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), \
         magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    // For browsers that do not know `frame-ancestors`.
    ("x-frame-options", "DENY"),
];

/// Unless the answer says otherwise: what is only true now, and for this key only.
const KEPT: (&str, &str) = ("cache-control", "no-store");

/// A year: for so long a browser asks for this host by HTTPS alone.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds them to an answer. With `hsts`, browsers are also told to come by HTTPS alone.
pub(crate) fn dress(headers: &mut HeaderMap, hsts: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let (name, value) = KEPT;
    let kept = headers.entry(name);
    kept.or_insert(HeaderValue::from_static(value));
    if hsts {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
}

/// The same as lines of a head, for answers that are written by hand.
pub(crate) fn lines() -> String {
    let line = |(name, value)| format!("{name}: {value}\r\n");
    ALWAYS.map(line).concat() + &line(KEPT)
}
