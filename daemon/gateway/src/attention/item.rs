//! One thing that needs a person, and what the looks for such things find.

use std::time::Duration;

use model::{Iccid, Reach, Time};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::code::{Code, Severity, SubjectKind};
use crate::events::Subject;

/// What needs a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AttentionSubject)]
pub struct About {
    pub kind: SubjectKind,
    /// ICCID of a SIM, IMEI of a modem, name of an uplink, a webhook or a key, place of a port on the USB
    /// (1-1.4); the kind itself where there is one of it.
    pub id: String,
    /// What people call it, as a SIM's label; null where that is its id.
    #[schema(required)]
    pub label: Option<String>,
}

/// HTTP method of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AttentionActionMethod)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
}

/// The request to the API that helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = AttentionAction)]
pub struct Action {
    pub method: Method,
    /// From the root of the server.
    #[schema(example = "/api/v1/modems/356938035643809/unlock")]
    pub path: String,
}

/// A reason for a person to act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Attention)]
pub struct Item {
    pub code: Code,
    pub severity: Severity,
    pub subject: About,
    /// Since when it is so, over restarts too.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
    /// The figures of the sentence.
    #[schema(value_type = Object)]
    pub params: Map<String, Value>,
    /// What is so, and what can be done.
    pub sentence: String,
    /// The request that helps, or shows what needs help; null where none does.
    #[schema(required)]
    pub action: Option<Action>,
    /// Whose readers may see it; of others those that see all.
    #[serde(skip)]
    pub(super) sim: Option<Iccid>,
    /// The sentence for those who do not see all; their params are empty.
    #[serde(skip)]
    pub(super) narrow: Option<String>,
}

/// What tells one from another.
pub(super) type Key = (Code, SubjectKind, String);

impl Item {
    pub(super) fn key(&self) -> Key {
        (self.code, self.subject.kind, self.subject.id.clone())
    }

    pub fn is_about(&self, kind: SubjectKind, id: &str) -> bool {
        self.subject.kind == kind && self.subject.id == id
    }

    pub(super) fn by_harm(&self) -> (Severity, Code, Time, String) {
        let Self {
            severity,
            code,
            since,
            ..
        } = self;
        (*severity, *code, *since, self.subject.id.clone())
    }

    /// As somebody sees it who reaches so far; none: not at all.
    pub fn seen_with(&self, reach: &Reach) -> Option<Self> {
        if reach.is_all() {
            return Some(self.clone());
        }
        let within = self.sim.as_ref().is_some_and(|sim| reach.has_sim(sim));
        within.then(|| self.narrowed())
    }

    /// As everybody may see it who sees its SIM.
    pub(super) fn narrowed(&self) -> Self {
        let mut item = self.clone();
        if let Some(sentence) = item.narrow.take() {
            item.sentence = sentence;
            item.params = Map::new();
        }
        item
    }

    /// Without what people have written, for those who help from afar.
    #[must_use]
    pub fn masked(&self) -> Self {
        let mut item = self.clone();
        item.subject.label = None;
        item.params = Map::new();
        item.sentence = format!("{}.", item.code.meaning().when);
        item
    }

    pub(super) fn told_to(&self) -> Subject {
        Subject::modem(self.sim.as_ref())
    }
}

/// A cause that was found.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) item: Item,
    /// None: since it was found.
    pub(super) since: Option<Time>,
    /// How long it must have been so.
    pub(super) raises_after: Duration,
    /// It is no reason to raise it, and none to clear it yet.
    pub(super) only_holds: bool,
}

impl Finding {
    /// About the one thing of its kind. The severity is the code's own, or the mildest of several.
    pub(super) fn new(code: Code, sentence: String) -> Self {
        let meaning = code.meaning();
        let severity = meaning.severities.last().copied();
        Self {
            item: Item {
                code,
                severity: severity.unwrap_or(Severity::Warning),
                subject: About {
                    kind: meaning.about,
                    id: meaning.about.as_str().to_owned(),
                    label: None,
                },
                since: Time::ZERO,
                params: Map::new(),
                sentence,
                action: None,
                sim: None,
                narrow: None,
            },
            since: None,
            raises_after: Duration::ZERO,
            only_holds: false,
        }
    }

    pub(super) fn about(mut self, id: &(impl ToString + ?Sized), label: Option<String>) -> Self {
        self.item.subject.id = id.to_string();
        self.item.subject.label = label;
        self
    }

    /// Those who see this SIM see it.
    pub(super) fn of_sim(mut self, sim: Option<&Iccid>) -> Self {
        self.item.sim = sim.cloned();
        self
    }

    pub(super) fn severity(mut self, severity: Severity) -> Self {
        self.item.severity = severity;
        self
    }

    /// `params`: an object.
    pub(super) fn params(mut self, params: Value) -> Self {
        if let Value::Object(params) = params {
            self.item.params = params;
        }
        self
    }

    pub(super) fn action(mut self, method: Method, path: &str) -> Self {
        let path = format!("/api/v1{path}");
        self.item.action = Some(Action { method, path });
        self
    }

    pub(super) fn since(mut self, since: Option<Time>) -> Self {
        self.since = since;
        self
    }

    pub(super) fn after_seconds(mut self, seconds: u32) -> Self {
        self.raises_after = Duration::from_secs(seconds.into());
        self
    }

    pub(super) fn holding(mut self, only_holds: bool) -> Self {
        self.only_holds = only_holds;
        self
    }

    pub(super) fn narrow(mut self, sentence: String) -> Self {
        self.item.narrow = Some(sentence);
        self
    }
}
