//! TLS with an own CA, and with a client certificate.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use smpp::{State, Tls, TlsError};
use tokio_rustls::TlsAcceptor;

use super::owner::{Owner, accepted, settings};
use super::smsc::{BIND_TRANSCEIVER, Peer, SUBMIT_SM, Smsc};

struct Ca(CertifiedIssuer<'static, KeyPair>);

impl Ca {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate and its key, PEM.
    fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &*self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }
}

/// An acceptor for `smsc.example`, asking for certificates of `clients` if given.
fn acceptor(ca: &Ca, clients: Option<&Ca>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(clients.roots()), provider)
                .build()
                .unwrap(),
        ),
    };
    let (certificate, key) = ca.issue("smsc.example");
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()))
}

fn client(ca: &Ca) -> Tls {
    Tls {
        ca_pem: Some(ca.pem()),
        server_name: Some("smsc.example".to_owned()),
        client_cert_pem: None,
        client_key_pem: None,
    }
}

fn start(smsc: &Smsc, tls: Tls) -> Owner {
    let mut settings = settings(smsc.port());
    settings.tls = Some(tls);
    settings.check().unwrap();
    Owner::start(settings)
}

async fn bind_and_submit(smsc: &Smsc, acceptor: TlsAcceptor, owner: &mut Owner) {
    let stream = acceptor.accept(smsc.accept_tcp().await).await.unwrap();
    let mut peer = Peer::new(stream);
    peer.accept_bind(BIND_TRANSCEIVER).await;
    owner.until(|state| state == State::Bound).await;
    owner.submit(1);
    let submit = peer.expect(SUBMIT_SM).await;
    peer.answer(submit.sequence, "a").await;
    assert_eq!(owner.outcome().await, (1, accepted("a")));
}

#[tokio::test]
async fn binds_through_tls_with_an_own_ca() {
    let (smsc, ca) = (Smsc::new().await, Ca::new());
    let mut owner = start(&smsc, client(&ca));
    bind_and_submit(&smsc, acceptor(&ca, None), &mut owner).await;
}

#[tokio::test]
async fn shows_its_client_certificate() {
    let (smsc, ca, clients) = (Smsc::new().await, Ca::new(), Ca::new());
    let (certificate, key) = clients.issue("gateway");
    let mut tls = client(&ca);
    (tls.client_cert_pem, tls.client_key_pem) = (Some(certificate), Some(key));
    let mut owner = start(&smsc, tls);
    bind_and_submit(&smsc, acceptor(&ca, Some(&clients)), &mut owner).await;
}

#[tokio::test]
async fn without_a_client_certificate_there_is_no_bind() {
    let (smsc, ca, clients) = (Smsc::new().await, Ca::new(), Ca::new());
    let mut owner = start(&smsc, client(&ca));
    assert!(
        acceptor(&ca, Some(&clients))
            .accept(smsc.accept_tcp().await)
            .await
            .is_err()
    );
    assert!(matches!(owner.down().await.state, State::Waiting { .. }));
}

#[tokio::test]
async fn another_ca_and_another_name_are_not_trusted() {
    let (ca, other) = (Ca::new(), Ca::new());
    let mut wrong_name = client(&ca);
    wrong_name.server_name = None;
    for tls in [client(&other), wrong_name] {
        let smsc = Smsc::new().await;
        let mut owner = start(&smsc, tls);
        assert!(
            acceptor(&ca, None)
                .accept(smsc.accept_tcp().await)
                .await
                .is_err()
        );
        let why = owner.down().await.last_error.unwrap();
        assert!(why.contains("TLS handshake failed"), "{why}");
    }
}

#[test]
fn check_tells_what_is_wrong() {
    let ca = Ca::new();
    let (certificate, key) = ca.issue("gateway");
    let (_, other_key) = ca.issue("gateway");
    let with = |change: &dyn Fn(&mut Tls)| {
        let mut tls = client(&ca);
        change(&mut tls);
        tls.check()
    };
    assert!(with(&|_| {}).is_ok());
    assert!(matches!(
        with(&|tls| tls.ca_pem = Some("x".into())),
        Err(TlsError::Ca)
    ));
    assert!(matches!(
        with(&|tls| tls.server_name = Some("not a name".into())),
        Err(TlsError::ServerName)
    ));
    assert!(matches!(
        with(&|tls| tls.client_key_pem = Some(key.clone())),
        Err(TlsError::HalfClient)
    ));
    let pair = |certificate: &str, key: &str| {
        with(&|tls| {
            tls.client_cert_pem = Some(certificate.to_owned());
            tls.client_key_pem = Some(key.to_owned());
        })
    };
    assert!(pair(&certificate, &key).is_ok());
    assert!(matches!(pair("x", &key), Err(TlsError::ClientCert)));
    assert!(matches!(pair(&certificate, "x"), Err(TlsError::ClientKey)));
    assert!(matches!(
        pair(&certificate, &other_key),
        Err(TlsError::Rustls(_))
    ));
}
