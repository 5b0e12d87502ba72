//! Ports come and go; each that is there has a task that keeps it open.

use std::collections::HashMap;
use std::path::PathBuf;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::keeper::Keeper;
use super::links::ModemLinks;
use super::until::Until;
use crate::ports::PortEvent;

struct Port {
    task: JoinHandle<()>,
    until: watch::Sender<Until>,
}

/// Runs a task for each port that is there, until `stop`; then waits for all of them.
pub async fn supervise(
    links: ModemLinks,
    mut ports: mpsc::Receiver<PortEvent>,
    mut stop: watch::Receiver<bool>,
) {
    let mut running: HashMap<PathBuf, Port> = HashMap::new();
    // Tasks of ports that are gone, on their last steps.
    let mut leaving: Vec<(PathBuf, JoinHandle<()>)> = Vec::new();
    loop {
        let event = tokio::select! {
            event = ports.recv() => event,
            _ = stop.wait_for(|stop| *stop) => None,
        };
        leaving.retain(|(_, task)| !task.is_finished());
        match event {
            Some(PortEvent::Found(path)) => {
                if running
                    .get(&path)
                    .is_none_or(|port| port.task.is_finished())
                {
                    tracing::info!(port = %path.display(), "port found");
                    let (until, told) = watch::channel(Until::Stay);
                    let keeper = Keeper::new(links.clone(), path.clone(), told, stop.clone());
                    let task = tokio::spawn(keeper.run());
                    running.insert(path, Port { task, until });
                }
            }
            Some(PortEvent::Gone(path)) => {
                tracing::info!(port = %path.display(), "port gone");
                if let Some(port) = running.remove(&path) {
                    port.until.send_replace(Until::Gone);
                    leaving.push((path, port.task));
                }
            }
            None => break,
        }
    }
    for (path, port) in running {
        port.until.send_replace(Until::Stop);
        leaving.push((path, port.task));
    }
    for (path, task) in leaving {
        if task.await.is_err() {
            tracing::error!(port = %path.display(), "the port's task panicked");
        }
    }
}
