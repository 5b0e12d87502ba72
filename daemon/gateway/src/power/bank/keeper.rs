//! The task that keeps the conversation with a bank's controller: greets it, gives it what it forgets at each start, hands
//! on what is asked, and looks at it every few seconds, which also tells it that simgate is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bank_wire::{
    BankStatus, Hello, PROTOCOL, Power, Refusal, Reply, Request, SlotState, SlotStatus,
};
use model::Backoff;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::peer::{Peer, PeerError, Way};
use super::state::{BankState, Shared};
use super::{BankError, SLOTS, words};

/// Well within the 30 s after which a board shows that its host is silent.
const LOOK: Duration = Duration::from_secs(5);
const RETRY: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(15),
};

/// A request, and where its answer goes.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) request: Request,
    pub(super) answer: oneshot::Sender<Result<Reply, BankError>>,
}

/// Why a conversation is over.
enum End {
    /// Nobody will ask any more.
    Over,
    OtherVersion(String),
    Away(String),
}

impl From<PeerError> for End {
    fn from(error: PeerError) -> Self {
        Self::Away(error.to_string())
    }
}

/// Until nobody asks any more.
pub(super) async fn keep(mut way: impl Way, shared: Arc<Shared>, mut asks: mpsc::Receiver<Ask>) {
    let mut failures = 0;
    loop {
        let (state, why) = match way.open().await {
            Ok(mut peer) => {
                let end = converse(&mut peer, &shared, &mut asks).await;
                way.close(peer).await;
                if shared.is_ready() {
                    failures = 0;
                }
                match end {
                    End::Over => return,
                    End::OtherVersion(why) => (BankState::OtherVersion, why),
                    End::Away(why) => (BankState::Away, why),
                }
            }
            Err(why) => (BankState::Away, why),
        };
        if shared.lost(state, &why) {
            tracing::warn!(why, "the bank controller cannot be used");
        }
        failures += 1;
        if !refuse_for(RETRY.wait(failures), &why, &mut asks).await {
            return;
        }
    }
}

/// What is asked meanwhile is refused at once: nobody waits for a board that is away. False when nobody will ask any more.
async fn refuse_for(wait: Duration, why: &str, asks: &mut mpsc::Receiver<Ask>) -> bool {
    let over = sleep(wait);
    tokio::pin!(over);
    loop {
        tokio::select! {
            () = &mut over => return true,
            ask = asks.recv() => match ask {
                Some(ask) => {
                    let _ = ask.answer.send(Err(BankError::Away(why.to_owned())));
                }
                None => return false,
            },
        }
    }
}

async fn converse(peer: &mut impl Peer, shared: &Shared, asks: &mut mpsc::Receiver<Ask>) -> End {
    if let Err(end) = begin(peer, shared).await {
        return end;
    }
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks.reset();
    loop {
        let done = tokio::select! {
            ask = asks.recv() => match ask {
                Some(ask) => serve(peer, shared, ask).await,
                None => return End::Over,
            },
            told = peer.event() => told.map(|status| note(shared, status)).map_err(End::from),
            _ = looks.tick() => look(peer, shared).await,
        };
        if let Err(end) = done {
            return end;
        }
    }
}

/// Greets the board, and has it as it is configured.
async fn begin(peer: &mut impl Peer, shared: &Shared) -> Result<(), End> {
    let hello = greet(peer).await?;
    let status = bank(peer).await?;
    let count = hello.slots.min(u8::try_from(SLOTS).unwrap_or(u8::MAX));
    let mut slots = BTreeMap::new();
    for slot in 0..count {
        slots.insert(slot, slot_of(peer, slot).await?);
    }
    let [major, minor, patch] = hello.firmware;
    let firmware = format!("{major}.{minor}.{patch}");
    tracing::info!(
        slots = hello.slots,
        firmware,
        "the bank controller is there"
    );
    shared.ready(hello, status, slots.clone());
    for (slot, status) in &slots {
        if let SlotState::Fault(fault) = status.state {
            warn_of(*slot, fault);
        }
    }
    for slot in shared.plan.used() {
        prepare(peer, shared, slot, slots.get(&slot)).await?;
    }
    Ok(())
}

async fn greet(peer: &mut impl Peer) -> Result<Hello, End> {
    let protocol = PROTOCOL;
    match peer.ask(Request::Hello { protocol }).await? {
        Reply::Hello(hello) if hello.protocol == PROTOCOL => Ok(hello),
        Reply::Hello(Hello { protocol, .. }) => {
            let refusal = Refusal::Protocol { board: protocol };
            Err(End::OtherVersion(words::refusal(refusal)))
        }
        Reply::Refused(refusal @ Refusal::Protocol { .. }) => {
            Err(End::OtherVersion(words::refusal(refusal)))
        }
        reply => Err(unexpected(reply)),
    }
}

/// The times of its module, which a board forgets, and power: after its own start a board gives none before it is asked.
async fn prepare(
    peer: &mut impl Peer,
    shared: &Shared,
    slot: u8,
    status: Option<&SlotStatus>,
) -> Result<(), End> {
    let number = u32::from(slot) + 1;
    let Some(status) = status else {
        tracing::warn!(
            slot = number,
            "the bank controller has no such slot (power.slots)"
        );
        return Ok(());
    };
    let timing = shared.plan.timing;
    told_done(number, peer.ask(Request::Timing { slot, timing }).await?);
    let faulted = matches!(status.state, SlotState::Fault(_));
    if status.wanted || faulted || shared.is_kept_off(slot) {
        return Ok(());
    }
    let to = Power::On;
    told_done(number, peer.ask(Request::Power { slot, to }).await?);
    note(shared, slot_of(peer, slot).await?);
    Ok(())
}

fn told_done(slot: u32, reply: Reply) {
    if let Reply::Refused(refusal) = reply {
        let why = words::refusal(refusal);
        tracing::warn!(slot, why, "the bank controller does not make a slot ready");
    }
}

async fn serve(peer: &mut impl Peer, shared: &Shared, ask: Ask) -> Result<(), End> {
    let Ask { request, answer } = ask;
    let reply = match peer.ask(request).await {
        Ok(reply) => reply,
        Err(error) => {
            let _ = answer.send(Err(BankError::Away(error.to_string())));
            return Err(error.into());
        }
    };
    if let Reply::Refused(refusal) = reply {
        let _ = answer.send(Err(BankError::Refused(refusal)));
        return match refusal {
            Refusal::NoHello => Err(End::Away(words::refusal(refusal))),
            _ => Ok(()),
        };
    }
    // Who has asked goes by what is known of the slot: that is what came of the request.
    let looked = match acts_on(request) {
        Some(slot) => slot_of(peer, slot).await.map(|status| note(shared, status)),
        None => Ok(()),
    };
    let _ = answer.send(Ok(reply));
    looked
}

/// The slot that a request changes.
fn acts_on(request: Request) -> Option<u8> {
    match request {
        Request::Power { slot, .. }
        | Request::Cycle { slot, .. }
        | Request::Key { slot }
        | Request::Reset { slot }
        | Request::Sim { slot, .. }
        | Request::ClearFault { slot }
        | Request::Slot { slot } => Some(slot),
        Request::Hello { .. }
        | Request::Ping
        | Request::Bank
        | Request::Timing { .. }
        | Request::Limits(_)
        | Request::PrepareUpdate
        | Request::Update { .. } => None,
    }
}

async fn look(peer: &mut impl Peer, shared: &Shared) -> Result<(), End> {
    let status = bank(peer).await?;
    shared.seen(status);
    let known: Vec<u8> = shared.now().borrow().slots.keys().copied().collect();
    for slot in known {
        note(shared, slot_of(peer, slot).await?);
    }
    Ok(())
}

async fn bank(peer: &mut impl Peer) -> Result<BankStatus, End> {
    match peer.ask(Request::Bank).await? {
        Reply::Bank(status) => Ok(status),
        reply => Err(unexpected(reply)),
    }
}

async fn slot_of(peer: &mut impl Peer, slot: u8) -> Result<SlotStatus, End> {
    match peer.ask(Request::Slot { slot }).await? {
        Reply::Slot(status) if status.slot == slot => Ok(status),
        reply => Err(unexpected(reply)),
    }
}

fn unexpected(reply: Reply) -> End {
    End::Away(match reply {
        Reply::Refused(refusal) => words::refusal(refusal),
        _ => "the bank controller answers something else than it was asked".to_owned(),
    })
}

fn note(shared: &Shared, status: SlotStatus) {
    if let Some(fault) = shared.slot_seen(status) {
        warn_of(status.slot, fault);
    }
}

fn warn_of(slot: u8, fault: bank_wire::Fault) {
    let (slot, why) = (u32::from(slot) + 1, words::fault(fault));
    tracing::error!(slot, why, "a fault keeps a slot of the bank off");
}
