//! What comes of an input, in order: outputs for the owner, and consequences for other parts.

use crate::event::Event;
use crate::io::Output;
use crate::trouble::Trouble;
use at::commands::{Cpms, Memories, Registration, RegistrationDomain};
use std::collections::VecDeque;

/// What one part has found out or done that concerns others, which it does not know. The root
/// hands each to whom it concerns ([`Engine::settle`](super::Engine)) before another part is asked.
#[derive(Debug)]
pub(super) enum Consequence {
    /// A USSD code went out by an operator's command.
    UssdSent,
    /// The character set may be another than set-up chose.
    CharsetUnsure,
    /// The selected memory may be another.
    MemoryUnsure,
    /// The modem may have stopped telling what arrives.
    RoutingUnsure,
    /// The modem may have started to give errors without codes, as after a start.
    ErrorCodesRead {
        /// It gives none.
        plain: bool,
    },
    /// Something arrived: the modem tells what does.
    Arrived,
    /// Something may have arrived without a word.
    ArrivalsMissed,
    /// The network was not told in time that a message was taken.
    AckMissed,
    /// It is known which modem it is.
    Identified,
    /// Messages are kept in this memory, and so full are the memories.
    MemoryChosen(Cpms, Memories),
    /// Which memory is selected, and how full all are.
    MemoriesRead(Memories),
    /// Registration was told.
    Registered(RegistrationDomain, Registration),
    /// Set-up is done.
    SetUp,
    /// The SIM may be another one, or none.
    SimUnsure,
    /// The SIM is gone, or it is another one.
    SimLost,
    /// The modem has started since it was set up last.
    Booted,
    /// The modem started anew without telling.
    StartedAnew,
    /// A message was not answered.
    Unanswered(Trouble),
    /// No message is taken since TP-MR 255 (field notes A 8).
    ReferenceStuck,
}

/// Filled by the parts, emptied by the root and by the owner after each input, so it has no bound of
/// its own.
#[derive(Debug, Default)]
pub(super) struct Out {
    outputs: VecDeque<Output>,
    consequences: VecDeque<Consequence>,
}

impl Out {
    pub(super) fn put(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn event(&mut self, event: Event) {
        self.put(Output::Event(event));
    }

    pub(super) fn then(&mut self, consequence: Consequence) {
        self.consequences.push_back(consequence);
    }

    pub(super) fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(super) fn consequence(&mut self) -> Option<Consequence> {
        self.consequences.pop_front()
    }
}
