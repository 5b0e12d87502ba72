//! A test as it is shown while it runs and afterwards.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use modem::{Iccid, Operator, Registration, Signal};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::SMS_A_TEST;
use super::choose::{Choice, End};
use crate::model::{Found, Reach, Time};

/// A test of a modem.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TestRun {
    /// Its name in the metadata of its messages.
    pub(crate) id: Uuid,
    /// The modem under test.
    pub(crate) modem: TestEnd,
    /// The modem and SIM at the other end; null for a key in whose groups that SIM is not.
    #[schema(required)]
    pub(crate) partner: Option<TestEnd>,
    pub(crate) state: TestState,
    /// SMS that the test sends in all, from both ends.
    pub(crate) sms: u32,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) started_at: Time,
    /// Null while it runs.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub(crate) ended_at: Option<Time>,
    /// In the order in which they are gone through.
    pub(crate) steps: Vec<TestStep>,
    /// Null before it was looked at.
    #[schema(required)]
    pub(crate) network: Option<TestNetwork>,
    /// What was found out; while the test runs, so far.
    pub(crate) found: Found,
    /// Null while the test runs.
    #[schema(required)]
    pub(crate) verdict: Option<TestVerdict>,
    /// What does not work, or not as well as it could.
    pub(crate) problems: Vec<String>,
}

/// One end of a test.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TestEnd {
    /// Of the modem.
    #[schema(example = "356938035643809")]
    pub(crate) imei: String,
    /// ICCID of the SIM.
    pub(crate) sim: String,
    pub(crate) number: NumberKnown,
}

/// Whether a SIM's own number is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TestNumberKnown)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NumberKnown {
    Unknown,
    /// Before the test, from the SIM or an operator's setting.
    Known,
    /// In this test, from where its message came from.
    Learnt,
    /// The network gives another one than the SIM or the operator's setting.
    Differs,
}

/// Whether a test is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TestState {
    Running,
    /// Messages went out and came in.
    Done,
    /// One of them did not, or the test was broken off.
    Failed,
}

/// What a test comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TestVerdict {
    Ok,
    /// Messages go out and come in, and something is missing; see `problems`.
    Limited,
    Failed,
}

/// One step of a test.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TestStep {
    pub(crate) name: StepName,
    pub(crate) state: StepState,
    /// What came of it, in words.
    #[schema(required)]
    pub(crate) detail: Option<String>,
    /// How long it took.
    #[schema(required)]
    pub(crate) ms: Option<u64>,
}

/// The steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TestStepName)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepName {
    /// Operator, technology, signal, and how the modem is set up.
    Network,
    Ussd,
    /// The partner sends one SMS to the modem.
    Receive,
    /// The modem sends three SMS as one message in UCS-2, the link kept open.
    Unicode,
    /// The status reports on these.
    Reports,
    /// The modem sends two SMS as one message in the GSM alphabet, the link not kept open.
    Long,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TestStepState)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepState {
    Waiting,
    Running,
    Done,
    Failed,
    /// Not gone into, after another one failed.
    Skipped,
}

/// What the modem says of its network.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TestNetwork {
    /// The network's name.
    #[schema(required)]
    pub(crate) operator: Option<String>,
    /// 2G, 3G, 4G and so on.
    #[schema(required, example = "LTE")]
    pub(crate) technology: Option<String>,
    /// Signal strength in dBm.
    #[schema(required)]
    pub(crate) rssi_dbm: Option<i16>,
    /// 0 to 5.
    #[schema(required)]
    pub(crate) bars: Option<u8>,
    /// Whether it is another network than the SIM's own.
    pub(crate) roaming: bool,
}

impl TestNetwork {
    pub(super) fn of(
        operator: Option<&Operator>,
        signal: Option<Signal>,
        registration: Option<Registration>,
    ) -> Self {
        let roaming = [Registration::Roaming, Registration::SmsOnlyRoaming];
        Self {
            operator: operator.map(|operator| operator.name.clone()),
            technology: operator
                .and_then(|operator| operator.technology)
                .map(str::to_owned),
            rssi_dbm: signal.and_then(|signal| signal.rssi_dbm),
            bars: signal.map(|signal| signal.bars),
            roaming: registration.is_some_and(|now| roaming.contains(&now)),
        }
    }
}

/// The record of a test, shared by the task that runs it and those who look.
#[derive(Clone)]
pub(super) struct Progress(Arc<Mutex<TestRun>>);

impl Progress {
    /// Of a test that begins now. The messages go first to the end whose number is known.
    pub(super) fn new(choice: &Choice, ussd: bool) -> Self {
        use StepName::{Long, Network, Receive, Reports, Unicode, Ussd};
        let mut names = vec![Network];
        names.extend(ussd.then_some(Ussd));
        if choice.tested.number.is_some() {
            names.extend([Receive, Unicode, Reports, Long]);
        } else {
            names.extend([Unicode, Reports, Long, Receive]);
        }
        let step = |name| TestStep {
            name,
            state: StepState::Waiting,
            detail: None,
            ms: None,
        };
        Self(Arc::new(Mutex::new(TestRun {
            id: Uuid::now_v7(),
            modem: test_end(&choice.tested),
            partner: Some(test_end(&choice.partner)),
            state: TestState::Running,
            sms: SMS_A_TEST,
            started_at: Time::now(),
            ended_at: None,
            steps: names.into_iter().map(step).collect(),
            network: None,
            found: Found::default(),
            verdict: None,
            problems: Vec::new(),
        })))
    }

    pub(super) fn shown(&self) -> TestRun {
        self.lock().clone()
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut TestRun)) {
        change(&mut self.lock());
    }

    pub(super) fn step(&self, name: StepName, change: impl FnOnce(&mut TestStep)) {
        if let Some(step) = self.lock().steps.iter_mut().find(|step| step.name == name) {
            change(step);
        }
    }

    /// Ends the record of a test whose task has ended without a word.
    pub(super) fn broken_off(&self) {
        self.update(|run| {
            if run.state == TestState::Running {
                run.problems.push("the test was broken off".to_owned());
                run.close(true);
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, TestRun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TestRun {
    /// What of it is shown to whom sees so far: nothing where the SIM under test is out of reach.
    pub(crate) fn within(mut self, reach: &Reach) -> Option<Self> {
        let seen = |end: &TestEnd| end.iccid().is_some_and(|sim| reach.has_sim(&sim));
        if !seen(&self.modem) {
            return None;
        }
        self.partner = self.partner.filter(seen);
        Some(self)
    }

    /// Ends it; what was not gone into is skipped.
    pub(super) fn close(&mut self, failed: bool) {
        for step in &mut self.steps {
            match step.state {
                StepState::Waiting => step.state = StepState::Skipped,
                StepState::Running => step.state = StepState::Failed,
                _ => {}
            }
        }
        let limits = self.found.limits();
        self.verdict = Some(if failed {
            TestVerdict::Failed
        } else if limits.is_empty() && self.problems.is_empty() {
            TestVerdict::Ok
        } else {
            TestVerdict::Limited
        });
        self.problems.extend(limits.into_iter().map(str::to_owned));
        self.state = if failed {
            TestState::Failed
        } else {
            TestState::Done
        };
        self.ended_at = Some(Time::now());
    }
}

impl TestEnd {
    fn iccid(&self) -> Option<Iccid> {
        self.sim.parse().ok()
    }
}

fn test_end(end: &End) -> TestEnd {
    TestEnd {
        imei: end.imei.to_string(),
        sim: end.iccid.to_string(),
        number: if end.number.is_some() {
            NumberKnown::Known
        } else {
            NumberKnown::Unknown
        },
    }
}

/// A test of a modem moved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModemTestEvent<'a> {
    /// Of the modem under test.
    pub(crate) imei: &'a str,
    /// Of the test.
    pub(crate) id: Uuid,
    pub(crate) state: TestState,
    /// The step that moved; null at the end.
    #[schema(required)]
    pub(crate) step: Option<ModemTestEventStep>,
}

/// A step of a test that moved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModemTestEventStep {
    pub(crate) name: StepName,
    pub(crate) state: StepState,
}
