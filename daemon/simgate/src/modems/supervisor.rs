//! Ports come and go; each that is there has a task that keeps it open.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_serial::{SerialPortBuilderExt, SerialStream};

use super::left_on_air::LeftOnAir;
use super::session::{End, Links, Session, told};
use crate::ports::PortEvent;

/// Waits before a port that failed is opened again: this, doubled each time.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// A session that lasted so long has worked: waits begin anew.
const WORKED: Duration = Duration::from_mins(1);

struct Port {
    task: JoinHandle<()>,
    gone: watch::Sender<bool>,
}

/// Runs a task for each port that is there, until `stop`; then waits for all of them.
pub(crate) async fn supervise(
    links: Links,
    mut ports: mpsc::Receiver<PortEvent>,
    mut stop: watch::Receiver<bool>,
) {
    let mut running: HashMap<PathBuf, Port> = HashMap::new();
    loop {
        let event = tokio::select! {
            event = ports.recv() => event,
            () = told(&mut stop) => None,
        };
        match event {
            Some(PortEvent::Found(path)) => {
                if running
                    .get(&path)
                    .is_none_or(|port| port.task.is_finished())
                {
                    tracing::info!(port = %path.display(), "port found");
                    let (gone, until) = watch::channel(false);
                    let task = tokio::spawn(keep_open(links.clone(), path.clone(), until));
                    running.insert(path, Port { task, gone });
                }
            }
            Some(PortEvent::Gone(path)) => {
                tracing::info!(port = %path.display(), "port gone");
                if let Some(port) = running.remove(&path) {
                    port.gone.send_replace(true);
                }
            }
            None => break,
        }
    }
    for port in running.values() {
        port.gone.send_replace(true);
    }
    for (path, port) in running {
        if port.task.await.is_err() {
            tracing::error!(port = %path.display(), "the port's task panicked");
        }
    }
}

/// Opens a port and drives its modem, again and again, until the port is gone.
async fn keep_open(links: Links, path: PathBuf, mut gone: watch::Receiver<bool>) {
    let name = path.display().to_string();
    let mut wait = FIRST_WAIT;
    loop {
        let started = tokio::time::Instant::now();
        match open(&path, links.config.modems.baud) {
            Ok(stream) => {
                let settings = LeftOnAir::settings(links.left, Instant::now());
                let session = Session::new(links.clone(), name.clone(), settings);
                match session.run(stream, gone.clone()).await {
                    End::Stopped => return,
                    End::Reopen(reason) => tracing::warn!(port = name, %reason, "opening it again"),
                    End::Port(error) => tracing::warn!(port = name, %error, "port lost"),
                }
            }
            Err(error) => tracing::warn!(port = name, %error, "cannot open the port"),
        }
        wait = if started.elapsed() > WORKED {
            FIRST_WAIT
        } else {
            (wait * 2).min(LONGEST_WAIT)
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = told(&mut gone) => return,
        }
    }
}

/// Opens a port for this process alone: the crate takes it with `TIOCEXCL` and `flock`.
fn open(path: &Path, baud: u32) -> io::Result<SerialStream> {
    Ok(tokio_serial::new(path.to_string_lossy(), baud).open_native_async()?)
}
