//! What all parts go by, and what they do with it.

use super::out::Out;
use crate::event::{Capabilities, Event};
use crate::profile::{GENERIC, Profile};
use crate::settings::Settings;
use at::{Charset, Reply};
use model::Iccid;
use std::time::Instant;

/// What set-up has found out of the modem and its SIM, and how the owner wants them to be run; and, of the input in hand,
/// its time and what comes of it.
#[derive(Debug)]
pub(super) struct Modem {
    pub(super) now: Instant,
    pub(super) out: Out,
    pub(super) settings: Settings,
    pub(super) profile: &'static Profile,
    pub(super) capabilities: Capabilities,
    pub(super) iccid: Option<Iccid>,
    /// The character set of the modem's strings.
    pub(super) charset: Charset,
    /// Which of those that set-up asks for it is, if any.
    pub(super) charset_choice: Option<u8>,
}

impl Modem {
    pub(super) fn new(now: Instant, settings: Settings) -> Self {
        Self {
            now,
            out: Out::default(),
            settings,
            profile: &GENERIC,
            capabilities: Capabilities::default(),
            iccid: None,
            charset: Charset::default(),
            charset_choice: None,
        }
    }

    /// Set-up begins: nothing is known of it.
    pub(super) fn forget(&mut self) {
        self.capabilities = Capabilities::default();
        self.is_a(&GENERIC);
    }

    /// It belongs to this family.
    pub(super) fn is_a(&mut self, profile: &'static Profile) {
        self.profile = profile;
        self.capabilities.submit_wait = profile.submit_wait;
    }

    /// Whether the network waits for the acknowledgement of what is routed.
    pub(super) fn waits_for_ack(&self) -> bool {
        self.capabilities.csms == Some(1)
    }

    /// How the memories are listed.
    pub(super) fn lists_by(&mut self, way: &'static str) {
        if self.capabilities.listing != way {
            self.capabilities.listing = way;
            self.tell_capabilities();
        }
    }

    /// Whether `AT+CMMS=2` was taken.
    pub(super) fn keeps_link(&mut self, taken: bool) {
        self.capabilities.cmms = Some(taken);
        self.tell_capabilities();
    }

    pub(super) fn tell_capabilities(&mut self) {
        let capabilities = self.capabilities.clone();
        self.out.event(Event::Capabilities(capabilities));
    }

    /// The ICCID in the answer to the command number `at` of the profile.
    pub(super) fn iccid_in(&self, at: u8, reply: &Reply) -> Option<Iccid> {
        use at::Command as _;
        let via = self.profile.iccid.get(usize::from(at))?;
        via.answer(reply).ok()?.0.parse().ok()
    }
}
