//! How fast. Not run by itself: it measures the host.

use std::time::Instant;

use smpp::{Event, Outcome};

use super::owner::{Owner, submit_sm};
use super::smsc::{RESP, SUBMIT_SM, octets};

const SUBMITS: u64 = 100_000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: cargo test --release -p smpp --test session throughput -- --ignored --nocapture"]
async fn window_100_on_loopback() {
    let (mut owner, mut peer, _smsc) = Owner::bound(|settings| settings.window = 100).await;
    tokio::spawn(async move {
        let mut pending = Vec::new();
        while let Some(pdu) = peer.read_some(&mut pending).await {
            peer.raw(&pdu).await;
        }
    });
    let began = Instant::now();
    let (mut submitted, mut answered) = (0, 0);
    while answered < SUBMITS {
        while submitted < SUBMITS && owner.link.submit(submitted, submit_sm()).is_ok() {
            submitted += 1;
        }
        match owner.event().await {
            Event::Answered {
                outcome: Outcome::Accepted { .. },
                ..
            } => answered += 1,
            Event::Status(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let taken = began.elapsed();
    println!("{:.0} submits/s", 100_000.0 / taken.as_secs_f64());
}

impl super::smsc::Peer {
    /// Reads what is there and gives the answers to the submits in it; a PDU at a time
    /// would measure the peer.
    async fn read_some(&mut self, pending: &mut Vec<u8>) -> Option<Vec<u8>> {
        self.read_into(pending).await?;
        let mut answers = Vec::new();
        let mut at = 0;
        while let Some(head) = pending.get(at..at + 16) {
            let word = |from: usize| u32::from_be_bytes(head[from..from + 4].try_into().unwrap());
            let length = word(0) as usize;
            if pending.len() < at + length {
                break;
            }
            if word(4) == SUBMIT_SM {
                answers.extend(octets(SUBMIT_SM | RESP, 0, word(12), b"0123456789\0"));
            }
            at += length;
        }
        pending.drain(..at);
        Some(answers)
    }
}
