//! Statistics: what was counted, in the steps that somebody asks for.

mod keeper;
mod steps;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize, Serializer};

use model::{Carrier, CountedBy, Figures, Key, Reach, Time};
use store::{StatisticsGroup, StatisticsQuery, StatisticsRead, StoreError, clock};

use crate::{Caller, FieldError, Gateway, Refusal};
pub(crate) use keeper::{keep, keep_days};
use steps::HOUR_MS;
pub use steps::StatisticsStep;

/// Steps of an answer: a hundred days of hours.
pub const MOST_STEPS: usize = 2400;
/// Items of an answer: 64 SIMs in each of 400 days, and some more. What is more is refused.
pub const MOST_ITEMS: usize = 30_000;

/// By what messages are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = StatisticsBy)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// What carried them: SIMs and uplinks.
    Sim,
    /// Who sent them: API keys and users.
    Key,
    /// The country code of the other party.
    Prefix,
}

impl By {
    fn counted(self) -> CountedBy {
        match self {
            Self::Sim => CountedBy::Carrier,
            Self::Key => CountedBy::Key,
            Self::Prefix => CountedBy::Prefix,
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub since: Option<Time>,
    pub until: Option<Time>,
    pub step: StatisticsStep,
    pub by: Option<By>,
    /// An IANA name.
    pub timezone: Option<String>,
}

/// What was counted.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Statistics {
    /// When the first step begins: the step that `since` is in.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
    /// When the last step ends.
    #[schema(value_type = String, format = DateTime)]
    pub until: Time,
    /// How long the steps are.
    pub step: StatisticsStep,
    /// By what the items are told apart; null: they are not.
    #[schema(required)]
    pub by: Option<By>,
    /// The time zone whose days, weeks and months the steps are.
    #[schema(example = "Asia/Ho_Chi_Minh")]
    pub timezone: String,
    /// By their time, then by their name. Without `by`, each step has one; with it, those have one in which something
    /// was counted.
    pub items: Vec<StatisticsItem>,
    /// All items together.
    pub total: Figures,
    /// False after an upgrade of a gateway that counted nothing: the messages that it has are being counted, the newest first.
    pub complete: bool,
}

/// What was counted of one thing in one step. Many items share a time, and a name.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct StatisticsItem {
    /// When the step begins.
    #[schema(value_type = String, format = DateTime)]
    #[serde(serialize_with = "shared")]
    pub start: Arc<str>,
    /// By `sim`: `sim:<iccid>` or `uplink:<name>`. By `key`: the key's name, `user:<name>`, or `simgate` for what the
    /// gateway sends by itself, as the answer to STOP; a key that was revoked and a later one of its name are two
    /// items. By `prefix`: such as `+84`, or `other` for what has no country code. Null: nothing carried it (yet),
    /// nobody sent it (it came in), or the items are not told apart.
    #[schema(value_type = Option<String>, required, example = "sim:8984011234567890123")]
    #[serde(serialize_with = "perhaps_shared")]
    pub name: Option<Arc<str>>,
    #[serde(flatten)]
    pub figures: Figures,
}

fn shared<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

#[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
fn perhaps_shared<S: Serializer>(
    text: &Option<Arc<str>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(serializer)
}

/// The time zone of a name.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// Steps of a time zone.
struct Steps {
    timezone: String,
    /// The hours with which they begin, since 1970, and that with which the last one ends.
    hours: Vec<i64>,
}

impl Asked {
    /// The steps that are asked for; `timezone`: the one where none is named.
    fn steps(&self, timezone: &str) -> Result<Steps, FieldError> {
        let timezone = self.timezone.as_deref().unwrap_or(timezone);
        let zone = zone(timezone).ok_or_else(|| {
            FieldError::new("?timezone", "must be an IANA name such as Asia/Ho_Chi_Minh")
        })?;
        let until = self.until.unwrap_or_else(clock::now);
        let shown = Duration::from_hours(24) * self.step.shown_days();
        let since = self.since.unwrap_or_else(|| until.before(shown));
        if since > until {
            return Err(FieldError::new("?since", "must not be later than until"));
        }
        let hours = self.step.between(&zone, (since, until), MOST_STEPS);
        let hours = hours.ok_or_else(|| too_many(MOST_STEPS, "steps"))?;
        Ok(Steps {
            timezone: timezone.to_owned(),
            hours,
        })
    }
}

fn too_many(most: usize, what: &str) -> FieldError {
    let detail = format!("gives more than {most} {what}: ask for longer steps, or for less time");
    FieldError::new("?step", detail)
}

impl Gateway {
    /// What was counted, as far as the caller sees.
    pub async fn statistics(&self, caller: &Caller, asked: Asked) -> Result<Statistics, Refusal> {
        let only = within(&caller.reach, asked.by)?;
        let Steps { timezone, hours } = asked.steps(&self.settings().defaults.timezone)?;
        let Asked { step, by, .. } = asked;
        let time = |hour: Option<&i64>| hour.map(|hour| Time(hour * HOUR_MS)).unwrap_or_default();
        let (since, until) = (time(hours.first()), time(hours.last()));
        // Rendered once: many items have each.
        let starts: Vec<Arc<str>> = hours
            .iter()
            .map(|hour| time(Some(hour)).to_string().into())
            .collect();
        let query = StatisticsQuery {
            by: by.map(By::counted),
            only,
            steps: hours,
            hourly: step == StatisticsStep::Hour,
            most: MOST_ITEMS,
        };
        let (groups, names, total, complete) = match self.store().statistics().read(query).await? {
            StatisticsRead::Found {
                groups,
                names,
                total,
                complete,
            } => (groups, names, total, complete),
            StatisticsRead::TooMany => return Err(too_many(MOST_ITEMS, "items").into()),
            StatisticsRead::TooOld(hour) => {
                let from = Time(hour * HOUR_MS);
                let detail =
                    format!("is too early: hours are kept since {from}, and days for longer");
                return Err(FieldError::new("?since", detail).into());
            }
        };
        let items = match by {
            Some(by) => {
                let names = self.shown_names(by, names).await?;
                groups
                    .into_iter()
                    .map(|group| item(&starts, &names, group))
                    .collect()
            }
            None => each(&starts, groups),
        };
        Ok(Statistics {
            since,
            until,
            step,
            by,
            timezone,
            items,
            total,
            complete,
        })
    }

    /// What is called so in the store, as people call it; none: nothing.
    async fn shown_names(
        &self,
        by: By,
        stored: Vec<String>,
    ) -> Result<Vec<Option<Arc<str>>>, StoreError> {
        let mut names = HashMap::new();
        if by == By::Key {
            let keys = self.keys().all().await?;
            let keys = keys.into_iter().chain([Key::of_gateway()]);
            names.extend(keys.map(|key| (key.id.0.to_string(), key.name)));
            let users = self.users().all().await?;
            names.extend(users.into_iter().map(|user| {
                let id = user.as_key().id;
                (id.0.to_string(), format!("user:{}", user.name))
            }));
        }
        let shown = |name: String| match by {
            By::Sim => name
                .parse()
                .map_or(name, |carrier: Carrier| carrier.route()),
            // A user who was removed leaves a number.
            By::Key => names
                .get(&name)
                .cloned()
                .unwrap_or_else(|| name.replacen('-', "user:#", 1)),
            By::Prefix => name,
        };
        let shown = |name: String| (!name.is_empty()).then(|| shown(name).into());
        Ok(stored.into_iter().map(shown).collect())
    }
}

fn item(starts: &[Arc<str>], names: &[Option<Arc<str>>], group: StatisticsGroup) -> StatisticsItem {
    StatisticsItem {
        start: Arc::clone(&starts[group.step]),
        name: names[group.name].clone(),
        figures: group.figures,
    }
}

/// An item for each step, those in which nothing was counted too.
fn each(starts: &[Arc<str>], groups: Vec<StatisticsGroup>) -> Vec<StatisticsItem> {
    let steps = starts.len().saturating_sub(1);
    let mut items: Vec<_> = starts[..steps]
        .iter()
        .map(|start| StatisticsItem {
            start: Arc::clone(start),
            name: None,
            figures: Figures::default(),
        })
        .collect();
    for group in groups {
        items[group.step].figures = group.figures;
    }
    items
}

/// What a caller sees: a key that is bound to groups, what their SIMs carried and what it sent itself.
fn within(reach: &Reach, by: Option<By>) -> Result<Option<HashSet<String>>, FieldError> {
    match (reach, by) {
        (Reach::All, _) => Ok(None),
        (Reach::Part { sims, .. }, Some(By::Sim)) => {
            Ok(Some(sims.iter().map(ToString::to_string).collect()))
        }
        (Reach::Part { key, .. }, Some(By::Key)) => Ok(Some(HashSet::from([key.0.to_string()]))),
        (Reach::Part { .. }, _) => Err(FieldError::new(
            "?by",
            "must be sim or key: the API key sees the SIMs of its groups, and what it sent itself",
        )),
    }
}
