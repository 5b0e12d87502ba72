//! A program of the administrator that cuts the power and gives it back, as `uhubctl` does.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use super::{PowerError, Target};

/// Of what the program says on standard error, for the log.
const MOST_SAID: u64 = 400;

/// The program and its arguments; no shell reads them.
#[derive(Clone, Debug)]
pub struct Program {
    line: Vec<String>,
    deadline: Duration,
}

impl Program {
    pub(super) fn new(line: Vec<String>, deadline: Duration) -> Self {
        Self { line, deadline }
    }

    pub(super) fn needs_usb(&self) -> bool {
        self.line.iter().any(|argument| argument.contains("{usb_"))
    }

    /// Runs it to its end; a program that takes too long is killed.
    pub(super) async fn run(&self, target: &Target) -> Result<(), PowerError> {
        let line = fill(&self.line, target)?;
        let Some((program, arguments)) = line.split_first() else {
            return Err(PowerError::None);
        };
        let failed = |detail: String| PowerError::Failed(format!("{program}: {detail}"));
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let said = child.stderr.take();
        let ended = tokio::time::timeout(self.deadline, async {
            let mut text = Vec::new();
            if let Some(said) = said {
                // The rest is read and forgotten, lest the program waits for a reader.
                let mut said = said;
                let _ = (&mut said).take(MOST_SAID).read_to_end(&mut text).await;
                let _ = tokio::io::copy(&mut said, &mut tokio::io::sink()).await;
            }
            (child.wait().await, text)
        });
        match ended.await {
            Ok((Ok(status), _)) if status.success() => Ok(()),
            Ok((Ok(status), text)) => {
                let text = String::from_utf8_lossy(&text);
                Err(failed(format!("{status}: {}", text.trim())))
            }
            Ok((Err(error), _)) => Err(failed(error.to_string())),
            Err(_) => Err(failed(format!(
                "not done within {} s",
                self.deadline.as_secs()
            ))),
        }
    }
}

/// Puts the modem's names into the arguments. A value is never looked at again, so nothing in it
/// is taken for a placeholder.
fn fill(line: &[String], target: &Target) -> Result<Vec<String>, PowerError> {
    line.iter()
        .map(|argument| fill_one(argument, target))
        .collect()
}

fn fill_one(argument: &str, target: &Target) -> Result<String, PowerError> {
    let mut filled = String::new();
    let mut rest = argument;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some((name, after)) = rest[1..].split_once('}') else {
            break;
        };
        match value(name, target)? {
            Some(value) => filled.push_str(&value),
            // Braces of the program's own.
            None => filled.push_str(&rest[..name.len() + 2]),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn value(name: &str, target: &Target) -> Result<Option<String>, PowerError> {
    let usb = || target.usb.as_ref().ok_or(PowerError::NotUsb);
    let hub_port = || usb()?.hub_port().ok_or(PowerError::NotUsb);
    Ok(Some(match name {
        "port" => target.port.clone(),
        "imei" => target.imei.to_string(),
        "usb_path" => usb()?.device.clone(),
        "usb_hub" => hub_port()?.0.to_owned(),
        "usb_hub_port" => hub_port()?.1.to_owned(),
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::UsbPath;

    fn target() -> Target {
        Target {
            imei: "356938035643809".parse().unwrap(),
            port: "/dev/{imei} $(x)".to_owned(),
            usb: Some(UsbPath {
                device: "1-1.4".to_owned(),
                interface: Some("1.2".to_owned()),
            }),
        }
    }

    fn program(line: &[&str]) -> Program {
        let line = line.iter().map(|&argument| argument.to_owned()).collect();
        Program::new(line, Duration::from_mins(1))
    }

    #[test]
    fn placeholders_are_filled_once() {
        let filled = |argument| fill_one(argument, &target()).unwrap();
        assert_eq!(filled("{usb_hub}:{usb_hub_port}"), "1-1:4");
        assert_eq!(filled("-l={usb_path}"), "-l=1-1.4");
        assert_eq!(filled("{port}"), "/dev/{imei} $(x)");
        assert_eq!(filled("a {b} {imei"), "a {b} {imei");
        assert_eq!(filled("{imei}{imei}"), "356938035643809356938035643809");
    }

    #[tokio::test]
    async fn arguments_reach_the_program_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("{port}").display().to_string();
        let link = program(&["/bin/ln", "-s", "{port}", &file.replace("{port}", "made")]);
        link.run(&target()).await.unwrap();
        let made = std::fs::read_link(dir.path().join("made")).unwrap();
        assert_eq!(made.display().to_string(), "/dev/{imei} $(x)");
    }

    #[tokio::test]
    async fn a_program_that_fails_says_why() {
        let error = program(&["/bin/ls", "/no such place"]).run(&target()).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("/no such place"), "{error}");
        let error = program(&["/no/such/program"]).run(&target()).await;
        assert!(error.unwrap_err().to_string().contains("/no/such/program"));
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended() {
        let mut hangs = program(&["/bin/sleep", "1000"]);
        hangs.deadline = Duration::from_millis(10);
        let error = hangs.run(&target()).await.unwrap_err().to_string();
        assert!(error.contains("not done within"), "{error}");
    }

    #[tokio::test]
    async fn without_a_usb_device_its_path_cannot_be_given() {
        let mut target = target();
        target.usb = None;
        let uhubctl = program(&["/bin/true", "-l", "{usb_hub}"]);
        assert!(uhubctl.needs_usb());
        assert_eq!(uhubctl.run(&target).await, Err(PowerError::NotUsb));
        assert!(!program(&["/bin/true", "{imei}"]).needs_usb());
    }
}
