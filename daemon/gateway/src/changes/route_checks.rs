//! From what was asked for to routes, with every wrong field named.

use std::collections::HashSet;

use model::{Choice, FallBack, FallBackOn, Iccid, Route, RouteMatch, Sims, Target};

use super::routes_document::{FallBackJson, RouteJson, RoutesJson, SimsJson, TargetJson};
use super::sim_patch::bad_hours;
use super::sim_patch::is_group;
use crate::messages::number;
use crate::schedule::Hours;
use crate::{FieldCode, FieldError};

const MAX_ROUTES: usize = 200;
const MAX_NAME: usize = 64;
const MAX_PREFIXES: usize = 200;
const MAX_PRIORITIES: usize = 3;
const MAX_LISTED: usize = 64;
const MAX_TARGETS: usize = 16;
/// A day, in seconds.
const MAX_WAIT: u32 = 86_400;
/// Characters of an alphanumeric TP-OA (TS 23.040 §9.1.2.5).
const MAX_SENDER: usize = 11;

/// The routes, when nothing is wrong. `uplinks` are the names of those that there are.
pub(crate) fn checked(
    wanted: RoutesJson,
    uplinks: &HashSet<String>,
) -> Result<Vec<Route>, Vec<FieldError>> {
    let mut checks = Checks {
        uplinks,
        errors: Vec::new(),
    };
    if wanted.items.len() > MAX_ROUTES {
        checks.wrong("/items", "may hold at most 200");
        return Err(checks.errors);
    }
    let mut names = HashSet::new();
    let routes = wanted.items.into_iter().enumerate().map(|(index, route)| {
        let at = format!("/items/{index}");
        checks.name(&at, &route.name);
        if !names.insert(route.name.clone()) {
            checks.coded(
                format!("{at}/name"),
                FieldCode::NameTaken,
                "another route has this name",
            );
        }
        checks.route(&at, route)
    });
    let routes: Vec<_> = routes.collect();
    if checks.errors.is_empty() {
        Ok(routes.into_iter().flatten().collect())
    } else {
        Err(checks.errors)
    }
}

/// What is wrong so far.
struct Checks<'a> {
    uplinks: &'a HashSet<String>,
    errors: Vec<FieldError>,
}

impl Checks<'_> {
    fn wrong(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.errors.push(FieldError::new(pointer, detail));
    }

    fn coded(&mut self, pointer: String, code: FieldCode, detail: &str) {
        self.errors
            .push(FieldError::new(pointer, detail).coded(code));
    }

    fn name(&mut self, at: &str, name: &str) {
        if !is_name(name) {
            let detail = "must have 1 to 64 characters, none of them a control character";
            let text = FieldError::new(format!("{at}/name"), detail).coded(FieldCode::Text);
            self.errors.push(text.most(64));
        }
    }

    /// None when a target is wrong; that has been told then.
    fn route(&mut self, at: &str, route: RouteJson) -> Option<Route> {
        self.matches(&format!("{at}/match"), &route.matches);
        if !(1..=MAX_TARGETS).contains(&route.targets.len()) {
            self.wrong(format!("{at}/targets"), "must hold 1 to 16");
        }
        let targets = route.targets.into_iter().enumerate();
        let targets: Vec<_> = targets
            .map(|(index, target)| self.target(&format!("{at}/targets/{index}"), target))
            .collect();
        let fall_back = self.fall_back(&format!("{at}/fall_back"), route.fall_back);
        Some(Route {
            name: route.name,
            matches: route.matches,
            targets: targets.into_iter().collect::<Option<_>>()?,
            fall_back,
        })
    }

    fn matches(&mut self, at: &str, matches: &RouteMatch) {
        let lists = [
            ("to_prefix", matches.to_prefix.len(), MAX_PREFIXES),
            ("priority", matches.priority.len(), MAX_PRIORITIES),
            ("key", matches.key.len(), MAX_LISTED),
            ("sender", matches.sender.len(), MAX_LISTED),
        ];
        for (field, length, most) in lists {
            if length > most {
                self.wrong(format!("{at}/{field}"), format!("may hold at most {most}"));
            }
        }
        let prefix =
            "must be the first digits of a number as it is kept, +849 say, or of a short code";
        self.each(
            at,
            "to_prefix",
            &matches.to_prefix,
            number::is_prefix,
            (FieldCode::Prefix, prefix),
        );
        let key = "must have 1 to 64 characters, none of them a control character";
        self.each(at, "key", &matches.key, is_name, (FieldCode::Text, key));
        let sender = "must have 1 to 11 printable ASCII characters";
        self.each(
            at,
            "sender",
            &matches.sender,
            is_sender,
            (FieldCode::Ascii, sender),
        );
        if let Some(field) = matches
            .hours
            .as_ref()
            .and_then(|hours| Hours::new(hours).err())
        {
            self.errors
                .push(bad_hours(format!("{at}/hours/{field}"), field));
        }
    }

    fn each(
        &mut self,
        at: &str,
        field: &str,
        list: &[String],
        fits: fn(&str) -> bool,
        (code, needed): (FieldCode, &str),
    ) {
        for (index, text) in list.iter().enumerate() {
            if !fits(text) {
                let wrong = FieldError::new(format!("{at}/{field}/{index}"), needed).coded(code);
                self.errors.push(match code {
                    FieldCode::Ascii => wrong.most(11),
                    FieldCode::Text => wrong.most(64),
                    _ => wrong,
                });
            }
        }
    }

    fn target(&mut self, at: &str, target: TargetJson) -> Option<Target> {
        match target {
            TargetJson {
                sims: Some(sims),
                strategy,
                uplink: None,
            } => Some(Target::Sims {
                which: self.sims(&format!("{at}/sims"), sims)?,
                strategy: strategy.unwrap_or(Choice::Balance),
            }),
            TargetJson {
                sims: None,
                strategy: None,
                uplink: Some(name),
            } => {
                if !self.uplinks.contains(&name) {
                    self.coded(
                        format!("{at}/uplink"),
                        FieldCode::UplinkUnknown,
                        "there is no uplink of this name",
                    );
                    return None;
                }
                Some(Target::Uplink(name))
            }
            TargetJson {
                sims: None,
                strategy: Some(_),
                uplink: Some(_),
            } => {
                self.wrong(format!("{at}/strategy"), "is for sims only");
                None
            }
            _ => {
                self.wrong(at, "must have either sims or uplink");
                None
            }
        }
    }

    fn sims(&mut self, at: &str, sims: SimsJson) -> Option<Sims> {
        match (sims.group, sims.iccid) {
            (None, None) => Some(Sims::All),
            (Some(group), None) if is_group(&group) => Some(Sims::Group(group)),
            (Some(_), None) => {
                self.coded(
                    format!("{at}/group"),
                    FieldCode::Group,
                    "must have 1 to 64 letters, digits, _ - and .",
                );
                None
            }
            (None, Some(iccid)) => {
                let Ok(iccid) = iccid.parse::<Iccid>() else {
                    self.coded(
                        format!("{at}/iccid"),
                        FieldCode::Iccid,
                        "must have 18 to 20 digits",
                    );
                    return None;
                };
                Some(Sims::One(iccid.to_string()))
            }
            (Some(_), Some(_)) => {
                self.wrong(at, "may have group or iccid, not both");
                None
            }
        }
    }

    fn fall_back(&mut self, at: &str, fall_back: FallBackJson) -> FallBack {
        if fall_back
            .after_wait_seconds
            .is_some_and(|wait| wait > MAX_WAIT)
        {
            let at = format!("{at}/after_wait_seconds");
            let range =
                FieldError::new(at, "must be at most 86400, a day").coded(FieldCode::OutOfRange);
            self.errors.push(range.least(0).most(MAX_WAIT.into()));
        }
        let all = [FallBackOn::NoSim, FallBackOn::SimFailure, FallBackOn::Quota];
        // In one order and each once.
        let on = match fall_back.on {
            None => all.to_vec(),
            Some(given) => all.into_iter().filter(|on| given.contains(on)).collect(),
        };
        FallBack {
            after_wait_seconds: fall_back.after_wait_seconds,
            on,
        }
    }
}

fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_sender(text: &str) -> bool {
    (1..=MAX_SENDER).contains(&text.len()) && text.bytes().all(|b| (b' '..=b'~').contains(&b))
}
