//! What goes on by itself: people write, and are answered.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::sync::oneshot;
use virtual_modem::{Bank, Replies};

use super::stage::{self, Cast};
use super::talks::{self, Who};
use crate::cli::Failure;
use crate::cli::client::Client;

/// Between two lines at first, until the inbox has something in it.
const SOON: Duration = Duration::from_millis(900);
/// And from then on.
const EVERY: Duration = Duration::from_secs(12);

/// A few recipients answer what is sent to them.
pub(super) fn replies() -> Replies {
    Replies {
        share: 0.1,
        after: Duration::from_secs(3),
        texts: talks::ANSWERS.map(str::to_owned).to_vec(),
    }
}

/// The gateway, and a key for it.
#[derive(Clone)]
struct Api {
    url: String,
    key: String,
}

impl Api {
    /// Asks in a thread of its own: the client blocks. What is refused keeps nobody from going on.
    async fn ask(&self, what: impl FnOnce(&Client) -> Result<(), Failure> + Send + 'static) {
        let api = self.clone();
        let asked = move || what(&Client::new(&api.url, Some(api.key))?);
        match tokio::task::spawn_blocking(asked).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => tracing::info!(%failure, "the demo's traffic was refused"),
            Err(error) => tracing::warn!(%error, "the demo's traffic stumbled"),
        }
    }
}

/// What takes part.
pub(super) struct Play<'a> {
    pub(super) bank: &'a Bank,
    pub(super) modems: u16,
    pub(super) key: String,
    /// Where the demo's SMSC listens.
    pub(super) smsc: u16,
    /// Tells the gateway's address once it serves.
    pub(super) ready: oneshot::Receiver<SocketAddr>,
}

impl Play<'_> {
    /// Goes on for ever, over all modems in turn.
    pub(super) async fn go_on(self) -> Infallible {
        let Ok(address) = self.ready.await else {
            return std::future::pending().await;
        };
        let api = Api {
            url: format!("http://{address}"),
            key: self.key,
        };
        let cast = Cast::of(self.modems);
        let iccids = self.bank.identities().iter();
        let iccids: Vec<_> = iccids.map(|identity| identity.iccid.clone()).collect();
        let smsc = self.smsc;
        api.ask(move |client| cast.furnish(client, &iccids, smsc))
            .await;
        let mut slots = cast.hearing().cycle();
        let mut comes_in = async |from: &str, text: &str| {
            let slot = slots.next().unwrap_or_default();
            if let Err(error) = self.bank.inject(slot, from, text).await {
                tracing::warn!(slot, %error, "no message could be made to come in");
            }
        };
        for (number, who, text) in talks::in_turn() {
            tokio::time::sleep(SOON).await;
            match who {
                // The virtual network keeps what comes before a modem is up, as a real one does.
                Who::They => comes_in(number, text).await,
                Who::We => api.ask(move |client| answer(client, number, text)).await,
            }
        }
        api.ask(stage::tidy).await;
        for (number, text) in talks::LATER.into_iter().cycle() {
            tokio::time::sleep(EVERY).await;
            comes_in(number, text).await;
        }
        std::future::pending().await
    }
}

fn answer(client: &Client, number: &str, text: &str) -> Result<(), Failure> {
    let mut message = json!({"to": number, "text": text});
    if number == talks::ABROAD {
        message["from"] = json!("uplink:overseas");
    }
    client.post("/messages", &message)?;
    Ok(())
}
