//! Where the page is, and the code for the first user: on the console at the first start, and at each
//! log-in on the machine (`motd` in the unit's runtime directory).

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use api::http::Certificate;
use gateway::Gateway;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Codes work for an hour: another one is shown in time.
const RENEW: Duration = Duration::from_mins(50);
/// How soon it is seen that the first user is there.
const LOOK: Duration = Duration::from_secs(15);
/// So many addresses are shown; a machine with containers has dozens.
const MOST: usize = 4;

/// The addresses at which people find the page: by the names of the certificate, where there is one.
pub(crate) fn addresses(listen: SocketAddr, certificate: Option<&Certificate>) -> Vec<String> {
    let Some(certificate) = certificate else {
        return vec![format!("http://{listen}")];
    };
    let port = listen.port();
    let (mut names, mut numbers) = (Vec::new(), Vec::new());
    for name in &certificate.names {
        match name.parse::<IpAddr>() {
            Ok(address) if is_for_others(address) => {
                numbers.push(format!("https://{}", SocketAddr::new(address, port)));
            }
            Ok(_) => {}
            Err(_) if name == "localhost" || name.starts_with('*') => {}
            // The name that Avahi tells is one that others can find.
            Err(_) if name.strip_suffix(".local").is_some() => {
                names.insert(0, format!("https://{name}:{port}"));
            }
            Err(_) => names.push(format!("https://{name}:{port}")),
        }
    }
    names.truncate(MOST / 2);
    names.extend(numbers);
    names.truncate(MOST);
    names
}

fn is_for_others(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unicast_link_local(),
    }
}

/// Shows `code`, the first one, and further ones until a user is there. Nothing without a runtime directory.
pub(crate) fn keep(
    gateway: Gateway,
    addresses: Vec<String>,
    code: Option<String>,
) -> Option<JoinHandle<()>> {
    let folder = PathBuf::from(std::env::var_os("RUNTIME_DIRECTORY")?);
    if code.is_some() {
        // Nobody may be there to read it.
        let _ = io::stdout().write_all(text(&addresses, code.as_deref()).as_bytes());
    }
    Some(tokio::spawn(async move {
        let motd = folder.join("motd");
        let mut code = code;
        loop {
            write(&motd, &text(&addresses, code.as_deref()));
            if code.is_none() || is_set_up_within(&gateway, RENEW).await {
                break;
            }
            code = match gateway.users().setup_code().await {
                Ok(next) => next.map(|code| code.shown()),
                Err(_) => None,
            };
        }
        write(&motd, &text(&addresses, None));
    }))
}

/// True as soon as there is a user, false when the time is up.
async fn is_set_up_within(gateway: &Gateway, wait: Duration) -> bool {
    let until = Instant::now() + wait;
    while Instant::now() < until {
        tokio::time::sleep(LOOK).await;
        if let Ok(users) = gateway.users().all().await
            && !users.is_empty()
        {
            return true;
        }
    }
    false
}

fn text(addresses: &[String], code: Option<&str>) -> String {
    let mut text = String::from("simgate, the SMS gateway, is here:");
    for address in addresses {
        // Writing to a String cannot fail.
        let _ = write!(text, " {address}");
    }
    text.push('\n');
    if let Some(code) = code {
        let _ = writeln!(
            text,
            "Make the first user there with the code {code}. It works for an hour; \
             `simgate setup-code` prints another one."
        );
    }
    text
}

/// Only root reads it, at a log-in, and simgate's group: whoever has the code becomes the first user.
fn write(motd: &Path, text: &str) {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o640);
    let written = options
        .open(motd)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(error) = written {
        tracing::warn!(%error, path = %motd.display(), "what is shown at log-ins cannot be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_shown_with_the_addresses_that_others_can_reach() {
        let shown = text(&["https://box.local:8443".to_owned()], Some("AB-CD"));
        assert!(shown.starts_with("simgate, the SMS gateway, is here: https://box.local:8443\n"));
        assert!(shown.contains("with the code AB-CD."), "{shown}");
        assert!(!text(&[], None).contains("code"));
        for (address, others) in [
            ("127.0.0.1", false),
            ("169.254.1.2", false),
            ("192.168.1.2", true),
            ("::1", false),
            ("fe80::1", false),
            ("2001:db8::1", true),
        ] {
            assert_eq!(is_for_others(address.parse().unwrap()), others, "{address}");
        }
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        assert_eq!(addresses(listen, None), ["http://127.0.0.1:8080"]);
    }
}
