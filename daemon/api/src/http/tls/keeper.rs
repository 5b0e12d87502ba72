//! Reading the certificate again, and renewing it.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;
use gateway::clock;
use inotify::{EventStream, Inotify, WatchMask};
use model::Time;
use tokio::sync::{mpsc, oneshot};

use super::addresses::Changes;
use super::{Certificates, Source};

/// After a change, for the rest of it: a certificate comes with its key, an address with others.
const SETTLE: Duration = Duration::from_secs(1);
/// A look without any event: for its end, the host name, and file systems that tell nothing.
const LOOK: Duration = Duration::from_hours(1);
/// So long before its end a certificate that we cannot renew is warned of.
const ENDS_SOON: Duration = Duration::from_hours(24 * 14);
const DAY: Duration = Duration::from_hours(24);

impl Certificates {
    /// Shows what is in the files as they change, and when `again` asks for it, which is answered then. What cannot be used
    /// is warned of, and the last certificate is shown further on. Runs for ever.
    pub async fn keep(self, mut again: mpsc::Receiver<oneshot::Sender<()>>) {
        let mut complaints = Complaints::default();
        let mut warned_at = None;
        // Whoever waits until it was read.
        let mut asked: Option<oneshot::Sender<()>> = None;
        loop {
            // Before the look, so that no change falls between the two.
            let mut watch = Watch::start(&self.source);
            let this = self.clone();
            let looked = tokio::task::spawn_blocking(move || this.look(clock::system())).await;
            let looked = looked.unwrap_or_else(|_| Err("a fault while it was read".to_owned()));
            complaints.tell(looked);
            self.tell_end(clock::system(), &mut warned_at);
            if let Some(asked) = asked.take() {
                let _ = asked.send(());
            }
            tokio::select! {
                () = watch.change() => tokio::time::sleep(SETTLE).await,
                Some(read) = again.recv() => {
                    tracing::info!("reading the certificate again");
                    complaints = Complaints::default();
                    asked = Some(read);
                }
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    /// Shows what is there now, if that is another one than before and no worse. Else says why not.
    pub(super) fn look(&self, now: Time) -> Result<(), String> {
        let source = &self.source;
        let shown = source.current(now).map_err(|error| error.to_string())?;
        let last = self.shown();
        if shown.chain == last.chain {
            return Ok(());
        }
        if let Some(fault) = shown.certificate.fault(now)
            && last.certificate.fault(now).is_none()
        {
            return Err(format!("{source}: {fault}"));
        }
        let (fingerprint, ends) = (&shown.certificate.fingerprint, shown.certificate.ends_at);
        tracing::info!(%source, fingerprint, %ends, "another certificate is shown from now on");
        self.show(shown);
        Ok(())
    }

    /// Tells when it ends: a metric always, the log when that is near.
    fn tell_end(&self, now: Time, warned_at: &mut Option<Time>) {
        let (source, certificate) = (&self.source, self.certificate());
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds until the year 9999 are exact"
        )]
        let ends = (certificate.ends_at.0 / 1000) as f64;
        metrics::gauge!("simgate_tls_certificate_expires_timestamp_seconds").set(ends);
        if warned_at.is_some_and(|at| now < at.after(DAY)) {
            return;
        }
        let ends = certificate.ends_at;
        if let Some(fault) = certificate.fault(now) {
            tracing::error!(%source, fault, "clients refuse the certificate: put a new one in its place");
        } else if now.after(ENDS_SOON) >= ends {
            tracing::warn!(%source, %ends, "the certificate ends soon: put a new one in its place");
        } else {
            return;
        }
        *warned_at = Some(now);
    }
}

/// Why no other certificate is shown. Each is told once: other files may change beside those of the
/// certificate, every second.
#[derive(Default)]
struct Complaints(Option<String>);

impl Complaints {
    fn tell(&mut self, looked: Result<(), String>) {
        let complaint = looked.err();
        if let Some(error) = &complaint
            && self.0 != complaint
        {
            tracing::warn!(
                error,
                "the new certificate cannot be shown; the last one is shown further on"
            );
        }
        self.0 = complaint;
    }
}

/// What may make another look worth while.
struct Watch {
    files: Option<EventStream<Vec<u8>>>,
    addresses: Option<Changes>,
}

impl Watch {
    fn start(source: &Source) -> Self {
        let files = watched(&directories(source)).inspect_err(|error| {
            tracing::debug!(%error, "cannot watch the certificate's files; looking from time to time");
        });
        let own = matches!(source, Source::SelfSigned(_));
        let addresses = own.then(Changes::from_now_on).and_then(Result::ok);
        Self {
            files: files.ok(),
            addresses,
        }
    }

    /// Ends with the first of them.
    async fn change(&mut self) {
        let file = async {
            match &mut self.files {
                Some(files) => drop(files.next().await),
                None => std::future::pending().await,
            }
        };
        let address = async {
            match &self.addresses {
                Some(addresses) => addresses.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = file => {}
            () = address => {}
        }
    }
}

fn watched(directories: &BTreeSet<PathBuf>) -> io::Result<EventStream<Vec<u8>>> {
    let inotify = Inotify::init()?;
    let mask = WatchMask::CLOSE_WRITE
        | WatchMask::CREATE
        | WatchMask::MOVED_TO
        | WatchMask::DELETE
        | WatchMask::ATTRIB
        | WatchMask::DELETE_SELF;
    for directory in directories {
        // One that is not there yet is found by the next look.
        let _ = inotify.watches().add(directory, mask);
    }
    inotify.into_event_stream(vec![0; 4096])
}

/// Where the files are, and where those are that they are links to: whoever renews certificates
/// changes either.
fn directories(source: &Source) -> BTreeSet<PathBuf> {
    let files: Vec<&Path> = match source {
        Source::SelfSigned(dir) => return BTreeSet::from([dir.clone()]),
        Source::Files { certificate, key } => vec![certificate, key],
    };
    let real = files.iter().filter_map(|file| file.canonicalize().ok());
    let all = files.iter().map(|file| file.to_path_buf()).chain(real);
    all.filter_map(|file| file.parent().map(Path::to_owned))
        .collect()
}
