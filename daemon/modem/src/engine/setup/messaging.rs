//! How messages are handled: PDU mode, service, memories, routing; and registration, which tells
//! whether they can go out.

use super::super::modem::Modem;
use super::super::out::Consequence;
use super::super::state::State;
use super::super::step::Step;
use super::steps::domain;
use super::{ERROR_LIMIT, Setup};
use crate::state::DownReason;
use at::commands::{CnmiRead, CnmiTest, CpmsTest, Csms, CsmsRead, RegistrationRead};
use at::{Command, Reply};
use std::time::Duration;

/// How soon a modem that refused PDU mode is tried again.
const REFUSED_RETRY: Duration = Duration::from_mins(1);

impl Setup {
    pub(super) fn take_messaging(&mut self, step: Step, reply: &Reply, modem: &mut Modem) -> State {
        let next = State::Setup(step.next());
        match step {
            Step::PduMode if !reply.end.is_ok() => {
                let refused = State::Down {
                    reason: DownReason::NoPduMode,
                    retry_at: Some(modem.now + REFUSED_RETRY),
                };
                self.wait_or(modem.now, step, ERROR_LIMIT, refused)
            }
            Step::Service => {
                if (Csms { service: 1 }).answer(reply).is_err() {
                    return next;
                }
                modem.capabilities.csms = Some(1);
                State::Setup(Step::HandBack)
            }
            Step::ServiceRead => {
                let service = CsmsRead
                    .answer(reply)
                    .ok()
                    .and_then(|service| service.service);
                modem.capabilities.csms = service;
                next
            }
            Step::MemoryLists => {
                let lists = CpmsTest.answer(reply).ok();
                self.found.memories = self.memory_choices(lists.as_ref(), modem);
                next
            }
            Step::Memory(at) => self.take_memory(at, reply, modem),
            Step::RoutingLists => {
                let listed = CnmiTest.answer(reply).ok();
                self.found.routing = self.routing_choices(listed.as_ref(), modem);
                next
            }
            Step::Routing(at) => self.take_routing(at, reply, modem),
            Step::RoutingRead(at) => self.take_routing_read(at, CnmiRead.answer(reply).ok(), modem),
            Step::Registered(at) => {
                let domain = domain(at);
                let status = domain.and_then(|domain| RegistrationRead(domain).answer(reply).ok());
                if let (Some(domain), Some(status)) = (domain, status) {
                    modem.out.then(Consequence::Registered(domain, status.stat));
                }
                next
            }
            _ => next,
        }
    }
}
