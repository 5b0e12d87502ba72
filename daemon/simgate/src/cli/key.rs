//! `simgate key`: works on the data directory itself, whether or not the daemon runs, so that there
//! can be a first key.

use std::future::Future;
use std::io::IsTerminal as _;
use std::net::IpAddr;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use ipnet::IpNet;
use serde_json::{Value, json};

use super::local::Place;
use super::output::Column;
use super::{Failure, local, output};
use gateway::Caller;
use gateway::keys::{KeyMade, KeyWish, Keys};
use gateway::{clock, overlap};
use model::{ApiKey, Key, Scope, Time};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate key create shop --scopes send,read
  simgate key create billing --scopes send --allow-from 10.0.0.0/24 --rate 20 --groups viettel
  SIMGATE_KEY=$(simgate key create me --scopes send,read,operate,admin)
  simgate key list
  simgate key rotate shop --overlap 3600
  simgate key revoke shop";

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a key and print it, alone, on standard output. It cannot be shown again.
    Create(Create),
    /// List the keys, without their secrets.
    List {
        /// Revoked ones too.
        #[arg(long)]
        all: bool,
        /// Print one JSON object for each key.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Give a key another secret and print it, alone; the one that it has works on for a while.
    Rotate {
        /// Its name.
        name: String,
        /// How long the old secret works on, in seconds: 0 to 2592000.
        #[arg(long, default_value_t = overlap::USUAL, value_name = "SECONDS",
            value_parser = clap::value_parser!(u32).range(..=i64::from(overlap::LONGEST)))]
        overlap: u32,
        /// It works until then, such as 2027-01-01T00:00:00Z. Left out: as it was. A key that has expired
        /// needs it.
        #[arg(long, value_name = "TIME", value_parser = later)]
        expires: Option<Time>,
        #[command(flatten)]
        place: Place,
    },
    /// Revoke a key; a running daemon refuses it from the next second on.
    Revoke {
        /// Its name, or its number as the list shows it.
        key: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// Unique among the keys that are not revoked.
    name: String,
    /// What it may do: send, read:own, cancel:own, read, operate, admin; separated by commas. `send`
    /// brings read:own and cancel:own, unless one of them or read is named.
    #[arg(long, value_parser = scope(), value_delimiter = ',', default_value = "send,read")]
    scopes: Vec<Scope>,
    /// Addresses that it may come from, such as 10.0.0.0/24 or 192.0.2.7. Left out: any.
    #[arg(long, value_delimiter = ',', value_name = "CIDR", value_parser = network)]
    allow_from: Vec<IpNet>,
    /// Messages or other requests a second; a batch counts as its messages. Left out: no limit.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    /// Parts that one of its messages may take at most. Left out: the configured default, and a message
    /// may ask for more.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=255))]
    max_segments: Option<u16>,
    /// Its messages of the class transactional go to those too who ask for no messages.
    #[arg(long)]
    may_pass_opt_out: bool,
    /// SIM groups that it may use; separated by commas. Of others' messages it sees those that SIMs
    /// of these groups carry. Left out: all.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    groups: Vec<String>,
    /// It works until then, such as 2027-01-01T00:00:00Z. Left out: for as long as it is not revoked.
    #[arg(long, value_name = "TIME", value_parser = later)]
    expires: Option<Time>,
    #[command(flatten)]
    place: Place,
}

impl KeyCommand {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(),
            Self::List { all, json, place } => {
                let keys = place.with_keys(|keys| async move { keys.all().await })?;
                list(
                    keys.iter().filter(|key| all || key.revoked_at.is_none()),
                    json,
                )
            }
            Self::Rotate {
                name,
                overlap,
                expires,
                place,
            } => rotate(name, (overlap, expires), &place),
            Self::Revoke { key, place } => revoke(&key, &place),
        }
    }
}

impl Place {
    /// Runs one job on the keys of the data directory and closes it again.
    fn with_keys<T, E, F>(&self, job: impl FnOnce(Keys) -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, E>>,
        E: ToString,
    {
        let home = self.home()?;
        local::block_on(async {
            let keys = Keys::open(home).map_err(Failure::refused)?;
            let result = job(keys.clone()).await;
            keys.close().await;
            result.map_err(Failure::refused)
        })
    }
}

impl Create {
    fn run(self) -> Result<(), Failure> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
            return Err(Failure::Usage(
                "a key's name has 1 to 64 octets and no control characters".to_owned(),
            ));
        }
        let groups = self.groups.clone();
        let wish = KeyWish {
            name: name.clone(),
            scopes: self.scopes,
            allowed_from: self.allow_from,
            rate_per_second: self.rate,
            max_segments: self.max_segments,
            may_pass_opt_out: self.may_pass_opt_out,
            groups: self.groups,
            expires_at: self.expires,
        };
        let job = |keys: Keys| async move { keys.make(&Caller::command_line(), wish, None).await };
        let key = match self.place.with_keys(job)? {
            KeyMade::Done(made) => made.into_inner().secret,
            KeyMade::NameTaken => {
                return Err(Failure::refused(format!(
                    "there is a key {name:?} already; revoke it first or take another name"
                )));
            }
            KeyMade::UnknownGroups(which) => {
                let unknown: Vec<_> = which.iter().map(|at| groups[*at].as_str()).collect();
                return Err(Failure::refused(format!(
                    "no SIM is in the group {}; put one in with: simgate sims set ICCID --group NAME",
                    unknown.join(", ")
                )));
            }
        };
        told_once(&key)
    }
}

/// Reads a scope; the help says what each allows.
fn scope() -> impl TypedValueParser<Value = Scope> {
    let allows = |scope| match scope {
        Scope::Send => "Submit and preview messages, and cancel those that the key sent itself",
        Scope::ReadOwn => "Read the messages that the key sent itself, and what happens to them",
        Scope::CancelOwn => "Cancel the messages that the key sent itself",
        Scope::Read => "Read messages, SIMs, modems and events",
        Scope::Operate => "Change SIMs, restart modems, run USSD codes, cancel what others sent",
        Scope::Admin => {
            "Keys, raw AT commands, unmasked traces; sees everything, and uses the SIMs of its groups"
        }
    };
    let scopes = Scope::ALL.iter().copied();
    let names = scopes.map(|scope| PossibleValue::new(scope.as_str()).help(allows(scope)));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Scope>())
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse::<IpAddr>().map(IpNet::from).ok();
    match text.parse::<IpNet>().ok().or_else(one) {
        Some(network) => Ok(network.trunc()),
        None => Err("expected a network such as 10.0.0.0/24, or an address".to_owned()),
    }
}

fn list<'a>(keys: impl Iterator<Item = &'a Key>, as_json: bool) -> Result<(), Failure> {
    let documents: Vec<_> = keys.map(document).collect();
    output::list(&documents, as_json, COLUMNS)
}

const COLUMNS: &[Column] = &[
    ("ID", "id"),
    ("NAME", "name"),
    ("SCOPES", "scopes"),
    ("FROM", "allowed_from"),
    ("RATE", "rate_per_second"),
    ("PARTS", "max_segments"),
    ("PASSES", "may_pass_opt_out"),
    ("GROUPS", "groups"),
    ("CREATED", "created_at"),
    ("USED", "last_used_at"),
    ("EXPIRES", "expires_at"),
    ("REVOKED", "revoked_at"),
];

/// As the API shows it, with its number in front.
fn document(key: &Key) -> Value {
    let mut document = json!(key);
    document["id"] = key.id.0.into();
    document
}

fn later(text: &str) -> Result<Time, String> {
    match Time::parse(text) {
        Ok(time) if time > clock::now() => Ok(time),
        Ok(_) => Err("it is past".to_owned()),
        Err(_) => Err("expected a time such as 2027-01-01T00:00:00Z".to_owned()),
    }
}

fn rotate(
    name: String,
    (overlap, expires): (u32, Option<Time>),
    place: &Place,
) -> Result<(), Failure> {
    let wish = (Duration::from_secs(overlap.into()), expires);
    let given = name.clone();
    let job = |keys: Keys| async move {
        keys.rotate(&Caller::command_line(), &name, wish, None)
            .await
    };
    match place.with_keys(job)? {
        Some(rotated) => told_once(&rotated.into_inner().secret),
        None => Err(Failure::refused(format!("no key {given:?} is in use"))),
    }
}

/// Prints a secret alone.
fn told_once(secret: &ApiKey) -> Result<(), Failure> {
    output::line(secret.as_str())?;
    if std::io::stdout().is_terminal() {
        output::error("Keep it: it cannot be shown again.");
    }
    Ok(())
}

fn revoke(given: &str, place: &Place) -> Result<(), Failure> {
    let name = given.to_owned();
    let job = |keys: Keys| async move { keys.revoke_given(&Caller::command_line(), &name).await };
    let revoked = place.with_keys(job)?;
    if !revoked {
        return Err(Failure::refused(format!(
            "no key {given:?}, or it is revoked already"
        )));
    }
    output::line(&format!("{given}  revoked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_may_be_one_address_and_loses_its_host_part() {
        assert_eq!(network("10.0.0.7/24").unwrap().to_string(), "10.0.0.0/24");
        assert_eq!(network("192.0.2.7").unwrap().to_string(), "192.0.2.7/32");
        assert_eq!(
            network("2001:db8::1").unwrap().to_string(),
            "2001:db8::1/128"
        );
        assert!(network("10.0.0.0/33").is_err());
    }
}
