//! Numbers that get no messages: entered, imported, lifted.

use std::time::Duration;

use model::{NewSuppression, RowId, Suppression};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::messages::number::{self, masked};
use crate::statistics::zone;
use crate::{Caller, FieldCode, FieldError, Gateway, Refusal, Unknown};
use model::Time;
use store::{StoreError, clock};

/// Characters of what is said of a number.
const MOST: usize = 256;
/// So far ahead of UTC are the islands where a day begins first.
const EARLIEST_ZONE: Duration = Duration::from_hours(14);

/// What is to be said of a number. What is left out is taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionPut {
    /// Since when it wants no messages; not in the future. Left out: as it was, and now for a new one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Time>,
    /// What shows that it asked, such as a letter's date.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$"
    )]
    pub evidence: Option<String>,
    /// For people.
    #[schema(
        min_length = 1,
        max_length = 256,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]+$"
    )]
    pub note: Option<String>,
}

impl SuppressionPut {
    /// What is said of the number `written`; every bad field is named.
    pub fn checked(
        self,
        gateway: &Gateway,
        written: &str,
    ) -> Result<NewSuppression, Vec<FieldError>> {
        let number = number::normalise(written, gateway.defaults().country());
        let mut errors = Vec::new();
        if let Err(why) = &number {
            errors.push(why.at("path:number"));
        }
        if self.since.is_some_and(|since| since > clock::now()) {
            errors.push(
                FieldError::new("/since", "must not be in the future").coded(FieldCode::Future),
            );
        }
        for (pointer, text) in [("/evidence", &self.evidence), ("/note", &self.note)] {
            if text.as_deref().is_some_and(|text| !is_said(text)) {
                let detail = "must have 1 to 256 characters, none of them a control character";
                let text = FieldError::new(pointer, detail).coded(FieldCode::Text);
                errors.push(text.most(256));
            }
        }
        match number {
            Ok(number) if errors.is_empty() => Ok(NewSuppression {
                number,
                since: self.since,
                evidence: self.evidence,
                note: self.note,
            }),
            _ => Err(errors),
        }
    }
}

fn is_said(text: &str) -> bool {
    (1..=MOST).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

impl Gateway {
    /// Whom no message goes to is the same for all keys: one that does not see all messages changes
    /// nothing for the others.
    pub fn reaches_suppressions(&self, caller: &Caller) -> Result<(), Unknown> {
        let within = caller.reach.is_all();
        within.then_some(()).ok_or(Unknown::Suppression)
    }

    /// Those whose number begins so, newest first.
    pub async fn suppressions(
        &self,
        caller: &Caller,
        prefix: &str,
        limit: usize,
        before: Option<RowId>,
    ) -> Result<Vec<Suppression>, Refusal> {
        self.reaches_suppressions(caller)?;
        let store = self.0.store.admin();
        Ok(store.suppressions(prefix, limit, before).await?)
    }

    pub async fn suppression(&self, caller: &Caller, number: &str) -> Result<Suppression, Refusal> {
        self.reaches_suppressions(caller)?;
        let found = self.0.store.admin().suppression(number).await?;
        Ok(found.ok_or(Unknown::Suppression)?)
    }

    /// Enters a number, or changes what is said of it; that, and whether it is new.
    pub async fn put_suppression(
        &self,
        caller: &Caller,
        new: NewSuppression,
    ) -> Result<(Suppression, bool), Refusal> {
        self.reaches_suppressions(caller)?;
        let entry = caller.entry(format!("suppressed {}", masked(&new.number)));
        Ok(self.0.store.admin().put_suppression(new, entry).await?)
    }

    /// The number gets messages again.
    pub async fn lift_suppression(&self, caller: &Caller, number: &str) -> Result<(), Refusal> {
        self.reaches_suppressions(caller)?;
        let entry = caller.entry(format!("lifted the suppression of {}", masked(number)));
        let lifted = self.0.store.admin().lift_suppression(number, entry).await?;
        Ok(lifted.then_some(()).ok_or(Unknown::Suppression)?)
    }

    /// Enters those that are not there yet; how many there were.
    pub async fn import_suppressions(
        &self,
        caller: &Caller,
        new: Vec<NewSuppression>,
    ) -> Result<usize, StoreError> {
        let entry = caller.entry(format!("imported {} suppressions", new.len()));
        self.0.store.admin().import_suppressions(new, entry).await
    }

    /// The instant of a day such as 2026-11-29, with or without a time of day, in the configured time zone.
    /// One that has come somewhere, and not there yet, is now: a list may have its days by another zone.
    pub fn day(&self, text: &str) -> Option<Time> {
        let local: jiff::civil::DateTime = text.parse().ok()?;
        let zone = zone(&self.settings().defaults.timezone)?;
        let at = local.to_zoned(zone).ok()?.timestamp();
        let (at, now) = (Time(at.as_millisecond()), clock::now());
        Some(if at <= now.after(EARLIEST_ZONE) {
            at.min(now)
        } else {
            at
        })
    }

    /// Those in the rows after `after`, oldest first.
    pub async fn suppressions_after(
        &self,
        after: RowId,
        limit: usize,
    ) -> Result<Vec<Suppression>, StoreError> {
        self.0.store.admin().suppressions_after(after, limit).await
    }
}
