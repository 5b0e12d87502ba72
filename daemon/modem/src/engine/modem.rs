//! What all parts go by.

use super::out::Out;
use crate::event::{Capabilities, Event};
use crate::profile::{GENERIC, Profile};
use crate::settings::Settings;
use at::{Charset, Reply};
use model::Iccid;

/// What set-up has found out of the modem and its SIM, and how the owner wants them to be run.
#[derive(Debug)]
pub(super) struct Modem {
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
    pub(super) fn new(settings: Settings) -> Self {
        Self {
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
    pub(super) fn lists_by(&mut self, way: &'static str, out: &mut Out) {
        if self.capabilities.listing != way {
            self.capabilities.listing = way;
            self.tell_capabilities(out);
        }
    }

    /// Whether `AT+CMMS=2` was taken.
    pub(super) fn keeps_link(&mut self, taken: bool, out: &mut Out) {
        self.capabilities.cmms = Some(taken);
        self.tell_capabilities(out);
    }

    pub(super) fn tell_capabilities(&self, out: &mut Out) {
        out.event(Event::Capabilities(self.capabilities.clone()));
    }

    /// The ICCID in the answer to the command number `at` of the profile.
    pub(super) fn iccid_in(&self, at: u8, reply: &Reply) -> Option<Iccid> {
        use at::Command as _;
        let via = self.profile.iccid.get(usize::from(at))?;
        via.answer(reply).ok()?.0.parse().ok()
    }
}
