//! The part of the queue that is in memory: the head of each lane. The rest is in the store.
//!
//! Within a lane, messages that need the same of a SIM ([`Needs`]) stand in a line, and lines
//! pass each other: however many messages wait for a SIM that is away, for another SIM than the
//! one that refused them, or for a quota's room, those behind them go on. A line holds a bounded
//! number in memory; the rest of it is passed by when the lane is read, and read again from
//! there when the line runs low. So a lane is known to its end however long it is, and what is
//! remembered of what is not in memory is one place a line.

use std::collections::{HashMap, HashSet, VecDeque};

use model::{Classifier, KeyId, Lane, Needs, Place, Priority, Queued, RowId, Time};
use store::{Scan, Scanned};

/// The most messages of one line in memory; what is beyond is read when the line runs low.
pub(super) const WINDOW: usize = 128;
const LOW: usize = 32;

/// Lines of one lane, for which it takes that many SIMs with pinned messages, or lengths.
/// Messages that would make more of them stay in the store until a line ends.
const LINES: usize = 256;

const BEGINNING: Place = (Time(i64::MIN), RowId(i64::MIN));

/// The heads of all lanes.
#[derive(Default)]
pub(super) struct Lanes {
    heads: HashMap<Lane, Head>,
    /// Rows in somebody's hands: a read must not bring them back.
    taken: HashMap<RowId, InHand>,
    /// When each key was last served, in turns: who waited longest goes first.
    served: HashMap<KeyId, u64>,
    turn: u64,
}

/// What the store has answered of a message in somebody's hands.
enum InHand {
    /// Nothing yet: it may still be seen to wait. Where its claim fails, the lane is told.
    Nothing,
    /// It is claimed. Where a read left it out that waits all the same, it waits once more, of which
    /// nobody tells again: there.
    Claimed(Option<(Lane, Place)>),
}

/// What is known of one lane.
struct Head {
    lines: HashMap<Needs, Line>,
    /// The store may hold any messages behind this place that are not in memory.
    unread: Option<Place>,
    /// All that was due up to here has been looked at: what became due since is unknown.
    seen_until: Place,
    reading: Option<Reading>,
    /// Reads of the two kinds take turns: neither may hold up the other for long.
    rest_was_last: bool,
    /// The first message for which there was no line any more.
    crowded: Option<Place>,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            lines: HashMap::new(),
            unread: None,
            seen_until: BEGINNING,
            reading: None,
            rest_was_last: false,
            crowded: None,
        }
    }
}

/// Messages with the same needs.
#[derive(Default)]
struct Line {
    waiting: VecDeque<Queued>,
    /// The store holds (or may hold) more of them, all of them behind this place.
    beyond: Option<Place>,
}

/// A read on its way.
enum Reading {
    /// Of the rest of these lines.
    Rest(Vec<Needs>),
    /// Of whatever is behind this place, as it is at this time.
    New(Place, Time),
}

impl Lanes {
    /// Takes a message just accepted, or only notes that the store has it.
    pub(super) fn accept(&mut self, queued: Queued) {
        let head = self.heads.entry(queued.lane.clone()).or_default();
        // Behind messages that are still in the store it must not overtake them.
        if head.unread.is_some() || head.reading.is_some() {
            head.mark(before(queued.place()));
        } else {
            head.put(queued, &self.taken);
        }
    }

    /// Notes that the store has (or may have) messages of this lane, due at or after `due_at`,
    /// that are not in memory.
    pub(super) fn mark_from(&mut self, lane: Lane, due_at: Time) {
        let head = self.heads.entry(lane).or_default();
        head.mark((due_at, BEGINNING.1));
    }

    /// Notes that messages may have become due by the clock alone.
    pub(super) fn look(&mut self, lane: Lane, now: Time) {
        let head = self.heads.entry(lane).or_default();
        // After a step of the clock backwards nothing is known of the time between.
        let from = Some(head.seen_until).filter(|seen| seen.0 <= now);
        head.mark(from.unwrap_or(BEGINNING));
    }

    /// Forgets what is in memory, so that all that waits is read again. Reads on their way are
    /// not to be given to [`Lanes::refill`] any more.
    pub(super) fn forget(&mut self) {
        for head in self.heads.values_mut() {
            *head = Head::default();
            head.mark(BEGINNING);
        }
    }

    /// What to read from the store now. Of each lane one read is on its way at a time, until
    /// [`Lanes::refill`].
    pub(super) fn take_reads(&mut self, now: Time) -> Vec<(Lane, Scan)> {
        let mut reads = Vec::new();
        for (lane, head) in &mut self.heads {
            if let Some((after, room)) = head.begin_read(now) {
                let (unanswered, taken) = in_hand(&self.taken);
                let scan = Scan {
                    after: Some(after),
                    now,
                    limit: WINDOW,
                    room,
                    only: matches!(head.reading, Some(Reading::Rest(_))),
                    held: head.rows().chain(unanswered).collect(),
                    taken,
                    classifier: Classifier::default(),
                };
                reads.push((lane.clone(), scan));
            }
        }
        reads
    }

    /// What to read to see that nothing is missing: of lanes of which all is in memory, what was due
    /// by then and has been looked at. Nothing is to be found.
    pub(super) fn checks(&self, due_by: Time) -> Vec<(Lane, Scan)> {
        let (unanswered, claimed) = in_hand(&self.taken);
        let whole = self.heads.iter().filter(|(_, head)| head.is_whole());
        whole
            .map(|(lane, head)| {
                let seen = Time(head.seen_until.0.0.saturating_sub(1));
                let scan = Scan {
                    after: None,
                    now: due_by.min(seen),
                    limit: WINDOW,
                    room: HashMap::new(),
                    only: false,
                    held: head.rows().chain(unanswered.iter().copied()).collect(),
                    taken: claimed.clone(),
                    classifier: Classifier::default(),
                };
                (lane.clone(), scan)
            })
            .collect()
    }

    /// Takes what a read found.
    pub(super) fn refill(&mut self, lane: &Lane, scanned: Scanned) {
        let head = self.heads.entry(lane.clone()).or_default();
        let Some(reading) = head.reading.take() else {
            return;
        };
        match (reading, scanned.end) {
            (Reading::Rest(lines), end) => {
                for needs in lines {
                    head.lines.entry(needs).or_default().beyond = end;
                }
            }
            (Reading::New(from, now), Some(end)) => {
                head.saw(from, end, now);
                head.mark(end);
            }
            (Reading::New(from, now), None) => head.saw(from, (now, BEGINNING.1), now),
        }
        for (needs, place) in scanned.passed {
            head.lines.entry(needs).or_default().leave(before(place));
        }
        for queued in scanned.found {
            head.put(queued, &self.taken);
        }
        for place in scanned.taken {
            match self.taken.get_mut(&place.1) {
                Some(InHand::Claimed(left_out)) => *left_out = Some((lane.clone(), place)),
                // It was read and taken once more.
                Some(InHand::Nothing) => {}
                None => head.mark(before(place)),
            }
        }
        head.tidy();
    }

    /// A read that failed: to be done again.
    pub(super) fn refill_failed(&mut self, lane: &Lane) {
        let head = self.heads.entry(lane.clone()).or_default();
        if let Some(Reading::New(from, _)) = head.reading.take() {
            head.mark(from);
        }
    }

    /// A read that met damage: what it was for is not looked at again before the whole lane is.
    pub(super) fn refill_damaged(&mut self, lane: &Lane) {
        let head = self.heads.entry(lane.clone()).or_default();
        if let Some(Reading::Rest(lines)) = head.reading.take() {
            for needs in lines {
                head.lines.entry(needs).or_default().beyond = None;
            }
        }
        head.seen_until = BEGINNING;
        head.tidy();
    }

    /// The lines that may go next, best first: by class, then by the key that waited longest,
    /// then by age. None is empty.
    pub(super) fn lines(&self) -> impl Iterator<Item = &VecDeque<Queued>> {
        let mut order: Vec<(Priority, u64, &Lane, Vec<&VecDeque<Queued>>)> = self
            .heads
            .iter()
            .map(|(lane, head)| (lane, head.in_order()))
            .filter(|(_, lines)| !lines.is_empty())
            .map(|(lane, lines)| (lane.priority, self.last_served(lane.key), lane, lines))
            .collect();
        order.sort_by_key(|(priority, served, lane, lines)| {
            let oldest = lines.first().and_then(|line| line.front());
            (
                *priority,
                *served,
                lane.key,
                oldest.map(|queued| queued.row),
            )
        });
        order.into_iter().flat_map(|(_, _, _, lines)| lines)
    }

    /// Takes one out for a SIM, until [`Lanes::release`].
    pub(super) fn take(&mut self, lane: &Lane, row: RowId) -> Option<Queued> {
        let head = self.heads.get_mut(lane)?;
        let taken = head.lines.values_mut().find_map(|line| {
            let at = line.waiting.iter().position(|queued| queued.row == row)?;
            line.waiting.remove(at)
        })?;
        head.tidy();
        self.taken.insert(row, InHand::Nothing);
        self.serve(lane.key);
        Some(taken)
    }

    /// Keeps a message out of memory until [`Lanes::release`]: what is to be done with it is about to
    /// change. False when something has it in hand.
    pub(super) fn withhold(&mut self, row: RowId) -> bool {
        if self.taken.contains_key(&row) {
            return false;
        }
        self.taken.insert(row, InHand::Nothing);
        for head in self.heads.values_mut() {
            for line in head.lines.values_mut() {
                line.waiting.retain(|queued| queued.row != row);
            }
            head.tidy();
        }
        true
    }

    /// It is claimed, as the store has answered: something has it in hand until [`Lanes::release`].
    pub(super) fn claimed(&mut self, row: RowId) {
        let known = self.taken.entry(row).or_insert(InHand::Nothing);
        if matches!(known, InHand::Nothing) {
            *known = InHand::Claimed(None);
        }
    }

    /// It was this key's turn.
    pub(super) fn serve(&mut self, key: KeyId) {
        self.turn += 1;
        self.served.insert(key, self.turn);
    }

    /// All messages of a lane are in memory, so that a new one overtakes none unseen.
    pub(super) fn is_whole(&self, lane: &Lane) -> bool {
        self.heads.get(lane).is_none_or(Head::is_whole)
    }

    /// The SIM is done with it. If it is queued again, [`Lanes::mark_from`] its lane.
    pub(super) fn release(&mut self, row: RowId) {
        if let Some(InHand::Claimed(Some((lane, place)))) = self.taken.remove(&row) {
            self.heads.entry(lane).or_default().mark(before(place));
        }
    }

    /// What was withheld has been dealt with. Where it is still queued, or is again, no lane has it in
    /// memory, and none knows where it stands: all look from the beginning.
    pub(super) fn release_withheld(&mut self, row: RowId) {
        self.release(row);
        for head in self.heads.values_mut() {
            head.mark(BEGINNING);
        }
    }

    /// Forgets messages whose time is over; the store expires their rows.
    pub(super) fn drop_expired(&mut self, now: Time) {
        for head in self.heads.values_mut() {
            for line in head.lines.values_mut() {
                line.waiting.retain(|queued| queued.expires_at > now);
            }
            head.tidy();
        }
        self.heads
            .retain(|_, head| head.unread.is_some() || head.reading.is_some() || head.has_lines());
    }

    /// No message is waiting, in memory or, as far as known, in the store.
    pub(super) fn is_empty(&self) -> bool {
        self.heads
            .values()
            .all(|head| head.unread.is_none() && !head.has_lines())
    }

    /// No message is waiting in memory.
    pub(super) fn has_none_in_memory(&self) -> bool {
        self.heads
            .values()
            .all(|head| head.lines.values().all(|line| line.waiting.is_empty()))
    }

    fn last_served(&self, key: KeyId) -> u64 {
        self.served.get(&key).copied().unwrap_or(0)
    }
}

/// The rows in somebody's hands: those of which the store has answered nothing yet, and those that
/// are claimed.
fn in_hand(taken: &HashMap<RowId, InHand>) -> (Vec<RowId>, HashSet<RowId>) {
    let (mut unanswered, mut claimed) = (Vec::new(), HashSet::new());
    for (row, known) in taken {
        match known {
            InHand::Nothing => unanswered.push(*row),
            InHand::Claimed(_) => {
                claimed.insert(*row);
            }
        }
    }
    (unanswered, claimed)
}

impl Head {
    fn mark(&mut self, from: Place) {
        self.unread = self.unread.into_iter().chain([from]).min();
    }

    /// A read at this time looked at all that was due from here on up to there. What became due between
    /// the last read and where this one began is as unknown as before: a message that waited for the
    /// end of a back-off may be among it.
    fn saw(&mut self, from: Place, until: Place, now: Time) {
        if self.seen_until.0 > now {
            // The clock went back.
            self.seen_until = BEGINNING;
        }
        if from <= self.seen_until {
            self.seen_until = until;
        }
    }

    /// Puts a message into its line, if that holds so many.
    fn put(&mut self, queued: Queued, taken: &HashMap<RowId, InHand>) {
        let (needs, place) = (queued.needs(), queued.place());
        if taken.contains_key(&queued.row) {
            return;
        }
        if self.lines.len() >= LINES && !self.lines.contains_key(&needs) {
            self.crowded = self.crowded.into_iter().chain([before(place)]).min();
            return;
        }
        let line = self.lines.entry(needs).or_default();
        let follows = line.beyond.is_some_and(|beyond| place > beyond);
        if follows || line.waiting.len() >= WINDOW {
            line.leave(before(place));
            return;
        }
        let at = line.waiting.partition_point(|other| other.place() < place);
        // It may have been read before its acceptance was told.
        if line
            .waiting
            .get(at)
            .is_none_or(|other| other.place() != place)
        {
            line.waiting.insert(at, queued);
        }
    }

    /// Where a read has to begin, if one is needed, and how much it may find of what.
    fn begin_read(&mut self, now: Time) -> Option<(Place, HashMap<Needs, usize>)> {
        if self.reading.is_some() {
            return None;
        }
        let low = |line: &Line| line.beyond.filter(|_| line.waiting.len() < LOW);
        let rest = self.lines.values().filter_map(low).min();
        let rest = rest.filter(|_| self.unread.is_none() || !self.rest_was_last);
        self.rest_was_last = rest.is_some();
        let room = |line: &Line| WINDOW.saturating_sub(line.waiting.len());
        if let Some(from) = rest {
            let lines = self.lines.iter().filter(|(_, line)| low(line).is_some());
            let rooms: HashMap<_, _> = lines
                .map(|(needs, line)| (needs.clone(), room(line)))
                .collect();
            self.reading = Some(Reading::Rest(rooms.keys().cloned().collect()));
            return Some((from, rooms));
        }
        let from = self.unread.take()?;
        // The rest of a line must not be taken before what comes before it.
        let room = |line: &Line| if line.beyond.is_some() { 0 } else { room(line) };
        let rooms = self
            .lines
            .iter()
            .map(|(needs, line)| (needs.clone(), room(line)));
        self.reading = Some(Reading::New(from, now));
        Some((from, rooms.collect()))
    }

    /// All rows in memory.
    fn rows(&self) -> impl Iterator<Item = RowId> {
        let lines = self.lines.values();
        lines.flat_map(|line| line.waiting.iter().map(|queued| queued.row))
    }

    fn is_whole(&self) -> bool {
        let is_whole = |line: &Line| line.beyond.is_none();
        let is_read = self.unread.is_none() && self.reading.is_none() && self.crowded.is_none();
        is_read && self.lines.values().all(is_whole)
    }

    fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Forgets lines that have ended.
    fn tidy(&mut self) {
        self.lines
            .retain(|_, line| !line.waiting.is_empty() || line.beyond.is_some());
        if self.lines.len() < LINES
            && let Some(crowded) = self.crowded.take()
        {
            self.mark(crowded);
        }
    }

    /// Its lines with messages, the one with the oldest first.
    fn in_order(&self) -> Vec<&VecDeque<Queued>> {
        let lines = self.lines.values().map(|line| &line.waiting);
        let mut lines: Vec<_> = lines.filter(|waiting| !waiting.is_empty()).collect();
        if lines.len() > 1 {
            lines.sort_by_key(|waiting| waiting.front().map(Queued::place));
        }
        lines
    }
}

impl Line {
    /// Leaves what is behind a place to the store.
    fn leave(&mut self, from: Place) {
        self.beyond = self.beyond.into_iter().chain([from]).min();
    }
}

/// The place just before another one: a scan behind it finds that one first.
fn before((due_at, row): Place) -> Place {
    (due_at, RowId(row.0.saturating_sub(1)))
}

#[cfg(test)]
mod tests;
