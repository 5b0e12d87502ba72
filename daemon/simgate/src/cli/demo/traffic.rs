//! Messages that come in by themselves.

use std::convert::Infallible;
use std::time::Duration;

use virtual_modem::{Bank, Replies};

/// The first one may come before the modem is up: the virtual network keeps it, as a real one does.
const FIRST_AFTER: Duration = Duration::from_millis(1500);
const EVERY: Duration = Duration::from_secs(10);

/// Who writes, and what. One needs UCS-2, and one more than one part.
const SENDERS: [(&str, &str); 4] = [
    ("+84909000111", "Hello! Is the shop open on Sunday?"),
    ("+84909000222", "Cảm ơn bạn, hẹn gặp lại 🙂"),
    (
        "+84909000333",
        "This one is long enough to need two parts on the air. They come one after the other, may come in any \
         order, and simgate puts them together again before anybody sees the message.",
    ),
    ("+84909000444", "STOP"),
];

/// Two of three recipients answer what is sent to them.
pub(super) fn replies() -> Replies {
    let texts = ["Thanks!", "OK, see you then.", "Đã nhận, cảm ơn."];
    Replies {
        share: 0.66,
        after: Duration::from_secs(3),
        texts: texts.map(str::to_owned).to_vec(),
    }
}

/// Goes on for ever, over all modems in turn.
pub(super) async fn incoming(bank: &Bank, modems: u16) -> Infallible {
    let slots = (0..usize::from(modems)).cycle();
    let messages = SENDERS.into_iter().cycle();
    let mut wait = FIRST_AFTER;
    for (slot, (from, text)) in slots.zip(messages) {
        tokio::time::sleep(wait).await;
        if let Err(error) = bank.inject(slot, from, text).await {
            tracing::warn!(slot, %error, "no message could be made to come in");
        }
        wait = EVERY;
    }
    std::future::pending().await
}
