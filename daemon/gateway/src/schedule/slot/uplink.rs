//! What only an uplink has: its session, with a window and a rate, and rests after its SMSC's refusals.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::GRACE;
use super::hand::Hand;
use crate::carriers::{SessionState, UplinkSession};
use crate::schedule::moment::Moment;
use crate::schedule::pick::{Candidate, Rest};
use crate::schedule::why::{For, Waiting};
use store::clock;

/// After its SMSC refused a message for the uplink's own sake.
const FIRST_REST: Duration = Duration::from_secs(30);
const LONGEST_REST: Duration = Duration::from_mins(10);

/// One uplink.
#[derive(Default)]
pub(in crate::schedule) struct Uplink {
    /// None when it is disabled or gone; what it has in hand still comes to its end.
    pub(in crate::schedule) session: Option<Arc<dyn UplinkSession>>,
    bound: bool,
    failures: u32,
    /// It did not take what it should have had room for: its next word is waited for.
    pub(in crate::schedule) shut: bool,
}

impl Uplink {
    /// It has another session, or that said something of itself.
    pub(in crate::schedule) fn look(&mut self, hand: &mut Hand) {
        self.shut = false;
        let bound = self.is_bound();
        if std::mem::replace(&mut self.bound, bound) && !bound {
            hand.down_since = Some(Instant::now());
        }
    }

    fn is_bound(&self) -> bool {
        self.state().is_some_and(|state| state.bound)
    }

    fn state(&self) -> Option<SessionState> {
        self.session.as_ref().map(|session| session.state())
    }

    pub(in crate::schedule) fn candidate<'a>(
        &'a self,
        hand: &'a Hand,
        moment: Moment,
    ) -> Option<Candidate<'a>> {
        let now = moment.steady;
        let session = self.session.as_ref()?;
        let state = session.state();
        let up = state.bound;
        if !up && hand.down_since.is_none_or(|since| now >= since + GRACE) {
            return None;
        }
        // The session may have had an answer that is still on its way here, and whose message has
        // more parts: its place is not another's.
        let own = state.window.saturating_sub(hand.len());
        let room = state.free.saturating_sub(hand.waiting()).min(own);
        let rests = hand.rest_until > now;
        Some(Candidate {
            carrier: &hand.carrier,
            groups: &[],
            up,
            free: up && room > 0 && !rests && !self.shut,
            above: None,
            rest: rests.then_some(Rest::Cooling),
            load: f64::from(u32::try_from(hand.len()).unwrap_or(u32::MAX)),
            last_turn: hand.last_turn,
            room: u32::try_from(room).unwrap_or(u32::MAX),
            counts_parts: false,
            sim: None,
            source: session.source(),
        })
    }

    /// What a message would wait for here.
    pub(in crate::schedule) fn obstacle(&self, hand: &Hand, moment: Moment) -> Waiting {
        if self.session.is_none() {
            return Waiting::new(For::Disabled, None);
        }
        if !self.is_bound() {
            return Waiting::new(For::Uplink, None);
        }
        if hand.rest_until > moment.steady {
            let left = hand.rest_until.duration_since(moment.steady);
            let until = moment.wall.after(left);
            return Waiting::new(For::Cooling, Some(until));
        }
        Waiting::new(For::Turn, None)
    }

    pub(in crate::schedule) fn look_again_at(
        &self,
        hand: &Hand,
        moment: Moment,
    ) -> Option<Instant> {
        let state = self.state();
        let up = state.is_some_and(|state| state.bound);
        let gone_at = hand.down_since.filter(|_| !up && state.is_some());
        let gone_at = gone_at.map(|since| since + GRACE);
        let rest = up.then_some(hand.rest_until);
        let rate = state.filter(|_| up).and_then(|state| state.rate_lets_at);
        let all = gone_at.into_iter().chain(rest).chain(rate);
        all.filter(|at| *at > moment.steady).min()
    }

    pub(in crate::schedule) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Its SMSC refuses whatever this uplink sends: it rests, for longer each time.
    pub(in crate::schedule) fn failed(&mut self, hand: &mut Hand) -> Duration {
        let wait = FIRST_REST * 2_u32.saturating_pow(self.failures.min(10));
        let wait = wait.min(LONGEST_REST);
        self.failures = self.failures.saturating_add(1);
        hand.rest_until = Instant::now() + wait;
        if let Some(session) = &self.session {
            session.rests_until(clock::now().after(wait));
        }
        wait
    }
}
