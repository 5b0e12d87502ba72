//! A certificate of our own, for machines that nobody has given one.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::Time;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use time::OffsetDateTime;
use uuid::Uuid;

use super::names::Names;
use super::{Certificate, Fault, Shown, pem};

const DAY: Duration = Duration::from_hours(24);
/// Some systems take none that is valid for more than 825 days.
const VALID: Duration = Duration::from_hours(24 * 730);
/// So long before its end another one is made.
const RENEWED: Duration = Duration::from_hours(24 * 30);
/// Before it was made, for clients whose clock is behind.
const BACKDATED: Duration = DAY;

/// Where the certificate and its key are.
pub(super) struct Files {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Files {
    pub(super) fn in_dir(dir: &Path) -> Self {
        Self {
            certificate: dir.join("certificate.pem"),
            key: dir.join("key.pem"),
        }
    }

    pub(super) fn load(&self) -> Result<Shown, Fault> {
        pem::load(&self.certificate, &self.key)
    }

    /// The one that is there, or a new one where that is due. On a disk that takes nothing, the one that
    /// is there is good for as long as it lasts.
    pub(super) fn current(&self, now: Time) -> Result<Shown, Fault> {
        self.current_for(&Names::now(), now)
    }

    fn current_for(&self, names: &Names, now: Time) -> Result<Shown, Fault> {
        let (last, why) = match self.load() {
            Ok(shown) => match due(&shown.certificate, names, now) {
                Some(why) => (Some(shown), why),
                None => return Ok(shown),
            },
            Err(error) if error.is_missing() => (None, "there was none".to_owned()),
            // A crash between its two files leaves such a pair.
            Err(error @ Fault::Unusable { .. }) => (None, error.to_string()),
            Err(error) => return Err(error),
        };
        if let Err(error) = self.make(names, last.as_ref().map(|last| &last.certificate), now) {
            let Some(last) = last else {
                return Err(error);
            };
            tracing::warn!(%error, why, "no new self-signed certificate can be written; the last one stays");
            return Ok(last);
        }
        let shown = self.load()?;
        let fingerprint = &shown.certificate.fingerprint;
        tracing::info!(why, fingerprint, "a self-signed certificate was made");
        Ok(shown)
    }

    /// A new one, in the place of the last one.
    fn make(&self, names: &Names, last: Option<&Certificate>, now: Time) -> Result<(), Fault> {
        let listed = last.map_or(&[][..], |last| &last.names);
        let names = names.clone().with_last(listed);
        // For new names the key stays: whoever trusts the public key goes on trusting it.
        let kept = last.filter(|last| !ends_soon(last, now));
        let key = match kept.and_then(|_| self.key()) {
            Some(key) => key,
            None => KeyPair::generate()?,
        };
        let mut params = CertificateParams::new(names.all().collect::<Vec<_>>())?;
        (params.not_before, params.not_after) =
            (date(now.before(BACKDATED)), date(now.after(VALID)));
        // By itself it would come from the key. Clients refuse two certificates of one issuer and number.
        params.serial_number = Some(Uuid::now_v7().as_bytes().to_vec().into());
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let name = names.hosts.get(1).map_or("simgate", String::as_str);
        params
            .distinguished_name
            .push(DnType::OrganizationName, "simgate");
        params
            .distinguished_name
            .push(DnType::CommonName, common(name));
        let certificate = params.self_signed(&key)?;
        let dir = self.key.parent().unwrap_or(Path::new("/"));
        let made = DirBuilder::new().recursive(true).mode(0o750).create(dir);
        made.map_err(|error| unwritable(dir, error))?;
        // Both are written before the first takes its place: a disk that is full leaves the last pair.
        let key = Replacement::write(&self.key, &key.serialize_pem(), 0o600)?;
        let certificate = Replacement::write(&self.certificate, &certificate.pem(), 0o644)?;
        key.take_place()?;
        certificate.take_place()
    }

    /// The key that is there, if it is of a kind that signs certificates here.
    fn key(&self) -> Option<KeyPair> {
        let pem = std::fs::read_to_string(&self.key).ok()?;
        KeyPair::from_pem(&pem).ok()
    }
}

/// Why another one is needed. An address that has gone is no reason: it may come back, and each new
/// certificate has to be trusted anew.
fn due(certificate: &Certificate, names: &Names, now: Time) -> Option<String> {
    if ends_soon(certificate, now) {
        return Some(format!("the last one ends at {}", certificate.ends_at));
    }
    let new = names.all().find(|name| !certificate.names.contains(name))?;
    Some(format!("the last one is not for {new}"))
}

fn ends_soon(certificate: &Certificate, now: Time) -> bool {
    now.after(RENEWED) >= certificate.ends_at
}

/// A common name has 64 characters at most (X.520).
fn common(name: &str) -> &str {
    name.get(..64).unwrap_or(name)
}

fn date(time: Time) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(time.0 / 1000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A file's new content beside it: whenever the power goes, there is the old content or the new one.
struct Replacement<'a> {
    path: &'a Path,
    new: PathBuf,
}

impl<'a> Replacement<'a> {
    fn write(path: &'a Path, text: &str, mode: u32) -> Result<Self, Fault> {
        let new = path.with_extension("new");
        let written = || {
            match std::fs::remove_file(&new) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(mode).open(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        match written() {
            Ok(()) => Ok(Self { path, new }),
            Err(error) => Err(unwritable(&new, error)),
        }
    }

    fn take_place(self) -> Result<(), Fault> {
        let taken = || {
            std::fs::rename(&self.new, self.path)?;
            File::open(self.path.parent().unwrap_or(Path::new("/")))?.sync_all()
        };
        taken().map_err(|error| unwritable(self.path, error))
    }
}

fn unwritable(path: &Path, error: io::Error) -> Fault {
    Fault::Unwritable {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use x509_parser::prelude::{FromDer as _, X509Certificate};

    use super::super::names::{ADDRESSES, HOSTS};
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);

    fn names(host: &str, addresses: &[&str]) -> Names {
        let addresses = addresses.iter().map(|text| text.parse().unwrap());
        Names::of(host, addresses.collect())
    }

    fn made(names: &Names) -> (tempfile::TempDir, Certificate) {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::in_dir(&dir.path().join("tls"));
        files.make(names, None, NOW).unwrap();
        let certificate = files.load().unwrap().certificate;
        (dir, certificate)
    }

    #[test]
    fn it_is_for_all_names_and_addresses_of_the_machine() {
        let names = names("GW.Example.net", &["192.0.2.1", "2001:db8::1", "127.0.0.1"]);
        let (dir, certificate) = made(&names);
        let wanted = [
            "localhost",
            "gw.example.net",
            "gw",
            "gw.local",
            "127.0.0.1",
            "::1",
            "192.0.2.1",
            "2001:db8::1",
        ];
        assert_eq!(certificate.names, wanted);
        assert!(certificate.self_signed);
        assert_eq!(certificate.fault(NOW), None);
        let key = dir.path().join("tls/key.pem");
        let mode = std::fs::metadata(key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_host_name_that_is_none_is_left_out() {
        for host in ["", "(none)", "a..b", "gäste", "localhost"] {
            let names = names(host, &[]);
            assert_eq!(names.hosts[0], "localhost", "{host}");
            assert!(
                names.hosts.iter().all(|name| name.starts_with("localhost")),
                "{host}"
            );
            made(&names);
        }
        made(&names(&["a".repeat(60), "b".repeat(60)].join("."), &[]));
    }

    #[test]
    fn another_one_is_due_before_its_end_and_for_a_new_name_or_address() {
        let at_first = names("gw", &["192.0.2.1", "192.0.2.2"]);
        let (_dir, certificate) = made(&at_first);
        let due = |names: &Names, now| due(&certificate, names, now);
        assert_eq!(due(&at_first, NOW), None);
        assert_eq!(due(&names("gw", &["192.0.2.1"]), NOW), None, "one has gone");
        let new = due(&names("gw", &["192.0.2.3"]), NOW).unwrap();
        assert!(new.contains("192.0.2.3"), "{new}");
        let renamed = due(&names("other", &["192.0.2.1"]), NOW).unwrap();
        assert!(renamed.contains("other"), "{renamed}");
        assert_eq!(
            due(&at_first, certificate.ends_at.before(RENEWED + DAY)),
            None
        );
        assert!(due(&at_first, certificate.ends_at.before(RENEWED)).is_some());
        // A clock that was behind when it was made.
        assert!(due(&at_first, NOW.after(10 * VALID)).is_some());
    }

    #[test]
    fn a_disk_that_takes_nothing_leaves_the_last_one() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::in_dir(dir.path());
        // Nothing can be written in the place of a folder.
        let obstacle = files.certificate.with_extension("new");
        std::fs::create_dir(&obstacle).unwrap();
        assert!(files.current(NOW).is_err(), "there is none");
        std::fs::remove_dir(&obstacle).unwrap();
        let first = files.current(NOW).unwrap().certificate;
        std::fs::create_dir(&obstacle).unwrap();
        let near_its_end = first.ends_at.before(DAY);
        assert_eq!(files.current(near_its_end).unwrap().certificate, first);
        std::fs::remove_dir(&obstacle).unwrap();
        let second = files.current(near_its_end).unwrap().certificate;
        assert!(second.ends_at > first.ends_at);
    }

    #[test]
    fn a_pair_that_does_not_fit_is_made_anew_and_one_that_fits_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::in_dir(&dir.path().join("tls"));
        let first = files.current(NOW).unwrap().certificate;
        assert_eq!(files.current(NOW).unwrap().certificate, first);
        let other = KeyPair::generate().unwrap().serialize_pem();
        std::fs::write(&files.key, other).unwrap();
        let second = files.current(NOW).unwrap().certificate;
        assert_ne!(second.fingerprint, first.fingerprint);
        assert_eq!(files.load().unwrap().certificate, second);
    }

    #[test]
    fn an_address_or_host_name_that_comes_back_needs_nothing_new() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::in_dir(dir.path());
        let shown = |host, address| {
            let shown = files.current_for(&names(host, &[address]), NOW).unwrap();
            shown.certificate
        };
        let first = shown("one", "192.0.2.1");
        let second = shown("one", "192.0.2.2");
        assert_ne!(second.fingerprint, first.fingerprint);
        assert_eq!(shown("one", "192.0.2.1"), second);
        let third = shown("two", "2001:db8::1");
        for (host, address) in [
            ("one", "192.0.2.1"),
            ("two", "192.0.2.2"),
            ("one", "2001:db8::1"),
        ] {
            assert_eq!(shown(host, address), third, "{host} {address}");
        }
    }

    #[test]
    fn those_that_have_been_gone_longest_are_left_out_first() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::in_dir(dir.path());
        let shown = |number: usize| {
            let (host, address) = (format!("gw{number}"), format!("192.0.2.{number}"));
            let names = names(&host, &[&address]);
            files.current_for(&names, NOW).unwrap().certificate
        };
        let first = shown(1).names;
        // The second one comes back, and so is among the last ones.
        for number in (2..=200).chain([2]) {
            shown(number);
        }
        let last = shown(201);
        let named = |name: &str| last.names.iter().any(|listed| listed == name);
        for name in [
            "localhost",
            "127.0.0.1",
            "::1",
            "192.0.2.201",
            "192.0.2.200",
        ] {
            assert!(named(name), "{name}: {:?}", last.names);
        }
        for name in ["gw201", "gw200", "gw2", "192.0.2.2"] {
            assert!(named(name), "{name}: {:?}", last.names);
        }
        let gone = first.iter().filter(|name| !named(name));
        assert_eq!(gone.collect::<Vec<_>>(), ["gw1", "gw1.local", "192.0.2.1"]);
        assert!(last.names.len() <= HOSTS + ADDRESSES);
    }

    #[test]
    fn a_new_address_keeps_the_key_and_the_end_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let files = Files::in_dir(dir.path());
        let made = |address, now| {
            let shown = files.current_for(&names("gw", &[address]), now).unwrap();
            let key = std::fs::read_to_string(&files.key).unwrap();
            let (_, parsed) = X509Certificate::from_der(&shown.chain[0]).unwrap();
            (shown.certificate, key, parsed.raw_serial_as_string())
        };
        let (first, key, number) = made("192.0.2.1", NOW);
        let (second, same_key, other_number) = made("192.0.2.2", NOW.after(DAY));
        assert_ne!(second.fingerprint, first.fingerprint);
        assert_eq!(same_key, key);
        assert_ne!(other_number, number);
        let (third, new_key, _) = made("192.0.2.2", second.ends_at.before(DAY));
        assert!(third.ends_at > second.ends_at);
        assert_ne!(new_key, key);
        assert_eq!(
            third.names,
            [
                "localhost",
                "gw",
                "gw.local",
                "127.0.0.1",
                "::1",
                "192.0.2.2",
                "192.0.2.1"
            ]
        );
    }
}
