//! Who the modem is: echo, error codes, functionality, maker, model, firmware, serial number.

use super::{Engine, Step, text};
use crate::engine::state::State;
use crate::event::Event;
use crate::profile;
use at::commands::{Ati, CfunRead, Cgmi, Cgmm, Cgmr, Cgsn};
use at::{Command, Reply};

impl Engine {
    pub(super) fn take_identity(&mut self, step: Step, reply: &Reply) -> State {
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
                self.idle.recheck_soon();
                self.storage.unsure();
                State::Running
            }
            Step::Functionality => {
                if CfunRead.answer(reply).is_ok_and(|level| level.fun != 1) {
                    return State::Setup(Step::Online);
                }
                State::Setup(Step::Manufacturer)
            }
            Step::Online if self.setup.online_tried => State::Setup(Step::SimState),
            Step::Manufacturer => {
                self.setup.identity.manufacturer = text(Cgmi.answer(reply));
                next
            }
            Step::Model => {
                self.setup.identity.model = text(Cgmm.answer(reply));
                next
            }
            Step::Firmware => {
                self.setup.identity.firmware = text(Cgmr.answer(reply));
                next
            }
            Step::Serial => {
                let serial = text(Cgsn.answer(reply));
                self.setup.identity.imei = serial.lines().find_map(|line| line.parse().ok());
                if self.setup.identity.imei.is_none() {
                    return State::Setup(Step::About);
                }
                self.identified()
            }
            Step::About => {
                self.take_about(reply);
                self.identified()
            }
            _ => next,
        }
    }

    fn take_about(&mut self, reply: &Reply) {
        let Ok(about) = Ati.answer(reply) else {
            return;
        };
        let identity = &mut self.setup.identity;
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
    fn identified(&mut self) -> State {
        let identity = &mut self.setup.identity;
        self.profile = profile::choose(&identity.manufacturer, &identity.model, &identity.firmware);
        identity.profile = self.profile.name;
        self.capabilities.submit_wait = self.profile.submit_wait;
        self.ussd.forget_modem();
        self.storage.forget();
        self.event(Event::Identity(self.setup.identity.clone()));
        State::Setup(Step::Init(0))
    }
}
