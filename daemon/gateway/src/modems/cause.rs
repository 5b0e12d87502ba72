//! Why a modem failed, by a code: for programs, and for those who say it in another language.

use serde::Serialize;
use strum::{EnumIter, IntoEnumIterator as _};
use utoipa::ToSchema;

/// That a modem was told to boot, and stays away.
pub(super) const STAYED_AWAY: &str = "it did not come back after a restart";
/// That it boots without being told to.
pub(super) const BOOTED: &str = "it started anew by itself";
/// That its port is not there any more.
pub(super) const GONE: &str = "it went away";

/// Why a modem failed. A reason without a code is what the system or the modem says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, Serialize, ToSchema)]
#[schema(as = ModemFailure)]
#[serde(rename_all = "kebab-case")]
pub enum ModemCause {
    /// A command was not answered.
    NoAnswer,
    /// It gave no prompt for a message.
    NoPrompt,
    /// It did not answer to a message.
    NoOutcome,
    /// It has stopped telling what arrives.
    RoutingLost,
    /// It does not hear what comes at once after its answers.
    Deaf,
    /// It refuses messages after reference 255.
    ReferenceStuck,
    /// It gave no answer in time to a message, which may have been sent.
    Silent,
    /// It restarted before its answer to a message, which may have been sent.
    Reset,
    /// Its port was closed while a message was on the air.
    PortClosed,
    /// It did not come back after a restart.
    StayedAway,
    /// It started anew by itself.
    Booted,
    /// Its port went away.
    Gone,
}

impl ModemCause {
    /// The cause that the gateway tells in these words.
    pub fn of(reason: &str) -> Option<Self> {
        Self::iter().find(|cause| cause.words() == reason)
    }

    fn words(self) -> String {
        use modem::{Trouble, Uncertainty};
        let doubt = |why: Uncertainty| super::outcome::doubt(&why).detail;
        match self {
            Self::NoAnswer => Trouble::NoAnswer.to_string(),
            Self::NoPrompt => Trouble::NoPrompt.to_string(),
            Self::NoOutcome => Trouble::NoOutcome.to_string(),
            Self::RoutingLost => Trouble::RoutingLost.to_string(),
            Self::Deaf => Trouble::Deaf.to_string(),
            Self::ReferenceStuck => Trouble::ReferenceStuck.to_string(),
            Self::Silent => doubt(Uncertainty::Silence),
            Self::Reset => doubt(Uncertainty::Rebooted),
            Self::PortClosed => doubt(Uncertainty::PortClosed),
            Self::StayedAway => STAYED_AWAY.to_owned(),
            Self::Booted => BOOTED.to_owned(),
            Self::Gone => GONE.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_words_of_its_own() {
        for cause in ModemCause::iter() {
            assert_eq!(ModemCause::of(&cause.words()), Some(cause));
        }
        assert_eq!(ModemCause::of("Input/output error"), None);
    }
}
