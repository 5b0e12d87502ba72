//! What the run before left on the air, and how long the ports are only listened to for it.
//!
//! A modem keeps its state when the gateway dies: it may still be on the air, gives its answer to
//! whoever opens the port next, and some give up sending when they are spoken to. Which port it
//! has is known only after speaking to it, so all of them are listened to. After that a modem that
//! does not answer may still be on the air, and is not given up for that.

use std::time::{Duration, Instant};
use store::{Evidence, StoreError, clock};

use modem::Settings;

/// Messages take about twice as long as the slowest of the last ones, at the most.
const TIMES: u32 = 2;
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);
/// Where no message has been sent yet.
const UNKNOWN: Duration = Duration::from_secs(10);
/// What the slowest modem may take for a message, by its maker's word.
const SUBMIT_WAIT: Duration = Duration::from_mins(3);

/// What is done about it on a port that is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOnAir {
    /// It is only listened to.
    listen_until: Instant,
    /// A modem that is silent is not given up.
    silent_until: Instant,
}

impl LeftOnAir {
    /// None when nothing was on the air, or nobody can tell.
    pub async fn read(evidence: &Evidence) -> Option<Self> {
        let found = Self::found(evidence).await;
        found.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot tell what was on the air");
            None
        })
    }

    async fn found(evidence: &Evidence) -> Result<Option<Self>, StoreError> {
        let Some(handed_at) = evidence.left_on_air().await? else {
            return Ok(None);
        };
        let longest = evidence.longest_submit().await?;
        let (age, now) = (handed_at.until(clock::now()), Instant::now());
        let left = |wait: Duration| now + wait.saturating_sub(age);
        Ok((age < SUBMIT_WAIT).then(|| Self {
            listen_until: left(listen(longest)),
            silent_until: left(SUBMIT_WAIT),
        }))
    }

    /// Settings for a port that is opened now.
    pub(super) fn settings(left: Option<Self>, now: Instant) -> Settings {
        let usual = Settings::default();
        let listen = left.map_or(Duration::ZERO, |left| {
            left.listen_until.saturating_duration_since(now)
        });
        Settings {
            listen_first: usual.listen_first.max(listen),
            on_air_until: left
                .map(|left| left.silent_until)
                .filter(|until| *until > now),
            ..usual
        }
    }
}

/// How long after it was handed over a message may be on the air, by the slowest of the last.
fn listen(longest_ms: Option<i64>) -> Duration {
    let longest = longest_ms.and_then(|ms| u64::try_from(ms).ok());
    longest.map_or(UNKNOWN, |ms| {
        (Duration::from_millis(ms) * TIMES).clamp(SHORTEST, LONGEST)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_long_as_messages_take() {
        assert_eq!(listen(None), UNKNOWN);
        assert_eq!(listen(Some(4_000)), Duration::from_secs(8));
        assert_eq!(listen(Some(50)), SHORTEST);
        assert_eq!(listen(Some(170_000)), LONGEST);
        assert_eq!(listen(Some(-1)), UNKNOWN);
    }

    #[test]
    fn only_a_port_opened_in_time_is_listened_to_for_longer() {
        let now = Instant::now();
        let usual = Settings::default().listen_first;
        let left = Some(LeftOnAir {
            listen_until: now + Duration::from_secs(5),
            silent_until: now + Duration::from_mins(3),
        });
        let listen = |left, at| LeftOnAir::settings(left, at).listen_first;
        assert_eq!(listen(left, now), Duration::from_secs(5));
        assert_eq!(listen(left, now + Duration::from_secs(9)), usual);
        assert_eq!(listen(None, now), usual);
        let silent = |at| LeftOnAir::settings(left, at).on_air_until;
        assert_eq!(silent(now), Some(now + Duration::from_mins(3)));
        assert_eq!(silent(now + Duration::from_secs(181)), None);
    }
}
