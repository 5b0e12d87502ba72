//! Reading a certificate and its key from PEM files, and saying which of them is at fault.

use std::path::Path;
use std::sync::Arc;

use rustls::{InconsistentKeys, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::{Certificate, Fault, Shown};

/// HTTP/1.1 alone, as in `http::speak`.
const ALPN: &[u8] = b"http/1.1";
/// Octets of a file: a chain has some thousand.
const MOST: u64 = 1024 * 1024;

pub(super) fn load(certificate_path: &Path, key_path: &Path) -> Result<Shown, Fault> {
    let chain = chain(certificate_path)?;
    let key = key(key_path)?;
    let certificate = chain.first().and_then(|first| Certificate::read(first));
    let certificate = certificate.ok_or_else(|| {
        Fault::unusable(
            certificate_path,
            "its first certificate is no X.509 certificate",
        )
    })?;
    // The provider is named: a process-wide default would be somebody else's choice.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let built = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map(ServerConfigBuilder::with_no_client_auth)
        .and_then(|builder| builder.with_single_cert(chain.clone(), key));
    let mut config = built.map_err(|error| unfit(&error, certificate_path, key_path))?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    // All that are taken are strong; the strongest first, whatever a client prefers.
    config.ignore_client_order = true;
    Ok(Shown {
        config: Arc::new(config),
        chain,
        certificate,
    })
}

type ServerConfigBuilder = rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>;

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let pem = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(chain) if chain.is_empty() => Err(Fault::unusable(
            path,
            "there is no certificate in it (-----BEGIN CERTIFICATE-----)",
        )),
        Ok(chain) => Ok(chain),
        Err(error) => Err(Fault::unusable(path, format!("it is damaged: {error}"))),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, Fault> {
    let pem = read(path)?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|error| {
        let text = String::from_utf8_lossy(&pem);
        let what = match error {
            _ if text.contains("ENCRYPTED") => {
                "its key has a passphrase; write it without one: openssl pkey -in KEY -out NEW"
                    .to_owned()
            }
            rustls_pki_types::pem::Error::NoItemsFound => {
                "there is no key in it (-----BEGIN PRIVATE KEY-----)".to_owned()
            }
            error => format!("its key is damaged: {error}"),
        };
        Fault::unusable(path, what)
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let unreadable = |error| Fault::Unreadable {
        path: path.to_owned(),
        error,
    };
    let found = std::fs::metadata(path).map_err(unreadable)?;
    // A named pipe would be waited for, and no certificate be read any more.
    if !found.is_file() {
        return Err(Fault::unusable(path, "it is no regular file"));
    }
    if found.len() > MOST {
        return Err(Fault::unusable(path, "it has more than 1 MiB"));
    }
    std::fs::read(path).map_err(unreadable)
}

fn unfit(error: &rustls::Error, certificate: &Path, key: &Path) -> Fault {
    match error {
        rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            let what = format!(
                "it is not the key of the first certificate in {}; there the server's own must stand first",
                certificate.display()
            );
            Fault::unusable(key, what)
        }
        rustls::Error::InvalidCertificate(error) => Fault::unusable(
            certificate,
            format!("the certificate cannot be used: {error:?}"),
        ),
        error => {
            let what = format!("its key cannot be used: {error}. ECDSA, RSA and Ed25519 are taken");
            Fault::unusable(key, what)
        }
    }
}
