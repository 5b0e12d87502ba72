//! `simgate templates`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Ask, Connection, segment};
use super::input::{Variable, by_name, text_of, variable};
use super::output::Column;
use super::{Failure, output};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate templates set parcel 'Dear {{ name }}, your parcel is here.' --description 'When a parcel came'
  simgate templates preview parcel --var name=An
  simgate send +84901234567 --template parcel --var name=An
  simgate templates list
  simgate templates show parcel --versions
  simgate templates delete parcel

{{ name | upper }}, {{ name | default('customer') }} and {% if name %}…{% endif %} are those of Jinja.";

#[derive(Debug, Subcommand)]
pub(super) enum TemplatesCommand {
    /// List all templates, with the variables that each has.
    #[command(mut_arg("json", |json| json.help("Print one JSON object for each template")))]
    List(Ask),
    /// Show a template as it is now, or as it was.
    Show(Show),
    /// Make a template, or a new version of one; what is not given stays as it is.
    Set(Box<Set>),
    /// Delete a template. Its versions can still be read.
    Delete {
        /// Its name.
        name: String,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show what a template would become, and how many parts; sends nothing.
    Preview {
        /// Its name.
        name: String,
        /// The value of a variable; once for each.
        #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
        variables: Vec<Variable>,
        #[command(flatten)]
        ask: Ask,
    },
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// Its name.
    name: String,
    /// As it was in this version.
    #[arg(long, value_name = "VERSION")]
    as_of: Option<u32>,
    /// List its versions, newest first; with --json, one JSON object for each.
    #[arg(long, conflicts_with = "as_of")]
    versions: bool,
    #[command(flatten)]
    ask: Ask,
}

#[derive(Debug, Args)]
#[command(mut_arg("json", |json| json.help("Print the template as one JSON object")))]
pub(super) struct Set {
    /// Its name, of letters, digits, dots, hyphens and underscores.
    name: String,
    /// Its text, with {{ name }} for a variable.
    text: Option<String>,
    /// File with the text; - reads standard input.
    #[arg(long, value_name = "PATH", conflicts_with = "text")]
    text_file: Option<PathBuf>,
    /// For people; an empty one takes it away.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    ask: Ask,
}

impl TemplatesCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(ask) => ask.list("/templates", COLUMNS),
            Self::Show(show) => show.run(),
            Self::Set(set) => set.run(),
            Self::Delete { name, connection } => {
                connection.client()?.delete(&path(&name))?;
                output::line(&format!("{}  deleted", output::plain(&name)))
            }
            Self::Preview {
                name,
                variables,
                ask,
            } => {
                let body = json!({"variables": by_name(&variables)});
                let client = ask.client()?;
                ask.print(&client.post(&format!("{}/preview", path(&name)), &body)?)
            }
        }
    }
}

fn path(name: &str) -> String {
    format!("/templates/{}", segment(name))
}

const COLUMNS: &[Column] = &[
    ("NAME", "name"),
    ("VERSION", "version"),
    ("CHANGED", "changed_at"),
    ("BY", "changed_by"),
    ("VARIABLES", "variables"),
    ("DESCRIPTION", "description"),
];

const VERSIONS: &[Column] = &[
    ("VERSION", "version"),
    ("CHANGED", "changed_at"),
    ("BY", "changed_by"),
    ("TEXT", "text"),
];

impl Show {
    fn run(&self) -> Result<(), Failure> {
        if !self.versions && self.as_of.is_none() {
            return self.ask.show(&path(&self.name));
        }
        let all = self
            .ask
            .client()?
            .all(&format!("{}/versions", path(&self.name)))?;
        let Some(version) = self.as_of else {
            return output::list(&all, self.ask.json, VERSIONS);
        };
        match all.iter().find(|one| one["version"] == version) {
            Some(found) => self.ask.print(found),
            None => Err(Failure::refused(format!(
                "{} has no version {version} that is kept",
                output::plain(&self.name)
            ))),
        }
    }
}

impl Set {
    fn run(&self) -> Result<(), Failure> {
        let client = self.ask.client()?;
        let text = self.text()?;
        if text.is_none() && self.description.is_none() {
            return Err(Failure::nothing_to_set("templates"));
        }
        let before = client.named("/templates", &self.name)?;
        let put = self.put(before.as_ref(), text)?;
        let now = client.put(&path(&self.name), &put)?;
        self.ask.print(&now)
    }

    fn text(&self) -> Result<Option<String>, Failure> {
        let Some(file) = &self.text_file else {
            return Ok(self.text.clone());
        };
        let text = text_of(file)?;
        // Files end with one that nobody means to send.
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(Some(text.strip_suffix('\r').unwrap_or(text).to_owned()))
    }

    /// A PUT replaces all, so what is not given is taken from what is there.
    fn put(&self, before: Option<&Value>, text: Option<String>) -> Result<Value, Failure> {
        let was = |name: &str| before.map_or(Value::Null, |before| before[name].clone());
        let text = text.map_or_else(|| was("text"), Value::from);
        if text.is_null() {
            return Err(Failure::Usage("a new template needs a text".to_owned()));
        }
        let description = match &self.description {
            Some(description) if description.is_empty() => Value::Null,
            Some(description) => description.clone().into(),
            None => was("description"),
        };
        let seen = before.map_or(json!(0), |before| before["version"].clone());
        Ok(json!({"text": text, "description": description, "version": seen}))
    }
}
