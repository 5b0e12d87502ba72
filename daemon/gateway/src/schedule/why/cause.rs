//! What of a SIM, a modem or an uplink keeps a message waiting: what the schedule itself does not know.

use model::{Imei, Lock, PinTrouble};

use super::For;

/// Why a SIM or an uplink cannot send at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The SIM wants a PIN or a PUK, or its modem is locked.
    Locked {
        imei: Imei,
        what: Lock,
        trouble: Option<PinTrouble>,
    },
    /// The SIM is in no modem; `hidden`: a modem that asks for a PIN and does not tell whose.
    Absent { hidden: Option<Imei> },
    /// Its modem does not work.
    Fault { imei: Imei, reason: String },
    /// The network does not let it in.
    Denied,
    /// The uplink is not bound, after this.
    NotBound { last_error: Option<String> },
    /// There is no such uplink any more.
    Removed,
}

impl Cause {
    /// The stable name.
    pub fn code(&self) -> For {
        match self {
            Self::Locked { .. } => For::Locked,
            Self::Absent { .. } => For::Absent,
            Self::Fault { .. } => For::Fault,
            Self::Denied => For::Denied,
            Self::NotBound { .. } => For::Uplink,
            Self::Removed => For::Removed,
        }
    }

    /// In words; `it`: the SIM or uplink that it is about.
    pub(super) fn words(&self, it: &str) -> String {
        match self {
            Self::Locked {
                imei,
                what,
                trouble,
            } => locked(it, imei, *what, *trouble),
            Self::Absent { hidden: None } => format!("{it} is in no modem"),
            Self::Absent { hidden: Some(imei) } => format!(
                "{it} is in no modem that tells its SIM; one asks for a PIN and does not: give it \
                 with simgate modems unlock {imei}"
            ),
            Self::Fault { imei, reason } if reason.is_empty() => {
                format!("the modem of {it}, {imei}, does not work")
            }
            Self::Fault { imei, reason } => {
                format!("the modem of {it}, {imei}, does not work: {reason}")
            }
            Self::Denied => format!("the network has denied {it}"),
            Self::NotBound { last_error: None } => format!("{it} is not bound"),
            Self::NotBound {
                last_error: Some(error),
            } => format!("{it} is not bound: {error}"),
            Self::Removed => format!("{it} was removed"),
        }
    }
}

fn locked(it: &str, imei: &Imei, what: Lock, trouble: Option<PinTrouble>) -> String {
    let unlock = format!("simgate modems unlock {imei}");
    match (what, trouble) {
        (Lock::Pin, Some(PinTrouble::Refused)) => {
            format!("{it} has refused the PIN that is kept: give the right one with {unlock}")
        }
        (Lock::Pin, Some(PinTrouble::Unclear)) => format!(
            "{it} was given its PIN, and the modem did not tell whether it was right: give it with {unlock}"
        ),
        (Lock::Pin, None) => format!("{it} asks for its PIN: give it with {unlock}"),
        (Lock::Puk, _) => {
            format!("{it} asks for its PUK, which its operator tells: give it with {unlock}")
        }
        (Lock::Other, _) => format!(
            "{it} is in modem {imei}, which is locked to a network, a provider or another SIM"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imei() -> Imei {
        "490154203237518".parse().unwrap()
    }

    #[test]
    fn what_helps_is_said() {
        let locked = |what, trouble| {
            let imei = imei();
            let cause = Cause::Locked {
                imei,
                what,
                trouble,
            };
            assert_eq!(cause.code(), For::Locked);
            cause.words("SIM till")
        };
        assert_eq!(
            locked(Lock::Pin, None),
            "SIM till asks for its PIN: give it with simgate modems unlock 490154203237518"
        );
        let refused = locked(Lock::Pin, Some(PinTrouble::Refused));
        assert!(refused.starts_with("SIM till has refused the PIN that is kept: "));
        assert!(locked(Lock::Puk, None).contains("asks for its PUK"));
        assert!(!locked(Lock::Other, None).contains("unlock"));
        let words = |cause: Cause| cause.words("uplink up");
        assert_eq!(words(Cause::Removed), "uplink up was removed");
        let last_error = Some("bind refused (0x0D)".to_owned());
        assert_eq!(
            words(Cause::NotBound { last_error }),
            "uplink up is not bound: bind refused (0x0D)"
        );
    }
}
