//! SIMs: one that is gone, that rests, or whose number is another's.

use model::SimRecord;
use serde_json::json;

use super::code::Code;
use super::facts::Facts;
use super::item::{Finding, Method};
use crate::schedule::Phase;
use crate::settings::AttentionLimits;
use crate::{ModemView, SimState, SimView};

pub(super) fn of(facts: &Facts, limits: &AttentionLimits) -> Vec<Finding> {
    let each = |view| {
        [
            missing(view, facts, limits),
            resting(view),
            same_number(view),
        ]
    };
    let found = facts.sims.iter().flat_map(each);
    found.flatten().collect()
}

/// As sentences call it.
pub(super) fn named(sim: &SimRecord) -> String {
    match &sim.config.label {
        Some(label) => format!("SIM {label}"),
        None => format!("SIM {}", sim.iccid),
    }
}

/// About a SIM, for those who see it.
pub(super) fn about(code: Code, sim: &SimRecord, sentence: String) -> Finding {
    let found = Finding::new(code, sentence).of_sim(Some(&sim.iccid));
    found.about(&sim.iccid, sim.config.label.clone())
}

/// Seen before, enabled, and in no modem. Where its modem is gone too, that is what is missing.
pub(super) fn is_missing(view: &SimView) -> bool {
    view.state == SimState::Absent && view.record.last_seen.0 > 0
}

fn missing(view: &SimView, facts: &Facts, limits: &AttentionLimits) -> Option<Finding> {
    let sim = &view.record;
    let last = facts.last_modems.get(&sim.iccid);
    let modem = facts
        .modems
        .iter()
        .find(|modem| Some(&modem.record.imei) == last);
    if !is_missing(view) || modem.is_some_and(ModemView::is_absent) {
        return None;
    }
    let was_in = last.map_or_else(String::new, |imei| format!("; it was last in modem {imei}"));
    let (name, iccid) = (named(sim), &sim.iccid);
    let sentence = format!(
        "{name} is in no modem{was_in}. Put it into one, or disable it: simgate sims set {iccid} --enabled false"
    );
    let found = about(Code::SimMissing, sim, sentence)
        .params(json!({"last_modem": last.map(ToString::to_string)}));
    let found = found.action(Method::Patch, &format!("/sims/{iccid}"));
    Some(found.after_seconds(limits.missing_seconds))
}

/// Until a message has gone out by it: that its rest is over says nothing.
fn resting(view: &SimView) -> Option<Finding> {
    let health = &view.health;
    if health.breaker == Phase::Closed || !view.record.config.enabled {
        return None;
    }
    let (name, iccid) = (named(&view.record), &view.record.iccid);
    let error = health.last_error.as_ref();
    let code = error.map(|error| error.reason.code.as_str());
    let why = error.map_or_else(String::new, |error| format!(" ({})", error.reason.detail));
    let times = match health.consecutive_failures {
        1 => "once".to_owned(),
        n => format!("{n} times in a row"),
    };
    let until = match health.cooling_until {
        Some(until) => format!("rests until {until}"),
        None => "is about to be tried again".to_owned(),
    };
    let sentence = format!(
        "{name} has failed {times}{why}, and {until}. When its cause is mended: simgate sims reset-health {iccid}"
    );
    let params = json!({
        "failures": health.consecutive_failures, "until": health.cooling_until, "reason": code,
    });
    let found = about(Code::Resting, &view.record, sentence).params(params);
    Some(found.action(Method::Post, &format!("/sims/{iccid}/reset-health")))
}

/// Which SIM the other is, is for those who see all.
fn same_number(view: &SimView) -> Option<Finding> {
    let (sim, others) = (&view.record, &view.same_number);
    if others.is_empty() {
        return None;
    }
    let sentence = |others: &str| {
        format!(
            "The number of {} is that of {others} too, so that a message from this number goes by one of them. \
             Give this one another with: simgate sims set {} --number NUMBER",
            named(sim),
            sim.iccid
        )
    };
    let names: Vec<_> = others.iter().map(|other| format!("SIM {other}")).collect();
    let iccids: Vec<_> = others.iter().map(ToString::to_string).collect();
    let found = about(Code::SameNumber, sim, sentence(&names.join(" and ")));
    let found = found.params(json!({"others": iccids}));
    let found = found.narrow(sentence("another SIM"));
    Some(found.action(Method::Patch, &format!("/sims/{}", sim.iccid)))
}
