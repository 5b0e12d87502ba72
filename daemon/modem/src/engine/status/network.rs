//! What the network says.

use super::super::modem::Modem;
use crate::event::{Event, Operator, SignalStrength};
use at::commands::{AccessTechnology, Cops, Csq, Registration, RegistrationDomain};
use at::{Command, Reply, decode_text};

/// What was told last, for what changes.
#[derive(Debug, Default)]
pub(in crate::engine) struct Network {
    circuit: Option<Registration>,
    eps: Option<Registration>,
    shown: Option<Registration>,
    operator: Option<Operator>,
}

impl Network {
    /// Where registration is told from.
    pub(super) fn domains(&self) -> [Option<RegistrationDomain>; 2] {
        let circuit = self.circuit.map(|_| RegistrationDomain::Cs);
        let eps = self.eps.map(|_| RegistrationDomain::Eps);
        [circuit, eps]
    }

    /// Registration was told, asked for or not; whether it has changed.
    pub(super) fn registered(
        &mut self,
        domain: RegistrationDomain,
        stat: Registration,
        modem: &mut Modem,
    ) -> bool {
        match domain {
            RegistrationDomain::Cs => self.circuit = Some(stat),
            RegistrationDomain::Eps => self.eps = Some(stat),
            RegistrationDomain::Ps | RegistrationDomain::FiveG => return false,
        }
        let overall = self.overall();
        if overall == self.shown {
            return false;
        }
        self.shown = overall;
        if let Some(stat) = overall {
            modem.out.event(Event::Registration(stat));
        }
        true
    }

    pub(super) fn take_operator(&mut self, reply: &Reply, modem: &mut Modem) {
        let Ok(operator) = Cops.answer(reply) else {
            return;
        };
        let Some(name) = operator.name else {
            return;
        };
        let operator = Operator {
            name: decode_text(&name, modem.charset),
            technology: operator.technology.and_then(technology),
        };
        if self.operator.as_ref() != Some(&operator) {
            self.operator = Some(operator.clone());
            modem.out.event(Event::Operator(operator));
        }
    }

    /// A modem that does not tell is taken to be registered: the submit will show.
    pub(in crate::engine) fn can_send(&self) -> bool {
        self.overall().is_none_or(Registration::can_send)
    }

    fn overall(&self) -> Option<Registration> {
        let both = [self.circuit, self.eps].into_iter().flatten();
        both.clone()
            .find(|stat| stat.can_send())
            .or(self.circuit)
            .or(self.eps)
    }

    /// The modem went away, and with it what it told.
    pub(in crate::engine) fn forget(&mut self) {
        *self = Self::default();
    }
}

pub(super) fn tell_signal(reply: &Reply, modem: &mut Modem) {
    if let Ok(quality) = Csq.answer(reply) {
        modem.out.event(Event::Signal(signal(quality.dbm())));
    }
}

fn signal(rssi_dbm: Option<i16>) -> SignalStrength {
    let bars = match rssi_dbm {
        Some(dbm) if dbm >= -73 => 5,
        Some(dbm) if dbm >= -83 => 4,
        Some(dbm) if dbm >= -93 => 3,
        Some(dbm) if dbm >= -103 => 2,
        Some(dbm) if dbm >= -111 => 1,
        _ => 0,
    };
    SignalStrength { rssi_dbm, bars }
}

fn technology(technology: AccessTechnology) -> Option<&'static str> {
    Some(match technology {
        AccessTechnology::Gsm => "GSM",
        AccessTechnology::Umts => "UMTS",
        AccessTechnology::Edge => "EDGE",
        AccessTechnology::Hspa => "HSPA",
        AccessTechnology::Lte => "LTE",
        AccessTechnology::EcGsmIot => "EC-GSM-IoT",
        AccessTechnology::NbIot => "NB-IoT",
        AccessTechnology::Nr => "NR",
        AccessTechnology::Other(_) => return None,
    })
}
