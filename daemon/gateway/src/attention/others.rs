//! The queue, uplinks, webhooks, keys and the certificate.

use std::time::Duration;

use model::{Key, Time, UplinkState};
use serde_json::json;
use store::Held;

use super::Certificate;
use super::code::{Code, Severity};
use super::facts::Facts;
use super::gateway::span;
use super::item::{Finding, Method};
use crate::UplinkView;
use crate::settings::AttentionLimits;

const DAY: Duration = Duration::from_hours(24);

pub(super) fn queue(facts: &Facts, limits: &AttentionLimits) -> Vec<Finding> {
    let all = [old(facts, limits), uncertain(facts), paused(facts)];
    all.into_iter().flatten().collect()
}

/// Since when it waits is since when it is so.
fn old(facts: &Facts, limits: &AttentionLimits) -> Option<Finding> {
    let since = facts.waits_since?;
    let waited = since.until(facts.now);
    if waited.as_secs() < u64::from(limits.queue_age_seconds) {
        return None;
    }
    let sentence = format!(
        "A message has waited for {}. Why it does, its waiting_for tells: simgate messages list --state queued",
        span(waited)
    );
    let found = Finding::new(Code::QueueOld, sentence);
    let found =
        found.params(json!({"waits_since": since, "limit_seconds": limits.queue_age_seconds}));
    Some(found.action(Method::Get, "/messages?state=queued"))
}

fn uncertain(facts: &Facts) -> Option<Finding> {
    let Held {
        count,
        restored,
        since,
    } = facts.held;
    let messages = match count {
        0 => return None,
        1 => "1 message may have gone out or not, and nothing will tell".to_owned(),
        n => format!("{n} messages may have gone out or not, and nothing will tell"),
    };
    let resolve = match restored {
        0 => "Say what you know of it: simgate messages resolve ID sent|not-sent".to_owned(),
        n => format!(
            "{n} of these waited when the backup was made that was restored. When you know, say so for all of them: \
             simgate messages resolve-restored sent|not-sent; or for one: simgate messages resolve ID sent|not-sent"
        ),
    };
    let found = Finding::new(Code::Uncertain, format!("{messages}. {resolve}"));
    let found = found.params(json!({"messages": count, "restored": restored}));
    let found = found.since(since);
    Some(found.action(Method::Get, "/messages?state=uncertain"))
}

fn paused(facts: &Facts) -> Option<Finding> {
    let messages = match facts.paused {
        0 => return None,
        1 => "1 message is paused".to_owned(),
        n => format!("{n} messages are paused"),
    };
    let sentence = format!(
        "{messages}, until somebody resumes them or their validity ends: simgate messages resume REFERENCE"
    );
    let found = Finding::new(Code::Paused, sentence).params(json!({"messages": facts.paused}));
    Some(found.action(Method::Get, "/messages?state=queued"))
}

pub(super) fn uplinks(facts: &Facts, limits: &AttentionLimits) -> Vec<Finding> {
    let down = facts.uplinks.iter().filter(|uplink| is_down(uplink));
    down.map(|uplink| uplink_down(uplink, limits)).collect()
}

fn is_down(uplink: &UplinkView) -> bool {
    let state = uplink.status.state;
    uplink.config.enabled && !matches!(state, UplinkState::Bound | UplinkState::Disabled)
}

fn uplink_down(uplink: &UplinkView, limits: &AttentionLimits) -> Finding {
    let (name, error) = (&uplink.name, uplink.status.last_error.as_deref());
    let why = error.map_or_else(String::new, |error| format!(": {error}"));
    let sentence = format!(
        "Uplink {name} is not bound{why}. Mend that, or disable it: simgate uplinks set {name} --enabled false"
    );
    let found = Finding::new(Code::UplinkDown, sentence).about(name, None);
    let found = found.params(json!({
        "state": uplink.status.state,
        "last_error": error,
        "last_error_code": uplink.status.last_error_code,
    }));
    let found = found.action(Method::Put, &format!("/uplinks/{name}"));
    found.after_seconds(limits.uplink_down_seconds)
}

pub(super) fn webhooks(facts: &Facts, _: &AttentionLimits) -> Vec<Finding> {
    let found = facts.parked.iter().map(|(name, count)| {
        let sentence = format!(
            "{count} posts to webhook {name} have failed for a day and are parked. When its receiver is mended: \
             simgate webhooks resend {name}"
        );
        let found = Finding::new(Code::WebhookParked, sentence).about(name, None);
        let found = found.params(json!({"parked": count}));
        found.action(Method::Post, &format!("/webhooks/{name}/deliveries/resend"))
    });
    found.collect()
}

pub(super) fn keys(facts: &Facts, limits: &AttentionLimits) -> Vec<Finding> {
    let soon = DAY * limits.key_days;
    let in_use = facts.keys.iter().filter(|key| key.revoked_at.is_none());
    let found = in_use.filter_map(|key| key_ends(key, facts.now, soon));
    found.collect()
}

/// One that ended long ago is missed by nobody.
fn key_ends(key: &Key, now: Time, soon: Duration) -> Option<Finding> {
    let (name, ends_at) = (&key.name, key.expires_at?);
    let has_ended = now >= ends_at;
    let is_near = if has_ended {
        ends_at.until(now) < soon
    } else {
        now.until(ends_at) <= soon
    };
    if !is_near {
        return None;
    }
    let sentence = if has_ended {
        format!(
            "API key {name} has ended at {ends_at}: its application is refused. Make another key, and revoke this one."
        )
    } else {
        let left = span(now.until(ends_at));
        format!(
            "API key {name} ends in {left}, at {ends_at}. Make another one for its application before."
        )
    };
    let found = Finding::new(Code::KeyEnds, sentence).about(name, None);
    let found = found.params(json!({"ends_at": ends_at}));
    let found = found.action(Method::Post, "/keys");
    let severity = if has_ended {
        Severity::Warning
    } else {
        Severity::Notice
    };
    Some(found.severity(severity))
}

pub(super) fn certificate(facts: &Facts, limits: &AttentionLimits) -> Vec<Finding> {
    let soon = DAY * limits.certificate_days;
    let found = facts
        .certificate
        .as_ref()
        .and_then(|certificate| ends(certificate, soon));
    found.into_iter().collect()
}

/// By the clock of the system, as clients judge it.
fn ends(certificate: &Certificate, soon: Duration) -> Option<Finding> {
    let Certificate {
        place,
        ends_at,
        fault,
        now,
        ..
    } = certificate;
    let params = json!({"ends_at": ends_at, "place": place, "fault": fault});
    let found = |sentence| Finding::new(Code::CertificateEnds, sentence).params(params);
    if let Some(fault) = fault {
        let sentence =
            format!("Clients refuse the certificate {place}: {fault}. Put a new one in its place.");
        return Some(found(sentence).severity(Severity::Critical));
    }
    (now.after(soon) >= *ends_at).then(|| {
        let left = span(now.until(*ends_at));
        let sentence = format!(
            "The certificate {place} ends in {left}, at {ends_at}. Put a new one in its place."
        );
        found(sentence).severity(Severity::Warning)
    })
}
