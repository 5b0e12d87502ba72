//! How things stand: a sentence, and the figures behind it.

use std::time::Duration;

use model::{Priority, Reach, Time, UplinkState};
use serde::Serialize;
use store::{StoreError, clock};

use crate::attention::{Severity, span};
use crate::{Gateway, SimState};

/// How the gateway stands.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = GatewayStatus)]
pub struct Status {
    /// In words.
    #[schema(
        example = "Sending normally. 7 of 8 SIMs are ready, 12 messages wait, the oldest for 4 s."
    )]
    pub sentence: String,
    /// Of the worst that needs a person; null where nothing does.
    #[schema(required)]
    pub severity: Option<Severity>,
    /// Why it is not ready, as `/readyz` tells; empty when it is.
    pub not_ready: Vec<String>,
    pub attention: Counts,
    pub sims: SimCounts,
    /// Null for a key with groups.
    #[schema(required)]
    pub uplinks: Option<UplinkCounts>,
    /// Null for a key with groups.
    #[schema(required)]
    pub queue: Option<Queue>,
}

/// How much needs a person.
#[derive(Clone, Copy, Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = AttentionCounts)]
pub struct Counts {
    /// Messages are refused, lost or not sent.
    pub critical: usize,
    /// A part does not work, or messages wait for it.
    pub warning: usize,
    /// Nothing is wrong yet.
    pub notice: usize,
}

/// SIMs.
#[derive(Clone, Copy, Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = SimCounts)]
pub struct SimCounts {
    /// That were ever seen or set up, and are not disabled.
    pub enabled: usize,
    /// Of these, those that can send.
    pub ready: usize,
}

/// Uplinks.
#[derive(Clone, Copy, Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = UplinkCounts)]
pub struct UplinkCounts {
    /// That are not disabled.
    pub enabled: usize,
    /// Of these, those that can send.
    pub bound: usize,
}

/// Messages that wait to be sent.
#[derive(Clone, Copy, Debug, Default, Serialize, utoipa::ToSchema)]
#[schema(as = QueueStatus)]
pub struct Queue {
    /// With the priority `otp`.
    pub otp: u64,
    /// With the priority `normal`.
    pub normal: u64,
    /// With the priority `bulk`.
    pub bulk: u64,
    /// Since when that waits which has waited for longest; null while nothing does.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub waits_since: Option<Time>,
    /// How long that is; null while nothing waits.
    #[schema(required)]
    pub waited_seconds: Option<u64>,
}

impl Gateway {
    /// As somebody sees it who reaches so far.
    pub async fn status(&self, reach: &Reach) -> Result<Status, StoreError> {
        let sims = self.sims().await?.into_iter();
        let sims: Vec<_> = sims
            .filter(|sim| reach.has_sim(&sim.record.iccid))
            .collect();
        let enabled = sims.iter().filter(|sim| sim.record.config.enabled);
        let ready = sims.iter().filter(|sim| sim.state == SimState::Ready);
        let [(_, critical), (_, warning), (_, notice)] = self.attention().counts(reach);
        let whole = reach.is_all();
        let mut status = Status {
            sentence: String::new(),
            severity: None,
            not_ready: self.readiness().await,
            attention: Counts {
                critical,
                warning,
                notice,
            },
            sims: SimCounts {
                enabled: enabled.count(),
                ready: ready.count(),
            },
            uplinks: whole.then(|| self.uplink_counts()),
            queue: if whole {
                Some(self.queue_status().await?)
            } else {
                None
            },
        };
        status.severity = status.attention.worst();
        status.sentence = status.sentence();
        Ok(status)
    }

    fn uplink_counts(&self) -> UplinkCounts {
        let all = self.uplinks_at_work().all();
        let count = |wanted: fn(UplinkState) -> bool| {
            let those = all.iter().filter(|(_, status, _)| wanted(status.state));
            those.count()
        };
        UplinkCounts {
            enabled: count(|state| state != UplinkState::Disabled),
            bound: count(|state| state == UplinkState::Bound),
        }
    }

    async fn queue_status(&self) -> Result<Queue, StoreError> {
        let depth = self.records().queue_depth();
        let of = |wanted| {
            let mut each = depth.iter();
            each.find(|(priority, _)| *priority == wanted)
                .map_or(0, |(_, n)| *n)
        };
        let [otp, normal, bulk] = Priority::ALL.map(of);
        let (now, since) = (clock::now(), self.store().reading().waits_since().await?);
        Ok(Queue {
            otp,
            normal,
            bulk,
            waits_since: since,
            waited_seconds: since.map(|since| since.until(now).as_secs()),
        })
    }
}

impl Counts {
    fn worst(self) -> Option<Severity> {
        let counts = [self.critical, self.warning, self.notice];
        let mut each = Severity::ALL.into_iter().zip(counts);
        each.find(|(_, count)| *count > 0)
            .map(|(severity, _)| severity)
    }
}

impl Status {
    fn sentence(&self) -> String {
        let need = self.attention.critical + self.attention.warning;
        let head = match (&self.not_ready[..], need) {
            ([], 0) => "Sending normally.".to_owned(),
            ([], 1) => "Sending, and one thing needs you.".to_owned(),
            ([], n) => format!("Sending, and {n} things need you."),
            (why, _) => format!("Not ready: {}.", why.join("; ")),
        };
        let mut figures = vec![self.sims_in_words()];
        figures.extend(self.uplinks.and_then(|uplinks| {
            let UplinkCounts { enabled, bound } = uplinks;
            (enabled > 0).then(|| format!("{bound} of {enabled} uplinks {} bound", are(bound)))
        }));
        figures.extend(self.queue.map(Queue::in_words));
        format!("{head} {}.", figures.join(", "))
    }

    fn sims_in_words(&self) -> String {
        let SimCounts { enabled, ready } = self.sims;
        match enabled {
            0 => "There is no enabled SIM".to_owned(),
            enabled => format!("{ready} of {enabled} SIMs {} ready", are(ready)),
        }
    }
}

impl Queue {
    fn in_words(self) -> String {
        let waited = self.waited_seconds.map(Duration::from_secs).map(span);
        match (self.otp + self.normal + self.bulk, waited) {
            (0, _) => "no message waits".to_owned(),
            (1, Some(waited)) => format!("1 message waits, for {waited}"),
            (1, None) => "1 message waits".to_owned(),
            (n, Some(waited)) => format!("{n} messages wait, the oldest for {waited}"),
            (n, None) => format!("{n} messages wait"),
        }
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> Status {
        Status {
            sentence: String::new(),
            severity: None,
            not_ready: Vec::new(),
            attention: Counts::default(),
            sims: SimCounts {
                enabled: 8,
                ready: 7,
            },
            uplinks: Some(UplinkCounts::default()),
            queue: Some(Queue {
                bulk: 12,
                waits_since: Some(Time(1_000)),
                waited_seconds: Some(4),
                ..Queue::default()
            }),
        }
    }

    #[test]
    fn the_sentence_says_how_it_is_and_then_the_figures() {
        let mut one = status();
        assert_eq!(
            one.sentence(),
            "Sending normally. 7 of 8 SIMs are ready, 12 messages wait, the oldest for 4 s."
        );
        one.attention.warning = 2;
        one.uplinks = Some(UplinkCounts {
            enabled: 2,
            bound: 1,
        });
        one.queue = Some(Queue::default());
        assert_eq!(
            one.sentence(),
            "Sending, and 2 things need you. 7 of 8 SIMs are ready, 1 of 2 uplinks is bound, no message waits."
        );
        one.not_ready = vec!["no modem is plugged in".to_owned()];
        one.sims = SimCounts::default();
        one.queue = None;
        assert_eq!(
            one.sentence(),
            "Not ready: no modem is plugged in. There is no enabled SIM, 1 of 2 uplinks is bound."
        );
    }

    #[test]
    fn the_worst_that_needs_a_person_counts() {
        let mut counts = Counts::default();
        assert_eq!(counts.worst(), None);
        counts.notice = 1;
        assert_eq!(counts.worst(), Some(Severity::Notice));
        counts.critical = 1;
        assert_eq!(counts.worst(), Some(Severity::Critical));
    }
}
