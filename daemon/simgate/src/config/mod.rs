//! `simgate.toml`: how the process runs. Changing it takes a restart.
//!
//! The tables below are the single source: the typed [`Config`], its defaults, the ranges and the
//! documented default file all come from them.

mod database_key;
mod kinds;
mod load;
#[cfg(test)]
mod tests;

use std::fs::DirBuilder;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use api::http::{Source, TrustedProxies};
pub(crate) use database_key::KeyError;
use gateway::opt_out;
use gateway::records::Home;
use gateway::settings;
use gateway::settings::{
    AttentionLimits, BackupSettings, DefaultSettings, ModemSettings, OptOutSettings, PowerBackend,
    PowerSettings, RetentionSettings, SchedulerSettings, SettingFault, Settings, WebhookSettings,
};
pub(crate) use kinds::{LogFormat, LogLevel, Networks, ProxyHeader, TlsCertificate};
pub(crate) use load::ConfigError;

/// Where the package puts the file.
pub(crate) const DEFAULT_PATH: &str = "/etc/simgate/simgate.toml";

settings! {
    /// Everything in `simgate.toml`.
    pub(crate) struct Config {
        /// Directory of the database. Made with mode 0750 when it is missing.
        data_dir: PathBuf = PathBuf::from("/var/lib/simgate");
    }
    sections { http: Http; modems: ModemSettings; defaults: DefaultSettings; scheduler: SchedulerSettings; power: PowerSettings; webhooks: WebhookSettings; attention: AttentionLimits; opt_out: OptOutSettings; log: Log; retention: RetentionSettings; backup: BackupSettings; encryption: Encryption; }
}

settings! {
    /// The HTTP API.
    pub(crate) struct Http {
        /// Address and port to listen on. An address that other hosts can reach needs a certificate (`[http.tls]`).
        listen: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080));
        /// With a certificate: an address and port for plain HTTP, which only redirects to HTTPS.
        redirect_listen: Option<SocketAddr> = None, like "\"0.0.0.0:80\"";
        /// Speak plain HTTP with other hosts: keys and texts go unencrypted. Only for a reverse proxy in the same, trusted network.
        allow_plain_http_from_other_hosts: bool = false;
        /// Largest request body, in octets. A full batch of 10,000 messages needs about 4 MB.
        max_body_bytes: u32 = 16 * 1024 * 1024, in 4096..=268_435_456;
        /// Networks or addresses of reverse proxies, whose word about the client's address is believed: in the allow-lists
        /// of keys, in the audit, and where connections are counted. The client is the rightmost address in their header
        /// that is not in this list.
        trusted_proxies: Networks = Networks::default(), like "[\"127.0.0.1\", \"10.0.0.0/24\"]";
        /// The header that those proxies write: "x-forwarded-for", or "forwarded" (RFC 7239). The other one is not looked at.
        proxy_header: ProxyHeader = ProxyHeader::XForwardedFor;
    }
    sections { tls: Tls; }
}

settings! {
    /// HTTPS, by TLS 1.2 and 1.3. Files are read again when they change, and on SIGHUP.
    pub(crate) struct Tls {
        /// "none": plain HTTP. "self-signed": a certificate for this machine's names and addresses, made in the data
        /// directory and renewed there. Or a PEM file: this server's certificate first, then those between it and the CA.
        certificate: TlsCertificate = TlsCertificate::None, like "\"/etc/simgate/tls/fullchain.pem\"";
        /// PEM file with the key of that file's certificate. Left out: the key stands in the certificate's file.
        key: Option<PathBuf> = None, like "\"/etc/simgate/tls/privkey.pem\"";
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
    /// Encryption of the database and its backups on the disk. It takes a simgate that was built with the feature `encryption`.
    pub(crate) struct Encryption {
        /// File with the key in its first line: 64 hexadecimal digits, or a passphrase of 12 characters or more; for its
        /// owner alone (mode 0600). Or the name of a credential of the systemd unit (`LoadCredential=`). Who loses the key
        /// loses the database. `simgate encrypt` encrypts a database that is there.
        key_file: Option<PathBuf> = None, like "\"/etc/simgate/database.key\"";
    }
}

impl Config {
    /// Reads and checks a file.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        load::load(path)
    }

    /// The data directory, and the key of the database in it where one is set.
    pub(crate) fn home(&self) -> Result<Home, KeyError> {
        let key = self.encryption.key_file.as_deref();
        let key = key.map(database_key::read).transpose()?;
        Ok(Home::new(self.data_dir.clone(), key))
    }

    /// The proxies whose word about the client counts.
    pub(crate) fn proxies(&self) -> TrustedProxies {
        TrustedProxies {
            networks: self.http.trusted_proxies.0.clone(),
            header: self.http.proxy_header.into(),
        }
    }

    /// Where the certificate comes from; none where HTTP is plain.
    pub(crate) fn certificate_source(&self) -> Option<Source> {
        let Tls { certificate, key } = &self.http.tls;
        match certificate {
            TlsCertificate::None => None,
            TlsCertificate::SelfSigned => Some(Source::SelfSigned(self.data_dir.join("tls"))),
            TlsCertificate::File(certificate) => Some(Source::Files {
                certificate: certificate.clone(),
                key: key.as_ref().unwrap_or(certificate).clone(),
            }),
        }
    }

    /// What the gateway's parts go by.
    pub(crate) fn gateway(&self) -> Settings {
        Settings {
            modems: self.modems.clone(),
            defaults: self.defaults.clone(),
            scheduler: self.scheduler.clone(),
            power: self.power.clone(),
            retention: self.retention.clone(),
            webhooks: self.webhooks.clone(),
            backup: self.backup.clone(),
            opt_out: self.opt_out.clone(),
            attention: self.attention.clone(),
        }
    }

    /// The documented file with every default in it.
    pub(crate) fn default_file() -> String {
        Self::default().listing().to_string()
    }

    /// The dotted keys of the settings that are others there.
    pub(crate) fn differs_in(&self, other: &Self) -> Vec<String> {
        self.listing().differing(&other.listing())
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
    fn check_more(&self, findings: &mut Vec<SettingFault>) {
        if !self.data_dir.is_absolute() {
            findings.push(SettingFault::new("data_dir", "must be an absolute path"));
        }
        if let Some(country) = &self.defaults.country
            && country.parse::<phonenumber::country::Id>().is_err()
        {
            let detail = format!("{country:?} is not a two-letter country code such as \"VN\"");
            findings.push(SettingFault::new("defaults.country", detail));
        }
        if gateway::statistics::zone(&self.defaults.timezone).is_none() {
            let zone = &self.defaults.timezone;
            let detail = format!(
                "must be the IANA name of a time zone, such as \"Asia/Ho_Chi_Minh\", and not {zone:?}"
            );
            findings.push(SettingFault::new("defaults.timezone", detail));
        }
        if self.power.backend == PowerBackend::Command {
            let program = self.power.command.first();
            if program.is_none_or(|program| !Path::new(program).is_absolute()) {
                let detail = "must begin with the absolute path of a program, since power.backend is \"command\"";
                findings.push(SettingFault::new("power.command", detail));
            }
        }
        gateway::power::bank::check(&self.power, findings);
        let folder = self.backup.folder.as_ref();
        if folder.is_some_and(|folder| !folder.is_absolute() || *folder == self.data_dir) {
            let detail = "must be an absolute path, and not the data directory itself";
            findings.push(SettingFault::new("backup.folder", detail));
        }
        let key = self.encryption.key_file.as_ref();
        if key.is_some_and(|key| !key.is_absolute() && key.components().count() != 1) {
            let detail = "must be an absolute path, or the name of a systemd credential";
            findings.push(SettingFault::new("encryption.key_file", detail));
        }
        for error in opt_out::check("opt_out", &self.opt_out.words()) {
            // The line of the list; which of its items is wrong is in no line of its own.
            let key: Vec<_> = error.pointer.splitn(3, '/').take(2).collect();
            findings.push(SettingFault::new(key.join("."), error.detail));
        }
        if let Some(text) = &self.opt_out.confirmation
            && !(1..=160).contains(&text.chars().count())
        {
            findings.push(SettingFault::new(
                "opt_out.confirmation",
                "must have 1 to 160 characters",
            ));
        }
        self.http.check_more(findings);
        for pattern in self.modems.ports.globs() {
            if let Err(error) = glob::Pattern::new(pattern) {
                findings.push(SettingFault::new(
                    "modems.ports",
                    format!("{pattern:?}: {error}"),
                ));
            }
        }
    }
}

impl Http {
    fn check_more(&self, findings: &mut Vec<SettingFault>) {
        let plain = self.tls.certificate == TlsCertificate::None;
        let beyond = !self.listen.ip().to_canonical().is_loopback();
        if plain && beyond && !self.allow_plain_http_from_other_hosts {
            let detail = format!(
                "other hosts can reach {}, and there is no TLS. Set certificate = \"self-signed\" (or a file) in \
                 [http.tls]; or, behind a proxy in a network that you trust, allow_plain_http_from_other_hosts = true",
                self.listen
            );
            findings.push(SettingFault::new("http.listen", detail));
        }
        if plain && self.redirect_listen.is_some() {
            let detail = "there is no HTTPS to redirect to: http.tls.certificate is \"none\"";
            findings.push(SettingFault::new("http.redirect_listen", detail));
        }
        if !matches!(self.tls.certificate, TlsCertificate::File(_)) && self.tls.key.is_some() {
            let detail = "is the key of a certificate's file, and http.tls.certificate names none";
            findings.push(SettingFault::new("http.tls.key", detail));
        }
        if self.tls.key.as_ref().is_some_and(|key| !key.is_absolute()) {
            findings.push(SettingFault::new(
                "http.tls.key",
                "must be an absolute path",
            ));
        }
    }
}
