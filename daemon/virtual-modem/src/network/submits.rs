//! From the SIMs to the network: what becomes of a submit, and what follows from it.

use std::time::Instant;

use rand::RngExt;
use tpdu::{MoTpdu, Status, Submit};

use crate::air::{Downlink, Verdict};

use super::Network;
use super::agenda::Planned;
use super::rules::{self, Fate, Report};
use super::subscriber::Notify;

/// RP-Cause 96: invalid mandatory information (TS 24.011 clause 8.2.5.4).
const INVALID: u16 = 96;

impl Network {
    pub(super) fn submitted(&mut self, now: Instant, slot: usize, tpdu: &[u8]) {
        let verdict = match MoTpdu::decode(tpdu) {
            Ok(MoTpdu::Submit(submit)) => self.judge(now, slot, &submit),
            Ok(MoTpdu::Command(_)) => Verdict::Accepted,
            _ => Verdict::Refused(INVALID),
        };
        self.out.push_back((slot, Downlink::Verdict(verdict)));
    }

    /// Decides what becomes of a submit, and sets in motion what follows from it.
    fn judge(&mut self, now: Instant, slot: usize, submit: &Submit) -> Verdict {
        let to = submit.da.to_string();
        if let Some(other) = self.own_number(&to) {
            self.pass_on(now, slot, submit, other);
            return Verdict::Accepted;
        }
        let fate = self.fate(&to);
        if fate.is_taken() {
            if submit.srr {
                self.plan_reports(now, slot, submit, &fate);
            }
            self.plan_reply(now, slot, &to);
        }
        fate.verdict
    }

    /// The SIM of the bank that is meant, in whichever form its number was written.
    fn own_number(&self, to: &str) -> Option<String> {
        let international = match (to.strip_prefix('+'), to.strip_prefix('0')) {
            (Some(_), _) => to.to_owned(),
            (None, Some(national)) => format!("+84{national}"),
            (None, None) => format!("+{to}"),
        };
        self.subscribers
            .contains_key(&international)
            .then_some(international)
    }

    fn fate(&mut self, to: &str) -> Fate {
        let before = self.attempts.get(to).copied().unwrap_or(0);
        let ruled = if self.options.rules {
            rules::of_number(to, before)
        } else {
            None
        };
        match ruled {
            Some(fate) => {
                *self.attempts.entry(to.to_owned()).or_default() += 1;
                fate
            }
            None => self.options.outcomes.draw(&mut self.rng),
        }
    }

    /// A submit to a SIM of the bank arrives there; its report waits until it has.
    fn pass_on(&mut self, now: Instant, slot: usize, submit: &Submit, to: String) {
        let Some(from) = self.attached.get(&slot).cloned() else {
            return;
        };
        let Ok(oa) = from.parse() else { return };
        let deliver = self.deliver(now, oa, (submit.pid, submit.dcs), submit.ud.clone());
        let Ok(tpdu) = deliver.encode() else { return };
        let report =
            self.status_report(now, submit.mr, submit.da.clone(), Status(rules::DELIVERED));
        let notify = submit.srr.then(|| {
            Box::new(Notify {
                msisdn: from,
                report,
            })
        });
        self.agenda.enter(
            now,
            Planned::Mt {
                msisdn: to,
                tpdu,
                notify,
            },
        );
    }

    fn plan_reports(&mut self, now: Instant, slot: usize, submit: &Submit, fate: &Fate) {
        let Some(msisdn) = self.attached.get(&slot).cloned() else {
            return;
        };
        for Report { after, st } in fate.reports(self.options.report_after) {
            let mut report = self.status_report(now, submit.mr, submit.da.clone(), Status(st));
            report.dt = self.timestamp(now + after);
            if let Ok(tpdu) = report.encode() {
                self.agenda.enter(
                    now + after,
                    Planned::Mt {
                        msisdn: msisdn.clone(),
                        tpdu,
                        notify: None,
                    },
                );
            }
        }
        if fate.report_first {
            self.tick(now);
        }
    }

    fn plan_reply(&mut self, now: Instant, slot: usize, to: &str) {
        let replies = &self.options.replies;
        let answers = replies.share > 0.0 && !replies.texts.is_empty();
        let Some(msisdn) = self.attached.get(&slot).filter(|_| answers) else {
            return;
        };
        if !self.rng.random_bool(replies.share.clamp(0.0, 1.0)) {
            return;
        }
        let text = replies.texts[self.rng.random_range(0..replies.texts.len())].clone();
        let (at, from, msisdn) = (now + replies.after, to.to_owned(), msisdn.clone());
        self.agenda.enter(at, Planned::Reply { from, msisdn, text });
    }
}
