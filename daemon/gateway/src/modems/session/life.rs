//! Whether the modem lives, works, and is the one that it says it is.

use std::time::Instant;

use model::Iccid;
use modem::{DownReason, Input, ModemState, Remedy, RestartHow, Trouble};

use super::super::climb;
use super::{End, Session, WORKED};

impl Session {
    /// Notes what a state says about the modem's health.
    pub(super) fn note_life(&mut self, state: ModemState) {
        let up = match state {
            ModemState::Probing | ModemState::Down(_) => false,
            ModemState::Identifying | ModemState::Starting => {
                self.answered = true;
                false
            }
            ModemState::Locked { .. }
            | ModemState::NoSim
            | ModemState::Registering
            | ModemState::Ready => {
                self.answered = true;
                // Set up without having told of a SIM.
                self.compare(None);
                true
            }
        };
        if !up {
            self.worked_at = None;
        } else if let (None, Some(imei)) = (self.worked_at, &self.imei) {
            self.links.fleet.recoveries().set_up(imei);
            self.worked_at = Some(Instant::now() + WORKED);
        }
    }

    /// The modem has been up for a while.
    pub(super) fn worked(&mut self) {
        self.worked_at = None;
        let Some(imei) = &self.imei else {
            return;
        };
        if self.links.fleet.recoveries().worked(imei) {
            tracing::info!(port = self.port, %imei, "the modem works again");
        }
    }

    /// Something went wrong that the engine deals with, or asks to have dealt with.
    pub(super) async fn trouble(&mut self, step: Remedy, reason: Trouble) {
        let Some(imei) = self.imei.clone() else {
            return;
        };
        let recoveries = self.links.fleet.recoveries();
        match step {
            Remedy::Resync => {
                climb::count("resync");
                recoveries.resynchronised(&imei, &reason.to_string());
            }
            Remedy::SetAgain => climb::count("set_again"),
            Remedy::Pause => climb::count("pause"),
            // A restart has not helped: the ladder has harder things.
            Remedy::Restart if std::mem::replace(&mut self.restarted, true) => {
                self.over = Some(End::Reopen(DownReason::ReferenceStuck));
            }
            Remedy::Restart => {
                climb::count("restart");
                recoveries.restarted(&imei, &reason.to_string());
                self.engine
                    .handle(Instant::now(), Input::Restart(RestartHow::Soft));
                climb::count_restart(&self.links, &imei).await;
            }
        }
    }

    /// Tells by the SIM whether this is the modem that another port carries, or one that has the
    /// same IMEI. Where there is no SIM, nothing could be sent through it anyway.
    pub(super) fn compare(&mut self, iccid: Option<&Iccid>) {
        let Some(imei) = self.doubtful.take() else {
            return;
        };
        let other = self.links.fleet.modem(&imei).and_then(|live| live.iccid);
        self.over = Some(match (iccid, &other) {
            (Some(this), Some(other)) if this != other => End::Stranger(imei),
            _ => End::Second(imei),
        });
    }
}
