//! The certificate that the daemon shows or would show.

use std::os::unix::fs::MetadataExt as _;

use api::http::{Certificate, Source};
use gateway::clock;

use super::Outcome;
use crate::config::Config;

/// Within so many days the end of a certificate is warned of.
const SOON_DAYS: u64 = 14;

pub(super) fn check(config: &Config, outcomes: &mut Vec<Outcome>) {
    let Some(source) = config.certificate_source() else {
        return;
    };
    outcomes.push(match source.look() {
        Ok(Some(certificate)) => judged(&source, &certificate),
        Ok(None) => Outcome::ok("tls", format!("{source} will be made at the first start")),
        Err(error) => Outcome::fail("tls", error.to_string()),
    });
}

fn is_open_to_all(source: &Source) -> bool {
    let Source::Files { key, .. } = source else {
        return false;
    };
    std::fs::metadata(key).is_ok_and(|key| key.mode() & 0o004 != 0)
}

fn judged(source: &Source, certificate: &Certificate) -> Outcome {
    let now = clock::system();
    let Certificate {
        ends_at,
        fingerprint,
        names,
        ..
    } = certificate;
    let by = if certificate.self_signed {
        "self-signed, "
    } else {
        ""
    };
    let names = names.join(", ");
    let told = format!("{source}: {by}until {ends_at}, for {names}; SHA-256 {fingerprint}");
    // A certificate of our own is renewed by the daemon.
    let own = matches!(source, Source::SelfSigned(_));
    let days = now.until(*ends_at).as_secs() / (24 * 60 * 60);
    match certificate.fault(now) {
        _ if own => Outcome::ok("tls", told),
        Some(fault) => Outcome::fail("tls", format!("{told}. {fault}")),
        None if days < SOON_DAYS => Outcome::warn("tls", format!("{told}. It ends in {days} days")),
        None if is_open_to_all(source) => {
            let what = "Every user of this machine can read its key: chmod 640";
            Outcome::warn("tls", format!("{told}. {what}"))
        }
        None => Outcome::ok("tls", told),
    }
}
