//! A message on its way to the modem.

use super::late::message_ref;
use crate::ids::JobId;
use crate::submitted::Submitted;
use tpdu::{Address, PduHex};

/// A message to submit.
#[derive(Debug)]
pub(in crate::engine) struct Job {
    pub(super) id: JobId,
    pub(super) pdu: PduHex,
    pub(super) more: bool,
    pub(super) hold: Hold,
}

/// Whether a message that waits may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// It may.
    Free,
    /// The modem may be asked for its prompt.
    Held,
    /// The modem has been at its prompt for too long: not again before the owner's word.
    Shelved,
}

impl Job {
    pub(in crate::engine) fn new(id: JobId, pdu: PduHex, more: bool) -> Self {
        let hold = Hold::Free;
        Self {
            id,
            pdu,
            more,
            hold,
        }
    }

    /// One that may not go out yet.
    pub(in crate::engine) fn held(id: JobId, pdu: PduHex, more: bool) -> Self {
        let hold = Hold::Held;
        Self {
            hold,
            ..Self::new(id, pdu, more)
        }
    }
}

/// A submit in flight, or one that is to be asked for again.
#[derive(Debug)]
pub(super) struct Flying {
    pub(super) job: JobId,
    /// The PDU may not be written yet.
    pub(super) held: Option<Held>,
    /// The PDU and Ctrl-Z were written.
    pub(super) handed_over: bool,
    /// What a `+CMGS:` line says, while its `OK` is still to come.
    pub(super) accepted: Option<Submitted>,
    /// No answer to an earlier command was on its way.
    pub(super) in_step: bool,
    /// `OK` came, and no `+CMGS:` before it.
    pub(super) ok_alone: bool,
    /// The command was echoed although echo is off: the modem booted without telling.
    pub(super) forgot: bool,
    /// TP-DA, where the PDU can be read.
    pub(super) to: Option<Address>,
}

/// A PDU that is held back.
#[derive(Debug)]
pub(super) struct Held {
    /// The message, in case the prompt has to be left and asked for again.
    pub(super) job: Job,
    /// What to write, once the modem has asked for it.
    pub(super) payload: Option<Vec<u8>>,
}

impl Flying {
    /// `in_step`: no answer to an earlier command is on its way.
    pub(super) fn new(job: Job, in_step: bool) -> Self {
        let submit = tpdu::Submit::decode(&job.pdu.tpdu);
        Self {
            job: job.id,
            handed_over: false,
            accepted: None,
            in_step,
            ok_alone: false,
            forgot: false,
            to: submit.ok().map(|submit| submit.da),
            held: (job.hold == Hold::Held).then_some(Held { job, payload: None }),
        }
    }

    /// `OK` came, and no `+CMGS:` before it.
    pub(super) fn ok_alone(&mut self) {
        self.ok_alone = true;
        self.accepted.get_or_insert(Submitted::AcceptedUnnumbered);
    }

    /// Takes the line of the answer, `+CMGS: <mr>`.
    pub(super) fn take_answer(&mut self, line: &str) {
        let mr = message_ref(line);
        self.accepted = Some(mr.map_or(Submitted::AcceptedUnnumbered, Submitted::Accepted));
    }

    /// The modem waits for a PDU that is held back.
    pub(super) fn is_held_at_prompt(&self) -> bool {
        let held = self.held.as_ref();
        held.is_some_and(|held| held.payload.is_some())
    }
}
