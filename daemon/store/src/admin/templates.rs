//! Texts with variables, by name, with what they were before.

use rusqlite::{Connection, Row};
use serde::Serialize;

use crate::admin::Admin;
use crate::machine::select::{Select as _, only};
use crate::machine::writer::{Need, Tx};
use crate::tables::audit::append_change;
use crate::values::{RowExt as _, params};
use crate::{NewAudit, StoreError};
use model::{Template, TemplateName};

/// Names, those of templates that are gone among them: a new one takes the place of what is gone longest.
const MOST_NAMES: i64 = 1_000;
/// Of each name; the oldest is deleted.
const MOST_VERSIONS: u32 = 100;

/// What became of a wish to keep a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateStored {
    /// As it is now.
    Done(Template),
    /// There are as many as there may be.
    Full,
}

/// What the audit shows of one.
#[derive(Serialize)]
struct Audited<'a> {
    version: u32,
    text: &'a str,
    description: Option<&'a str>,
}

const CURRENT: &str = "SELECT t.* FROM templates t
    WHERE t.text IS NOT NULL
        AND t.version = (SELECT max(n.version) FROM templates n WHERE n.name = t.name)";

impl Admin {
    /// All templates as they are now, by name.
    pub async fn templates(&self) -> Result<Vec<Template>, StoreError> {
        let all = format!("{CURRENT} ORDER BY t.name");
        let read = move |reader: &Connection| reader.readable(&all, [], template);
        self.file.read(read).await
    }

    /// What is kept of a name, newest first, also where the template is gone.
    pub async fn template_versions(
        &self,
        name: &TemplateName,
    ) -> Result<Vec<Template>, StoreError> {
        let name = name.clone();
        let all =
            "SELECT * FROM templates WHERE name = ?1 AND text IS NOT NULL ORDER BY version DESC";
        let read = move |reader: &Connection| reader.readable(all, params![name], template);
        self.file.read(read).await
    }

    /// Makes a template, or a new version of one; `new` says all but which that is.
    pub async fn put_template(
        &self,
        new: Template,
        audit: NewAudit,
    ) -> Result<TemplateStored, StoreError> {
        let put = move |tx: &mut Tx<'_>| put(tx, &new, &audit);
        self.file.write(Need::Growth, put).await
    }

    /// False when there is none of this name. What it was before stays.
    pub async fn delete_template(
        &self,
        name: &TemplateName,
        audit: NewAudit,
    ) -> Result<bool, StoreError> {
        let name = name.clone();
        let delete = move |tx: &mut Tx<'_>| {
            let Some(before) = current(tx, &name)? else {
                return Ok(false);
            };
            let gone = Template {
                version: before.version + 1,
                description: None,
                changed_at: audit.at,
                changed_by: audit.actor.clone(),
                ..before.clone()
            };
            append(tx, &gone, None)?;
            append_change(tx, &audit, Some(&audited(&before)), None::<&Audited<'_>>)?;
            Ok(true)
        };
        self.file.write(Need::Ongoing, delete).await
    }
}

pub(super) fn put(
    tx: &Tx<'_>,
    new: &Template,
    audit: &NewAudit,
) -> Result<TemplateStored, StoreError> {
    let before = current(tx, &new.name)?;
    let last = last_version(tx, &new.name)?;
    if last.is_none() && !make_room(tx)? {
        return Ok(TemplateStored::Full);
    }
    let now = Template {
        version: last.unwrap_or(0) + 1,
        ..new.clone()
    };
    append(tx, &now, Some(&now.text))?;
    let [was, is] = [before.as_ref(), Some(&now)].map(|kept| kept.map(audited));
    append_change(tx, audit, was.as_ref(), is.as_ref())?;
    Ok(TemplateStored::Done(now))
}

fn current(tx: &Tx<'_>, name: &TemplateName) -> Result<Option<Template>, StoreError> {
    tx.first(
        &format!("{CURRENT} AND t.name = ?1"),
        params![name],
        template,
    )
}

/// Of a template that is there or was; none: there never was one, or it is forgotten.
fn last_version(tx: &Tx<'_>, name: &TemplateName) -> Result<Option<u32>, StoreError> {
    let last = "SELECT version FROM templates WHERE name = ?1 ORDER BY version DESC LIMIT 1";
    tx.first(last, params![name], only)
}

/// Writes a version, and forgets what is too old by it.
fn append(tx: &Tx<'_>, version: &Template, text: Option<&String>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO templates (name, version, text, description, changed_at, changed_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            version.name,
            version.version,
            text,
            version.description,
            version.changed_at,
            version.changed_by
        ],
    )?;
    let old = version.version.saturating_sub(MOST_VERSIONS);
    let forget = "DELETE FROM templates WHERE name = ?1 AND version <= ?2";
    tx.execute(forget, params![version.name, old])?;
    Ok(())
}

/// Whether there is room for one more name. The one that is gone longest makes it.
fn make_room(tx: &Tx<'_>) -> Result<bool, StoreError> {
    let names: i64 = tx.one("SELECT count(DISTINCT name) FROM templates", [], only)?;
    if names < MOST_NAMES {
        return Ok(true);
    }
    let gone = "SELECT t.name FROM templates t
        WHERE t.text IS NULL
            AND t.version = (SELECT max(n.version) FROM templates n WHERE n.name = t.name)
        ORDER BY t.row LIMIT 1";
    let gone: Option<TemplateName> = tx.first(gone, [], only)?;
    if let Some(gone) = &gone {
        tx.execute("DELETE FROM templates WHERE name = ?1", params![gone])?;
    }
    Ok(gone.is_some())
}

fn audited(template: &Template) -> Audited<'_> {
    Audited {
        version: template.version,
        text: &template.text,
        description: template.description.as_deref(),
    }
}

pub(crate) fn template(row: &Row<'_>) -> rusqlite::Result<Template> {
    Ok(Template {
        name: row.col("name")?,
        version: row.col("version")?,
        text: row.col("text")?,
        description: row.col("description")?,
        changed_at: row.col("changed_at")?,
        changed_by: row.col("changed_by")?,
    })
}
