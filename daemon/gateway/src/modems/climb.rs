//! Each step of a modem's recovery, in the one place where it is counted, logged and told; and
//! the wait for a modem that has taken its port away to boot.

use std::time::Duration;

use model::{Imei, IncidentKind, ModemStateName};
use tokio::sync::watch;

use super::cause::STAYED_AWAY;
use super::ladder::{Action, Rung};
use super::links::ModemLinks;
use super::recovery::Plan;
use super::spot::Spot;

/// How long a modem that was told to boot, or whose power was cut, may stay away.
const RETURN_WAIT: Duration = Duration::from_secs(90);

/// A modem failed on a port: what to do next. None when another port carries it.
pub(super) async fn failed(
    links: &ModemLinks,
    imei: &Imei,
    spot: &Spot,
    reason: &str,
) -> Option<Plan> {
    let hands = links.power.reaches(&spot.port, spot.usb.as_ref());
    let plan = links.fleet.recoveries().failed(imei, spot, reason, hands)?;
    tell(links, imei, spot, &plan, reason).await;
    Some(plan)
}

async fn tell(links: &ModemLinks, imei: &Imei, spot: &Spot, plan: &Plan, reason: &str) {
    let step = plan.step.as_str();
    count(step);
    let wait_seconds = plan.wait.as_secs();
    if plan.step == Rung::Fault && plan.first {
        tracing::error!(port = spot.port, %imei, reason, "nothing brings the modem back; tried again from time to time");
        let sim = links.fleet.recoveries().iccid(imei);
        links.bus.modem_state(
            imei,
            sim.as_ref(),
            ModemStateName::Fault.as_str(),
            Some(reason),
        );
        if let Some(iccid) = sim {
            links.bus.sim_state(&iccid, "fault");
        }
    } else {
        tracing::warn!(port = spot.port, %imei, reason, step, wait_seconds, "bringing the modem back");
    }
    keep(links, imei, plan, reason);
    if plan.action != Action::Open {
        count_restart(links, imei).await;
    }
}

/// As an incident. That the port is opened again was told by the session that had it.
fn keep(links: &ModemLinks, imei: &Imei, plan: &Plan, reason: &str) {
    let kind = match (plan.step, plan.action) {
        (Rung::Fault, _) => IncidentKind::Fault,
        (_, Action::CyclePower) => IncidentKind::Power,
        (_, Action::OpenAndRestart) => IncidentKind::Restart,
        (_, Action::Open) => return,
    };
    let recoveries = links.fleet.recoveries();
    let (iccid, dialogue) = (recoveries.iccid(imei), recoveries.dialogue(imei));
    links
        .incidents
        .record(kind, Some(imei), iccid.as_ref(), reason, dialogue);
}

/// For the metrics.
pub(super) fn count(step: &'static str) {
    metrics::counter!("simgate_modem_recoveries_total", "step" => step).increment(1);
}

/// Counting is a courtesy: a full disk must not keep a modem down.
pub(super) async fn count_restart(links: &ModemLinks, imei: &Imei) {
    if let Err(error) = links.store.admin().restarted(imei).await {
        tracing::warn!(%imei, %error, "cannot count a restart");
    }
}

/// Cuts a modem's power and gives it back.
pub(super) async fn cycle_power(links: &ModemLinks, imei: &Imei) {
    let Some(target) = links.fleet.recoveries().target(imei) else {
        return;
    };
    tracing::info!(port = target.port, %imei, "cutting the modem's power");
    if let Err(error) = links.power.cycle(&target).await {
        tracing::error!(port = target.port, %imei, %error, "cannot cut the modem's power");
    }
}

/// Waits for a modem whose port went away when it was told to boot. A stick may come back as
/// something else, or not at all (field notes A 15): then the steps go on without its port.
pub(super) async fn await_return(
    links: ModemLinks,
    imei: Imei,
    spot: Spot,
    mut stop: watch::Receiver<bool>,
) {
    let recoveries = links.fleet.recoveries().clone();
    let hands = links.power.reaches(&spot.port, spot.usb.as_ref());
    let mut wait = RETURN_WAIT;
    loop {
        let bell = recoveries.bell(&imei);
        tokio::select! {
            () = returned(&links, &imei) => return,
            () = tokio::time::sleep(wait) => {}
            () = rung(bell.as_deref()) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let reason = STAYED_AWAY;
        let Some(plan) = recoveries.stayed_away(&imei, reason, hands) else {
            return;
        };
        tell(&links, &imei, &spot, &plan, reason).await;
        if plan.action == Action::CyclePower {
            if !plan.wait.is_zero() {
                tokio::select! {
                    () = returned(&links, &imei) => return,
                    () = tokio::time::sleep(plan.wait) => {}
                    _ = stop.wait_for(|stop| *stop) => return,
                }
            }
            cycle_power(&links, &imei).await;
        }
        if plan.step == Rung::Fault && !hands {
            // Nothing can be done without its port: it is listed as faulty until that is back.
            return;
        }
        wait = RETURN_WAIT;
    }
}

async fn returned(links: &ModemLinks, imei: &Imei) {
    let mut changes = links.fleet.changes();
    while links.fleet.recoveries().is_away(imei) {
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Until the next try is wanted at once.
pub(super) async fn rung(bell: Option<&tokio::sync::Notify>) {
    match bell {
        Some(bell) => bell.notified().await,
        None => std::future::pending().await,
    }
}
