//! What the tests share: samples of messages and steps, and calls of the store that do not fail.

use model::{Content, InboundPart, PartState, RawPart, ReasonCode, SimHealth};

use super::*;
use crate::machine::clock;
use crate::values::{FromColumn, RowExt as _, params};
use crate::{
    Filter, Listed, NewReport, Progress, Received, RefusedBy, Replayed, Reported, SentCount,
    Settled, SimSeen,
};

/// An instant to count from; its day and hour are whole.
pub(super) const T0: Time = Time(1_795_305_600_000);
/// Whom most messages are for.
pub(super) const TO: &str = "+84900000001";
pub(super) const SECOND: i64 = 1000;
pub(super) const HOUR: i64 = 3600 * SECOND;
pub(super) const DECIDE_AFTER: Duration = Duration::from_mins(5);

pub(super) fn at(offset: i64) -> Time {
    Time(T0.0 + offset)
}

pub(super) fn sim(n: u8) -> Iccid {
    format!("898401123456789012{n}").parse().unwrap()
}

pub(super) fn open() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), DECIDE_AFTER).unwrap();
    (dir, store)
}

/// Ends a store without a word, as a kill does, and opens the file again.
pub(super) async fn reopen(dir: &TempDir, store: Store) -> Store {
    store.close().await;
    Store::open(dir.path(), DECIDE_AFTER).unwrap()
}

pub(super) fn text(to: &str, text: &str) -> NewMessage {
    NewMessage {
        expires_at: at(24 * HOUR),
        ..NewMessage::sample(clock::message_id(), to, text, T0)
    }
}

pub(super) fn long(to: &str, segments: u16) -> NewMessage {
    NewMessage {
        segments,
        ..text(to, "long")
    }
}

pub(super) fn lane() -> Lane {
    Lane {
        priority: Priority::Normal,
        key: KeyId(1),
        sender: Sender::Any,
    }
}

impl Store {
    /// The next messages of a lane, whatever they need.
    pub(super) async fn waiting(
        &self,
        lane: &Lane,
        after: Option<(Time, RowId)>,
        now: Time,
        limit: usize,
    ) -> Result<Vec<Queued>, StoreError> {
        let (room, held, taken) = Default::default();
        let scan = Scan {
            after,
            now,
            limit,
            room,
            only: false,
            held,
            taken,
            classifier: Classifier::default(),
        };
        Ok(self.queue().scan(lane, scan).await?.found)
    }
}

/// Accepts messages and gives those that are due.
pub(super) async fn accept(store: &Store, messages: Vec<NewMessage>) -> Vec<Queued> {
    accept_as(store, messages, None).await
}

/// Accepts one message.
pub(super) async fn put(store: &Store, message: NewMessage) -> Queued {
    accept(store, vec![message]).await.remove(0)
}

pub(super) async fn step(store: &Store, step: Step) -> Advanced {
    advance(store, vec![step]).await.steps[0]
}

/// Claims a message of one part at a time.
pub(super) async fn claim_at(store: &Store, row: RowId, sim: &Iccid, at: Time) -> Advanced {
    step(store, claiming(row, sim.clone(), at)).await
}

/// Claims a message for a SIM that makes as many parts of it as were planned.
pub(super) async fn claim(store: &Store, row: RowId, sim: &Iccid) -> Advanced {
    let planned = "SELECT coalesce(max(segments), 1) FROM messages WHERE row = ?1";
    let parts = value_of(store, planned, row.0).await;
    claim_as(store, row, &sim.clone().into(), parts).await
}

/// Accepts a message, and claims it for a SIM.
pub(super) async fn put_claimed(store: &Store, message: NewMessage, sim: &Iccid) -> Queued {
    let queued = put(store, message).await;
    assert!(claim(store, queued.row, sim).await.applied);
    queued
}

/// Claims a message for what makes so many parts of it.
pub(super) async fn claim_as(store: &Store, row: RowId, carrier: &Carrier, parts: u16) -> Advanced {
    let next = "SELECT coalesce(max(next_part), 1) FROM messages WHERE row = ?1";
    let part = value_of(store, next, row.0).await;
    claim_part(store, row, part, (carrier, parts)).await
}

/// The same for a carrier that has this part in hand.
pub(super) async fn claim_part(
    store: &Store,
    row: RowId,
    part: u16,
    (carrier, parts): (&Carrier, u16),
) -> Advanced {
    let claim = Step::Claim {
        fell_back: None,
        row,
        part,
        carrier: carrier.clone(),
        parts,
        at: T0,
    };
    step(store, claim).await
}

pub(super) fn sent(row: RowId, part: u16, sim: &Iccid, mr: u8, last: bool) -> Step {
    Step::PartSent {
        row,
        part,
        carrier: sim.clone().into(),
        reference: Reference::Mr(mr),
        at: T0,
        last,
    }
}

pub(super) fn uncertain(row: RowId, part: u16, last: bool) -> Step {
    Step::PartUncertain {
        row,
        part,
        carrier: sim(1).into(),
        reason: no_answer(),
        numbered: false,
        at: T0,
        last,
        decide_at: at(60 * SECOND),
    }
}

pub(super) fn no_answer() -> Reason {
    Reason::new(ReasonCode::NoAnswer, "the modem gave no answer")
}

/// The only part of a message is given to a carrier that makes one of it.
pub(super) fn claiming(row: RowId, carrier: impl Into<Carrier>, at: Time) -> Step {
    Step::Claim {
        fell_back: None,
        row,
        part: 1,
        carrier: carrier.into(),
        parts: 1,
        at,
    }
}

pub(super) fn sending(row: RowId, part: u16, carrier: impl Into<Carrier>, at: Time) -> Step {
    Step::PartSending {
        row,
        part,
        carrier: carrier.into(),
        at,
    }
}

/// The only part was sent.
pub(super) fn sent_by(
    row: RowId,
    carrier: impl Into<Carrier>,
    reference: Reference,
    at: Time,
) -> Step {
    Step::PartSent {
        row,
        part: 1,
        carrier: carrier.into(),
        reference,
        at,
        last: true,
    }
}

/// The first part was accepted, under a number that nobody knows.
pub(super) fn unnumbered(row: RowId, last: bool) -> Step {
    Step::PartSent {
        row,
        part: 1,
        carrier: sim(1).into(),
        reference: Reference::None,
        at: T0,
        last,
    }
}

/// The only part is in doubt until `decide_at`.
pub(super) fn in_doubt(
    row: RowId,
    carrier: impl Into<Carrier>,
    reason: Reason,
    (at, decide_at): (Time, Time),
) -> Step {
    Step::PartUncertain {
        row,
        part: 1,
        carrier: carrier.into(),
        reason,
        numbered: false,
        at,
        last: true,
        decide_at,
    }
}

/// The network refuses the first part for now.
pub(super) fn requeue(row: RowId, due_at: Time, at: Time) -> Step {
    refused(row, (network(), None), due_at, at)
}

/// The first part is refused for now, and perhaps by whom.
pub(super) fn refused(
    row: RowId,
    (reason, refused_by): (Reason, Option<Carrier>),
    due_at: Time,
    at: Time,
) -> Step {
    Step::Requeue {
        row,
        part: 1,
        due_at,
        reason,
        refused_by,
        pinned: None,
        at,
    }
}

pub(super) fn failing(row: RowId, part: u16, reason: Reason, at: Time) -> Step {
    Step::Fail {
        row,
        part,
        reason,
        at,
    }
}

/// The only part was refused after the modem had it.
pub(super) fn number_spent(row: RowId, iccid: Iccid, by: RefusedBy, at: Time) -> Step {
    Step::NumberSpent {
        row,
        part: 1,
        last: true,
        iccid,
        by,
        at,
    }
}

pub(super) fn accepted(mr: u8) -> LateAnswer {
    LateAnswer::Accepted(Reference::Mr(mr))
}

/// The answer to an uncertain first part.
pub(super) fn late(row: RowId, mr: u8) -> Step {
    Step::LateAnswer {
        row,
        part: 1,
        carrier: sim(1).into(),
        refused: None,
        answer: accepted(mr),
        at: T0,
    }
}

/// Accepts a message of one part and brings it to `sent`.
pub(super) async fn put_sent(store: &Store, to: &str, sim: &Iccid, mr: u8, at: Time) -> Queued {
    let queued = put(store, text(to, "hello")).await;
    let (row, carrier) = (queued.row, Carrier::from(sim.clone()));
    let steps = vec![
        claiming(row, carrier.clone(), at),
        sent_by(row, carrier, Reference::Mr(mr), at),
    ];
    let done = advance(store, steps).await.steps;
    assert!(done.iter().all(|step| step.applied), "{done:?}");
    queued
}

pub(super) async fn get(store: &Store, id: MessageId) -> Message {
    store.reading().message(id).await.unwrap().unwrap()
}

pub(super) async fn state(store: &Store, id: MessageId) -> State {
    get(store, id).await.state
}

pub(super) async fn steps_of(store: &Store, id: MessageId) -> Vec<String> {
    let history = store.reading().history(id).await.unwrap().unwrap();
    history.into_iter().map(|row| row.step).collect()
}

pub(super) fn queued_depth(store: &Store) -> u64 {
    store
        .queue()
        .queue_depth()
        .iter()
        .map(|(_, depth)| depth)
        .sum()
}

/// What waits in the usual lane and is due.
pub(super) async fn waiting(store: &Store, now: Time) -> Vec<Queued> {
    store.waiting(&lane(), None, now, 10).await.unwrap()
}

pub(super) async fn part_states(store: &Store, id: MessageId) -> Vec<PartState> {
    let message = get(store, id).await;
    message.parts.iter().map(|part| part.state).collect()
}

/// Commits steps that must be possible, applied or not.
pub(super) async fn advance(store: &Store, steps: Vec<Step>) -> Progress {
    store.queue().advance(steps).await.unwrap()
}

pub(super) const fn applied(state: State) -> Advanced {
    Advanced {
        applied: true,
        state,
    }
}

pub(super) const fn not_applied(state: State) -> Advanced {
    Advanced {
        applied: false,
        state,
    }
}

pub(super) async fn reported(store: &Store, report: NewReport) -> Reported {
    store.evidence().report(report).await.unwrap()
}

/// Whether the message that a report is about has changed, and its state; none where it has none.
pub(super) fn moved(reported: &Reported) -> Option<(bool, State)> {
    match reported {
        Reported::Matched { changed, state, .. } => Some((*changed, *state)),
        _ => None,
    }
}

/// An answer that nobody waited for comes from the modem with the first SIM.
pub(super) async fn claim_answer(store: &Store, answer: LateAnswer, at: Time) -> Vec<Settled> {
    let claimed = store.evidence().claim_answer(&sim(1), answer, at).await;
    claimed.unwrap()
}

/// Policies decide of what is due, for so many resends at most.
pub(super) async fn decide(store: &Store, now: Time, most: u32) -> Vec<Settled> {
    store.evidence().decide(now, 9, most).await.unwrap()
}

pub(super) async fn see(store: &Store, seen: SimSeen) {
    store.admin().seen_sim(seen).await.unwrap();
}

/// A SIM of ours with a number, as its card tells it.
pub(super) async fn numbered(store: &Store, n: u8, number: &str) {
    let number = Some(number.to_owned());
    let new = SimSeen::new(sim(n), T0);
    see(store, SimSeen { number, ..new }).await;
}

/// A message of one part that comes in by the first SIM; its TPDU is the text.
pub(super) fn incoming(from: &str, text: &str) -> InboundPart {
    InboundPart {
        smsc_time: Some(T0),
        ..InboundPart::new(sim(1).into(), from.to_owned(), text.into(), T0)
    }
}

/// Joins parts whose TPDUs are their text.
pub(super) fn join(parts: &[RawPart]) -> Content {
    join_behind(0, parts)
}

/// Joins parts that have their text behind so many octets.
pub(super) fn join_behind(octets: usize, parts: &[RawPart]) -> Content {
    let texts = parts
        .iter()
        .map(|part| String::from_utf8_lossy(&part.tpdu[octets..]));
    Content {
        body: Body::Text(texts.collect()),
        coding: Coding::Gsm7,
        flash: false,
    }
}

pub(super) async fn received(store: &Store, part: InboundPart) -> Received {
    store.inbound().receive(part, join).await.unwrap()
}

/// The body of a message, which is a text.
pub(super) fn text_of(message: Message) -> String {
    match message.body {
        Body::Text(text) => text,
        body @ Body::Data { .. } => panic!("{body:?}"),
    }
}

/// One page of messages.
pub(super) async fn page(
    store: &Store,
    filter: Filter,
    limit: usize,
    before: Option<RowId>,
) -> Listed<Message> {
    store
        .reading()
        .messages(filter, limit, before)
        .await
        .unwrap()
}

/// The answer to a request under this name, which is made of these octets.
pub(super) fn replay(name: &str, request: u8, at: Time) -> NewReplay {
    NewReplay {
        key: KeyId(1),
        name: name.to_owned(),
        request: [request; 32],
        status: 202,
        body: b"first".to_vec(),
        at,
    }
}

/// Accepts messages of a request that has a name; those that are due.
pub(super) async fn accept_as(
    store: &Store,
    messages: Vec<NewMessage>,
    replay: impl Into<Option<NewReplay>>,
) -> Vec<Queued> {
    match store.accept(messages, replay.into()).await.unwrap() {
        Accepted::Stored(due) => due,
        other => panic!("{other:?}"),
    }
}

/// What is remembered of a request under this name, made of these octets.
pub(super) async fn replayed(
    store: &Store,
    name: &str,
    request: u8,
    now: Time,
) -> Option<Replayed> {
    let found = store.reading().replay(KeyId(1), name, [request; 32], now);
    found.await.unwrap()
}

pub(super) async fn put_health(store: &Store, iccid: &Iccid, health: SimHealth) {
    let stored = store.admin().set_sim_health(iccid, health, None);
    stored.await.unwrap();
}

pub(super) async fn sent_count(store: &Store, iccid: &Iccid, since: Time) -> SentCount {
    store.admin().sent_count(iccid, since).await.unwrap()
}

pub(super) fn up() -> Carrier {
    "uplink:primary".parse().unwrap()
}

pub(super) fn audit(what: &str) -> NewAudit {
    NewAudit {
        at: T0,
        actor: "key test".to_owned(),
        from: None,
        what: what.to_owned(),
    }
}

/// The one value that a query gives.
pub(super) async fn value<T>(store: &Store, sql: &'static str) -> T
where
    T: FromColumn + Send + 'static,
{
    let read = move |reader: &Connection| Ok(reader.query_row(sql, [], |row| row.col(0))?);
    store.read(read).await.unwrap()
}

/// The one value that a query with a parameter gives.
pub(super) async fn value_of<T>(store: &Store, sql: &'static str, parameter: i64) -> T
where
    T: FromColumn + Send + 'static,
{
    let read =
        move |reader: &Connection| Ok(reader.query_row(sql, params![parameter], |row| row.col(0))?);
    store.read(read).await.unwrap()
}

pub(super) fn network() -> Reason {
    Reason::read("cms-38", "network out of order")
}

/// So many changes, newest first.
pub(super) async fn newest_changes(store: &Store, limit: usize) -> Vec<model::AuditRow> {
    let all = model::AuditFilter::default();
    let listed = store.admin().audited(all, limit, None).await;
    listed.unwrap().items
}
