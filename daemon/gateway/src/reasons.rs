//! What modems answer, as reasons: for the store, for programs, and for people.

use model::Reason;
use modem::{Refusal, Uncertainty};

/// A refusal as a reason.
pub(crate) fn refused(refusal: &Refusal) -> Reason {
    Reason::new(code(refusal), refusal.to_string())
}

/// Why it is not known whether a part went out, in a form that programs can compare.
pub(crate) fn doubt(why: &Uncertainty) -> Reason {
    match why {
        Uncertainty::Silence => Reason::new(
            "no-answer",
            "the modem gave no answer in time; it may have been sent",
        ),
        Uncertainty::Code(refusal) => refused(refusal),
        Uncertainty::PortClosed => Reason::new(
            Reason::MODEM_GONE,
            "the modem went away before its answer; it may have been sent",
        ),
        Uncertainty::Rebooted => Reason::new(
            "modem-reset",
            "the modem restarted before its answer; it may have been sent",
        ),
    }
}

/// The stable name of a refusal.
fn code(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Cms(error) => format!("cms-{}", error.0),
        Refusal::Cme(error) => format!("cme-{}", error.0),
        Refusal::Final(_) => "at-error".to_owned(),
        Refusal::NoPrompt => "no-prompt".to_owned(),
        Refusal::NotReady => "modem-not-ready".to_owned(),
    }
}
