//! The server with TLS and real sockets, and its certificates.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::ServerName;
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;
use crate::http::tests::{
    HEALTH, LARGE, UNFINISHED, WAIT, answer, ask, becomes_well, from, is_closed, reads_slowly,
    served_by, test_router,
};
use crate::http::{Face, redirect_to_https};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

struct Pair {
    certificate: String,
    key: String,
}

/// From so many days after now until so many days after now, for `localhost`; vouched for by itself.
fn self_signed(from: i64, until: i64) -> Pair {
    let key = KeyPair::generate().unwrap();
    Pair {
        certificate: params(from, until).self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    }
}

/// The same vouched for by a CA, whose certificate comes too.
fn signed_by_a_ca(from: i64, until: i64) -> (Pair, String) {
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca.distinguished_name
        .push(rcgen::DnType::CommonName, "a CA");
    let issuer = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params(from, until).signed_by(&key, &issuer).unwrap();
    let pair = Pair {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    };
    (pair, issuer.pem())
}

fn params(from: i64, until: i64) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let now = OffsetDateTime::from_unix_timestamp(clock::system().0 / 1000).unwrap();
    params.not_before = now + time::Duration::days(from);
    params.not_after = now + time::Duration::days(until);
    params
}

impl Pair {
    fn source(&self, dir: &Path) -> Source {
        let (certificate, key) = (dir.join("cert.pem"), dir.join("key.pem"));
        std::fs::write(&certificate, &self.certificate).unwrap();
        std::fs::write(&key, &self.key).unwrap();
        Source::Files { certificate, key }
    }
}

/// A certificate for a server, and where it is.
pub(in crate::http) fn certificates() -> (TempDir, Certificates) {
    let dir = tempfile::tempdir().unwrap();
    let certificates = Certificates::open(self_signed(-1, 100).source(dir.path())).unwrap();
    (dir, certificates)
}

/// A client's end. It trusts what the server shows.
pub(in crate::http) async fn secure<S: AsyncRead + AsyncWrite + Unpin>(
    certificates: &Certificates,
    stream: S,
) -> io::Result<TlsStream<S>> {
    let mut roots = RootCertStore::empty();
    let shown = certificates.shown();
    roots.add(shown.chain.last().unwrap().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await
}

/// A server with a certificate of its own.
struct Served {
    address: SocketAddr,
    certificates: Certificates,
    _stop: watch::Sender<bool>,
    dir: TempDir,
}

async fn served(at_most: usize) -> Served {
    served_with(&self_signed(-1, 100), at_most).await
}

async fn served_with(pair: &Pair, at_most: usize) -> Served {
    let dir = tempfile::tempdir().unwrap();
    let certificates = Certificates::open(pair.source(dir.path())).unwrap();
    let face = Face {
        router: test_router(),
        certificates: Some(certificates.clone()),
        ..Face::default()
    };
    let (address, stop) = served_by(face, at_most).await;
    Served {
        address,
        certificates,
        _stop: stop,
        dir,
    }
}

impl Served {
    async fn secured(&self) -> io::Result<TlsStream<TcpStream>> {
        self.secure(TcpStream::connect(self.address).await?).await
    }

    async fn secure(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        secure(&self.certificates, stream).await
    }

    async fn answer(&self, request: &str) -> io::Result<String> {
        answer(self.secured().await?, request).await
    }

    async fn well_again(&self) {
        becomes_well(async || self.answer(HEALTH).await.unwrap_or_default()).await;
    }
}

#[tokio::test]
async fn requests_are_answered_over_tls_with_their_headers() {
    let served = served(8).await;
    let answer = served.answer(HEALTH).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("\r\nx-frame-options: DENY\r\n"), "{answer}");
    let unreadable = served
        .answer("GET /a b HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(
        unreadable.contains("escape what is no letter"),
        "{unreadable}"
    );
}

#[tokio::test]
async fn browsers_are_bound_to_https_where_somebody_vouches_for_the_certificate() {
    let (mut vouched, ca) = signed_by_a_ca(-1, 100);
    vouched.certificate.push_str(&ca);
    for (pair, bound) in [(self_signed(-1, 100), false), (vouched, true)] {
        let served = served_with(&pair, 8).await;
        let answer = served.answer(HEALTH).await.unwrap();
        let told = answer.contains("\r\nstrict-transport-security: max-age=31536000\r\n");
        assert_eq!(told, bound, "{answer}");
    }
}

#[tokio::test]
async fn handshakes_without_an_end_keep_nobody_out() {
    let served = served(8).await;
    let mut half_open = Vec::new();
    // The beginning of a ClientHello, or nothing.
    for begun in ["\x16\x03\x01\x01\0\x01", ""].repeat(20) {
        half_open.push(ask(served.address, begun).await);
        served.well_again().await;
    }
    assert!(is_closed(&mut half_open[0]).await);
}

#[tokio::test]
async fn a_handshake_has_ten_seconds() {
    let served = served(8).await;
    let mut silent = ask(served.address, "").await;
    let mut trickling = ask(served.address, "\x16\x03\x01\x02\0").await;
    let begun = std::time::Instant::now();
    let trickle = async {
        while trickling.write_all(b"\x01").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let both = async { tokio::join!(trickle, is_closed(&mut silent)) };
    let ((), closed) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    assert!(closed);
    assert!(
        begun.elapsed() >= Duration::from_secs(9),
        "both had their time"
    );
}

#[tokio::test]
async fn clients_that_take_nothing_keep_nobody_out() {
    let served = served(4).await;
    let mut greedy = Vec::new();
    for _ in 0..4 {
        let stream = from([127, 0, 0, 1], served.address).await;
        let mut stream = served.secure(stream).await.unwrap();
        let requests = LARGE.repeat(8);
        stream.write_all(requests.as_bytes()).await.unwrap();
        // From then on it has a request, and is not merely idle.
        stream.read_exact(&mut [0]).await.unwrap();
        greedy.push(stream);
    }
    served.well_again().await;
}

#[tokio::test]
async fn a_client_that_reads_slowly_keeps_its_place() {
    let served = served(2).await;
    let mut slow = served
        .secure(from([127, 0, 0, 1], served.address).await)
        .await
        .unwrap();
    slow.write_all(LARGE.as_bytes()).await.unwrap();
    let mut stalled = served.secured().await.unwrap();
    stalled.write_all(UNFINISHED.as_bytes()).await.unwrap();
    // One that gets no place is closed in the middle of its handshake.
    let newcomer = async || {
        let mut stream = served.secured().await?;
        let _ = stream.write_all(WAIT.as_bytes()).await;
        Ok(stream)
    };
    reads_slowly(slow, newcomer).await;
    assert!(is_closed(&mut stalled).await);
}

#[tokio::test]
async fn plain_http_is_told_to_come_by_https() {
    let served = served(8).await;
    let answer = answer(ask(served.address, "").await, HEALTH).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("https://"), "{answer}");
}

#[tokio::test]
async fn a_stop_ends_handshakes_and_idle_connections() {
    let (_dir, certificates) = certificates();
    let face = Face {
        certificates: Some(certificates.clone()),
        ..Face::from(test_router())
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = watch::channel(false);
    let connections = crate::http::Connections::new(8);
    let server = tokio::spawn(crate::http::serve(listener, face, connections, stopped));
    let silent = ask(address, "").await;
    let begun = ask(address, "\x16\x03\x01\x01\0\x01").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send_replace(true);
    let ended = tokio::time::timeout(Duration::from_secs(8), server).await;
    ended
        .expect("it ends before the handshakes' time is over")
        .unwrap();
    drop((silent, begun));
}

#[tokio::test]
async fn plain_http_beside_it_only_sends_on() {
    let face = Face::from(redirect_to_https(8443));
    let (address, _stop) = served_by(face, 8).await;
    let request = "GET /api/v1/sims HTTP/1.1\r\nhost: gw:80\r\nconnection: close\r\n\r\n";
    let answer = answer(ask(address, "").await, request).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 308 "), "{answer}");
    assert!(
        answer.contains("\r\nlocation: https://gw:8443/api/v1/sims\r\n"),
        "{answer}"
    );
    assert!(
        answer.contains("\r\nx-content-type-options: nosniff\r\n"),
        "{answer}"
    );
    assert!(!answer.contains("strict-transport-security"), "{answer}");
}

#[tokio::test]
async fn a_new_certificate_is_shown_to_the_next_client() {
    let served = served(8).await;
    let first = served.certificates.certificate();
    let before = served.secured().await.unwrap();
    self_signed(-1, 200).source(served.dir.path());
    served.certificates.look(clock::system()).unwrap();
    let second = served.certificates.certificate();
    assert_ne!(second.fingerprint, first.fingerprint);
    let after = served.secured().await.unwrap();
    for stream in [before, after] {
        let answer = answer(stream, HEALTH).await.unwrap();
        assert!(answer.ends_with("well"), "{answer}");
    }
}

/// A reader would wait for whoever writes into a pipe.
#[test]
fn what_is_no_regular_file_or_too_long_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let source = self_signed(-1, 100).source(dir.path());
    let certificates = Certificates::open(source).unwrap();
    let path = dir.path().join("cert.pem");
    let refused = |why: &str| {
        let error = certificates.look(clock::system()).unwrap_err();
        assert!(error.contains("cert.pem") && error.contains(why), "{error}");
        std::fs::remove_file(&path).unwrap();
    };
    std::fs::write(&path, " ".repeat(1024 * 1024 + 1)).unwrap();
    refused("1 MiB");
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).unwrap();
    refused("no regular file");
}

#[test]
fn what_cannot_be_used_leaves_the_last_certificate() {
    let dir = tempfile::tempdir().unwrap();
    let good = self_signed(-1, 100);
    let source = good.source(dir.path());
    let certificates = Certificates::open(source.clone()).unwrap();
    let first = certificates.certificate();
    let other = self_signed(-1, 100);
    let half = Pair {
        certificate: other.certificate.clone(),
        key: good.key.clone(),
    };
    for bad in [half, self_signed(-10, -1), self_signed(1, 10)] {
        bad.source(dir.path());
        assert!(certificates.look(clock::system()).is_err());
        assert_eq!(certificates.certificate(), first);
    }
    std::fs::remove_file(dir.path().join("cert.pem")).unwrap();
    assert!(certificates.look(clock::system()).is_err());
    assert_eq!(certificates.certificate(), first);
    other.source(dir.path());
    certificates.look(clock::system()).unwrap();
    assert_ne!(certificates.certificate(), first);
}

/// A box must send though its certificate has ended while it was off, or its clock is not set yet.
#[test]
fn one_that_has_ended_is_shown_where_there_is_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let certificates = Certificates::open(self_signed(-10, -1).source(dir.path())).unwrap();
    let fault = certificates.certificate().fault(clock::system()).unwrap();
    assert!(fault.contains("ended at"), "{fault}");
    let yet_to_come = self_signed(1, 10);
    yet_to_come.source(dir.path());
    certificates.look(clock::system()).unwrap();
    let fault = certificates.certificate().fault(clock::system()).unwrap();
    assert!(fault.contains("not valid before"), "{fault}");
}

#[test]
fn a_fault_names_the_file_and_what_is_wrong_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let (good, other) = (self_signed(-1, 100), self_signed(-1, 100));
    let with = |certificate: &str, key: &str| Pair {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    };
    let (certificate, key) = (&*good.certificate, &*good.key);
    let cut = &good.certificate[..100];
    let no_certificate = good.certificate.replace("MII", "AAA");
    let encrypted = good.key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    for (pair, file, what) in [
        (
            with(certificate, &other.key),
            "key.pem",
            "not the key of the first certificate in",
        ),
        (with("", key), "cert.pem", "no certificate in it"),
        (with(key, key), "cert.pem", "no certificate in it"),
        (with(cut, key), "cert.pem", "damaged"),
        (
            with(&no_certificate, key),
            "cert.pem",
            "no X.509 certificate",
        ),
        (with(certificate, certificate), "key.pem", "no key in it"),
        (with(certificate, &key[..60]), "key.pem", "damaged"),
        (with(certificate, &encrypted), "key.pem", "passphrase"),
    ] {
        let Err(error) = Certificates::open(pair.source(dir.path())) else {
            panic!("{what}: it is taken");
        };
        let said = error.to_string();
        assert!(said.contains(file) && said.contains(what), "{said}");
    }
    for missing in ["cert.pem", "key.pem"] {
        let source = good.source(dir.path());
        std::fs::remove_file(dir.path().join(missing)).unwrap();
        let said = Certificates::open(source).err().unwrap().to_string();
        assert!(
            said.contains(missing) && said.contains("cannot read"),
            "{said}"
        );
    }
}

#[test]
fn names_and_whoever_vouches_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let (mut pair, ca) = signed_by_a_ca(-1, 100);
    pair.certificate.push_str(&ca);
    // All in one file.
    pair.certificate.push_str(&pair.key);
    let Source::Files { certificate, .. } = pair.source(dir.path()) else {
        unreachable!("it is of files")
    };
    let source = Source::Files {
        key: certificate.clone(),
        certificate,
    };
    let certificate = source.look().unwrap().unwrap();
    assert_eq!(certificate.names, ["localhost"]);
    assert!(!certificate.self_signed);
    assert_eq!(certificate.fingerprint.len(), 32 * 3 - 1);
    assert_eq!(certificate.fault(clock::system()), None);
}

#[test]
fn looking_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("tls");
    let source = Source::SelfSigned(own.clone());
    assert_eq!(source.look().unwrap(), None);
    assert!(!own.exists());
    let made = Certificates::open(source.clone()).unwrap().certificate();
    assert_eq!(source.look().unwrap(), Some(made));
}

/// Files that change by themselves, as whoever renews certificates changes them.
#[tokio::test]
async fn a_changed_file_is_read_without_being_asked() {
    let dir = tempfile::tempdir().unwrap();
    let live = dir.path().join("live");
    let archive = dir.path().join("archive");
    for folder in [&live, &archive] {
        std::fs::create_dir(folder).unwrap();
    }
    self_signed(-1, 100).source(&archive);
    for file in ["cert.pem", "key.pem"] {
        std::os::unix::fs::symlink(archive.join(file), live.join(file)).unwrap();
    }
    let source = Source::Files {
        certificate: live.join("cert.pem"),
        key: live.join("key.pem"),
    };
    let certificates = Certificates::open(source).unwrap();
    let first = certificates.certificate();
    let (_again, never) = tokio::sync::mpsc::channel(1);
    let keeper = tokio::spawn(certificates.clone().keep(never));
    let changed = async {
        self_signed(-1, 200).source(&archive);
        while certificates.certificate() == first {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, changed).await.unwrap();
    keeper.abort();
}
