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
        Self::with(name, |_| ()).await
    }

    /// The same with a certificate that says something else too.
    async fn with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
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
        self.answer(ca, print)
            .await
            .is_ok_and(|answer| answer.is_success())
    }

    /// Why it is not trusted that is known so.
    async fn refused(&self, ca: Option<&str>, print: Option<&str>) -> Untrusted {
        match self.answer(ca, print).await {
            Err(crate::webhooks::Unanswered::Certificate(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    async fn answer(
        &self,
        ca: Option<&str>,
        print: Option<&str>,
    ) -> Result<crate::webhooks::PostAnswer, crate::webhooks::Unanswered> {
        let dir = tempfile::tempdir().unwrap();
        let wait = std::time::Duration::from_mins(5);
        let store = store::Store::open(dir.path(), wait).unwrap();
        let webhooks = Webhooks::new(store.webhooks().clone(), &[PostTo::Loopback], Vec::new());
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
        answered
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
    let why = receiver.refused(None, Some(&"ab".repeat(32))).await;
    assert_eq!(why, Untrusted::Other);
    // The certificate alone counts then.
    let other = Receiver::start("127.0.0.1").await;
    assert!(!other.is_reached(Some(&other.ca), Some(print)).await);
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told_in_words() {
    let name = "127.0.0.1";
    let old = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    };
    let early = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(4000, 1, 1);
    };
    let expired = Receiver::with(name, old).await;
    assert_eq!(
        expired.refused(Some(&expired.ca), None).await,
        Untrusted::Expired
    );
    // Who pins a certificate wants that one, however old.
    assert!(expired.is_reached(None, Some(&expired.fingerprint)).await);
    let early = Receiver::with(name, early).await;
    assert_eq!(
        early.refused(Some(&early.ca), None).await,
        Untrusted::TooEarly
    );
    let other = Receiver::start("other.example").await;
    assert_eq!(
        other.refused(Some(&other.ca), None).await,
        Untrusted::OtherName
    );
    assert_eq!(
        other.refused(Some(&expired.ca), None).await,
        Untrusted::UnknownIssuer
    );
    let told = expired.answer(Some(&expired.ca), None).await.unwrap_err();
    let words =
        "no connection: the receiver's certificate has expired: the receiver needs a new one";
    assert_eq!(told.to_string(), words);
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
