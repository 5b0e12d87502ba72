//! TLS by rustls with ring.

use std::fmt;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};

/// TLS as a client.
#[derive(Clone)]
pub struct Tls {
    /// Own CA certificates, PEM; `None` is the system's roots.
    pub ca_pem: Option<String>,
    /// The name the certificate has to carry; `None` is [`Settings::host`](super::Settings::host).
    pub server_name: Option<String>,
    /// Client certificate chain, PEM; needs the key too.
    pub client_cert_pem: Option<String>,
    /// Key of the client certificate, PEM.
    pub client_key_pem: Option<String>,
}

impl fmt::Debug for Tls {
    // By hand: the key stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("own_ca", &self.ca_pem.is_some())
            .field("server_name", &self.server_name)
            .field("client_cert", &self.client_cert_pem.is_some())
            .finish_non_exhaustive()
    }
}

/// Why TLS cannot be set up as configured.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The CA is no PEM certificate, or one rustls cannot use.
    #[error("the CA is no usable PEM certificate")]
    Ca,
    /// The system has no CA certificates.
    #[error("the system has no CA certificates")]
    NoRoots,
    /// Not a DNS name or IP address.
    #[error("the server name is no DNS name or IP address")]
    ServerName,
    /// A certificate without a key or a key without a certificate.
    #[error("a client certificate needs its key, and a key its certificate")]
    HalfClient,
    /// The client certificate is no PEM certificate.
    #[error("the client certificate is no PEM certificate")]
    ClientCert,
    /// The client key is no PEM key.
    #[error("the client key is no PEM key")]
    ClientKey,
    /// rustls does not take it, for instance a key that is not the certificate's.
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
}

impl Tls {
    /// Whether certificates, key and name can be used, before they are stored. Reads no file.
    pub fn check(&self) -> Result<(), TlsError> {
        let roots = match &self.ca_pem {
            Some(pem) => own_roots(pem)?,
            None => RootCertStore::empty(),
        };
        if let Some(name) = &self.server_name {
            server_name(name)?;
        }
        self.config_with(roots).map(|_| ())
    }

    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        let roots = match &self.ca_pem {
            Some(pem) => own_roots(pem)?,
            None => system_roots()?,
        };
        self.config_with(roots).map(Arc::new)
    }

    fn config_with(&self, roots: RootCertStore) -> Result<ClientConfig, TlsError> {
        // The provider is named: a process-wide default would be somebody else's choice.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        match (&self.client_cert_pem, &self.client_key_pem) {
            (None, None) => Ok(builder.with_no_client_auth()),
            (Some(cert), Some(key)) => {
                let chain = certificates(cert).ok_or(TlsError::ClientCert)?;
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
                    .map_err(|_| TlsError::ClientKey)?;
                Ok(builder.with_client_auth_cert(chain, key)?)
            }
            _ => Err(TlsError::HalfClient),
        }
    }
}

pub(crate) fn server_name(name: &str) -> Result<ServerName<'static>, TlsError> {
    ServerName::try_from(name.to_owned()).map_err(|_| TlsError::ServerName)
}

fn own_roots(pem: &str) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem).ok_or(TlsError::Ca)? {
        roots.add(certificate).map_err(|_| TlsError::Ca)?;
    }
    Ok(roots)
}

fn system_roots() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    // One unreadable certificate of the system's is no reason to refuse the others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsError::NoRoots);
    }
    Ok(roots)
}

/// At least one certificate, or `None`.
fn certificates(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    found.ok().filter(|certificates| !certificates.is_empty())
}
