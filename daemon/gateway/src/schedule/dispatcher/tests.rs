//! The dispatcher with a real store and modems that are mailboxes.

mod admission;
mod between;
mod clock_set;
mod held;
mod late;
mod opted_out;
mod overlooked;
mod parts;
mod pausing;
mod poisoned;
mod resting;
mod stale;
mod unreadable;
mod waiting;

use std::time::Duration;

use at::CmsError;
use model::{
    Carrier, Iccid, Imei, KeyId, MessageId, NewMessage, PartState, Priority, SimConfig, State,
};
use modem::{JobId, SubmitRefusal, Submitted, Uncertainty};
use tokio::sync::mpsc;
use tpdu::{MessageRef, Submit};

use super::*;
use crate::carriers::{self, History, Notice};
use crate::modems::ModemHandle;
use crate::modems::handle::Command;
use crate::modems::outcome::outcome;
use crate::schedule::{Health, Phase};
use store::{Accepted, LateAnswer, Reference, Resolved, Settled, clock};

/// Far longer than anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct Bank {
    store: Store,
    bus: Bus,
    scheduler: Handle,
    _dir: tempfile::TempDir,
}

/// A modem whose task is the test.
struct Modem {
    iccid: Iccid,
    imei: Imei,
    mailbox: mpsc::Receiver<Command>,
}

/// A part as the modem got it.
struct Part {
    job: JobId,
    submit: Submit,
}

impl Bank {
    fn new() -> Self {
        let (dir, dispatcher, scheduler) = at_rest();
        let (store, bus) = (dispatcher.store.clone(), dispatcher.bus.clone());
        tokio::spawn(dispatcher.run());
        Self {
            store,
            bus,
            scheduler,
            _dir: dir,
        }
    }

    /// With the first SIM's modem.
    async fn with_modem() -> (Self, Modem) {
        Self::with(|_| {}).await
    }

    /// With the first SIM's modem, and this set for the SIM.
    async fn with(set: impl FnOnce(&mut SimConfig)) -> (Self, Modem) {
        let bank = Self::new();
        let mut config = SimConfig::default();
        set(&mut config);
        let modem = bank.plug_with(1, config).await;
        (bank, modem)
    }

    /// The SIM goes with its modem.
    async fn unplug(&self, modem: &Modem) {
        let (iccid, modem) = (modem.iccid.clone(), modem.imei.clone());
        self.scheduler.signal(Notice::Down { iccid, modem }).await;
    }

    /// Begins to stop; tells when it has.
    async fn stop(&self) -> oneshot::Receiver<()> {
        let (done, stopped) = oneshot::channel();
        self.scheduler.signal(Signal::Stop(done)).await;
        stopped
    }

    async fn plug(&self, n: u8) -> Modem {
        self.plug_with(n, SimConfig::default()).await
    }

    async fn plug_with(&self, n: u8, config: SimConfig) -> Modem {
        let iccid: Iccid = format!("89840000000000000{n:03}").parse().unwrap();
        let imei: Imei = format!("35000000000{n:04}").parse().unwrap();
        let (commands, mailbox) = mpsc::channel(8);
        let modem = carriers::Modem {
            imei: imei.clone(),
            line: Arc::new(ModemHandle::new(imei.clone(), commands)),
        };
        let history = History::read(&self.store, &iccid, clock::now())
            .await
            .unwrap();
        let (config, history) = (Box::new(config), Box::new(history));
        let up = Notice::Up {
            iccid: iccid.clone(),
            modem,
            config,
            history,
        };
        self.scheduler.signal(up).await;
        Modem {
            iccid,
            imei,
            mailbox,
        }
    }

    async fn accept(&self, text: &str, priority: Priority) -> MessageId {
        self.accept_for("+84901234567", text, priority).await
    }

    /// A message for each of so many recipients.
    async fn accept_many(&self, count: usize) -> Vec<MessageId> {
        let mut ids = Vec::new();
        for n in 0..count {
            let to = format!("+8490{n:07}");
            ids.push(self.accept_for(&to, "hello", Priority::Normal).await);
        }
        ids
    }

    async fn accept_for(&self, to: &str, text: &str, priority: Priority) -> MessageId {
        self.accept_new(new_message(to, text, priority)).await
    }

    async fn accept_new(&self, message: NewMessage) -> MessageId {
        let id = message.id;
        let accepted = self.scheduler.admit(vec![message], None).await.unwrap();
        assert!(matches!(accepted, Accepted::Stored(_)));
        id
    }

    /// A message that only the store knows of.
    async fn store_only(&self, text: &str) -> MessageId {
        let message = new_message("+84901234567", text, Priority::Normal);
        let id = message.id;
        self.store.accept(vec![message], None).await.unwrap();
        id
    }

    /// Has the scheduler look for what the store has.
    async fn look(&self, priority: Priority) {
        let lane = new_message("+84901234567", "", priority).lane();
        let look = Notice::Queued(vec![(lane, Time::ZERO)]);
        self.scheduler.signal(look).await;
    }

    /// Has the scheduler look for all that the store has.
    async fn look_for_all(&self) {
        let lanes = self.store.queue().lanes().await.unwrap();
        self.scheduler.signal(Signal::Look(lanes)).await;
    }

    async fn message(&self, id: MessageId) -> model::Message {
        self.store.reading().message(id).await.unwrap().unwrap()
    }

    /// Waits until the store has the message in a state.
    async fn until(&self, id: MessageId, state: State) -> model::Message {
        let look = async || {
            let message = self.message(id).await;
            (message.state == state).then_some(message)
        };
        in_time(state.as_str(), look).await
    }

    /// Waits until its history has a step.
    async fn until_step(&self, id: MessageId, step: &str) -> model::Message {
        let reading = self.store.reading();
        let look = async || {
            let history = reading.history(id).await.unwrap().unwrap();
            history.into_iter().find(|row| row.step == step)
        };
        in_time(step, look).await;
        self.message(id).await
    }

    /// The scheduler as after a restart, with what is on disk.
    fn restarted(self) -> Self {
        let settings = Settings::default();
        let (dispatcher, scheduler) =
            Dispatcher::new(&settings, self.store.clone(), Bus::new(), Arc::default());
        tokio::spawn(dispatcher.run());
        Self { scheduler, ..self }
    }

    async fn health(&self, modem: &Modem) -> Health {
        let mut slots = self.scheduler.report().await;
        slots.remove(&modem.iccid).expect("it is known").health
    }

    /// The modem gets its next part, and this becomes of it.
    async fn serve(&self, modem: &mut Modem, outcome: Submitted) {
        let part = modem.part().await;
        self.answer(modem, &part, outcome).await;
    }

    async fn answer(&self, modem: &Modem, part: &Part, outcome: Submitted) {
        self.tell(modem, part, outcome, true).await;
    }

    /// Nobody knows what became of the part.
    async fn doubt(&self, modem: &Modem, part: &Part, id: MessageId) {
        let silence = Submitted::Uncertain(Uncertainty::Silence);
        self.answer(modem, part, silence).await;
        self.until(id, State::Uncertain).await;
    }

    /// An answer that comes after all.
    async fn late(&self, part: &Part, answer: LateAnswer) {
        let job = part.job;
        let late = Notice::LateAnswer { job, answer };
        self.scheduler.signal(late).await;
    }

    /// A person says that it did not go out.
    async fn resolve(&self, id: MessageId) -> Settled {
        let evidence = self.store.evidence();
        match evidence.resolve(id, false, clock::now(), None).await {
            Ok(Resolved::Done(settled)) => settled,
            other => panic!("it was uncertain: {other:?}"),
        }
    }

    async fn tell(&self, modem: &Modem, part: &Part, submitted: Submitted, handed_over: bool) {
        let answered = Notice::Answered {
            carrier: modem.iccid.clone().into(),
            job: part.job,
            outcome: outcome(&submitted, handed_over),
            handed_over,
        };
        self.scheduler.signal(answered).await;
    }
}

/// A dispatcher that the test moves along.
fn at_rest() -> (tempfile::TempDir, Dispatcher, Handle) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
    let (dispatcher, scheduler) =
        Dispatcher::new(&Settings::default(), store, Bus::new(), Arc::default());
    (dir, dispatcher, scheduler)
}

/// Waits until there is something.
async fn in_time<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, wait).await;
    found.unwrap_or_else(|_| panic!("never {what}"))
}

async fn has(stopped: oneshot::Receiver<()>) {
    let stops = tokio::time::timeout(PATIENCE, stopped).await;
    stops.expect("it stops").unwrap();
}

fn accepted_as(mr: u8) -> LateAnswer {
    LateAnswer::Accepted(Reference::Mr(mr))
}

impl Modem {
    /// The next part that may go out.
    async fn part(&mut self) -> Part {
        let (part, go) = self.prepared().await;
        let let_out = tokio::time::timeout(PATIENCE, go).await;
        let_out.expect("in time").expect("it may go out");
        part
    }

    /// The next part for which the modem is to ask for its prompt, and what lets it out.
    async fn prepared(&mut self) -> (Part, oneshot::Receiver<()>) {
        match tokio::time::timeout(PATIENCE, self.mailbox.recv()).await {
            Ok(Some(Command::Submit { job, pdu, go, .. })) => {
                let submit = Submit::decode(&pdu.tpdu).unwrap();
                (Part { job, submit }, go)
            }
            other => panic!("no part: {other:?}"),
        }
    }

    fn is_idle(&mut self) -> bool {
        self.mailbox.try_recv().is_err()
    }
}

fn new_message(to: &str, text: &str, priority: Priority) -> NewMessage {
    let plan = tpdu::plan(text, &tpdu::TextOptions::default()).unwrap();
    NewMessage {
        segments: u16::try_from(plan.len()).unwrap(),
        priority,
        ..NewMessage::sample(clock::message_id(), to, text, clock::now())
    }
}

fn accepted(mr: u8) -> Submitted {
    Submitted::Accepted(MessageRef(mr))
}

fn refused(code: u16) -> Submitted {
    Submitted::Refused(SubmitRefusal::Cms(CmsError(code)))
}

#[tokio::test]
async fn a_part_is_sending_on_disk_before_the_modem_has_it() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept("hello", Priority::Normal).await;
    let part = modem.part().await;
    let message = bank.message(id).await;
    assert_eq!(
        (
            message.state,
            message.carrier.as_ref().and_then(Carrier::sim)
        ),
        (State::Sending, Some(&modem.iccid))
    );
    assert_eq!(message.parts[0].state, PartState::Sending);
    bank.answer(&modem, &part, accepted(17)).await;
    let message = bank.until(id, State::Sent).await;
    assert_eq!(message.parts[0].mr, Some(17));
}

#[tokio::test]
async fn all_parts_go_through_one_sim_in_order() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept(&"a".repeat(400), Priority::Normal).await;
    for seq in 1..=3 {
        let part = modem.part().await;
        let mut other = bank.plug(2).await;
        assert_eq!(part.submit.ud.concat().unwrap().seq, seq);
        assert!(other.is_idle());
        bank.answer(&modem, &part, accepted(seq)).await;
    }
    assert_eq!(bank.until(id, State::Sent).await.parts.len(), 3);
}

#[tokio::test]
async fn a_permanent_error_on_one_part_stops_the_rest() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept(&"a".repeat(400), Priority::Normal).await;
    bank.serve(&mut modem, accepted(1)).await;
    bank.serve(&mut modem, refused(1)).await;
    let message = bank.until(id, State::Failed).await;
    assert_eq!(message.reason.unwrap().code, "cms-1");
    assert!(modem.is_idle());
}

#[tokio::test]
async fn what_one_sim_cannot_send_goes_through_another() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept("hello", Priority::Normal).await;
    let part = modem.part().await;
    let mut other = bank.plug(2).await;
    bank.answer(&modem, &part, refused(310)).await;
    bank.serve(&mut other, accepted(3)).await;
    let message = bank.until(id, State::Sent).await;
    assert_eq!(
        (
            message.carrier.as_ref().and_then(Carrier::sim),
            message.attempts
        ),
        (Some(&other.iccid), 2)
    );
    assert!(modem.is_idle());
}

#[tokio::test]
async fn a_dead_recipient_holds_up_nobody() {
    let (bank, mut modem) = Bank::with_modem().await;
    let dead = bank.accept("one", Priority::Normal).await;
    let alive = bank.accept("two", Priority::Normal).await;
    bank.serve(&mut modem, refused(38)).await;
    bank.serve(&mut modem, accepted(4)).await;
    bank.until(alive, State::Sent).await;
    assert_eq!(bank.message(dead).await.state, State::Queued);
}

#[tokio::test]
async fn a_modem_pulled_in_mid_air_leaves_the_part_uncertain() {
    let (bank, mut modem) = Bank::with_modem().await;
    let mut other = bank.plug(2).await;
    let id = bank.accept("hello", Priority::Normal).await;
    tokio::select! {
        part = modem.part() => drop(part),
        part = other.part() => { drop(part); std::mem::swap(&mut modem, &mut other); }
    }
    bank.unplug(&modem).await;
    bank.until(id, State::Uncertain).await;
    assert!(other.is_idle(), "not sent again without evidence");
}

#[tokio::test]
async fn a_modem_that_takes_nothing_costs_neither_the_message_nor_its_sim() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept("hello", Priority::Normal).await;
    // More often than a message may be refused.
    for _ in 0..7 {
        let part = modem.part().await;
        let not_ready = Submitted::Refused(SubmitRefusal::NotReady);
        bank.answer(&modem, &part, not_ready).await;
        // The modem comes back; its SIM does not have to wait.
        modem = bank.plug(1).await;
    }
    bank.serve(&mut modem, accepted(1)).await;
    let message = bank.until(id, State::Sent).await;
    assert_eq!(message.attempts, 1, "what no modem took was not tried");
}

#[tokio::test]
async fn what_was_refused_uses_no_quota_up() {
    let (bank, mut modem) = Bank::with(|config| config.quota.per_day = Some(1)).await;
    // Refused by the network, not taken by the modem, refused for good,
    for outcome in [
        refused(38),
        Submitted::Refused(SubmitRefusal::NotReady),
        refused(30),
    ] {
        bank.accept("hello", Priority::Normal).await;
        bank.serve(&mut modem, outcome).await;
    }
    // and what goes out does.
    bank.serve(&mut modem, accepted(1)).await;
    let over = bank.accept("over the quota", Priority::Normal).await;
    let slots = bank.scheduler.report().await;
    assert_eq!(slots[&modem.iccid].used.day, 1);
    assert!(modem.is_idle());
    assert_eq!(bank.message(over).await.state, State::Queued);
}

#[tokio::test]
async fn a_late_answer_settles_an_uncertain_part() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept("hello", Priority::Normal).await;
    let part = modem.part().await;
    bank.doubt(&modem, &part, id).await;
    bank.late(&part, accepted_as(9)).await;
    assert_eq!(bank.until(id, State::Sent).await.parts[0].mr, Some(9));
}

#[tokio::test]
async fn an_otp_goes_before_a_campaign_that_was_there_first() {
    let (bank, mut modem) = Bank::with_modem().await;
    let first = bank.accept("bulk 1", Priority::Bulk).await;
    let part = modem.part().await;
    let second = bank.accept("bulk 2", Priority::Bulk).await;
    let otp = bank.accept("otp", Priority::Otp).await;
    bank.answer(&modem, &part, accepted(1)).await;
    bank.until(first, State::Sent).await;
    let part = modem.part().await;
    assert_eq!(bank.message(otp).await.state, State::Sending);
    bank.answer(&modem, &part, accepted(2)).await;
    bank.serve(&mut modem, accepted(3)).await;
    bank.until(second, State::Sent).await;
}

#[tokio::test]
async fn a_stop_waits_for_what_is_on_the_air_and_claims_nothing_more() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept(&"a".repeat(400), Priority::Normal).await;
    let waiting = bank.accept("later", Priority::Normal).await;
    let part = modem.part().await;
    let mut stopped = bank.stop().await;
    assert!(stopped.try_recv().is_err());
    bank.answer(&modem, &part, accepted(1)).await;
    has(stopped).await;
    // Two parts are left; they wait for this SIM.
    let message = bank.message(id).await;
    assert_eq!(
        (message.state, message.parts[0].state),
        (State::Queued, PartState::Sent)
    );
    assert_eq!(bank.message(waiting).await.state, State::Queued);
    assert!(modem.is_idle());
}
