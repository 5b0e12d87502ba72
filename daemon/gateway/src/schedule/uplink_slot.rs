//! An uplink as the scheduler sees it: whether it may send now, and what it has in hand.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::pick::{Candidate, Rest};
use super::why::{For, Waiting};
use crate::carriers::{JobId, Parts, Session, SessionState};
use model::{Carrier, Queued, RowId, Time, UplinkName};
use store::clock;

/// After its SMSC refused a message for the uplink's own sake.
const FIRST_REST: Duration = Duration::from_secs(30);
const LONGEST_REST: Duration = Duration::from_mins(10);

/// One uplink.
pub(super) struct UplinkSlot {
    carrier: Carrier,
    /// None when it is disabled or gone; what it has in hand still comes to its end.
    pub(super) session: Option<Arc<dyn Session>>,
    bound: bool,
    /// Since when it has not been, while it is not.
    down_since: Instant,
    pub(super) jobs: HashMap<RowId, UplinkJob>,
    /// By the name under which the session has them.
    pub(super) submissions: HashMap<JobId, RowId>,
    pub(super) last_turn: u64,
    /// Left alone until then, after failures of its own or because it did not take something.
    rest_until: Instant,
    failures: u32,
    /// It did not take what it should have had room for: its next word is waited for.
    pub(super) shut: bool,
}

/// A message in an uplink's hands.
pub(super) struct UplinkJob {
    pub(super) queued: Queued,
    /// What it is sent as.
    pub(super) parts: Parts,
    /// 1-based: the part at work.
    pub(super) part: u16,
    /// Since when the session has it, and by what name.
    pub(super) on_air: Option<(JobId, Instant)>,
}

impl UplinkJob {
    pub(super) fn is_last(&self) -> bool {
        self.part >= self.parts.count()
    }
}

impl UplinkSlot {
    pub(super) fn new(name: UplinkName) -> Self {
        let now = Instant::now();
        Self {
            carrier: Carrier::Uplink(name),
            session: None,
            bound: false,
            down_since: now,
            jobs: HashMap::new(),
            submissions: HashMap::new(),
            last_turn: 0,
            rest_until: now,
            failures: 0,
            shut: false,
        }
    }

    /// It has another session, or that said something of itself.
    pub(super) fn look(&mut self) {
        self.shut = false;
        let bound = self.is_bound();
        if std::mem::replace(&mut self.bound, bound) && !bound {
            self.down_since = Instant::now();
        }
    }

    fn is_bound(&self) -> bool {
        self.state().is_some_and(|state| state.bound)
    }

    fn state(&self) -> Option<SessionState> {
        self.session.as_ref().map(|session| session.state())
    }

    pub(super) fn candidate(&self, now: Instant, grace: Duration) -> Option<Candidate<'_>> {
        let session = self.session.as_ref()?;
        let state = session.state();
        let up = state.bound;
        if !up && now >= self.down_since + grace {
            return None;
        }
        // The session may have had an answer that is still on its way here, and whose message has
        // more parts: its place is not another's.
        let own = state.window.saturating_sub(self.jobs.len());
        let room = state.free.saturating_sub(self.waiting()).min(own);
        let rests = self.rest_until > now;
        Some(Candidate {
            carrier: &self.carrier,
            groups: &[],
            up,
            free: up && room > 0 && !rests && !self.shut,
            above: None,
            rest: rests.then_some(Rest::Cooling),
            load: f64::from(u32::try_from(self.jobs.len()).unwrap_or(u32::MAX)),
            last_turn: self.last_turn,
            room: u32::try_from(room).unwrap_or(u32::MAX),
            counts_parts: false,
            sim: None,
            source: session.source(),
        })
    }

    /// Claimed, and not yet with the session.
    fn waiting(&self) -> usize {
        self.jobs.len().saturating_sub(self.submissions.len())
    }

    /// What a message would wait for here.
    pub(super) fn obstacle(&self, moment: (Instant, Time)) -> Waiting {
        let (now, wall) = moment;
        if self.session.is_none() {
            return Waiting::new(For::Disabled, None);
        }
        if !self.is_bound() {
            return Waiting::new(For::Uplink, None);
        }
        if self.rest_until > now {
            let until = wall.after(self.rest_until.duration_since(now));
            return Waiting::new(For::Cooling, Some(until));
        }
        Waiting::new(For::Turn, None)
    }

    pub(super) fn look_again_at(&self, now: Instant, grace: Duration) -> Option<Instant> {
        let state = self.state();
        let up = state.is_some_and(|state| state.bound);
        let gone_at = (!up && state.is_some()).then(|| self.down_since + grace);
        let rest = up.then_some(self.rest_until);
        let rate = state.filter(|_| up).and_then(|state| state.rate_lets_at);
        let all = gone_at.into_iter().chain(rest).chain(rate);
        all.filter(|at| *at > now).min()
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Its SMSC refuses whatever this uplink sends: it rests, for longer each time.
    pub(super) fn failed(&mut self) -> Duration {
        let wait = FIRST_REST * 2_u32.saturating_pow(self.failures.min(10));
        let wait = wait.min(LONGEST_REST);
        self.failures = self.failures.saturating_add(1);
        self.rest_until = Instant::now() + wait;
        if let Some(session) = &self.session {
            session.rests_until(clock::now().after(wait));
        }
        wait
    }

    /// Whose submission this is.
    pub(super) fn job_of(&mut self, id: JobId) -> Option<RowId> {
        self.submissions.remove(&id)
    }
}
