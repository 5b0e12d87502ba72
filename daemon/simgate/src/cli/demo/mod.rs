//! `simgate demo`: the gateway on virtual modems, to be tried in a minute and gone afterwards.

mod greeting;
mod progress;
mod smsc;
mod stage;
mod talks;
mod traffic;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use tempfile::TempDir;
use tokio::sync::oneshot;
use virtual_modem::{Bank, BankOptions};

use self::greeting::Secrets;
use self::stage::Cast;
use self::traffic::Play;
use super::serve::{Stop, runtime};
use super::{Failure, output};
use crate::config::{Config, Http, Log, LogLevel};
use crate::{logging, serve};
use gateway::Caller;
use gateway::keys::{KeyMade, KeyWish, Keys};
use gateway::settings::{ModemSettings, Ports};
use gateway::users::{UserError, UserWish, Users};
use model::{ApiKey, Role, Scope};

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate demo
  simgate demo --modems 32 --air-time 2s
  RUST_LOG=simgate=debug simgate demo 2> demo.log

Everything lives in a temporary directory, which Ctrl-C removes.";

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// How many virtual modems.
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    modems: u16,

    /// Where the API listens. Left out: 127.0.0.1:8080, or a free port when that is taken.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

    /// How long a part is on the air, such as 300ms or 2s.
    #[arg(long, default_value = "300ms", value_parser = duration)]
    air_time: Duration,

    /// Decides all that is random in the virtual network.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failure> {
        let listen = self.address()?;
        let log = Log {
            level: LogLevel::Warn,
            ..Log::default()
        };
        logging::start(&log).map_err(Failure::refused)?;
        let dir = tempfile::Builder::new().prefix("simgate-demo-").tempdir()?;
        let result = runtime()?.block_on(self.play(listen, &dir, log));
        dir.close()?;
        result
    }

    /// An address that was asked for must be free; the usual one need not be.
    fn address(&self) -> Result<SocketAddr, Failure> {
        let wanted = self.listen.unwrap_or(DEFAULT_LISTEN);
        match (TcpListener::bind(wanted), self.listen) {
            (Ok(_), _) => Ok(wanted),
            (Err(_), None) => {
                output::line(&format!("{wanted} is taken: another port is used."))?;
                Ok(SocketAddr::new(wanted.ip(), 0))
            }
            (Err(error), Some(_)) => Err(Failure::refused(serve::cannot_listen(wanted, &error))),
        }
    }

    async fn play(&self, listen: SocketAddr, dir: &TempDir, log: Log) -> Result<(), Failure> {
        let stop = Stop::new()?;
        let bank = Bank::start(self.bank_options(&dir.path().join("modems"))).await?;
        let set = Cast::of(self.modems).set(&bank).await;
        set.map_err(Failure::refused)?;
        let smsc = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let config = config(listen, dir.path(), log);
        config.make_data_dir()?;
        let key = first_key(&config.data_dir).await?;
        let login_codes = first_user(&config.data_dir).await?;
        let modems = self.modems;
        let (serves, ready) = oneshot::channel();
        let play = Play {
            bank: &bank,
            modems,
            key: key.as_str().to_owned(),
            smsc: smsc.local_addr()?.port(),
            ready,
        };
        let ready = |address: SocketAddr| {
            let secrets = Secrets {
                key: key.as_str(),
                login_codes: login_codes.each_ref().map(String::as_str),
                cookies: &dir.path().join("cookies"),
            };
            let greeted = output::print(&greeting::text(address, modems, secrets));
            if greeted.is_ok() {
                progress::follow(address, key.as_str().to_owned());
                // Nobody hears it at a stop.
                let _ = serves.send(address);
            }
        };
        let served = async {
            tokio::select! {
                served = serve::run(config, None, ready, stop.asked()) => served,
                never = play.go_on() => match never {},
                never = smsc::serve(smsc) => match never {},
            }
        };
        let served = served.await.map_err(Failure::refused);
        bank.shutdown().await;
        served
    }

    fn bank_options(&self, dir: &Path) -> BankOptions {
        let mut options = BankOptions::new(self.modems.into(), dir);
        options.traits.air_time = self.air_time;
        options.seed = self.seed;
        options.network.replies = traffic::replies();
        options
    }
}

fn config(listen: SocketAddr, dir: &Path, log: Log) -> Config {
    let mut config = Config {
        data_dir: dir.join("data"),
        http: Http {
            listen,
            // Where the command line says so; there is nothing to be read but what the demo makes up.
            allow_plain_http_from_other_hosts: true,
            ..Http::default()
        },
        modems: ModemSettings {
            ports: Ports::Globs(vec![format!("{}/modem*", dir.join("modems").display())]),
            ..ModemSettings::default()
        },
        log,
        ..Config::default()
    };
    config.defaults.country = Some("VN".to_owned());
    // Nothing real is on the air: Ctrl-C shall not keep anybody waiting.
    config.scheduler.stop_wait_seconds = 2;
    config
}

/// A key that may do everything.
async fn first_key(data_dir: &Path) -> Result<ApiKey, Failure> {
    let wish = KeyWish {
        name: "demo".to_owned(),
        scopes: Scope::ALL.to_vec(),
        ..KeyWish::default()
    };
    let keys = Keys::open(data_dir).map_err(Failure::refused)?;
    let made = keys.make(&Caller::command_line(), wish, None).await;
    keys.close().await;
    match made {
        Ok(KeyMade::Done(made)) => Ok(made.into_inner().secret),
        Ok(other) => Err(Failure::refused(format!("no key was made: {other:?}"))),
        Err(refusal) => Err(Failure::refused(refusal)),
    }
}

/// A user who may do everything, and codes to log in by; and the staff.
async fn first_user(data_dir: &Path) -> Result<[String; 2], Failure> {
    let refused = |error: UserError| Failure::refused(error);
    let password = ApiKey::generate().map_err(Failure::refused)?;
    // Nobody logs in by a password that nobody is told.
    let wish = |name: &str, role| UserWish {
        name: name.to_owned(),
        role,
        password: password.as_str().to_owned(),
    };
    let users = Users::open(data_dir).map_err(|error| refused(error.into()))?;
    let caller = Caller::command_line();
    let user = users.make(&caller, wish("demo", Role::Admin), None).await;
    let user = user.map_err(refused)?.into_inner();
    for (name, role) in stage::STAFF {
        let made = users.make(&caller, wish(name, role), None).await;
        made.map_err(refused)?;
    }
    let codes = [users.login_code(&user).await, users.login_code(&user).await];
    users.close().await;
    let [page, curl] = codes;
    Ok([
        page.map_err(refused)?.shown(),
        curl.map_err(refused)?.shown(),
    ])
}

/// `300ms`, `2s`, or a number of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number.parse::<f64>().ok().map(|number| number * unit);
    match seconds {
        Some(seconds) if (0.0..=60.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("expected a duration such as 300ms or 2s, at most 60s".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("300ms"), Ok(Duration::from_millis(300)));
        assert_eq!(duration("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("0.2"), Ok(Duration::from_millis(200)));
        assert!(duration("61s").is_err() && duration("-1s").is_err() && duration("soon").is_err());
    }
}
