//! A test as it is shown while it runs and afterwards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Found, Iccid, Reach, Time};
use modem::{Operator, Registration, SignalStrength};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::SMS_A_TEST;
use super::choose::{Choice, End};
use super::said::{ProblemCode, StepCode, TestProblem};
use store::clock;

/// A test of a modem.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TestRun {
    /// Its name in the metadata of its messages.
    pub id: Uuid,
    /// The modem under test.
    pub modem: TestEnd,
    /// The modem and SIM at the other end; null for a key in whose groups that SIM is not.
    #[schema(required)]
    pub partner: Option<TestEnd>,
    pub state: TestState,
    /// SMS that the test sends in all, from both ends.
    pub sms: u32,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Time,
    /// Null while it runs.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Time>,
    /// In the order in which they are gone through.
    pub steps: Vec<TestStep>,
    /// Null before it was looked at.
    #[schema(required)]
    pub network: Option<TestNetwork>,
    /// What was found out; while the test runs, so far.
    pub found: Found,
    /// Null while the test runs.
    #[schema(required)]
    pub verdict: Option<TestVerdict>,
    /// What does not work, or not as well as it could.
    pub problems: Vec<TestProblem>,
}

/// One end of a test.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TestEnd {
    /// Of the modem.
    #[schema(example = "356938035643809")]
    pub imei: String,
    /// ICCID of the SIM.
    pub sim: String,
    pub number: NumberKnown,
}

/// Whether a SIM's own number is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TestNumberKnown)]
#[serde(rename_all = "snake_case")]
pub enum NumberKnown {
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
pub enum TestState {
    Running,
    /// Messages went out and came in.
    Done,
    /// One of them did not, or the test was broken off.
    Failed,
}

/// What a test comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestVerdict {
    Ok,
    /// Messages go out and come in, and something is missing; see `problems`.
    Limited,
    Failed,
}

/// One step of a test.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TestStep {
    pub name: StepName,
    pub state: StepState,
    /// What came of it, in words.
    #[schema(required)]
    pub detail: Option<String>,
    /// The same as a code; null where the words alone tell it.
    #[schema(required)]
    pub code: Option<StepCode>,
    /// Numbers that the code is about: `came`, `all`, `seconds`.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({"came": 2, "all": 3}))]
    pub params: BTreeMap<&'static str, u64>,
    /// How long it took.
    #[schema(required)]
    pub ms: Option<u64>,
}

/// The steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TestStepName)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
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
pub enum StepState {
    Waiting,
    Running,
    Done,
    Failed,
    /// Not gone into, after another one failed.
    Skipped,
}

/// What the modem says of its network.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TestNetwork {
    /// The network's name.
    #[schema(required)]
    pub operator: Option<String>,
    /// 2G, 3G, 4G and so on.
    #[schema(required, example = "LTE")]
    pub technology: Option<String>,
    /// Signal strength in dBm.
    #[schema(required)]
    pub rssi_dbm: Option<i16>,
    /// 0 to 5.
    #[schema(required)]
    pub bars: Option<u8>,
    /// Whether it is another network than the SIM's own.
    pub roaming: bool,
}

impl TestNetwork {
    pub(super) fn of(
        operator: Option<&Operator>,
        signal: Option<SignalStrength>,
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
            code: None,
            params: BTreeMap::new(),
            ms: None,
        };
        Self(Arc::new(Mutex::new(TestRun {
            id: Uuid::now_v7(),
            modem: test_end(&choice.tested),
            partner: Some(test_end(&choice.partner)),
            state: TestState::Running,
            sms: SMS_A_TEST,
            started_at: clock::now(),
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
                run.problems.push(TestProblem {
                    code: ProblemCode::BrokenOff,
                    detail: "the test was broken off".to_owned(),
                });
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
    pub fn within(mut self, reach: &Reach) -> Option<Self> {
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
        self.problems
            .extend(limits.into_iter().map(TestProblem::from));
        self.state = if failed {
            TestState::Failed
        } else {
            TestState::Done
        };
        self.ended_at = Some(clock::now());
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
pub struct ModemTestEvent<'a> {
    /// Of the modem under test.
    pub imei: &'a str,
    /// Of the test.
    pub id: Uuid,
    pub state: TestState,
    /// The step that moved; null at the end.
    #[schema(required)]
    pub step: Option<ModemTestEventStep>,
}

/// A step of a test that moved.
#[derive(Debug, Serialize, ToSchema)]
pub struct ModemTestEventStep {
    pub name: StepName,
    pub state: StepState,
}
