//! Whether the loops that messages need still go round: each is asked, and answers itself.

use std::future::Future;
use std::time::Duration;

use api::http::Question;
use gateway::Gateway;

/// The loops without which nothing is taken, sent or kept.
pub(crate) struct Loops {
    gateway: Gateway,
    http: Question,
}

impl Loops {
    pub(crate) fn new(gateway: Gateway, http: Question) -> Self {
        Self { gateway, http }
    }

    /// True when all of them answered within the time; the log names those that did not.
    pub(super) async fn live(&self, within: Duration) -> bool {
        let (dispatcher, writer, http) = tokio::join!(
            answers("dispatcher", within, self.gateway.dispatcher_lives()),
            answers("writer", within, self.gateway.writer_lives()),
            answers("http", within, self.http.is_answered()),
        );
        dispatcher && writer && http
    }
}

async fn answers(name: &str, within: Duration, lives: impl Future<Output = bool>) -> bool {
    let answer = tokio::time::timeout(within, lives).await;
    let lives = answer.unwrap_or(false);
    if !lives {
        let waited_seconds = within.as_secs();
        tracing::error!(
            part = name,
            waited_seconds,
            "a part does not answer; systemd starts simgate anew if it stays so"
        );
    }
    lives
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_does_not_answer_in_time_does_not_live() {
        let within = Duration::from_millis(20);
        assert!(answers("quick", within, async { true }).await);
        assert!(!answers("ended", within, async { false }).await);
        assert!(!answers("hung", within, std::future::pending()).await);
    }
}
