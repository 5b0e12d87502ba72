//! Whether the server's loop still goes round.

use tokio::sync::{mpsc, oneshot};

/// Asks a server. It answers as soon as its loop comes round.
pub struct Question(mpsc::Sender<oneshot::Sender<()>>);

/// The server's end.
pub struct Asked(mpsc::Receiver<oneshot::Sender<()>>);

/// Both ends.
pub fn question() -> (Question, Asked) {
    let (ask, asked) = mpsc::channel(1);
    (Question(ask), Asked(asked))
}

impl Question {
    /// False when the server has ended.
    pub async fn is_answered(&self) -> bool {
        let (reply, answer) = oneshot::channel();
        self.0.send(reply).await.is_ok() && answer.await.is_ok()
    }
}

impl Asked {
    /// Answers the next question. Never ends where nobody can ask.
    pub(super) async fn answer(asked: &mut Option<Self>) {
        let question = match asked {
            Some(Self(questions)) => questions.recv().await,
            None => None,
        };
        match question {
            Some(answer) => drop(answer.send(())),
            None => std::future::pending().await,
        }
    }
}
