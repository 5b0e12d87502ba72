//! How messages are handled: PDU mode, service, memories, routing; and registration, which tells
//! whether they can go out.

use super::{ERROR_LIMIT, Engine, Step};
use crate::engine::state::State;
use crate::state::Reason;
use at::commands::{CnmiRead, CnmiTest, CpmsTest, Csms, CsmsRead, RegistrationRead};
use at::{Command, Reply};
use std::time::{Duration, Instant};

/// How soon a modem that refused PDU mode is tried again.
const REFUSED_RETRY: Duration = Duration::from_mins(1);

impl Engine {
    pub(super) fn take_messaging(&mut self, now: Instant, step: Step, reply: &Reply) -> State {
        let next = State::Setup(step.next());
        match step {
            Step::PduMode if !reply.end.is_ok() => {
                let refused = State::Down {
                    reason: Reason::NoPduMode,
                    retry_at: Some(now + REFUSED_RETRY),
                };
                self.wait_or(now, step, ERROR_LIMIT, refused)
            }
            Step::Service => {
                if (Csms { service: 1 }).answer(reply).is_err() {
                    return next;
                }
                self.capabilities.csms = Some(1);
                State::Setup(Step::HandBack)
            }
            Step::ServiceRead => {
                let service = CsmsRead
                    .answer(reply)
                    .ok()
                    .and_then(|service| service.service);
                self.capabilities.csms = service;
                next
            }
            Step::MemoryLists => {
                let lists = CpmsTest.answer(reply).ok();
                self.setup.memories = self.memory_choices(lists.as_ref());
                next
            }
            Step::Memory(at) => self.take_memory(now, at, reply),
            Step::RoutingLists => {
                let listed = CnmiTest.answer(reply).ok();
                self.setup.routing = self.routing_choices(listed.as_ref());
                next
            }
            Step::Routing(at) => self.take_routing(at, reply),
            Step::RoutingRead(at) => self.take_routing_read(at, CnmiRead.answer(reply).ok()),
            Step::Registered(at) => {
                let domain = Step::domain(at);
                let status = domain.and_then(|domain| RegistrationRead(domain).answer(reply).ok());
                if let (Some(domain), Some(status)) = (domain, status) {
                    self.registered(domain, status.stat);
                }
                next
            }
            _ => next,
        }
    }
}
