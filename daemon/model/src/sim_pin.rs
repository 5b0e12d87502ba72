//! What is known of the PIN that is kept for a SIM.

use crate::{Counted, Lock};

use super::{PinSent, SimConfig};

/// Why a SIM stays locked though a PIN is kept for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinTrouble {
    /// The SIM has refused it.
    Refused,
    /// The modem did not tell what the SIM made of it.
    Unclear,
}

/// Whether the PIN that is kept may be given to its SIM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinVerdict {
    /// None is kept.
    None,
    Offer,
    /// The SIM has refused it, as is known.
    Refused,
    /// The tries show that it has, and nobody noted it down.
    RefusedMeanwhile,
    /// It may have: the modem does not tell.
    Unclear,
}

impl SimConfig {
    /// Keeps another PIN, or none. What the SIM made of one says nothing of another.
    pub fn set_pin(&mut self, pin: Option<String>) {
        if self.pin != pin {
            self.pin = pin;
            self.forget_pin_marks();
        }
    }

    /// The SIM took the PIN, or asks for none.
    pub fn forget_pin_marks(&mut self) {
        self.pin_refused = false;
        self.pin_refusal_seen = false;
        self.pin_sent = None;
    }

    /// The SIM refused the PIN: never again, not after a restart either.
    pub fn mark_pin_refused(&mut self) {
        self.pin_refused = true;
        self.pin_refusal_seen = true;
        self.pin_sent = None;
    }

    /// The PIN is about to be given to the SIM, which has so many tries left.
    pub fn mark_pin_sent(&mut self, left: Option<u8>) {
        self.forget_pin_marks();
        self.pin_sent = Some(PinSent { left });
    }

    /// Whether the PIN may be given to the SIM, which has so many tries left.
    pub fn pin_verdict(&self, left: Option<u8>) -> PinVerdict {
        if self.pin.is_none() {
            return PinVerdict::None;
        }
        if self.pin_refused {
            // A refusal that nobody saw used a try at least. A SIM that has them all has refused
            // nothing, or was given the right one since.
            let unused = Counted::of(Lock::Pin, None, left) == Counted::No;
            return if unused && !self.pin_refusal_seen {
                PinVerdict::Offer
            } else {
                PinVerdict::Refused
            };
        }
        match self.pin_sent {
            None => PinVerdict::Offer,
            Some(sent) => match Counted::of(Lock::Pin, sent.left, left) {
                Counted::Yes => PinVerdict::RefusedMeanwhile,
                Counted::No => PinVerdict::Offer,
                Counted::Unknown => PinVerdict::Unclear,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(json: &str) -> SimConfig {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_refusal_that_nobody_saw_counts_only_where_a_try_is_used() {
        // As versions kept it that took silence for a refusal.
        let config = kept(r#"{"pin": "1234", "pin_refused": true}"#);
        assert_eq!(config.pin_verdict(Some(3)), PinVerdict::Offer);
        for left in [Some(2), Some(1), Some(0), None] {
            assert_eq!(config.pin_verdict(left), PinVerdict::Refused, "{left:?}");
        }
    }

    #[test]
    fn a_pin_that_the_sim_really_refused_is_never_offered_again() {
        let mut config = kept(r#"{"pin": "1234", "pin_refused": true}"#);
        config.mark_pin_sent(Some(3));
        config.mark_pin_refused();
        let config = kept(&serde_json::to_string(&config).unwrap());
        for left in [Some(3), Some(2), Some(1), None] {
            assert_eq!(config.pin_verdict(left), PinVerdict::Refused, "{left:?}");
        }
    }

    #[test]
    fn after_a_restart_the_tries_tell_what_became_of_a_pin_that_was_sent() {
        let mut config = kept(r#"{"pin": "1234"}"#);
        assert_eq!(config.pin_verdict(Some(3)), PinVerdict::Offer);
        config.mark_pin_sent(Some(3));
        let mut config = kept(&serde_json::to_string(&config).unwrap());
        assert_eq!(config.pin_verdict(Some(3)), PinVerdict::Offer);
        assert_eq!(config.pin_verdict(Some(2)), PinVerdict::RefusedMeanwhile);
        assert_eq!(config.pin_verdict(None), PinVerdict::Unclear);
        config.mark_pin_sent(None);
        assert_eq!(config.pin_verdict(None), PinVerdict::Unclear);
        assert_eq!(config.pin_verdict(Some(2)), PinVerdict::Unclear);
        assert_eq!(config.pin_verdict(Some(3)), PinVerdict::Offer);
        config.set_pin(Some("4321".to_owned()));
        assert_eq!(config.pin_verdict(None), PinVerdict::Offer);
        config.set_pin(None);
        assert_eq!(config.pin_verdict(Some(3)), PinVerdict::None);
    }
}
