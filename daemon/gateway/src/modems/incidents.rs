//! Failures of modems on their way into the store. Nobody who has one waits for the disk.

use model::{Iccid, Imei, IncidentKind, NewIncident};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::mask;
use store::{Admin, clock};

/// Incidents that wait for the store. What does not fit is dropped, and counted.
const WAITING: usize = 64;

/// Where failures are told; clones share one queue.
#[derive(Clone, Debug)]
pub struct Incidents(mpsc::Sender<NewIncident>);

impl Incidents {
    /// A task that writes what is told, until the last clone is gone.
    pub fn start(store: Admin) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = mpsc::channel(WAITING);
        (Self(queue), tokio::spawn(write(store, waiting)))
    }

    /// Keeps a failure and the dialogue before it, which must be masked.
    /// Never waits.
    pub fn record(
        &self,
        kind: IncidentKind,
        imei: Option<&Imei>,
        iccid: Option<&Iccid>,
        reason: &str,
        dialogue: String,
    ) {
        let name = kind.as_str();
        metrics::counter!("simgate_incidents_total", "kind" => name).increment(1);
        let reason = mask::text(reason, &[]);
        let incident = NewIncident::new(clock::now(), kind, imei, iccid, reason, dialogue);
        if self.0.try_send(incident).is_err() {
            metrics::counter!("simgate_incidents_dropped_total").increment(1);
            let imei = imei.map(Imei::as_str);
            tracing::warn!(imei, kind = name, "too many incidents; one is not kept");
        }
    }
}

async fn write(store: Admin, mut waiting: mpsc::Receiver<NewIncident>) {
    let mut incidents = Vec::with_capacity(WAITING);
    while waiting.recv_many(&mut incidents, WAITING).await > 0 {
        let count = incidents.len();
        if let Err(error) = store.record_incidents(std::mem::take(&mut incidents)).await {
            metrics::counter!("simgate_incidents_dropped_total").increment(count as u64);
            tracing::warn!(%error, count, "cannot keep incidents");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use store::Store;

    #[tokio::test]
    async fn what_is_told_before_the_end_is_written_and_what_is_too_much_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
        let (incidents, writer) = Incidents::start(store.admin().clone());
        // One thread: the writer cannot take any in between.
        for n in 0..2 * WAITING {
            let imei = format!("35693803564{n:04}").parse().unwrap();
            let reason = "called by +84901234567";
            incidents.record(
                IncidentKind::NoAnswer,
                Some(&imei),
                None,
                reason,
                String::new(),
            );
        }
        drop(incidents);
        writer.await.unwrap();
        let kept = store
            .admin()
            .incidents(None, &model::Reach::All, 1_000, None);
        let kept = kept.await.unwrap();
        assert_eq!(kept.len(), WAITING);
        assert_eq!(kept[0].reason, "called by +…567");
    }
}
