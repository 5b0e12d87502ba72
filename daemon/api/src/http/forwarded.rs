//! Whose request it is, where a reverse proxy passes it on.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

/// The header in which proxies tell the client's address. Only one is believed: a proxy that writes
/// one of them lets the other pass as the client made it up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`, which all common proxies write.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The proxies whose word about the client counts.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    /// Their addresses.
    pub networks: Vec<IpNet>,
    /// What they write.
    pub header: ProxyHeader,
}

/// A trusted proxy names no address as its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Untold;

impl TrustedProxies {
    /// The client's address: the peer's, or where that is a trusted proxy, the rightmost one in its
    /// header that is none. Each proxy adds its own client on the right, so what stands left of that
    /// may be made up. All that a head may hold is read, once.
    pub(super) fn client(
        &self,
        peer: SocketAddr,
        headers: &HeaderMap,
    ) -> Result<SocketAddr, Untold> {
        if !self.trust(peer.ip().to_canonical()) {
            return Ok(peer);
        }
        let mut client = peer;
        for value in headers.get_all(self.header.name()).iter().rev() {
            let chain = value.to_str().ok().map(|value| self.header.chain(value));
            for told in chain.flatten().ok_or(Untold)?.iter().rev() {
                client = address(told).ok_or(Untold)?;
                if !self.trust(client.ip()) {
                    return Ok(client);
                }
            }
        }
        Ok(client)
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|net| net.contains(&address))
    }
}

impl ProxyHeader {
    fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            Self::Forwarded => header::FORWARDED,
        }
    }

    /// What one line of the header says of each hop, in its order; none where it cannot be read.
    fn chain(self, value: &str) -> Option<Vec<&str>> {
        match self {
            Self::XForwardedFor => Some(value.split(',').map(str::trim).collect()),
            Self::Forwarded => elements(value),
        }
    }
}

/// The `for` of each element of `Forwarded`. Strict, and line by line: a quotation mark that a client
/// left open must not swallow what the proxy adds.
fn elements(mut rest: &str) -> Option<Vec<&str>> {
    let mut chain = Vec::new();
    loop {
        let mut node = None;
        loop {
            let (name, after) = rest.split_once('=')?;
            let (value, after) = parameter(after)?;
            let name = name.trim_start();
            if !is_token(name) {
                return None;
            }
            if name.eq_ignore_ascii_case("for") && node.replace(value).is_some() {
                return None;
            }
            rest = after.trim_start();
            match rest.strip_prefix(';') {
                Some(more) => rest = more,
                None => break,
            }
        }
        chain.push(node?);
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return rest.is_empty().then_some(chain),
        }
    }
}

fn is_token(text: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet);
    !text.is_empty() && text.bytes().all(allowed)
}

/// A token or a quoted string (without escapes, which no address has), and what follows.
fn parameter(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, after) = quoted.split_once('"')?;
        return (!value.contains('\\')).then_some((value, after));
    }
    let end = text.find([',', ';', ' ', '\t']).unwrap_or(text.len());
    let (value, after) = text.split_at(end);
    (!value.is_empty() && !value.contains('"')).then_some((value, after))
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(SocketAddr::new(address.ip().to_canonical(), address.port()));
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let address: IpAddr = bare.unwrap_or(text).parse().ok()?;
    Some(SocketAddr::new(address.to_canonical(), 0))
}

#[cfg(test)]
mod tests;
