//! Receivers with certificates of an own authority, and by their very certificate.

use std::net::SocketAddr;

use model::{WebhookConfig, WebhookTls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::super::Webhooks;
use super::*;
use crate::settings::PostTo;

/// A receiver of this machine, its authority and its certificate.
struct Receiver {
    address: SocketAddr,
    ca: String,
    fingerprint: String,
}

impl Receiver {
    /// `name`: what its certificate is for.
    async fn start(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &*ca).unwrap();
        let digest = Sha256::digest(certificate.der());
        let digits: Vec<String> = digest.iter().map(|octet| format!("{octet:02X}")).collect();
        let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                // One that does not trust us hangs up.
                let Ok(mut client) = acceptor.accept(client).await else {
                    continue;
                };
                let mut read = [0; 4096];
                let _ = client.read(&mut read).await;
                let _ = client.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                let _ = client.shutdown().await;
            }
        });
        Self {
            address,
            ca: ca.pem(),
            fingerprint: digits.join(":"),
        }
    }

    /// Whether a webhook reaches it that knows it so.
    async fn is_reached(&self, ca: Option<&str>, print: Option<&str>) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let wait = std::time::Duration::from_mins(5);
        let store = store::Store::open(dir.path(), wait).unwrap();
        let webhooks = Webhooks::new(store.webhooks().clone(), &[PostTo::Loopback], None);
        let config = WebhookConfig {
            url: Some(format!("https://{}/", self.address)),
            events: Vec::new(),
            secret: None,
            old_secret: None,
            enabled: true,
            tls: WebhookTls {
                ca: ca.map(str::to_owned),
                fingerprint: print.map(|print| fingerprint(print).unwrap()),
            },
        };
        let name = "crm".parse().unwrap();
        let (answered, _) = webhooks.test(&name, &config).await.unwrap();
        answered.is_ok_and(|answer| answer.is_success())
    }
}

#[tokio::test]
async fn a_receiver_is_known_by_its_authority_and_its_name() {
    let receiver = Receiver::start("127.0.0.1").await;
    assert!(receiver.is_reached(Some(&receiver.ca), None).await);
    assert!(!receiver.is_reached(None, None).await);
    let other = Receiver::start("other.example").await;
    assert!(!receiver.is_reached(Some(&other.ca), None).await);
    assert!(!other.is_reached(Some(&other.ca), None).await);
}

#[tokio::test]
async fn a_receiver_is_known_by_its_certificate_whatever_that_says() {
    let receiver = Receiver::start("other.example").await;
    let print = receiver.fingerprint.as_str();
    assert!(receiver.is_reached(None, Some(print)).await);
    assert!(!receiver.is_reached(None, Some(&"ab".repeat(32))).await);
    // The certificate alone counts then.
    let other = Receiver::start("127.0.0.1").await;
    assert!(!other.is_reached(Some(&other.ca), Some(print)).await);
}

#[test]
fn a_fingerprint_is_taken_as_openssl_prints_it() {
    let printed = vec!["AB"; FINGERPRINT].join(":");
    assert_eq!(fingerprint(&printed).unwrap(), "ab".repeat(FINGERPRINT));
    let bad = [
        "",
        "ab",
        &"g".repeat(64),
        &"ab".repeat(31),
        &"ab".repeat(33),
        &"é".repeat(32),
    ];
    for bad in bad {
        assert!(fingerprint(bad).is_err(), "{bad}");
    }
}
