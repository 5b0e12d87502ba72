//! Who the modem is: echo, error codes, functionality, maker, model, firmware, serial number.

use super::super::modem::Modem;
use super::super::out::Consequence;
use super::super::state::State;
use super::super::step::Step;
use super::{Setup, text};
use crate::event::Event;
use crate::profile;
use at::commands::{Ati, CfunRead, Cgmi, Cgmm, Cgmr, Cgsn};
use at::{Command, Reply};

impl Setup {
    pub(super) fn take_identity(&mut self, step: Step, reply: &Reply, modem: &mut Modem) -> State {
        let next = State::Setup(step.next());
        match step {
            Step::EchoOff | Step::EchoAgain => {
                self.boot.echo_off(reply.end.is_ok());
                next
            }
            Step::ErrorCodes | Step::ErrorsAgain => {
                self.boot.error_codes(reply.end.is_ok());
                next
            }
            Step::PduAgain if !reply.end.is_ok() => State::Setup(Step::FIRST),
            Step::PduAgain => {
                modem.out.then(Consequence::RoutingUnsure);
                modem.out.then(Consequence::MemoryUnsure);
                State::Running
            }
            Step::Functionality => {
                if CfunRead.answer(reply).is_ok_and(|level| level.fun != 1) {
                    return State::Setup(Step::Online);
                }
                State::Setup(Step::Manufacturer)
            }
            Step::Online if self.found.online_tried => State::Setup(Step::SimState),
            Step::Manufacturer => {
                self.found.identity.manufacturer = text(Cgmi.answer(reply));
                next
            }
            Step::Model => {
                self.found.identity.model = text(Cgmm.answer(reply));
                next
            }
            Step::Firmware => {
                self.found.identity.firmware = text(Cgmr.answer(reply));
                next
            }
            Step::Serial => {
                let serial = text(Cgsn.answer(reply));
                self.found.identity.imei = serial.lines().find_map(|line| line.parse().ok());
                if self.found.identity.imei.is_none() {
                    return State::Setup(Step::About);
                }
                self.identified(modem)
            }
            Step::About => {
                self.take_about(reply);
                self.identified(modem)
            }
            _ => next,
        }
    }

    fn take_about(&mut self, reply: &Reply) {
        let Ok(about) = Ati.answer(reply) else {
            return;
        };
        let identity = &mut self.found.identity;
        identity.imei = about.imei.and_then(|imei| imei.parse().ok());
        for (field, value) in [
            (&mut identity.manufacturer, about.manufacturer),
            (&mut identity.model, about.model),
            (&mut identity.firmware, about.revision),
        ] {
            if field.is_empty() {
                *field = value.unwrap_or_default();
            }
        }
    }

    /// Chooses the profile and tells who the modem is.
    fn identified(&mut self, modem: &mut Modem) -> State {
        let identity = &mut self.found.identity;
        let profile = profile::choose(&identity.manufacturer, &identity.model, &identity.firmware);
        identity.profile = profile.name;
        modem.is_a(profile);
        modem.out.then(Consequence::Identified);
        modem
            .out
            .event(Event::Identity(self.found.identity.clone()));
        State::Setup(Step::Init(0))
    }
}
