//! What a message waits for, or would do: told from the same view that the choice goes by.

use tokio::time::Instant;

use super::Dispatcher;
use crate::schedule::explanation::{CarrierView, Explanation, TargetView};
use crate::schedule::moment::Moment;
use crate::schedule::pick::Scene;
use crate::schedule::router::{Goal, Plan};
use crate::schedule::why::{For, Obstacle, Waiting, explain};
use model::{Carrier, Class, Queued, Time};

impl Dispatcher {
    /// What a queued message waits for.
    pub(super) fn explain(&self, queued: &Queued, moment: Moment) -> Obstacle {
        let queued = self.classified(queued.clone(), moment.wall);
        let scene = self.scene(moment);
        let plan = scene.router.plan(&queued);
        self.waiting(&queued, &scene, &plan, moment)
    }

    fn waiting(&self, queued: &Queued, scene: &Scene<'_>, plan: &Plan, moment: Moment) -> Obstacle {
        let reach = scene.reach(plan, queued);
        let goals = plan.goals.get(..reach).unwrap_or_default();
        let may = |carrier: &Carrier, groups: &[String]| match &queued.pinned {
            Some(pinned) => pinned == carrier,
            None => goals.iter().any(|goal| goal.has(carrier, groups)),
        };
        let mine: Vec<(Carrier, Waiting)> = self
            .obstacles(queued, moment)
            .filter(|(carrier, groups, _)| may(carrier, groups))
            .map(|(carrier, _, waiting)| (carrier, waiting))
            .collect();
        let nothing = match (&queued.pinned, goals.last()) {
            (None, None) => For::Route,
            (None, Some(Goal::AnyUplink)) if !self.slots.has_uplinks() => For::Route,
            (Some(Carrier::Sim(_)), _) | (None, Some(Goal::Sims { .. })) => For::Sim,
            (Some(Carrier::Uplink(_)), _) | (None, Some(Goal::Uplink(_) | Goal::AnyUplink)) => {
                For::Uplink
            }
        };
        let each = mine.iter().map(|(_, waiting)| *waiting);
        let waiting = explain(queued, each, nothing, moment.wall);
        let carrier = if mine.is_empty() {
            // None of them is there: the one that is named, if it is one.
            let named = || goals.last().and_then(Goal::named);
            queued.pinned.clone().or_else(named)
        } else {
            let about = mine.into_iter().find(|(_, each)| *each == waiting);
            about.map(|(carrier, _)| carrier)
        };
        let carrier = carrier.filter(|_| waiting.what != For::Retry);
        Obstacle { waiting, carrier }
    }

    /// What each SIM and uplink would make a message wait for.
    fn obstacles<'a>(
        &'a self,
        queued: &'a Queued,
        moment: Moment,
    ) -> impl Iterator<Item = (Carrier, &'a [String], Waiting)> + 'a {
        self.slots.all().map(move |slot| {
            let waiting = slot.obstacle(queued, moment);
            (slot.hand.carrier.clone(), slot.groups(), waiting)
        })
    }

    /// Where a message would go that came now.
    pub(super) fn explain_route(&self, queued: &Queued) -> Explanation {
        let moment = Moment::now();
        let queued = &self.classified(queued.clone(), moment.wall);
        let scene = self.scene(moment);
        let plan = scene.router.plan(queued);
        let reach = scene.reach(&plan, queued);
        let targets = plan.goals.iter().enumerate().map(|(at, goal)| {
            let obstacles = self.obstacles(queued, moment);
            let mine = obstacles.filter(|(carrier, groups, _)| goal.has(carrier, groups));
            let mut carriers: Vec<CarrierView> = mine
                .map(|(carrier, _, waiting)| CarrierView {
                    eligible: at < reach && scene.is_able(queued, &carrier),
                    carrier,
                    waiting,
                })
                .collect();
            carriers.sort_by(|one, other| one.carrier.cmp(&other.carrier));
            TargetView {
                what: goal.to_string(),
                reached: at < reach,
                carriers,
            }
        });
        let targets = targets.collect();
        let next = scene.choose(queued);
        let waits = next.is_none();
        Explanation {
            route: plan.name.clone(),
            targets,
            fall_back: plan.fall_back.clone(),
            waiting: waits.then(|| self.waiting(queued, &scene, &plan, moment)),
            next,
        }
    }

    /// With its route, as it is now.
    pub(super) fn classified(&self, queued: Queued, now: Time) -> Queued {
        let Class { route, .. } = self.router.classify(&queued.lane, &queued.to, now);
        Queued { route, ..queued }
    }

    /// When a message falls back, or a rule comes or goes, by the clock alone.
    pub(super) fn falls_back_at(&self, moment: Moment) -> Option<Instant> {
        let scene = self.scene(moment);
        let fronts = self.lanes.lines().filter_map(|line| {
            let oldest = line.iter().min_by_key(|queued| queued.waits_since)?;
            scene.patience_ends(oldest)
        });
        let at = |end: Time| moment.steady + moment.wall.until(end);
        let changes = self.router.changes_at(moment.wall);
        fronts.chain(changes).min().map(at)
    }
}
