//! What a message is before and after it is on the air.

mod body;
pub(crate) mod draft;
mod metadata;
pub(crate) mod number;
pub(crate) mod outgoing;
pub(crate) mod own_numbers;
pub(crate) mod reassemble;
pub(crate) mod recipients;
mod sender;
pub(crate) mod single;
mod template;
