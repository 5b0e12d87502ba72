//! Another port of a modem that is in use: nothing is written to it, and what it says by itself
//! about messages goes to the port that carries the modem. Some modems send it there and nowhere
//! else (field notes A 17).

use std::io;

use at::{Dialogue, Meaning, Urc};
use model::Imei;
use modem::TraceLine;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::watch;

use super::fleet::Fleet;
use super::until::{Until, told};

/// Why it is listened to no more.
#[derive(Debug)]
pub(super) enum Ended {
    /// The port failed or went away.
    Port(io::Error),
    /// The port that carried the modem is no more: this one is to take over.
    Alone,
    /// The gateway stops, or the port is gone.
    Told,
}

/// Listens until one of these.
pub(super) async fn listen<S>(
    fleet: &Fleet,
    imei: &Imei,
    stream: &mut S,
    mut until: watch::Receiver<Until>,
) -> Ended
where
    S: AsyncRead + Unpin,
{
    let mut changes = fleet.changes();
    let mut dialogue = Dialogue::new();
    let mut buffer = [0; 4096];
    loop {
        let Some(live) = fleet.modem(imei) else {
            return Ended::Alone;
        };
        tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(0) => return Ended::Port(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => dialogue.feed(&buffer[..n]),
                Err(error) => return Ended::Port(error),
            },
            _ = changes.changed() => {}
            () = told(&mut until) => return Ended::Told,
        }
        while let Some(heard) = dialogue.poll() {
            if let Meaning::Urc(urc) = heard.meaning
                && is_about_messages(&urc)
            {
                let line = trace_line(&heard.line, &urc);
                live.handle.heard(urc, line).await;
            }
        }
    }
}

/// The rest is asked for, or comes on the other port too and would be counted twice.
fn is_about_messages(urc: &Urc) -> bool {
    match urc {
        Urc::Cmti(_) | Urc::Cdsi(_) | Urc::Cmt(_) | Urc::Cds(_) | Urc::MemoryFull(_) => true,
        Urc::Damaged { header, .. } => ["+CMT", "+CDS"].iter().any(|name| header.starts_with(name)),
        _ => false,
    }
}

/// Without the port's name: an incident may keep it.
fn trace_line(line: &str, urc: &Urc) -> TraceLine {
    let secret = !matches!(urc, Urc::Cmti(_) | Urc::Cdsi(_) | Urc::MemoryFull(_));
    TraceLine {
        sent: false,
        text: format!("{line} (on another port)"),
        secret,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::sync::mpsc;

    use super::super::fleet::{Added, Live};
    use super::super::handle::{Command, ModemHandle};
    use super::super::shared_trace::SharedTrace;
    use super::super::spot::Spot;
    use super::*;

    fn imei() -> Imei {
        "356938035643809".parse().unwrap()
    }

    fn fleet_with(mailbox: mpsc::Sender<Command>) -> Fleet {
        let fleet = Fleet::default();
        let spot = Spot {
            port: "modem0".to_owned(),
            usb: None,
        };
        let live = Live::new(
            ModemHandle::new(imei(), mailbox),
            spot,
            SharedTrace::default(),
        );
        assert_eq!(fleet.add(&imei(), live), Added::Yes);
        fleet
    }

    #[tokio::test]
    async fn what_is_said_about_messages_is_passed_on_and_nothing_else() {
        let (mailbox, mut commands) = mpsc::channel(8);
        let fleet = fleet_with(mailbox);
        let (mut modem, mut port) = tokio::io::duplex(1024);
        let (_stay, until) = watch::channel(Until::Stay);
        let task = tokio::spawn(async move {
            let ended = listen(&fleet, &imei(), &mut port, until).await;
            (ended, port)
        });
        let said = "\r\n^RSSI: 20\r\n\r\n+CREG: 1\r\n\r\n+CMTI: \"SM\",3\r\n\r\nRING\r\n\r\n+CDS: 25\r\n0006D60B911326880736F4111011719551401110117195714000\r\n";
        for octet in said.as_bytes() {
            modem.write_all(&[*octet]).await.unwrap();
        }
        drop(modem);
        let (ended, _port) = task.await.unwrap();
        assert!(matches!(ended, Ended::Port(_)), "{ended:?}");
        let mut heard = Vec::new();
        while let Ok(Command::Heard(urc, line)) = commands.try_recv() {
            heard.push((urc, line.secret));
        }
        assert!(
            matches!(
                &heard[..],
                [
                    (Urc::Cmti(_), false),
                    (Urc::Cds(_) | Urc::Damaged { .. }, true)
                ]
            ),
            "{heard:?}"
        );
    }

    #[tokio::test]
    async fn it_takes_over_when_the_other_port_is_gone() {
        let (mailbox, _commands) = mpsc::channel(8);
        let fleet = fleet_with(mailbox);
        let (_modem, mut port) = tokio::io::duplex(64);
        let (_stay, until) = watch::channel(Until::Stay);
        let fleet_there = fleet.clone();
        let task =
            tokio::spawn(async move { listen(&fleet_there, &imei(), &mut port, until).await });
        tokio::task::yield_now().await;
        assert!(!task.is_finished());
        fleet.remove(&imei(), "modem0");
        assert!(matches!(task.await.unwrap(), Ended::Alone));
    }
}
