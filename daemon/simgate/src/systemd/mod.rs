//! What systemd is told of this process: that it serves, how it stands, that it lives, and that it stops.
//! Without systemd nobody listens, and nothing is sent.

mod life;
pub(crate) mod welcome;

use std::time::Duration;

use gateway::Gateway;
use model::Reach;
use sd_notify::NotifyState;
use tokio::task::JoinHandle;

pub(crate) use life::Loops;

/// How often the sentence of the state is renewed where no watchdog asks for more.
const LOOK: Duration = Duration::from_secs(15);

/// Requests are answered from now on.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// What can be read again is being read; `ready` says that it is done.
pub(crate) fn reloading() {
    // systemd takes the time of the clock that never steps, to tell this from an earlier reload.
    let now = NotifyState::monotonic_usec_now();
    let mut states = vec![NotifyState::Reloading];
    states.extend(now.ok());
    tell(&states);
}

/// Nothing more is taken on. What is on the air may take so long.
pub(crate) fn stopping(wait: Duration) {
    let wait = u32::try_from(wait.as_micros()).unwrap_or(u32::MAX);
    let status = "Stopping: what is on the air is waited for.";
    let mut states = vec![
        NotifyState::Stopping,
        NotifyState::ExtendTimeoutUsec(wait),
        NotifyState::Status(status),
    ];
    if sd_notify::watchdog_enabled().is_some() {
        // Its loops end now, one after the other.
        states.push(NotifyState::WatchdogUsec(wait));
    }
    tell(&states);
}

/// Feeds the watchdog and keeps the sentence of the state, as long as somebody listens.
pub(crate) fn keep(gateway: Gateway, loops: Loops) -> Option<JoinHandle<()>> {
    std::env::var_os("NOTIFY_SOCKET")?;
    let limit = sd_notify::watchdog_enabled();
    Some(tokio::spawn(async move {
        // Three rounds may fail to be answered in time before systemd's patience ends.
        let every = limit.map_or(LOOK, |limit| limit / 4);
        let mut shown = String::new();
        loop {
            if loops.live(every).await && limit.is_some() {
                tell(&[NotifyState::Watchdog]);
            }
            // The life of the process does not hang on a reader of the database.
            let status = tokio::time::timeout(every, gateway.status(&Reach::All)).await;
            if let Ok(Ok(status)) = status
                && status.sentence != shown
            {
                tell(&[NotifyState::Status(&status.sentence)]);
                shown = status.sentence;
            }
            tokio::time::sleep(every).await;
        }
    }))
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd cannot be told how simgate stands");
    }
}
