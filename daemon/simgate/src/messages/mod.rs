//! What a message is before and after it is on the air.

pub(crate) mod outgoing;
pub(crate) mod reassemble;
