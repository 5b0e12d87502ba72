use axum::http::HeaderValue;

use super::*;

const PROXY: &str = "10.0.0.1";

fn proxies(header: ProxyHeader) -> TrustedProxies {
    let networks = ["10.0.0.0/24", "2001:db8:1::/48"].map(|net| net.parse().unwrap());
    TrustedProxies {
        networks: networks.to_vec(),
        header,
    }
}

/// Whom the request is taken to come from, with these lines of the header.
fn client(header: ProxyHeader, peer: &str, lines: &[&str]) -> Option<String> {
    let mut headers = HeaderMap::new();
    for line in lines {
        let value = HeaderValue::from_bytes(line.as_bytes()).unwrap();
        headers.append(header.name(), value);
    }
    let peer = SocketAddr::new(peer.parse().unwrap(), 40_000);
    let client = proxies(header).client(peer, &headers);
    client
        .ok()
        .map(|client| client.ip().to_canonical().to_string())
}

fn by_x(peer: &str, lines: &[&str]) -> Option<String> {
    client(ProxyHeader::XForwardedFor, peer, lines)
}

fn by_forwarded(lines: &[&str]) -> Option<String> {
    client(ProxyHeader::Forwarded, PROXY, lines)
}

#[test]
fn the_rightmost_address_that_is_no_proxy_is_the_clients() {
    let client = Some("192.0.2.7".to_owned());
    assert_eq!(by_x(PROXY, &["192.0.2.7"]), client);
    // What the client sent stands on the left, further proxies on the right.
    assert_eq!(by_x(PROXY, &["127.0.0.1, 10.0.0.9, 192.0.2.7"]), client);
    assert_eq!(by_x(PROXY, &["1.1.1.1, 192.0.2.7 ,10.0.0.2"]), client);
    assert_eq!(by_x(PROXY, &["127.0.0.1", "192.0.2.7", "10.0.0.2"]), client);
    assert_eq!(by_x("::ffff:10.0.0.1", &["192.0.2.7"]), client);
}

#[test]
fn a_header_from_anybody_else_is_not_looked_at() {
    for lines in [&["127.0.0.1"][..], &["10.0.0.1, 10.0.0.2"], &["garbage"]] {
        assert_eq!(by_x("192.0.2.7", lines).as_deref(), Some("192.0.2.7"));
        assert_eq!(by_x("10.0.1.1", lines).as_deref(), Some("10.0.1.1"));
    }
    let nobody = TrustedProxies::default();
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1"));
    let here = SocketAddr::from(([127, 0, 0, 1], 40_000));
    assert_eq!(nobody.client(here, &headers), Ok(here));
}

#[test]
fn only_the_header_that_the_proxies_write_is_believed() {
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", HeaderValue::from_static("192.0.2.7"));
    headers.insert("forwarded", HeaderValue::from_static("for=127.0.0.1"));
    let peer = SocketAddr::new(PROXY.parse().unwrap(), 40_000);
    for (header, client) in [
        (ProxyHeader::XForwardedFor, "192.0.2.7"),
        (ProxyHeader::Forwarded, "127.0.0.1"),
    ] {
        let found = proxies(header).client(peer, &headers).unwrap();
        assert_eq!(found.ip().to_string(), client);
    }
}

#[test]
fn a_proxy_without_a_word_or_with_proxies_alone_speaks_for_itself() {
    assert_eq!(by_x(PROXY, &[]).as_deref(), Some(PROXY));
    assert_eq!(
        by_x(PROXY, &["10.0.0.5, 10.0.0.6"]).as_deref(),
        Some("10.0.0.5")
    );
}

#[test]
fn ports_and_ipv6_are_read() {
    for (told, address) in [
        ("192.0.2.7:51234", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:2::1, 2001:db8:1::7", "2001:db8:2::1"),
        // A proxy's own address, mapped: it is passed over as such.
        ("192.0.2.7, ::ffff:10.0.0.3", "192.0.2.7"),
    ] {
        assert_eq!(by_x(PROXY, &[told]).as_deref(), Some(address), "{told}");
    }
}

#[test]
fn a_proxy_that_tells_no_address_tells_nothing() {
    for told in [
        "",
        ",",
        "unknown",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "1.2.3.4:99999",
        "[::1",
        "::1]",
        "[192.0.2.7",
        "fe80::1%eth0",
        "192.0.2.7,",
        "192.0.2.7, unknown",
        "192.0.2.7;",
        "\"192.0.2.7\"",
        "192.0.2.7 10.0.0.3",
        "é",
    ] {
        assert_eq!(by_x(PROXY, &[told]), None, "{told:?}");
    }
    assert_eq!(
        by_x(PROXY, &["unknown, garbage, 192.0.2.7"]).as_deref(),
        Some("192.0.2.7"),
        "what the client made up does not count"
    );
}

#[test]
fn a_long_chain_is_read_from_its_right() {
    let made_up = "127.0.0.1, ".repeat(3_000);
    let chain = format!("{made_up}192.0.2.7, 10.0.0.2");
    assert_eq!(by_x(PROXY, &[&chain]).as_deref(), Some("192.0.2.7"));
}

#[test]
fn elements_of_forwarded_are_read() {
    for (told, address) in [
        ("for=192.0.2.7", "192.0.2.7"),
        (
            "For=\"192.0.2.7:80\"; Proto=https;by=203.0.113.43",
            "192.0.2.7",
        ),
        ("proto=http;for=\"[2001:db8::1]:4711\"", "2001:db8::1"),
        ("for=127.0.0.1, for=192.0.2.7, for=10.0.0.2", "192.0.2.7"),
        ("for=unknown,for=192.0.2.7", "192.0.2.7"),
        (
            "for=127.0.0.1;host=\"a,for=1.1.1.1\", for=192.0.2.7",
            "192.0.2.7",
        ),
    ] {
        assert_eq!(by_forwarded(&[told]).as_deref(), Some(address), "{told}");
    }
}

/// A client opens a quotation mark, and the proxy adds its element to the same line.
#[test]
fn what_a_client_leaves_open_swallows_nothing() {
    for made_up in [
        "for=\"127.0.0.1",
        "for=127.0.0.1;x=\"",
        "for=127.0.0.1;",
        "for=127.0.0.1;x=\"\\",
        "\"",
        "=",
        "for",
        "for=",
        "for=127.0.0.1;for=127.0.0.1",
        "for=127.0.0.1;x",
        "for=127.0.0.1;x=y z",
        "for=127.0.0.1 for=127.0.0.1",
    ] {
        for added in [
            "for=192.0.2.7",
            "for=\"[2001:db8::1]:1\"",
            "for=\"192.0.2.7\";proto=http",
        ] {
            let line = format!("{made_up}, {added}");
            assert_eq!(by_forwarded(&[&line]), None, "{line}");
        }
        let apart = by_forwarded(&[made_up, "for=192.0.2.7"]);
        assert_eq!(apart.as_deref(), Some("192.0.2.7"), "{made_up}");
    }
    for hidden in ["for=_hidden", "for=unknown", "proto=https", ""] {
        assert_eq!(by_forwarded(&[hidden]), None, "{hidden:?}");
    }
}
