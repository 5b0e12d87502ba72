//! The certificate that the server shows, and its renewal while the server runs.

mod addresses;
mod certificate;
mod handshake;
mod keeper;
mod names;
mod pem;
mod self_signed;
#[cfg(test)]
pub(super) mod tests;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::{fmt, io};

use gateway::clock;
use model::Time;
use rustls::ServerConfig;
use rustls_pki_types::CertificateDer;

pub use certificate::Certificate;
pub(super) use handshake::shake_hands;
use self_signed::Files;

/// Where the certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Made here, in this directory.
    SelfSigned(PathBuf),
    /// PEM files; they may be one.
    Files {
        /// The server's certificate first, then those above it.
        certificate: PathBuf,
        /// The key of the first certificate.
        key: PathBuf,
    },
}

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TlsError(#[from] Fault);

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("cannot read {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("cannot write {}: {error}", path.display())]
    Unwritable { path: PathBuf, error: io::Error },
    #[error("{}: {what}", path.display())]
    Unusable { path: PathBuf, what: String },
    #[error("cannot make a certificate: {0}")]
    Unmade(#[from] rcgen::Error),
}

impl Fault {
    fn unusable(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self::Unusable {
            path: path.into(),
            what: what.into(),
        }
    }

    fn is_missing(&self) -> bool {
        matches!(self, Self::Unreadable { error, .. } if error.kind() == io::ErrorKind::NotFound)
    }
}

impl Source {
    /// What would be shown, without making anything. None where the first start makes it.
    pub fn look(&self) -> Result<Option<Certificate>, TlsError> {
        let shown = match self {
            Self::SelfSigned(dir) => match Files::in_dir(dir).load() {
                Err(error) if error.is_missing() => return Ok(None),
                loaded => loaded,
            },
            Self::Files { certificate, key } => pem::load(certificate, key),
        };
        Ok(Some(shown?.certificate))
    }

    /// What is to be shown now; a certificate of our own is made where one is due.
    fn current(&self, now: Time) -> Result<Shown, Fault> {
        match self {
            Self::SelfSigned(dir) => Files::in_dir(dir).current(now),
            Self::Files { certificate, key } => pem::load(certificate, key),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SelfSigned(dir) => Files::in_dir(dir).certificate.display().fmt(f),
            Self::Files { certificate, .. } => certificate.display().fmt(f),
        }
    }
}

/// A certificate with all that a handshake needs.
struct Shown {
    config: Arc<ServerConfig>,
    /// What is sent: the certificate, and those above it.
    chain: Vec<CertificateDer<'static>>,
    certificate: Certificate,
}

/// The certificate that new connections are shown.
#[derive(Clone)]
pub struct Certificates {
    source: Source,
    shown: Arc<RwLock<Arc<Shown>>>,
}

impl Certificates {
    /// Reads the certificate, or makes it. One that has ended is shown all the same: whoever connects
    /// is told by their own program, and messages go on.
    pub fn open(source: Source) -> Result<Self, TlsError> {
        let shown = Arc::new(source.current(clock::system())?);
        Ok(Self {
            source,
            shown: Arc::new(RwLock::new(shown)),
        })
    }

    /// What is known of it.
    pub fn certificate(&self) -> Certificate {
        self.shown().certificate.clone()
    }

    /// What of it may need a person.
    pub fn for_attention(&self) -> gateway::attention::Certificate {
        let (certificate, now) = (self.certificate(), clock::system());
        gateway::attention::Certificate {
            place: self.source.to_string(),
            ends_at: certificate.ends_at,
            fault: certificate.fault(now),
            names: certificate.names,
            self_signed: certificate.self_signed,
            fingerprint: certificate.fingerprint,
            now,
        }
    }

    pub(super) fn is_self_signed(&self) -> bool {
        self.shown().certificate.self_signed
    }

    fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.shown().config)
    }

    fn shown(&self) -> Arc<Shown> {
        Arc::clone(&self.shown.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn show(&self, shown: Shown) {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(shown);
    }
}
