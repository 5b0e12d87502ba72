//! How the gateway works, as the administrator of the machine sets it.

mod kinds;
pub mod table;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use kinds::{BackupSchedule, NationalLanguage, Ports, PostTo, PowerBackend, Strategy};
use model::{OnUncertain, OptOutWords};
pub use table::{Described, SettingFault, SettingLine, SettingListing};

use crate::settings;

/// The settings of the gateway's parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    pub modems: ModemSettings,
    pub defaults: DefaultSettings,
    pub scheduler: SchedulerSettings,
    pub power: PowerSettings,
    pub retention: RetentionSettings,
    pub webhooks: WebhookSettings,
    pub backup: BackupSettings,
    pub opt_out: OptOutSettings,
    pub attention: AttentionLimits,
}

settings! {
    /// The modems' serial ports.
    pub struct ModemSettings {
        /// "auto": the modems that the udev rules know (/dev/simgate/*/at*). Or a list of glob patterns, with "auto" among
        /// them if you like. Serial adapters are /dev/simgate/*/serial-*: the rules do not know what hangs on them.
        /// Ports that appear later are picked up, and those that vanish are let go.
        ports: Ports = Ports::Auto, like r#"["auto", "/dev/simgate/*/serial-*"]"#;
        /// Line speed in bits a second. USB modems ignore it.
        baud: u32 = 115_200, in 1200..=4_000_000;
    }
}

settings! {
    /// What a message gets that does not say otherwise.
    pub struct DefaultSettings {
        /// Country of numbers written without +, two letters (ISO 3166-1). Left out: the one that an admin sets
        /// (`simgate system --country`, or the page); without any only numbers with + and short codes are taken.
        country: Option<String> = None, like r#""VN""#;
        /// How long a message is tried and kept by the network, in seconds.
        validity_seconds: u32 = 86_400, in 60..=38_102_400;
        /// Time zone whose days, weeks and months the statistics count in, and in which the days of imported
        /// lists are, by its IANA name.
        timezone: String = "UTC".to_owned(), like r#""Asia/Ho_Chi_Minh""#;
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
    pub struct SchedulerSettings {
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
    pub struct PowerSettings {
        /// "none". "usb-port": the port of the USB hub that the modem hangs on, by its `disable` attribute in sysfs
        /// (Linux 6.0, a hub that can switch its ports, and the right to write there). "command": a program. "board": a bank
        /// controller, a board at a serial port. "gpio": lines of this machine, with the board's logic; they are let go
        /// at each stop, and the modems are switched on one by one at each start.
        backend: PowerBackend = PowerBackend::None;
        /// The program and its arguments; no shell reads them. It turns the power off and on again. Replaced are {imei},
        /// {port} (as the daemon opens it), `{usb_path}` (1-1.4), `{usb_hub}` (1-1) and `{usb_hub_port}` (4).
        command: Vec<String> = Vec::new(), like r#"["/usr/sbin/uhubctl", "-a", "cycle", "-l", "{usb_hub}", "-p", "{usb_hub_port}"]"#;
        /// A program that takes longer is ended, and has failed, in seconds.
        command_timeout_seconds: u32 = 30, in 1..=300;
        /// How long "usb-port", "board" and "gpio" keep the power off, in seconds.
        off_seconds: u32 = 3, in 1..=60;
        /// The serial port of the board. The udev rules call one on the USB so.
        board: PathBuf = PathBuf::from("/dev/simgate/bank");
        /// With "board" and "gpio": the modem of each slot, beginning with slot 1; "" where there is none. A modem is named by
        /// its place on the USB (1-1.4), or by its port as the daemon opens it. These slots are switched on.
        slots: Vec<String> = Vec::new(), like r#"["1-1.1", "1-1.2", "", "1-1.4"]"#;
        /// With "board" and "gpio": what modules the slots have, for the times of their keys. "usb" needs its power alone.
        module: String = "usb".to_owned();
        /// With "gpio": the line of each slot that switches its power, "" where there is none: a chip and a number, or the
        /// kernel's name of the line. It is high for on; with "!" in front it is low for on.
        gpio_power: Vec<String> = Vec::new(), like r#"["gpiochip0/17", "!gpiochip0/27", "GPIO22"]"#;
        /// The same for the lines that press PWRKEY.
        gpio_key: Vec<String> = Vec::new();
        /// The same for the lines that pull RESET.
        gpio_reset: Vec<String> = Vec::new();
    }
}

impl PowerSettings {
    /// The port of the board, where there is to be one.
    pub fn board_port(&self) -> Option<PathBuf> {
        (self.backend == PowerBackend::Board).then(|| self.board.clone())
    }
}

settings! {
    /// How long what is over is kept, in days. 0 keeps it for ever. What is older is deleted in small steps, beside the
    /// sending.
    pub struct RetentionSettings {
        /// Finished messages, with all that belongs to them.
        messages_days: u32 = 90, in 0..=36_500;
        /// What messages say, texts and data; 0: as long as the messages. A message stays without it, and no search finds it.
        /// An uncertain message keeps it until it is settled.
        texts_days: u32 = 0, in 0..=36_500;
        /// Numbers of the other parties; 0: as long as the messages. Of a number the last three digits stay; its message is
        /// in no conversation any more. A delivery report that comes later finds its message no more.
        numbers_days: u32 = 0, in 0..=36_500;
        /// The history of messages, a row a step; 0: as long as the messages.
        events_days: u32 = 0, in 0..=36_500;
        /// Rows of the audit. Those that stay can still be verified; a row tells which went.
        audit_days: u32 = 0, in 0..=36_500;
    }
}

settings! {
    /// Posts to webhooks, and to the addresses that come with messages.
    pub struct WebhookSettings {
        /// Where they may go: "lan" (private networks), "internet", "loopback" (this machine), "link-local", and networks such as
        /// "10.1.0.0/16". It is the address that counts to which a post connects. Nothing is ever posted to metadata services of
        /// clouds, to multicast or to the gateway's own API.
        allow: Vec<PostTo> = vec![PostTo::Lan, PostTo::Internet], like r#"["lan", "internet", "loopback"]"#;
    }
}

settings! {
    /// What needs a person: `simgate status`, GET /api/v1/attention, the events `attention.raised` and `attention.cleared`.
    pub struct AttentionLimits {
        /// How long nothing can send, in seconds.
        cannot_send_seconds: u32 = 60, in 0..=86_400;
        /// How long a message waits to be sent, in seconds.
        queue_age_seconds: u32 = 900, in 1..=2_592_000;
        /// How long an uplink is not bound, in seconds.
        uplink_down_seconds: u32 = 60, in 0..=86_400;
        /// How long a SIM or a modem is away that was there before, in seconds.
        missing_seconds: u32 = 300, in 0..=2_592_000;
        /// How often a modem starts anew, or loses its port, within an hour.
        restarts_per_hour: u32 = 3, in 1..=1_000;
        /// How full a memory for messages is, of a SIM or a modem, in percent.
        storage_percent: u32 = 70, in 11..=100;
        /// How much of a SIM's quota of a day or month is used, in percent, where it will not last at this pace.
        quota_percent: u32 = 50, in 1..=100;
        /// How little room there is on the disk of the database, in megabytes.
        disk_free_megabytes: u32 = 500, in 0..=1_000_000_000;
        /// How long before its end a certificate of the HTTP server, in days.
        certificate_days: u32 = 14, in 1..=365;
        /// How long before its end an API key, in days.
        key_days: u32 = 7, in 1..=365;
        /// How old the last good backup is, where a schedule makes them, in hours; at least two steps of the schedule.
        backup_hours: u32 = 48, in 1..=8_760;
        /// How long systemd-timesyncd has not set the clock, in seconds.
        clock_unset_seconds: u32 = 600, in 0..=86_400;
    }
}

settings! {
    /// Copies of the database, made while it is in use and looked through before they count. Keep some of them on another machine.
    pub struct BackupSettings {
        /// "off". A time of day by this machine's time zone, such as "03:30". Or "every 6h": 1 to 168 hours after the last one.
        schedule: BackupSchedule = BackupSchedule::Off, like "\"03:30\"";
        /// Where they go: a folder for the backups of this gateway alone. Left out: `backups` in the data directory.
        folder: Option<PathBuf> = None, like "\"/mnt/backup/simgate\"";
        /// Backups that are kept there, whichever way they were made: the oldest go once a new one is complete.
        keep: u32 = 7, in 1..=1000;
        /// Let admins download them by the API. A backup holds every text, and what the API never shows: PINs, passwords of
        /// uplinks, secrets of webhooks and of second factors.
        download: bool = false;
    }
}

impl BackupSettings {
    /// Where they go.
    pub fn folder(&self, data_dir: &Path) -> PathBuf {
        self.folder
            .clone()
            .unwrap_or_else(|| data_dir.join("backups"))
    }
}

settings! {
    /// Messages by which somebody asks for no more messages ("STOP"), and those that take that back ("START"). A message of up to
    /// three words counts whose words ask for nothing else. A SIM may say otherwise; what comes by an uplink goes by this.
    pub struct OptOutSettings {
        /// Whether such messages count.
        enabled: bool = true;
        /// Languages whose words count, by their ISO 639-1 codes. Empty: all that are known.
        languages: Vec<String> = Vec::new(), like r#"["en", "vi"]"#;
        /// Words that do not count, because they mean something else here.
        except: Vec<String> = Vec::new(), like r#"["cancel", "end"]"#;
        /// Whether one message a day tells those who ask that they get no more.
        confirm: bool = true;
        /// What it says, in 1 to 160 characters. Left out: a text in the language of the word.
        confirmation: Option<String> = None, like "\"You get no more messages from us.\"";
    }
}

impl OptOutSettings {
    /// What counts where nothing is said of a SIM.
    pub fn words(&self) -> OptOutWords {
        OptOutWords {
            enabled: self.enabled,
            languages: Some(self.languages.clone()).filter(|languages| !languages.is_empty()),
            except: self.except.clone(),
        }
    }
}

impl SchedulerSettings {
    /// How long a clock is not gone by that may be wrong.
    pub fn clock_wait(&self) -> Duration {
        Duration::from_secs(self.clock_wait_seconds.into())
    }

    /// How long evidence on an uncertain part is waited for.
    pub fn uncertain_wait(&self) -> Duration {
        Duration::from_secs(self.uncertain_wait_seconds.into())
    }
}

impl DefaultSettings {
    /// The national language tables that texts may use.
    pub fn languages(&self) -> Vec<tpdu::Language> {
        let identifiers = self
            .national_languages
            .iter()
            .map(|language| language.identifier());
        identifiers
            .filter_map(tpdu::Language::from_identifier)
            .collect()
    }
}
