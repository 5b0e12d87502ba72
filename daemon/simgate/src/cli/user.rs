//! `simgate user` and `simgate setup-code`: work on the data directory itself, whether or not the
//! daemon runs, so that whoever owns the machine always gets in.

use std::future::Future;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde_json::json;

use super::input::text_of;
use super::local::Place;
use super::{Failure, local, output};
use gateway::Caller;
use gateway::users::{UserError, UserPatch, UserWish, Users, check_password};
use model::{Role, User};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate user add anna --role admin
  simgate user add bert --role viewer --password-file bert.txt
  simgate user set bert --role operator
  simgate user password anna
  simgate user totp-off anna
  simgate user list
  simgate user remove bert

A password is asked for where no file is given; - reads it from standard input.";

pub(super) const SETUP_EXAMPLES: &str = "\
Examples:
  simgate setup-code

Give it to the page of the first start, or to POST /api/v1/setup. Where there is a user already,
`simgate user` makes others.";

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// List the users.
    List {
        /// Print one JSON object for each user.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Make a user.
    Add {
        /// Kept in lower case: 1 to 64 letters, digits, _ - . and @; not me and not nobody.
        #[arg(value_parser = new_name)]
        name: String,
        /// What the user may do.
        #[arg(long, value_parser = role(), default_value = "viewer")]
        role: Role,
        #[command(flatten)]
        password: NewPassword,
        #[command(flatten)]
        place: Place,
    },
    /// Give a user another role, which counts at once.
    Set {
        #[arg(value_parser = name)]
        name: String,
        /// What the user may do from now on.
        #[arg(long, value_parser = role())]
        role: Role,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a user and end the user's sessions. What the user sent stays.
    Remove {
        #[arg(value_parser = name)]
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Take the second factor away, from a user who has lost it.
    TotpOff {
        #[arg(value_parser = name)]
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Set another password and end the user's sessions.
    Password {
        #[arg(value_parser = name)]
        name: String,
        #[command(flatten)]
        password: NewPassword,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Args)]
pub(super) struct NewPassword {
    /// File with the password in its first line; - reads standard input. Left out: it is asked for.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct SetupCode {
    #[command(flatten)]
    place: Place,
}

impl UserCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        let me = Caller::command_line();
        match self {
            Self::List { json, place } => {
                let users = with_users(&place, |users| async move { Ok(users.all().await?) })?;
                list(&users, json)
            }
            Self::Add {
                name,
                role,
                password,
                place,
            } => {
                place.home()?;
                let password = password.read()?;
                let wish = UserWish {
                    name,
                    role,
                    password,
                };
                let user = with_users(&place, async |users| users.make(&me, wish, None).await)?;
                let user = user.into_inner();
                output::line(&format!("{}  {}", user.name, user.role))
            }
            Self::Set { name, role, place } => {
                let user = with_users(&place, async |users| {
                    let patch = UserPatch {
                        role: Some(role),
                        ..UserPatch::default()
                    };
                    users.change(&me, &name, patch).await
                })?;
                output::line(&format!("{}  {}", user.name, user.role))
            }
            Self::Remove { name, place } => {
                with_users(&place, async |users| users.remove(&me, &name).await)?;
                output::line(&format!("{name}  removed"))
            }
            Self::TotpOff { name, place } => {
                let patch = UserPatch {
                    two_factor_off: true,
                    ..UserPatch::default()
                };
                with_users(&place, async |users| users.change(&me, &name, patch).await)?;
                output::line(&format!("{name}  second factor off"))
            }
            Self::Password {
                name,
                password,
                place,
            } => {
                place.home()?;
                let patch = UserPatch {
                    password: Some(password.read()?),
                    ..UserPatch::default()
                };
                let user = with_users(&place, async |users| users.change(&me, &name, patch).await)?;
                output::line(&format!("{}  password set", user.name))
            }
        }
    }
}

impl SetupCode {
    pub(super) fn run(self) -> Result<(), Failure> {
        let code = with_users(&self.place, async |users| users.setup_code().await)?;
        let Some(code) = code else {
            let why = "there are users already; `simgate user add` makes others";
            return Err(Failure::refused(why));
        };
        output::line(&code.shown())
    }
}

/// Runs one job on the users of the data directory and closes it again.
fn with_users<T, F>(place: &Place, job: impl FnOnce(Users) -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, UserError>>,
{
    let home = place.home()?;
    local::block_on(async {
        let users = Users::open(home).map_err(Failure::refused)?;
        let result = job(users.clone()).await;
        users.close().await;
        result.map_err(Failure::refused)
    })
}

impl NewPassword {
    fn read(&self) -> Result<String, Failure> {
        let text = match &self.password_file {
            Some(path) => text_of(path)?,
            None if std::io::stdin().is_terminal() => asked()?,
            None => {
                let how = "give the password with --password-file; - reads standard input";
                return Err(Failure::Usage(how.to_owned()));
            }
        };
        let password = text.lines().next().unwrap_or_default().to_owned();
        check_password(&password).map_err(|why| Failure::refused(format!("the password {why}")))?;
        Ok(password)
    }
}

/// Asks on the terminal, which does not show what is typed.
fn asked() -> Result<String, Failure> {
    let stdin = std::io::stdin();
    let shown = tcgetattr(&stdin).map_err(std::io::Error::from)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    output::error("Password:");
    tcsetattr(&stdin, OptionalActions::Flush, &hidden).map_err(std::io::Error::from)?;
    let mut text = String::new();
    let read = stdin.lock().read_line(&mut text);
    tcsetattr(&stdin, OptionalActions::Flush, &shown).map_err(std::io::Error::from)?;
    read?;
    Ok(text)
}

fn new_name(text: &str) -> Result<String, String> {
    User::new_name(text).map_err(str::to_owned)
}

fn name(text: &str) -> Result<String, String> {
    let how = || "expected 1 to 64 letters, digits, _ - . and @".to_owned();
    User::name(text).ok_or_else(how)
}

/// Reads a role; the help says what each may do.
fn role() -> impl TypedValueParser<Value = Role> {
    let may = |role| match role {
        Role::Viewer => "Read messages, SIMs, modems and events",
        Role::Operator => "Also send, change SIMs, restart modems, run USSD codes",
        Role::Admin => "Everything: also users, keys, uplinks, routes, raw AT commands",
    };
    let names = Role::ALL.map(|role| PossibleValue::new(role.as_str()).help(may(role)));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Role>())
}

fn list(users: &[User], as_json: bool) -> Result<(), Failure> {
    if as_json {
        return users.iter().try_for_each(|user| output::json(&json!(user)));
    }
    let row = |user: &User| {
        vec![
            user.name.clone(),
            user.role.to_string(),
            if user.two_factor { "on" } else { "off" }.to_owned(),
            user.created_at.to_string(),
        ]
    };
    let rows: Vec<_> = users.iter().map(row).collect();
    output::table(&["NAME", "ROLE", "TOTP", "CREATED"], &rows)
}
