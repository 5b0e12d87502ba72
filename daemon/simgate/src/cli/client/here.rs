//! The daemon of this machine, as its configuration tells of it to whoever may read that.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use api::http::Source;

use super::Failure;
use super::tls::{Fingerprint, Trust};
use crate::config::{Config, ConfigError, DEFAULT_PATH};

/// Where the package puts a key for the members of its group.
const KEY: &str = "/etc/simgate/status.key";

/// Where a daemon listens whose configuration cannot be read.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// How the daemon of this machine is reached.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Here {
    pub(super) url: String,
    /// Where it speaks TLS and its certificate can be read: that one is trusted.
    pub(super) trust: Option<Trust>,
}

impl Here {
    /// Without a configuration there may be a daemon all the same, with another one.
    pub(super) fn look() -> Result<Self, Failure> {
        Self::by(Config::load(Path::new(DEFAULT_PATH)))
    }

    fn by(config: Result<Config, ConfigError>) -> Result<Self, Failure> {
        let why = match config {
            Ok(config) => return Ok(Self::of(&config)),
            Err(ConfigError::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::NotFound =>
            {
                return Ok(Self {
                    url: DEFAULT_URL.to_owned(),
                    trust: None,
                });
            }
            Err(ConfigError::Unreadable { source, .. })
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                format!("only members of the group simgate may read {DEFAULT_PATH}")
            }
            Err(error) => error.to_string(),
        };
        Err(Failure::refused(format!(
            "where the daemon is cannot be told: {why}. Name it with --url"
        )))
    }

    fn of(config: &Config) -> Self {
        let mut listen = config.http.listen;
        if listen.ip().is_unspecified() {
            let loopback = match listen.ip() {
                IpAddr::V4(_) => IpAddr::from(Ipv4Addr::LOCALHOST),
                IpAddr::V6(_) => IpAddr::from(Ipv6Addr::LOCALHOST),
            };
            listen.set_ip(loopback);
        }
        let Some(source) = config.certificate_source() else {
            let url = format!("http://{listen}");
            return Self { url, trust: None };
        };
        let certificate = match source {
            Source::SelfSigned(dir) => dir.join("certificate.pem"),
            Source::Files { certificate, .. } => certificate,
        };
        Self {
            url: format!("https://{listen}"),
            trust: Fingerprint::of_file(&certificate).map(Trust::Pinned),
        }
    }

    /// Its first line is a key.
    pub(super) fn key() -> Option<String> {
        let text = std::fs::read_to_string(KEY).ok()?;
        Some(text.lines().next().unwrap_or_default().trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TlsCertificate;

    #[test]
    fn who_may_not_read_the_configuration_is_told_so() {
        let unreadable = |kind: io::ErrorKind| ConfigError::Unreadable {
            path: DEFAULT_PATH.into(),
            source: kind.into(),
        };
        let here = Here::by(Err(unreadable(io::ErrorKind::NotFound)));
        assert!(here.is_ok_and(|here| here.url == DEFAULT_URL));
        let refused = Here::by(Err(unreadable(io::ErrorKind::PermissionDenied)));
        let Err(Failure::Refused(said)) = refused else {
            panic!("it is taken for a daemon elsewhere");
        };
        assert!(
            said.contains("group simgate") && said.contains("--url"),
            "{said}"
        );
    }

    #[test]
    fn a_daemon_that_listens_everywhere_is_asked_on_the_loopback() {
        let mut config = Config::default();
        let plain = |url: &str| Here {
            url: url.to_owned(),
            trust: None,
        };
        assert_eq!(Here::of(&config), plain(DEFAULT_URL));
        config.http.listen = "0.0.0.0:8443".parse().unwrap();
        config.http.tls.certificate = TlsCertificate::File("/nowhere".into());
        assert_eq!(Here::of(&config), plain("https://127.0.0.1:8443"));
        config.http.listen = "[::]:8443".parse().unwrap();
        assert_eq!(Here::of(&config).url, "https://[::1]:8443");
        config.http.listen = "192.0.2.1:8443".parse().unwrap();
        assert_eq!(Here::of(&config).url, "https://192.0.2.1:8443");
    }
}
