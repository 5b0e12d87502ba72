//! What an answer tells: what the part is known by from then on, or who refused it.

use model::{Carrier, Reason, RowId, Time};

/// What a report will name a part by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// TP-MR of a SIM's modem.
    Mr(u8),
    /// The SMSC's `message_id`, as receipts are looked up.
    Smsc(String),
    /// None was given: no report can be matched.
    None,
}

impl Reference {
    pub(crate) fn mr(&self) -> Option<u8> {
        match self {
            Self::Mr(mr) => Some(*mr),
            Self::Smsc(_) | Self::None => None,
        }
    }

    pub(crate) fn smsc(&self) -> Option<&str> {
        match self {
            Self::Smsc(id) => Some(id),
            Self::Mr(_) | Self::None => None,
        }
    }
}

/// Who refused a part that its modem had taken, as far as the code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// The network, so that the part was transmitted.
    Network,
    /// The network, or the modem in its place. It is the submit's answer and no other's.
    Either,
    /// The modem. It may have been the answer to something else, so that the part went out.
    Modem,
}

/// The end of a submit that came after its job was over, in this run or the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LateAnswer {
    /// `+CMGS: <mr>`, or a `submit_sm_resp` with `ESME_ROK`.
    Accepted(Reference),
    /// `+CMS ERROR`, or another status: the network did not take it.
    Refused(Reason),
}

/// The end of a submit that came late, in the run that made it.
pub(crate) struct Late<'a> {
    pub message: RowId,
    pub part: u16,
    pub carrier: &'a Carrier,
    /// It had been refused, and whether it is the last part.
    pub refused: Option<bool>,
    pub answer: &'a LateAnswer,
    pub at: Time,
}
