//! What systemd is told of this process: that it serves, how it stands, that it lives, and that it stops.
//! Without systemd nobody listens, and nothing is sent.

mod life;
pub(crate) mod welcome;

use std::time::Duration;

use gateway::Gateway;
use model::Reach;
use sd_notify::NotifyState;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub(crate) use life::Loops;

/// How often the sentence of the state is renewed where no watchdog asks for more.
const LOOK: Duration = Duration::from_secs(15);
/// After a start, and while nothing can be sent, the sentence is renewed when something happens: who has
/// started simgate, or plugs a modem in, looks at it.
const START: Duration = Duration::from_mins(1);
/// But so often at most.
const MOMENT: Duration = Duration::from_secs(1);

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
    // Three rounds may fail to be answered in time before systemd's patience ends.
    let every = limit.map_or(LOOK, |limit| limit / 4);
    Some(tokio::spawn(async move {
        tokio::join!(feed(&loops, every, limit.is_some()), show(&gateway, every));
    }))
}

async fn feed(loops: &Loops, every: Duration, watched: bool) {
    loop {
        if loops.live(every).await && watched {
            tell(&[NotifyState::Watchdog]);
        }
        tokio::time::sleep(every).await;
    }
}

async fn show(gateway: &Gateway, every: Duration) {
    let (mut shown, begun) = (String::new(), Instant::now());
    loop {
        let mut news = gateway.bus().subscribe(None);
        // The life of the process does not hang on a reader of the database.
        let status = tokio::time::timeout(every, gateway.status(&Reach::All)).await;
        let mut wanted = begun.elapsed() < START;
        if let Ok(Ok(status)) = status {
            wanted |= !status.not_ready.is_empty();
            if status.sentence != shown {
                tell(&[NotifyState::Status(&status.sentence)]);
                shown = status.sentence;
            }
        }
        if wanted {
            tokio::time::sleep(MOMENT).await;
            let _ = tokio::time::timeout(every, news.wait()).await;
        } else {
            tokio::time::sleep(every).await;
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd cannot be told how simgate stands");
    }
}
