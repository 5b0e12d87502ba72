//! TLS to the daemon, and whom to trust there: the system's CAs, a CA of one's own, or one certificate.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, StreamOwned};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest as _, Sha256};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

use super::Failure;

/// SHA-256 of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Reads it as `simgate check`, browsers and openssl show it: in hexadecimal, with colons or without.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|letter| *letter != ':').collect();
        let octets = hex::decode(digits.trim()).ok()?;
        octets.try_into().ok().map(Self)
    }

    /// That of the first certificate in a PEM file; none where it cannot be read.
    pub(super) fn of_file(path: &Path) -> Option<Self> {
        let certificate = CertificateDer::from_pem_file(path).ok()?;
        Some(Self(Sha256::digest(&certificate).into()))
    }
}

/// Which certificates of the daemon are good.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// None: for plain HTTP.
    Nobody,
    /// Those that a CA of the system's has signed.
    System,
    /// Those that a CA in this PEM file has signed, or that stand in it.
    Ca(PathBuf),
    /// This one alone, whatever its names and times are.
    Pinned(Fingerprint),
}

impl Trust {
    pub(super) fn connector(&self) -> Result<TlsConnector, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(Failure::refused)?;
        let config = match self {
            Self::Nobody => builder.with_root_certificates(RootCertStore::empty()),
            Self::System => builder.with_root_certificates(system_roots()),
            Self::Ca(path) => builder.with_root_certificates(own_roots(path)?),
            Self::Pinned(fingerprint) => {
                let pin = Pin {
                    fingerprint: *fingerprint,
                    provider,
                };
                let builder = builder.dangerous();
                builder.with_custom_certificate_verifier(Arc::new(pin))
            }
        };
        Ok(TlsConnector(Arc::new(config.with_no_client_auth())))
    }
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    // One unreadable certificate of the system's is no reason to refuse the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

fn own_roots(path: &Path) -> Result<RootCertStore, Failure> {
    let wrong = |what: String| Failure::Usage(format!("{}: {what}", path.display()));
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| wrong(format!("it is damaged: {error}")))?;
        let added = roots.add(certificate);
        added.map_err(|error| wrong(format!("a certificate cannot be used: {error}")))?;
    }
    if roots.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    Ok(roots)
}

/// Takes one certificate and no other.
#[derive(Debug)]
struct Pin {
    fingerprint: Fingerprint,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if Sha256::digest(certificate)[..] == self.fingerprint.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            let error = rustls::CertificateError::ApplicationVerificationFailure;
            Err(rustls::Error::InvalidCertificate(error))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// Secures connections to https addresses. Ureq's own takes no verifier, and so no fingerprint.
pub(super) struct TlsConnector(Arc<ClientConfig>);

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConnector")
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, Secured>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        if !details.needs_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let host = details.uri.host().unwrap_or_default();
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(host);
        let name = name.map_err(|_| ureq::Error::Tls("the address has no host name"))?;
        let connection = ClientConnection::new(Arc::clone(&self.0), name);
        let mut connection = connection.map_err(ureq::Error::Rustls)?;
        let mut adapter =
            TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        adapter.set_timeout(details.timeout);
        connection.complete_io(&mut adapter)?;
        let sizes = (
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Some(Either::B(Secured {
            buffers: LazyBuffers::new(sizes.0, sizes.1),
            stream: StreamOwned::new(connection, adapter),
        })))
    }
}

/// A connection with TLS.
pub(super) struct Secured {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secured")
    }
}

impl Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let output = &self.buffers.output()[..amount];
        self.stream.write_all(output)?;
        Ok(self.stream.flush()?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_as_it_is_shown() {
        let shown = ["AB"; 32].join(":");
        let read = Fingerprint::parse(&shown).unwrap();
        assert_eq!(read, Fingerprint([0xAB; 32]));
        assert_eq!(Fingerprint::parse(&"ab".repeat(32)), Some(read));
        for wrong in [
            "",
            "AB",
            &"AB".repeat(33),
            &"xy".repeat(32),
            &"AB".repeat(20),
        ] {
            assert_eq!(Fingerprint::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ca.pem");
        for (content, what) in [(None, "No such file"), (Some("x"), "no certificate")] {
            if let Some(content) = content {
                std::fs::write(&path, content).unwrap();
            }
            let Err(Failure::Usage(said)) = Trust::Ca(path.clone()).connector() else {
                panic!("{content:?} is taken");
            };
            assert!(said.contains("ca.pem") && said.contains(what), "{said}");
        }
    }
}
