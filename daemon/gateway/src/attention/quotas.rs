//! Quotas of SIMs that are used up, or will be before their day or month is over.

use model::{Span, Time};
use serde_json::json;

use super::code::Code;
use super::facts::Facts;
use super::item::{Finding, Method};
use super::sims::{about, named};
use crate::SimView;
use crate::settings::AttentionLimits;

pub(super) fn of(facts: &Facts, limits: &AttentionLimits) -> Vec<Finding> {
    let found = facts
        .sims
        .iter()
        .filter_map(|sim| quota(sim, facts.now, limits));
    found.collect()
}

/// How a quota stands in the span that runs.
struct Stand {
    span: &'static str,
    limit: u32,
    used: u32,
    ends_at: Time,
    /// What would be used of it at the end of its span, as a share.
    projected: f64,
}

/// A SIM's worst. Minutes and hours are over soon, and meant to be used up.
fn quota(sim: &SimView, now: Time, limits: &AttentionLimits) -> Option<Finding> {
    let quota = &sim.record.config.quota;
    if !sim.record.config.enabled {
        return None;
    }
    let day = quota
        .per_day
        .map(|limit| stand(Span::Day, limit, sim.used.day, now));
    let month = quota
        .per_month
        .map(|limit| stand(Span::Month, limit, sim.used.month, now));
    // Of two that are used up, it sends again when the later one ends.
    let used_up = |stand: &Stand| (stand.used >= stand.limit).then_some(stand.ends_at);
    let worst = [day, month].into_iter().flatten().max_by(|one, other| {
        let by_end = used_up(one).cmp(&used_up(other));
        by_end.then(one.projected.total_cmp(&other.projected))
    })?;
    tell(sim, &worst, limits)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of a month are exact"
)]
fn stand(span: Span, limit: u32, used: u32, now: Time) -> Stand {
    let (start, end) = (span.start(now), span.end(now));
    let whole = (end.0 - start.0) as f64;
    let gone = ((now.0 - start.0) as f64).max(1.0);
    let share = f64::from(used) / f64::from(limit.max(1));
    Stand {
        span: if span == Span::Day { "day" } else { "month" },
        limit,
        used,
        ends_at: end,
        projected: share * whole / gone,
    }
}

fn tell(sim: &SimView, stand: &Stand, limits: &AttentionLimits) -> Option<Finding> {
    let Stand {
        span,
        limit,
        used,
        ends_at,
        projected,
    } = stand;
    let name = named(&sim.record);
    let params = json!({"span": span, "limit": limit, "used": used, "ends_at": ends_at});
    let found = |code, sentence| {
        let found = about(code, &sim.record, sentence).params(params);
        found.action(Method::Patch, &format!("/sims/{}", sim.record.iccid))
    };
    if used >= limit {
        let sentence = format!(
            "The quota of {name} is used up: {used} of {limit} this {span}. It sends again from {ends_at}."
        );
        return Some(found(Code::QuotaUsedUp, sentence));
    }
    let share = u64::from(*used) * 100 / u64::from(*limit).max(1);
    // Held while it is near, so that a pace on the edge neither raises nor clears it.
    if *projected < 0.9 || share < u64::from(limits.quota_percent) {
        return None;
    }
    let sentence = format!(
        "{name} has used {used} of {limit} this {span}. At this pace its quota ends before the {span} does ({ends_at})."
    );
    Some(found(Code::QuotaShort, sentence).holding(*projected <= 1.0))
}
