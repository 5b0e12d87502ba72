//! Whether the gateway can do its work, and what it lacks: in words for people.

use model::Iccid;
use modem::ModemState;

use crate::Gateway;
use crate::modems::PortState;

impl Gateway {
    /// Why the gateway can't do its work; empty when it can.
    pub async fn readiness(&self) -> Vec<String> {
        let mut why = Vec::new();
        why.extend(self.0.store.trouble());
        why.extend(self.cannot_send().await);
        why
    }

    /// Why neither an uplink nor a SIM can send.
    pub(crate) async fn cannot_send(&self) -> Option<String> {
        match self.0.uplinks.bound() {
            0 => self.no_sim_sends().await,
            _ => None,
        }
    }

    /// Why no SIM can send; rests that the clock ends aside.
    async fn no_sim_sends(&self) -> Option<String> {
        let ready = self.0.fleet.ready();
        if ready.is_empty() {
            let modems = self.0.fleet.states();
            return Some(if modems.is_empty() {
                self.no_modem()
            } else {
                none_registered(&modems)
            });
        }
        // Without an answer of the store nothing is known against them; what ails it is told by itself.
        let sims = self.admin().sims().await.unwrap_or_default();
        let is_disabled = |iccid: &Option<Iccid>| {
            let mut disabled = sims.iter().filter(|sim| !sim.config.enabled);
            disabled.any(|sim| Some(&sim.iccid) == iccid.as_ref())
        };
        let all = ready.iter().all(is_disabled);
        all.then(|| match ready.len() {
            1 => "the SIM that is registered in a network is disabled".to_owned(),
            n => format!("all {n} SIMs that are registered in a network are disabled"),
        })
    }

    fn no_modem(&self) -> String {
        let ports = self.ports();
        no_modem(&ports.iter().map(|row| row.state).collect::<Vec<_>>())
    }
}

/// Of these ports none has a modem.
fn no_modem(ports: &[PortState]) -> String {
    let count = |wanted| ports.iter().filter(|state| **state == wanted).count();
    let looked_at = match (count(PortState::Probing), count(PortState::Recovering)) {
        (0, 0) => None,
        (0, 1) => Some("a modem that failed is being brought back".to_owned()),
        (0, n) => Some(format!("{n} modems that failed are being brought back")),
        (1, _) => Some("1 port is being asked whether a modem is there".to_owned()),
        (n, _) => Some(format!(
            "{n} ports are being asked whether a modem is there"
        )),
    };
    looked_at.unwrap_or_else(|| match (count(PortState::InUse), count(PortState::Offered)) {
        (0, 0) => "no modem is plugged in, or none answers".to_owned(),
        (0, n) => format!(
            "no modem is plugged in, or none answers; serial adapters that modems.ports does not name: {n} \
             (simgate modems ports)"
        ),
        (n, _) => format!("other programs have {n} of the {} ports", ports.len()),
    })
}

/// None of these modems is ready: how far they are, those that get on by themselves first.
fn none_registered(modems: &[ModemState]) -> String {
    let count = |of: fn(&ModemState) -> bool| modems.iter().filter(|state| of(state)).count();
    let started = |state: &ModemState| {
        matches!(
            state,
            ModemState::Probing | ModemState::Identifying | ModemState::Starting
        )
    };
    let groups = [
        (count(started), "being set up"),
        (
            count(|state| *state == ModemState::Registering),
            "looking for a network",
        ),
        (
            count(|state| matches!(state, ModemState::Locked { .. })),
            "locked by a PIN or PUK",
        ),
        (count(|state| *state == ModemState::NoSim), "without a SIM"),
        (
            count(|state| matches!(state, ModemState::Down(_))),
            "not working",
        ),
    ];
    let shown = groups.iter().filter(|(count, _)| *count > 0);
    let shown: Vec<_> = shown
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let shown = shown.join(", ");
    // One may have become ready since it was asked whether any is.
    let shown = if shown.is_empty() {
        String::new()
    } else {
        format!(" ({shown})")
    };
    match modems.len() {
        1 => format!("the one modem has no SIM that is registered in a network{shown}"),
        n => format!("none of {n} modems has a SIM that is registered in a network{shown}"),
    }
}

#[cfg(test)]
mod tests {
    use model::Lock;
    use modem::DownReason;

    use super::*;

    #[test]
    fn what_is_waited_for_is_told_before_what_is_missing() {
        let mut ports = vec![PortState::Offered, PortState::InUse];
        assert_eq!(no_modem(&[]), "no modem is plugged in, or none answers");
        assert!(no_modem(&ports[..1]).contains("modems.ports does not name: 1"));
        assert_eq!(no_modem(&ports), "other programs have 1 of the 2 ports");
        ports.extend([PortState::Recovering]);
        assert_eq!(
            no_modem(&ports),
            "a modem that failed is being brought back"
        );
        ports.extend([PortState::Probing; 2]);
        assert_eq!(
            no_modem(&ports),
            "2 ports are being asked whether a modem is there"
        );
    }

    #[test]
    fn of_modems_that_are_not_ready_it_is_told_how_far_they_are() {
        let locked = ModemState::Locked {
            what: Lock::Pin,
            tries_left: Some(3),
        };
        let mut modems = vec![ModemState::Starting];
        assert_eq!(
            none_registered(&modems),
            "the one modem has no SIM that is registered in a network (1 being set up)"
        );
        modems.extend([ModemState::Identifying, ModemState::Registering, locked]);
        modems.extend([ModemState::NoSim, ModemState::Down(DownReason::NoReply)]);
        assert_eq!(
            none_registered(&modems),
            "none of 6 modems has a SIM that is registered in a network (2 being set up, 1 looking for a network, \
             1 locked by a PIN or PUK, 1 without a SIM, 1 not working)"
        );
    }
}
