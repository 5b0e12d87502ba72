//! `simgate.toml`: how the process runs. Changing it takes a restart.
//!
//! The tables below are the single source: the typed [`Config`], its defaults, the ranges and the
//! documented default file all come from them.

mod kinds;
mod load;
mod table;
#[cfg(test)]
mod tests;

use std::fs::DirBuilder;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::OnUncertain;
pub(crate) use kinds::{LogFormat, LogLevel, NationalLanguage, Ports, PowerBackend, Strategy};
pub(crate) use load::ConfigError;
use table::{Finding, Listing, settings};

/// Where the package puts the file.
pub(crate) const DEFAULT_PATH: &str = "/etc/simgate/simgate.toml";

settings! {
    /// Everything in `simgate.toml`.
    pub(crate) struct Config {
        /// Directory of the database. Made with mode 0750 when it is missing.
        data_dir: PathBuf = PathBuf::from("/var/lib/simgate");
    }
    sections { http: Http; modems: Modems; defaults: Defaults; scheduler: Scheduler; power: Power; log: Log; retention: Retention; }
}

settings! {
    /// The HTTP API.
    pub(crate) struct Http {
        /// Address and port to listen on. There is no TLS here: for other hosts, put a reverse proxy in front.
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080));
        /// Largest request body, in octets. A full batch of 10,000 messages needs about 4 MB.
        max_body_bytes: u32 = 16 * 1024 * 1024, in 4096..=268_435_456;
    }
}

settings! {
    /// The modems' serial ports.
    pub(crate) struct Modems {
        /// "auto": the ports that the udev rules tagged (/dev/simgate/modem*). Or a list of glob patterns.
        /// Ports that appear later are picked up, and those that vanish are let go.
        ports: Ports = Ports::Auto, like r#"["/dev/ttyUSB*"]"#;
        /// Line speed in bits a second. USB modems ignore it.
        baud: u32 = 115_200, in 1200..=4_000_000;
    }
}

settings! {
    /// What a message gets that does not say otherwise.
    pub(crate) struct Defaults {
        /// Country of numbers written without +, two letters (ISO 3166-1). Left out: only numbers with + and
        /// short codes are taken.
        country: Option<String> = None, like r#""VN""#;
        /// How long a message is tried and kept by the network, in seconds.
        validity_seconds: u32 = 86_400, in 60..=38_102_400;
        /// Parts that a message may take where neither it nor its API key says how many; longer ones are refused.
        max_segments: u32 = 10, in 1..=255;
        /// National language tables that a text may use when that saves parts (TS 23.038): turkish, spanish,
        /// portuguese, bengali, gujarati, hindi, kannada, malayalam, oriya, punjabi, tamil, telugu, urdu.
        /// Phones that do not know a table show other characters.
        national_languages: Vec<NationalLanguage> = Vec::new(), like r#"["turkish"]"#;
        /// An incoming long message whose parts have not all come after this is given with what came, in seconds.
        reassembly_timeout_seconds: u32 = 86_400, in 60..=2_592_000;
    }
}

settings! {
    /// How waiting messages are shared out to the SIMs.
    pub(crate) struct Scheduler {
        /// "balance": the SIM that has least to do. "round-robin": one after the other.
        strategy: Strategy = Strategy::Balance;
        /// A message of which nothing tells whether it went out: "hold" keeps it as it is, "resend" sends it again,
        /// perhaps for a second time. A message may say otherwise.
        on_uncertain: OnUncertain = OnUncertain::Hold;
        /// How often "resend" sends a part again; after that it is held. With 0 nothing is sent twice.
        max_resends: u32 = 1, in 0..=10;
        /// How long something that tells is waited for (the modem's late answer, a status report, the number of the
        /// SIM's next message), in seconds.
        uncertain_wait_seconds: u32 = 300, in 1..=604_800;
        /// At a start by a clock that is behind what was stored last, or that systemd-timesyncd has not set yet: how long
        /// nothing expires, is given up or is sent at its time, unless the clock is set before, in seconds.
        clock_wait_seconds: u32 = 300, in 0..=86_400;
        /// At a stop, how long to wait for the messages that are on the air, in seconds.
        stop_wait_seconds: u32 = 20, in 0..=300;
    }
}

settings! {
    /// What cuts the power of a modem that nothing else brings back, for a moment.
    pub(crate) struct Power {
        /// "none". "usb-port": the port of the USB hub that the modem hangs on, by its `disable` attribute in sysfs
        /// (Linux 6.0, a hub that can switch its ports, and the right to write there). "command": a program.
        backend: PowerBackend = PowerBackend::None;
        /// The program and its arguments; no shell reads them. It turns the power off and on again. Replaced are {imei},
        /// {port} (as the daemon opens it), `{usb_path}` (1-1.4), `{usb_hub}` (1-1) and `{usb_hub_port}` (4).
        command: Vec<String> = Vec::new(), like r#"["/usr/sbin/uhubctl", "-a", "cycle", "-l", "{usb_hub}", "-p", "{usb_hub_port}"]"#;
        /// A program that takes longer is ended, and has failed, in seconds.
        command_timeout_seconds: u32 = 30, in 1..=300;
        /// How long "usb-port" keeps the power off, in seconds.
        off_seconds: u32 = 3, in 1..=60;
    }
}

settings! {
    /// The log. `RUST_LOG`, where set, wins over `level`.
    pub(crate) struct Log {
        /// "error", "warn", "info", "debug" or "trace".
        level: LogLevel = LogLevel::Info;
        /// "auto": the journal when started by systemd, else text on standard error. Or "journal", "text", "json".
        format: LogFormat = LogFormat::Auto;
    }
}

settings! {
    /// How long finished messages are kept.
    pub(crate) struct Retention {
        /// In days; 0 keeps them for ever.
        messages_days: u32 = 90, in 0..=36_500;
    }
}

impl Scheduler {
    /// How long a clock is not gone by that may be wrong.
    pub(crate) fn clock_wait(&self) -> Duration {
        Duration::from_secs(self.clock_wait_seconds.into())
    }

    /// How long evidence on an uncertain part is waited for.
    pub(crate) fn uncertain_wait(&self) -> Duration {
        Duration::from_secs(self.uncertain_wait_seconds.into())
    }
}

impl Defaults {
    /// The national language tables that texts may use.
    pub(crate) fn languages(&self) -> Vec<tpdu::Language> {
        let identifiers = self
            .national_languages
            .iter()
            .map(|language| language.identifier());
        identifiers
            .filter_map(tpdu::Language::from_identifier)
            .collect()
    }
}

impl Config {
    /// Reads and checks a file.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        load::load(path)
    }

    /// The documented file with every default in it.
    pub(crate) fn default_file() -> String {
        Self::default().listing().to_string()
    }

    /// Every value as it is, those that the file left out too.
    pub(crate) fn running(&self) -> serde_json::Value {
        // The listing is TOML by its making.
        toml::from_str(&self.listing().to_string()).unwrap_or_default()
    }

    /// Makes the data directory where it is missing. It is for the daemon and its group alone: it
    /// holds texts and numbers.
    pub(crate) fn make_data_dir(&self) -> io::Result<()> {
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o750)
            .create(&self.data_dir);
        made.map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("{}: {error}", self.data_dir.display()),
            )
        })
    }

    /// What the types do not say by themselves; [`load`] finds the lines.
    fn check_more(&self, findings: &mut Vec<Finding>) {
        if !self.data_dir.is_absolute() {
            findings.push(Finding::new("data_dir", "must be an absolute path"));
        }
        if let Some(country) = &self.defaults.country
            && country.parse::<phonenumber::country::Id>().is_err()
        {
            let detail = format!("{country:?} is not a two-letter country code such as \"VN\"");
            findings.push(Finding::new("defaults.country", detail));
        }
        if self.power.backend == PowerBackend::Command {
            let program = self.power.command.first();
            if program.is_none_or(|program| !Path::new(program).is_absolute()) {
                let detail = "must begin with the absolute path of a program, since power.backend is \"command\"";
                findings.push(Finding::new("power.command", detail));
            }
        }
        for pattern in self.modems.ports.globs() {
            if let Err(error) = glob::Pattern::new(pattern) {
                findings.push(Finding::new(
                    "modems.ports",
                    format!("{pattern:?}: {error}"),
                ));
            }
        }
    }
}
