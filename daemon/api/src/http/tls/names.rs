//! The names and addresses by which clients may come to this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::addresses;

/// Addresses that a certificate of ours is made for; a machine has far fewer.
pub(super) const ADDRESSES: usize = 64;
/// Host names that it is made for; a machine has four at most.
pub(super) const HOSTS: usize = 16;

/// What a certificate of our own is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) hosts: Vec<String>,
    pub(super) addresses: Vec<IpAddr>,
}

impl Names {
    /// Those of this machine now.
    pub(super) fn now() -> Self {
        let found = addresses::current().unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot list this machine's addresses; its certificate is made without");
            Vec::new()
        });
        let host = rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned();
        Self::of(&host, found)
    }

    pub(super) fn of(host: &str, found: Vec<IpAddr>) -> Self {
        let mut hosts = vec!["localhost".to_owned()];
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if is_name(&host) {
            let (label, _) = host.split_once('.').unwrap_or((&host, ""));
            for name in [host.clone(), label.to_owned(), format!("{label}.local")] {
                if !hosts.contains(&name) {
                    hosts.push(name);
                }
            }
        }
        let mut addresses = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let mut found = found;
        found.sort_unstable();
        found.dedup();
        found.retain(|address| !addresses.contains(address));
        addresses.extend(found);
        addresses.truncate(ADDRESSES);
        Self { hosts, addresses }
    }

    /// With those that the last certificate lists: they may come back. Those that have been gone longest
    /// stand last, and are left out first.
    pub(super) fn with_last(mut self, listed: &[String]) -> Self {
        for name in listed {
            match name.parse() {
                Ok(address) if !self.addresses.contains(&address) => self.addresses.push(address),
                Err(_) if is_name(name) && !self.hosts.contains(name) => {
                    self.hosts.push(name.clone());
                }
                _ => {}
            }
        }
        self.hosts.truncate(HOSTS);
        self.addresses.truncate(ADDRESSES);
        self
    }

    /// All of them, as a certificate lists them.
    pub(super) fn all(&self) -> impl Iterator<Item = String> {
        let addresses = self.addresses.iter().map(IpAddr::to_string);
        self.hosts.iter().cloned().chain(addresses)
    }
}

/// Whether a certificate can have it as a DNS name.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        let allowed = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-';
        (1..=63).contains(&label.len()) && label.bytes().all(allowed)
    };
    text.len() <= 253 && text.split('.').all(is_label)
}
