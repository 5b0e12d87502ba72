//! A SIM: who it is, its PIN, its message memory and its last TP-MR.

use crate::identity::Identity;
use crate::memory::Memory;

/// Tries of a PIN, and of a PUK, before it is blocked (TS 11.11 clause 11.3).
const PIN_TRIES: u8 = 3;
const PUK_TRIES: u8 = 10;
/// The unblocking key of every SIM here.
pub(crate) const PUK: &str = "12345678";
/// The service centre written on every SIM here.
pub(crate) const SMSC: &str = "+84980200030";

/// A SIM. It keeps its state when it moves to another modem.
#[derive(Debug)]
pub struct Sim {
    /// Serial number, 20 digits.
    pub iccid: String,
    /// Subscriber, 15 digits.
    pub imsi: String,
    /// Its own number in international form.
    pub msisdn: String,
    /// `EF_SMSP`: the service centre, in international form.
    pub(crate) smsc: String,
    /// `EF_SMSS`: TP-MR of the last submit (TS 51.011 clause 10.5.9).
    pub(crate) last_reference: u8,
    /// Messages on the SIM.
    pub(crate) memory: Memory,
    /// Phonebook entries: number and name.
    pub(crate) phonebook: Vec<Option<(String, String)>>,
    pin: String,
    pin_enabled: bool,
    pin_left: u8,
    puk_left: u8,
    verified: bool,
}

/// What the SIM asks for before it can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    Ready,
    Pin,
    Puk,
    /// All tries of the PUK are used up.
    Dead,
}

/// A PIN or PUK that was not the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrongPin;

impl Sim {
    /// A SIM with `slots` slots for messages, locked when a PIN is given.
    pub fn new(identity: &Identity, slots: usize, pin: Option<&str>) -> Self {
        Self {
            iccid: identity.iccid.clone(),
            imsi: identity.imsi.clone(),
            msisdn: identity.msisdn.clone(),
            smsc: SMSC.to_owned(),
            last_reference: u8::MAX,
            memory: Memory::new(slots),
            phonebook: vec![None; 100],
            pin: pin.unwrap_or("1234").to_owned(),
            pin_enabled: pin.is_some(),
            pin_left: PIN_TRIES,
            puk_left: PUK_TRIES,
            verified: false,
        }
    }

    pub(crate) fn lock(&self) -> Lock {
        match (self.pin_left, self.puk_left) {
            (_, 0) => Lock::Dead,
            (0, _) => Lock::Puk,
            _ if self.pin_enabled && !self.verified => Lock::Pin,
            _ => Lock::Ready,
        }
    }

    /// The tries left of PIN and PUK.
    pub(crate) fn tries(&self) -> (u8, u8) {
        (self.pin_left, self.puk_left)
    }

    pub(crate) fn pin_enabled(&self) -> bool {
        self.pin_enabled
    }

    /// The SIM lost its power: the PIN must be given again.
    pub(crate) fn power_off(&mut self) {
        self.verified = false;
    }

    /// Asks for the PIN now and at each power-on; it is `pin` from now on when one is given.
    pub(crate) fn ask_pin_again(&mut self, pin: Option<&str>) {
        if let Some(pin) = pin {
            pin.clone_into(&mut self.pin);
        }
        self.pin_enabled = true;
        self.verified = false;
    }

    /// Takes a PIN. A wrong one costs a try, a blocked one is never right.
    pub(crate) fn verify(&mut self, pin: &str) -> Result<(), WrongPin> {
        if self.pin_left == 0 {
            return Err(WrongPin);
        }
        if pin != self.pin {
            self.pin_left -= 1;
            return Err(WrongPin);
        }
        self.pin_left = PIN_TRIES;
        self.verified = true;
        Ok(())
    }

    /// Takes the PUK and a new PIN.
    pub(crate) fn unblock(&mut self, puk: &str, new_pin: &str) -> Result<(), WrongPin> {
        if self.puk_left == 0 {
            return Err(WrongPin);
        }
        if puk != PUK {
            self.puk_left -= 1;
            return Err(WrongPin);
        }
        new_pin.clone_into(&mut self.pin);
        self.pin_left = PIN_TRIES;
        self.puk_left = PUK_TRIES;
        self.verified = true;
        Ok(())
    }

    /// Takes the PIN and switches asking for it on or off.
    pub(crate) fn set_pin_enabled(&mut self, enabled: bool, pin: &str) -> Result<(), WrongPin> {
        self.verify(pin)?;
        self.pin_enabled = enabled;
        Ok(())
    }

    /// Takes the PIN and changes it.
    pub(crate) fn change_pin(&mut self, old: &str, new: &str) -> Result<(), WrongPin> {
        self.verify(old)?;
        new.clone_into(&mut self.pin);
        Ok(())
    }

    /// The TP-MR of the submit that goes out now (TS 23.040 clause 9.2.3.6).
    pub(crate) fn next_reference(&mut self) -> u8 {
        self.last_reference = self.last_reference.wrapping_add(1);
        self.last_reference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sim(pin: Option<&str>) -> Sim {
        Sim::new(&Identity::new(1, 0, "35909306"), 10, pin)
    }

    #[test]
    fn three_wrong_pins_ask_for_the_puk() {
        let mut sim = sim(Some("1111"));
        assert_eq!(sim.lock(), Lock::Pin);
        for left in [2, 1, 0] {
            assert_eq!(sim.verify("0000"), Err(WrongPin));
            assert_eq!(sim.tries().0, left);
        }
        assert_eq!(sim.lock(), Lock::Puk);
        assert_eq!(sim.verify("1111"), Err(WrongPin));
        assert_eq!(sim.unblock("00000000", "2222"), Err(WrongPin));
        assert_eq!(sim.unblock(PUK, "2222"), Ok(()));
        assert_eq!(sim.lock(), Lock::Ready);
        sim.power_off();
        assert_eq!(sim.verify("2222"), Ok(()));
    }

    #[test]
    fn a_sim_without_a_pin_is_ready() {
        let mut sim = sim(None);
        assert_eq!(sim.lock(), Lock::Ready);
        sim.set_pin_enabled(true, "1234").unwrap();
        sim.power_off();
        assert_eq!(sim.lock(), Lock::Pin);
    }

    #[test]
    fn references_wrap() {
        let mut sim = sim(None);
        let references: Vec<u8> = (0..258).map(|_| sim.next_reference()).collect();
        assert_eq!(
            (references[0], references[255], references[256]),
            (0, 255, 0)
        );
    }
}
