//! What a part has found out or done is handed to those whom it concerns.

use super::Engine;
use super::out::Consequence;
use std::time::Instant;

impl Engine {
    /// Hands on what the part that was asked last has found out or done.
    pub(super) fn settle(&mut self, now: Instant) {
        while let Some(consequence) = self.modem.out.consequence() {
            match consequence {
                Consequence::UssdSent => self.ussd.sent(now),
                Consequence::CharsetUnsure => self.status.charset_again(),
                Consequence::MemoryUnsure => self.inbox.storage.unsure(),
                Consequence::RoutingUnsure => self.status.recheck_soon(),
                Consequence::ErrorCodesRead { plain } => {
                    if plain && self.setup.boot.had_error_codes() {
                        self.started_anew(now);
                    } else {
                        self.status.set_routing_again();
                    }
                }
                Consequence::Arrived => self.status.arrived(now),
                Consequence::ArrivalsMissed => self.inbox.sweep_at(now),
                Consequence::AckMissed => self.status.recheck_after_missed_ack(now),
                Consequence::Identified => {
                    self.ussd.forget_modem();
                    self.inbox.storage.forget();
                }
                Consequence::MemoryChosen(memory, memories) => {
                    self.inbox
                        .memory_chosen(&memory, &memories, &mut self.modem);
                }
                Consequence::MemoriesRead(memories) => {
                    self.inbox.memories_read(&memories, &mut self.modem);
                }
                Consequence::Registered(domain, stat) => self.registered(domain, stat),
                Consequence::SetUp => {
                    self.inbox.sweep_at(now);
                    self.status.start(now);
                }
                Consequence::SimUnsure => self.check_sim(),
                Consequence::SimLost => self.sim_lost(now),
                Consequence::Booted => self.booted(),
                Consequence::StartedAnew => self.started_anew(now),
                Consequence::Unanswered(trouble) => self.unanswered(now, trouble),
                Consequence::ReferenceStuck => self.reference_stuck(now),
            }
        }
    }
}
