//! Certificates and keys as PEM: whether there is one to be read.

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// Enough for a bundle of certificate authorities, not for a file given by mistake.
pub(super) const MAX_OCTETS: usize = 256 * 1024;

/// Certificates, one at least.
pub(super) fn is_certificates(text: &str) -> bool {
    let mut found = 0;
    text.len() <= MAX_OCTETS
        && CertificateDer::pem_slice_iter(text.as_bytes()).all(|read| {
            found += 1;
            read.is_ok_and(|der| is_sequence(&der))
        })
        && found > 0
}

/// A private key without a passphrase.
pub(super) fn is_private_key(text: &str) -> bool {
    text.len() <= MAX_OCTETS
        && PrivateKeyDer::from_pem_slice(text.as_bytes())
            .is_ok_and(|key| is_sequence(key.secret_der()))
}

/// Whether it starts as DER of a certificate or key does (X.690 §8.9): text that was only made to
/// look like PEM does not.
fn is_sequence(der: &[u8]) -> bool {
    der.first() == Some(&0x30)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(kind: &str, base64: &str) -> String {
        format!("-----BEGIN {kind}-----\n{base64}\n-----END {kind}-----\n")
    }

    #[test]
    fn what_is_no_pem_is_refused() {
        let certificate = pem("CERTIFICATE", "MAMCAQE=");
        let key = pem("PRIVATE KEY", "MAMCAQE=");
        assert!(is_certificates(&certificate));
        assert!(is_certificates(&format!("{certificate}{certificate}")));
        assert!(is_private_key(&key));
        for bad in [
            "",
            "/etc/ssl/certs/ca.pem",
            &key,
            &pem("CERTIFICATE", "!"),
            &pem("CERTIFICATE", "aGVsbG8="),
            &format!("{certificate}{}", pem("CERTIFICATE", "!")),
        ] {
            assert!(!is_certificates(bad), "{bad}");
        }
        for bad in ["", &certificate, &pem("ENCRYPTED PRIVATE KEY", "MAMCAQE=")] {
            assert!(!is_private_key(bad), "{bad}");
        }
    }
}
