//! What a certificate says of itself.

use std::net::IpAddr;

use model::Time;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

/// What people are told of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The names and addresses that it is for.
    pub names: Vec<String>,
    /// Not before this.
    pub begins_at: Time,
    /// Not from this on.
    pub ends_at: Time,
    /// Nobody else vouches for it.
    pub self_signed: bool,
    /// SHA-256 of it, as in `AB:01:...`.
    pub fingerprint: String,
}

impl Certificate {
    /// None where it is no X.509 certificate.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let others = parsed.subject_alternative_name().ok()?;
        let names = others.map_or_else(Vec::new, |others| {
            let names = others.value.general_names.iter();
            names.filter_map(shown).collect()
        });
        let validity = parsed.validity();
        Some(Self {
            names,
            begins_at: Time::from_unix_seconds(validity.not_before.timestamp()),
            ends_at: Time::from_unix_seconds(validity.not_after.timestamp()),
            self_signed: parsed.subject().as_raw() == parsed.issuer().as_raw(),
            fingerprint: fingerprint(der),
        })
    }

    /// Why clients refuse it now, or none.
    pub fn fault(&self, now: Time) -> Option<String> {
        if now >= self.ends_at {
            return Some(format!("the certificate ended at {}", self.ends_at));
        }
        (now < self.begins_at).then(|| {
            let begins = self.begins_at;
            format!("the certificate is not valid before {begins}; this machine's clock says {now}")
        })
    }
}

/// As `openssl x509 -fingerprint -sha256` and browsers show it.
fn fingerprint(der: &[u8]) -> String {
    let octets = Sha256::digest(der);
    let octets: Vec<_> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    octets.join(":")
}

fn shown(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(octets) => match octets.len() {
            4 => <[u8; 4]>::try_from(*octets).ok().map(IpAddr::from),
            _ => <[u8; 16]>::try_from(*octets).ok().map(IpAddr::from),
        }
        .map(|address| address.to_string()),
        _ => None,
    }
}
