//! The handle.

use std::sync::Arc;

use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use super::Settings;
use super::convert;
use super::event::{Ack, Event, NotTaken, Status};
use super::pdu::SubmitSm;
use super::run::Runner;
use super::shared::{Queued, Shared};

/// Starts a session: connects, binds, and comes back for ever until [`Link::stop`].
/// Needs a tokio runtime. Stops also when `events` is closed or the last `Link` is dropped.
///
/// `events` may be of any length: what it does not take waits in the session, which then
/// takes no more submits once its window is used up, and reads no more deliveries.
pub fn start(settings: Settings, events: Sender<Event>) -> Link {
    let shared = Arc::new(Shared::new(settings.window(), settings.rate_per_second));
    tokio::spawn(Runner::new(settings, Arc::clone(&shared), events).run());
    Link {
        inner: Arc::new(StopOnDrop(shared)),
    }
}

/// A session's handle.
#[derive(Clone)]
pub struct Link {
    inner: Arc<StopOnDrop>,
}

struct StopOnDrop(Arc<Shared>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.request_stop();
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Link").field(&self.status()).finish()
    }
}

impl Link {
    fn shared(&self) -> &Shared {
        &self.inner.0
    }

    /// Hands a submit over without waiting. `Ok` promises exactly one [`Event::Answered`]
    /// with `submission`; `Err` means it was not and will not be sent.
    pub fn submit(&self, submission: u64, pdu: SubmitSm) -> Result<(), NotTaken> {
        let pdu = convert::submit_sm(pdu).map_err(NotTaken::Invalid)?;
        let queued = Queued { submission, pdu };
        self.shared().lock().take(queued, Instant::now())?;
        self.shared().wake.notify_one();
        Ok(())
    }

    /// Where the session stands.
    pub fn status(&self) -> Status {
        self.shared().lock().status(Instant::now())
    }

    /// Answers a [`Event::Delivered`]: `ok` with `ESME_ROK`, else `ESME_RX_T_APPN`, after
    /// which the peer delivers again. Without effect once its bind went down.
    #[expect(clippy::needless_pass_by_value, reason = "one Ack answers once")]
    pub fn acknowledge(&self, ack: Ack, ok: bool) {
        self.shared().lock().acknowledge(ack.0, ok);
        self.shared().wake.notify_one();
    }

    /// Takes no more submits, waits at most `response_timeout` for those in flight, unbinds
    /// and ends. Go on receiving events meanwhile: outcomes come through there, and the last
    /// event is a [`super::State::Stopped`].
    pub async fn stop(&self) {
        self.shared().request_stop();
        loop {
            let ended = self.shared().ended.notified();
            if self.shared().lock().ended {
                return;
            }
            ended.await;
        }
    }
}
