//! Why a message is where it is, in a form that programs can compare.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::names::names;

/// A stable code (`cms-38`, `tp-status-70`, `no-answer`, `validity`, …) and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// Stable: a `ReasonCode`, or a `ReasonFamily`, `-` and the number or word that somebody else gave: `cms-N`, `cme-N`,
    /// `smpp-0xNN`, `tp-status-N`, `receipt-WORD`.
    pub code: String,
    /// The same for people.
    pub detail: String,
}

names! {
    /// Why something failed or is uncertain, where the gateway itself says so.
    ReasonCode as ReasonCode {
        /// The modem answered with an error that says no more.
        AtError = "at-error",
        /// The SIM rests after failures, between two parts of the message.
        Cooling = "cooling",
        /// The message cannot be written in the way that its carrier needs.
        Encoding = "encoding",
        /// The gateway ended before the answer.
        Interrupted = "interrupted",
        /// The modem refused a command that somebody asked for.
        Modem = "modem",
        /// The modem went away before its answer.
        ModemGone = "modem-gone",
        /// The modem was not ready to send.
        ModemNotReady = "modem-not-ready",
        /// The modem started anew before its answer.
        ModemReset = "modem-reset",
        /// No answer came in time.
        NoAnswer = "no-answer",
        /// The modem gave no prompt for the message.
        NoPrompt = "no-prompt",
        /// The recipient asks for no messages.
        OptedOut = "opted-out",
        /// The modem's power could not be cut.
        Power = "power",
        /// The database comes from a backup, and the message may have gone out since.
        Restored = "restored",
        /// The gateway stopped between two parts.
        Stopped = "stopped",
        /// The uplink takes nothing now.
        UplinkBusy = "uplink-busy",
        /// The SMSC's answer cannot be read.
        UplinkGarbled = "uplink-garbled",
        /// The uplink went away before the message was sent.
        UplinkGone = "uplink-gone",
        /// The connection went before the SMSC's answer.
        UplinkLost = "uplink-lost",
        /// The network did not answer a USSD code as asked.
        Ussd = "ussd",
        /// The message's validity ended before it could be sent.
        Validity = "validity",
    }
}

names! {
    /// What begins the code of a reason that somebody else has numbered or named.
    ReasonFamily as ReasonFamily {
        /// `+CMS ERROR` of a modem (TS 27.005).
        Cms = "cms",
        /// `+CME ERROR` of a modem (TS 27.007).
        Cme = "cme",
        /// `command_status` of an SMSC.
        Smpp = "smpp",
        /// TP-Status of a status report (TS 23.040).
        TpStatus = "tp-status",
        /// The word of an SMSC's receipt.
        Receipt = "receipt",
    }
}

impl ReasonFamily {
    /// The code of its member.
    pub fn code(self, member: impl Display) -> String {
        format!("{}-{member}", self.as_str())
    }
}

impl Reason {
    pub fn new(code: ReasonCode, detail: impl Into<String>) -> Self {
        Self::read(code.as_str(), detail)
    }

    /// One that somebody else has numbered or named.
    pub fn of(family: ReasonFamily, member: impl Display, detail: impl Into<String>) -> Self {
        Self::read(family.code(member), detail)
    }

    /// One that was made before, as it was written down.
    pub fn read(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            detail: detail.into(),
        }
    }

    /// Both, as the history of a message has them.
    pub fn told(&self) -> String {
        format!("{}: {}", self.code, self.detail)
    }

    /// The code of what was told so.
    pub fn code_told(told: &str) -> Option<&str> {
        let (code, _) = told.split_once(": ")?;
        let own = ReasonCode::ALL.iter().any(|known| known.as_str() == code);
        let of_family = || {
            let mut families = ReasonFamily::ALL.iter();
            families.any(|family| {
                let rest = code.strip_prefix(family.as_str());
                let member = rest.and_then(|rest| rest.strip_prefix('-'));
                member.is_some_and(|member| !member.is_empty() && !member.contains(' '))
            })
        };
        (own || of_family()).then_some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_what_was_told_with_it() {
        let own = Reason::new(ReasonCode::NoAnswer, "the modem gave no answer");
        let other = Reason::of(ReasonFamily::TpStatus, 70, "validity: over");
        for reason in [own, other] {
            assert_eq!(Reason::code_told(&reason.told()), Some(&*reason.code));
        }
        for nothing in [
            "TP-MR 17",
            "an operator said so",
            "cms-: x",
            "cms-3 8: x",
            "fallen: back",
            "no-answer",
        ] {
            assert_eq!(Reason::code_told(nothing), None, "{nothing}");
        }
    }
}
