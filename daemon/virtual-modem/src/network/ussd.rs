//! The services that answer USSD codes.

use std::time::Instant;

use super::Network;
use super::agenda::Planned;

/// `<m>` of `+CUSD`: no further action, the network waits for an answer, the session is over.
const DONE: u8 = 0;
const ASKING: u8 = 1;
const TERMINATED: u8 = 2;

const MENU: &str = "1. Balance\n2. Data\n0. Exit";

impl Network {
    /// Answers an USSD string: a code, or a choice when a menu is open at this slot.
    pub(super) fn ussd(&mut self, now: Instant, slot: usize, code: &str) {
        let open = self.ussd_open.remove(&slot);
        let (kind, text) = match (open, code) {
            (true, "1") => (DONE, "Balance: 52,300 VND"),
            (true, "2") => (DONE, "Data: 1.2 GB, until 31/12/2026"),
            (true, "0") => (TERMINATED, ""),
            (false, "*100#" | "*101#") => (DONE, "Balance: 52,300 VND, until 31/12/2026"),
            (false, "*102#") => (DONE, "Tài khoản gốc: 52.300 đ"),
            (true, _) | (false, "*111#" | "*098#") => (ASKING, MENU),
            (false, _) => (DONE, "Unknown service code"),
        };
        if kind == ASKING {
            self.ussd_open.insert(slot);
        }
        self.agenda.enter(
            now + self.options.ussd_after,
            Planned::Ussd {
                slot,
                kind,
                text: text.to_owned(),
            },
        );
    }

    pub(super) fn release_ussd(&mut self, slot: usize) {
        if self.ussd_open.remove(&slot) {
            self.out.push_back((
                slot,
                crate::air::Downlink::Ussd {
                    kind: TERMINATED,
                    text: String::new(),
                },
            ));
        }
    }
}
