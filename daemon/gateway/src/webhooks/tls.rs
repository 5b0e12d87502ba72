//! TLS to a receiver: by the system's certificate authorities, by its own, or by its very certificate.

use std::sync::{Arc, OnceLock};

use model::WebhookTls;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use sha2::{Digest as _, Sha256};

/// Octets of a certificate's fingerprint.
const FINGERPRINT: usize = 32;

/// What is said of a certificate that is not the pinned one.
const OTHER_CERTIFICATE: CertificateError = CertificateError::ApplicationVerificationFailure;

/// Why TLS cannot be set up as configured.
#[derive(Debug, thiserror::Error)]
pub enum BadTls {
    #[error("must be PEM with one certificate at least, of a certificate authority")]
    Ca,
    #[error("must be the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons")]
    Fingerprint,
    #[error("the system has no CA certificates")]
    NoRoots,
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] Error),
}

/// Why the certificate that a receiver shows is not trusted, in the words of who can mend that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    #[error(
        "the receiver shows another certificate than the one that is pinned (tls.fingerprint): \
         pin the new one if it is the receiver's"
    )]
    Other,
    #[error("the receiver's certificate has expired: the receiver needs a new one")]
    Expired,
    #[error("the receiver's certificate is not valid yet: its clock or this machine's is wrong")]
    TooEarly,
    #[error("the receiver's certificate is for another name than the one in the URL")]
    OtherName,
    #[error(
        "nobody whom this machine trusts has signed the receiver's certificate: \
         set tls.ca to its authority, or tls.fingerprint to the certificate's"
    )]
    UnknownIssuer,
}

impl Untrusted {
    /// None where the certificate is not what is wrong, or there are no better words than those of TLS.
    pub(super) fn of(error: &Error) -> Option<Self> {
        let Error::InvalidCertificate(why) = error else {
            return None;
        };
        match why {
            why if *why == OTHER_CERTIFICATE => Some(Self::Other),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Some(Self::Expired)
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Some(Self::TooEarly)
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Some(Self::OtherName)
            }
            // An authority of the same name, with another key.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Some(Self::UnknownIssuer)
            }
            _ => None,
        }
    }
}

/// A fingerprint as 64 digits in lower case, as it is kept.
pub(crate) fn fingerprint(text: &str) -> Result<String, BadTls> {
    let digits = text.replace(':', "").to_ascii_lowercase();
    octets(&digits).map(|_| digits).ok_or(BadTls::Fingerprint)
}

fn octets(digits: &str) -> Option<[u8; FINGERPRINT]> {
    let octet = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let all: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(octet).collect();
    all?.try_into().ok()
}

/// Certificate authorities, before they are stored.
pub(crate) fn check_ca(pem: &str) -> Result<(), BadTls> {
    own_roots(pem).map(drop)
}

pub(super) fn config(tls: &WebhookTls) -> Result<Arc<ClientConfig>, BadTls> {
    // The provider is named: a process-wide default would be somebody else's choice.
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let config = match (&tls.fingerprint, &tls.ca) {
        (Some(digits), _) => {
            let fingerprint = octets(digits).ok_or(BadTls::Fingerprint)?;
            let pinned = Arc::new(Pinned {
                fingerprint,
                provider,
            });
            let builder = builder.dangerous().with_custom_certificate_verifier(pinned);
            builder.with_no_client_auth()
        }
        (None, Some(pem)) => builder
            .with_root_certificates(own_roots(pem)?)
            .with_no_client_auth(),
        (None, None) => builder
            .with_root_certificates(system_roots()?)
            .with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

fn own_roots(pem: &str) -> Result<RootCertStore, BadTls> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|_| BadTls::Ca)?;
        roots.add(certificate).map_err(|_| BadTls::Ca)?;
    }
    if roots.is_empty() {
        return Err(BadTls::Ca);
    }
    Ok(roots)
}

/// Read once: some hundred files. Those that are installed later count after a restart.
fn system_roots() -> Result<Arc<RootCertStore>, BadTls> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        // One unreadable certificate of the system's is no reason to refuse the others.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Arc::new(roots)
    });
    if roots.is_empty() {
        return Err(BadTls::NoRoots);
    }
    Ok(Arc::clone(roots))
}

/// Takes one certificate, whatever it says, from whoever proves to have its key.
#[derive(Debug)]
struct Pinned {
    fingerprint: [u8; FINGERPRINT],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown: [u8; FINGERPRINT] = Sha256::digest(end_entity).into();
        if shown == self.fingerprint {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(OTHER_CERTIFICATE.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests;
