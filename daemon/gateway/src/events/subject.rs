//! What an event is about, by which it is told to those who may see that.

use model::{Iccid, MessageId};

/// What an event is about. A modem is what the SIM in it is: the SIM is named when the event happens,
/// since when it is told the modem may be gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Message(MessageId),
    /// A SIM, or the modem that it is in.
    Sim(Iccid),
    /// Nothing that belongs to anybody in particular.
    Gateway,
}

impl Subject {
    /// A modem with this SIM in it, if its SIM is known.
    pub fn modem(sim: Option<&Iccid>) -> Self {
        sim.map_or(Self::Gateway, |iccid| Self::Sim(iccid.clone()))
    }
}
