//! A test from its first step to its last.

use tokio::time::Instant;

use super::choose::Choice;
use super::record::{ModemTestEvent, ModemTestEventStep, Progress, StepName, StepState, TestRun};
use super::said::{ProblemCode, Said, TestProblem};
use super::watch::Watch;
use crate::Gateway;
use crate::events::Subject;
use crate::modems::{Advice, Live};
use model::{Found, MessageId, Time};
use store::clock;

/// When a part was handed to the modem, and when the modem had sent it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartTimes {
    pub(super) handed: Time,
    pub(super) sent: Time,
}

/// A message that went out.
pub(super) struct Sent {
    pub(super) id: MessageId,
    pub(super) to: String,
    pub(super) parts: Vec<PartTimes>,
}

/// A test, and what it has found so far.
pub(super) struct Test {
    pub(super) gateway: Gateway,
    pub(super) choice: Choice,
    pub(super) ussd: Option<String>,
    pub(super) progress: Progress,
    pub(super) watch: Watch,
    pub(super) found: Found,
    /// The message that the reports are awaited of.
    pub(super) reported: Option<Sent>,
}

impl Test {
    pub(super) fn new(
        gateway: Gateway,
        choice: Choice,
        ussd: Option<String>,
        progress: Progress,
    ) -> Self {
        Self {
            watch: Watch::new(gateway.clone(), choice.iccids()),
            gateway,
            choice,
            ussd,
            progress,
            found: Found::default(),
            reported: None,
        }
    }

    /// Goes through the steps and remembers what they found; gives whether one failed.
    pub(super) async fn run(mut self) -> (Self, bool) {
        let names: Vec<StepName> = self.progress.shown().steps.iter().map(|s| s.name).collect();
        let mut failed = false;
        for name in names {
            let begun = Instant::now();
            self.tell(name, StepState::Running, None, None);
            let outcome = self.step(name).await;
            let ms = u64::try_from(begun.elapsed().as_millis()).ok();
            let state = if outcome.is_ok() {
                StepState::Done
            } else {
                StepState::Failed
            };
            let (Ok(said) | Err(said)) = &outcome;
            self.tell(name, state, Some(said.clone()), ms);
            if let Err(why) = outcome {
                failed = true;
                let what = what_failed(name);
                self.progress.update(|run| {
                    run.problems.push(TestProblem {
                        code: ProblemCode::StepFailed,
                        detail: format!("{what}: {}", why.detail),
                    });
                });
                // What cannot send once need not cost more.
                if name == StepName::Unicode {
                    break;
                }
            }
        }
        // A test that failed tells of its SIM, its network or its partner as like as not.
        if !failed {
            self.remember(self.found.clone()).await;
        }
        (self, failed)
    }

    async fn step(&mut self, name: StepName) -> Result<Said, Said> {
        match name {
            StepName::Network => Ok(self.network().into()),
            StepName::Ussd => Ok(self.ussd().await),
            StepName::Receive => self.receive().await,
            StepName::Unicode => self.unicode().await,
            StepName::Reports => Ok(self.reports().await),
            StepName::Long => self.long().await,
        }
    }

    fn tell(&self, name: StepName, state: StepState, said: Option<Said>, ms: Option<u64>) {
        let Said {
            code,
            params,
            detail,
        } = said.unwrap_or_default();
        self.progress.step(name, |step| {
            step.state = state;
            step.detail = Some(detail).filter(|detail| !detail.is_empty());
            step.code = code;
            step.params = params;
            step.ms = ms;
        });
        self.progress.update(|run| run.found = self.found.clone());
        self.publish(Some(ModemTestEventStep { name, state }));
    }

    fn publish(&self, step: Option<ModemTestEventStep>) {
        let TestRun { id, state, .. } = self.progress.shown();
        let imei = self.choice.tested.imei.as_str();
        let event = ModemTestEvent {
            imei,
            id,
            state,
            step,
        };
        let about = Subject::modem(Some(&self.choice.tested.iccid));
        self.gateway.bus().tell("modem.test", about, event);
    }

    pub(super) fn live(&self) -> Option<Live> {
        self.gateway.fleet().modem(&self.choice.tested.imei)
    }

    /// The end, for all to see.
    pub(super) fn close(self, failed: bool) {
        self.progress.update(|run| {
            run.found = self.found.clone();
            run.close(failed);
        });
        tracing::info!(imei = %self.choice.tested.imei, failed, "a modem was tested");
        self.publish(None);
    }

    /// Keeps what was found for the modem's kind, and runs those that are plugged in by it.
    async fn remember(&self, found: Found) {
        let kind = self.choice.kind.clone();
        let stored = self
            .gateway
            .store()
            .admin()
            .found(kind.clone(), found, clock::now());
        let advice = match stored.await {
            Ok(found) => Advice::after(&found),
            Err(error) => {
                tracing::warn!(%error, "cannot remember what a test found");
                return;
            }
        };
        let modems = self.gateway.modems().await.unwrap_or_default();
        for modem in modems.iter().filter(|modem| modem.record.kind() == kind) {
            if let Some(live) = self.gateway.fleet().modem(&modem.record.imei) {
                live.handle.adapt(advice);
            }
        }
    }
}

fn what_failed(name: StepName) -> &'static str {
    match name {
        StepName::Network => "the network",
        StepName::Ussd => "the USSD code",
        StepName::Receive => "a message to the modem",
        StepName::Unicode => "a message of three parts in UCS-2",
        StepName::Reports => "the status reports",
        StepName::Long => "a message of two parts in the GSM alphabet",
    }
}
