//! Changes to what is set for a SIM.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::messages::draft::Defaults;
use crate::messages::number;
use crate::opt_out;
use crate::schedule::Hours;
use crate::{FieldCode, FieldError};
use model::{OptOutWords, Quota, SimConfig, Window};

const MAX_LABEL: usize = 64;
const MAX_GROUPS: usize = 32;
const MAX_GAP_MS: u32 = 3_600_000;
const MAX_PREFIX_COSTS: usize = 200;

/// What to change. Left out: stays as it is. Null: cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SimPatch {
    /// A name for it; null takes it away.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64, pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$")]
    label: PatchField<String>,
    /// Groups that it is in; replaces all.
    #[serde(default, deserialize_with = "plain")]
    #[schema(value_type = Vec<String>, max_items = 32)]
    groups: Option<Vec<String>>,
    /// False: it sends nothing.
    #[serde(default, deserialize_with = "plain")]
    #[schema(value_type = bool)]
    enabled: Option<bool>,
    /// 4 to 8 digits. Never shown again.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4,8}$", write_only)]
    pin: PatchField<String>,
    /// Overrides the number that the card tells. No other SIM has it, by setting or, in a modem, by its card.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = r"^[^0-9A-Za-z+]*\+?[^A-Za-z+]*[0-9][^A-Za-z+]*$", max_length = 40)]
    number: PatchField<String>,
    #[serde(default, deserialize_with = "plain")]
    #[schema(value_type = QuotaPatch)]
    quota: Option<QuotaPatch>,
    /// Least time between two messages, up to an hour.
    #[serde(default, deserialize_with = "plain")]
    #[schema(value_type = u32, maximum = 3_600_000)]
    min_gap_ms: Option<u32>,
    #[serde(default)]
    #[schema(value_type = Option<Window>)]
    window: PatchField<Window>,
    /// Of a part, in the operator's own unit.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0)]
    cost: PatchField<f64>,
    /// Of a part, by beginnings of the recipient's number: at most 200, none negative. The longest
    /// that fits counts, and `cost` where none does. Replaces all that were set.
    #[serde(default)]
    #[schema(value_type = Option<BTreeMap<String, f64>>, example = json!({"+8490": 0.5}))]
    prefix_costs: PatchField<BTreeMap<String, f64>>,
    /// Which messages to it ask for no more messages. Replaces what was set; null: those that the configuration says.
    #[serde(default)]
    #[schema(value_type = Option<OptOutWords>)]
    opt_out: PatchField<OptOutWords>,
}

/// Limits to change; null lifts one.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = SimQuotaPatch)]
#[serde(deny_unknown_fields)]
struct QuotaPatch {
    /// A minute; null: no limit.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    per_minute: PatchField<u32>,
    /// A UTC hour; null: no limit.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    per_hour: PatchField<u32>,
    /// A UTC day; null: no limit.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    per_day: PatchField<u32>,
    /// A UTC month; null: no limit.
    #[serde(default)]
    #[schema(value_type = Option<u32>)]
    per_month: PatchField<u32>,
    /// Count parts (true) or whole messages.
    #[serde(default, deserialize_with = "plain")]
    #[schema(value_type = bool)]
    segments: Option<bool>,
}

/// A field of a patch that may be null.
#[derive(Debug, Default)]
pub enum PatchField<T> {
    /// Left out.
    #[default]
    Keep,
    /// Null, or a new value.
    Set(Option<T>),
}

impl<T: Clone> PatchField<T> {
    fn is_given(&self) -> bool {
        matches!(self, Self::Set(_))
    }

    fn put(&self, place: &mut Option<T>) {
        if let Self::Set(value) = self {
            place.clone_from(value);
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for PatchField<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Set)
    }
}

/// For fields that have no null.
fn plain<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl SimPatch {
    /// Gives the SIM this PIN too.
    pub(crate) fn set_pin(&mut self, pin: String) {
        self.pin = PatchField::Set(Some(pin));
    }

    /// Names of the fields that it gives.
    pub fn fields(&self) -> Vec<&'static str> {
        let all = [
            ("label", self.label.is_given()),
            ("groups", self.groups.is_some()),
            ("enabled", self.enabled.is_some()),
            ("pin", self.pin.is_given()),
            ("number", self.number.is_given()),
            ("quota", self.quota.is_some()),
            ("min_gap_ms", self.min_gap_ms.is_some()),
            ("window", self.window.is_given()),
            ("cost", self.cost.is_given()),
            ("prefix_costs", self.prefix_costs.is_given()),
            ("opt_out", self.opt_out.is_given()),
        ];
        all.into_iter()
            .filter(|(_, is_given)| *is_given)
            .map(|(name, _)| name)
            .collect()
    }

    pub(crate) fn sets_groups(&self) -> bool {
        self.groups.is_some()
    }

    /// Checks what is to be changed; every bad field is named. `allowed`: the groups that may be
    /// set; none: any.
    pub fn checked(
        mut self,
        defaults: &Defaults,
        allowed: &[String],
    ) -> Result<Edit, Vec<FieldError>> {
        let mut errors = Vec::new();
        let wrong = |pointer: &str, code: FieldCode, detail: &str| {
            FieldError::new(pointer, detail).coded(code)
        };
        if let PatchField::Set(Some(label)) = &self.label
            && !is_label(label)
        {
            let detail = "must have 1 to 64 characters, none of them a control character";
            let most = FieldError::new("/label", detail)
                .coded(FieldCode::Text)
                .most(64);
            errors.push(most);
        }
        if let Some(groups) = &self.groups {
            if groups.len() > MAX_GROUPS {
                let many = wrong("/groups", FieldCode::TooMany, "at most 32 names");
                errors.push(many.most(MAX_GROUPS as u64));
            } else if !groups.iter().all(|name| is_group(name)) {
                errors.push(wrong(
                    "/groups",
                    FieldCode::Group,
                    "names of 1 to 64 letters, digits, _ - and .",
                ));
            } else if !allowed.is_empty() && !groups.iter().all(|name| allowed.contains(name)) {
                errors.push(wrong(
                    "/groups",
                    FieldCode::BeyondOwn,
                    "this key may use its own groups only",
                ));
            }
        }
        if let PatchField::Set(Some(pin)) = &self.pin
            && !is_pin(pin)
        {
            errors.push(wrong("/pin", FieldCode::Pin, "must have 4 to 8 digits"));
        }
        if let PatchField::Set(Some(text)) = &mut self.number {
            match number::normalise(text, defaults.country()) {
                Ok(number) => *text = number,
                Err(why) => errors.push(why.at("/number")),
            }
        }
        if self.min_gap_ms.is_some_and(|gap| gap > MAX_GAP_MS) {
            let detail = "must be at most 3600000, an hour";
            let range = FieldError::new("/min_gap_ms", detail).coded(FieldCode::OutOfRange);
            errors.push(range.least(0).most(MAX_GAP_MS.into()));
        }
        if let PatchField::Set(Some(window)) = &self.window
            && let Err(field) = Hours::new(window)
        {
            errors.push(bad_hours(format!("/window/{field}"), field));
        }
        if let PatchField::Set(Some(cost)) = self.cost
            && (!cost.is_finite() || cost < 0.0)
        {
            errors.push(wrong("/cost", FieldCode::Negative, "must not be negative"));
        }
        if let PatchField::Set(Some(costs)) = &self.prefix_costs {
            errors.extend(bad_costs(costs));
        }
        if let PatchField::Set(Some(words)) = &self.opt_out {
            errors.extend(opt_out::check("/opt_out", words));
        }
        if errors.is_empty() {
            Ok(Edit {
                patch: self,
                allowed: allowed.to_vec(),
            })
        } else {
            Err(errors)
        }
    }
}

/// A patch that was checked.
#[derive(Debug)]
pub struct Edit {
    patch: SimPatch,
    /// The groups that the caller may name; none: any.
    allowed: Vec<String>,
}

impl Edit {
    /// The number that the SIM is given, in international form.
    pub fn number(&self) -> &PatchField<String> {
        &self.patch.number
    }

    /// Puts what is given in its place; the rest stays.
    pub fn apply(&self, config: &mut SimConfig) {
        let Self { patch, allowed } = self;
        patch.label.put(&mut config.label);
        if let PatchField::Set(pin) = &patch.pin {
            config.set_pin(pin.clone());
        }
        patch.number.put(&mut config.number);
        patch.window.put(&mut config.window);
        patch.cost.put(&mut config.cost);
        patch.opt_out.put(&mut config.opt_out);
        if let Some(groups) = &patch.groups {
            // A caller takes a SIM out of no group but its own.
            let others = config.groups.iter().filter(|name| {
                !allowed.is_empty() && !allowed.contains(name) && !groups.contains(name)
            });
            config.groups = groups.iter().chain(others).cloned().collect();
        }
        if let Some(enabled) = patch.enabled {
            config.enabled = enabled;
        }
        if let Some(quota) = &patch.quota {
            quota.apply(&mut config.quota);
        }
        if let Some(gap) = patch.min_gap_ms {
            config.min_gap_ms = gap;
        }
        if let PatchField::Set(costs) = &patch.prefix_costs {
            config.prefix_costs = costs.clone().unwrap_or_default();
        }
    }
}

impl QuotaPatch {
    fn apply(&self, quota: &mut Quota) {
        self.per_minute.put(&mut quota.per_minute);
        self.per_hour.put(&mut quota.per_hour);
        self.per_day.put(&mut quota.per_day);
        self.per_month.put(&mut quota.per_month);
        quota.segments = self.segments.unwrap_or(quota.segments);
    }
}

/// What is wrong with a field of opening hours.
pub(super) fn bad_hours(pointer: String, field: &str) -> FieldError {
    match field {
        "timezone" => FieldError::new(pointer, "must be an IANA name such as Asia/Ho_Chi_Minh")
            .coded(FieldCode::Timezone),
        _ => FieldError::new(pointer, "must be a time of the day as HH:MM")
            .coded(FieldCode::TimeOfDay),
    }
}

/// What is wrong with costs by prefix.
fn bad_costs(costs: &BTreeMap<String, f64>) -> Vec<FieldError> {
    let parent = "/prefix_costs";
    if costs.len() > MAX_PREFIX_COSTS {
        let many = FieldError::new(parent, "may hold at most 200").coded(FieldCode::TooMany);
        return vec![many.most(200)];
    }
    let wrong = costs.iter().filter_map(|(prefix, cost)| {
        let (code, detail) = if !number::is_international_prefix(prefix) {
            let detail = "must be the first digits of a number as it is kept, +849 say";
            (FieldCode::Prefix, detail)
        } else if !cost.is_finite() || *cost < 0.0 {
            (FieldCode::Negative, "must not be negative")
        } else {
            return None;
        };
        Some(FieldError::under(parent, prefix, detail).coded(code))
    });
    wrong.collect()
}

fn is_label(text: &str) -> bool {
    (1..=MAX_LABEL).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// Names of groups stand in `from: "group:<name>"` and in key's rights.
pub fn is_group(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    (1..=64).contains(&name.chars().count()) && name.chars().all(allowed)
}

fn is_pin(text: &str) -> bool {
    (4..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::OnUncertain;

    fn defaults() -> Defaults {
        Defaults {
            country: None.into(),
            validity_seconds: 60,
            max_segments: 10,
            on_uncertain: OnUncertain::Hold,
            languages: Vec::new(),
        }
    }

    fn patched(json: &str) -> Result<SimConfig, Vec<String>> {
        let patch: SimPatch = serde_json::from_str(json).unwrap();
        let before = SimConfig {
            label: Some("old".to_owned()),
            ..SimConfig::default()
        };
        let mut config = before;
        patch
            .checked(&defaults(), &["a".to_owned()])
            .map(|edit| edit.apply(&mut config))
            .map_err(|errors| errors.into_iter().map(|error| error.pointer))
            .map_err(Iterator::collect::<Vec<_>>)?;
        Ok(config)
    }

    #[test]
    fn left_out_stays_and_null_clears() {
        assert_eq!(patched("{}").unwrap().label.as_deref(), Some("old"));
        assert_eq!(patched(r#"{"label": null}"#).unwrap().label, None);
        let config = patched(r#"{"quota": {"per_day": 5}, "enabled": false}"#).unwrap();
        assert_eq!(
            (config.quota.per_day, config.quota.per_hour),
            (Some(5), None)
        );
        assert!(config.quota.segments && !config.enabled);
    }

    #[test]
    fn a_sim_leaves_no_group_that_the_caller_may_not_name() {
        let patch: SimPatch = serde_json::from_str(r#"{"groups": ["c"]}"#).unwrap();
        let allowed = ["a".to_owned(), "c".to_owned()];
        let edit = patch.checked(&defaults(), &allowed).unwrap();
        let mut config = SimConfig {
            groups: vec!["a".to_owned(), "b".to_owned()],
            ..SimConfig::default()
        };
        edit.apply(&mut config);
        assert_eq!(config.groups, ["c", "b"]);
    }

    #[test]
    fn only_allowed_groups_are_set() {
        assert_eq!(patched(r#"{"groups": ["a"]}"#).unwrap().groups, ["a"]);
        assert_eq!(
            patched(r#"{"groups": ["a", "b"]}"#),
            Err(vec!["/groups".to_owned()])
        );
    }

    #[test]
    fn another_pin_is_offered_once_more() {
        let before = SimConfig {
            pin: Some("1111".to_owned()),
            pin_refused: true,
            ..SimConfig::default()
        };
        let refused = |json: &str| {
            let patch: SimPatch = serde_json::from_str(json).unwrap();
            let mut config = before.clone();
            patch.checked(&defaults(), &[]).unwrap().apply(&mut config);
            config.pin_refused
        };
        assert!(!refused(r#"{"pin": "2222"}"#));
        assert!(!refused(r#"{"pin": null}"#));
        assert!(refused(r#"{"pin": "1111"}"#));
        assert!(refused(r#"{"label": "x"}"#));
    }

    #[test]
    fn each_bad_field_is_named() {
        let json = r#"{"label": "", "groups": ["a b"], "pin": "12", "number": "x",
            "min_gap_ms": 3600001, "cost": -1,
            "prefix_costs": {"+84": 0, "+8490": -1, "84": 1, "+": 1},
            "window": {"from": "8", "to": "9", "timezone": "Nowhere"}}"#;
        let pointers = [
            "/label",
            "/groups",
            "/pin",
            "/number",
            "/min_gap_ms",
            "/window/from",
            "/cost",
            "/prefix_costs/+",
            "/prefix_costs/+8490",
            "/prefix_costs/84",
        ];
        assert_eq!(patched(json).unwrap_err(), pointers);
    }
}
