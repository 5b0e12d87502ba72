//! What a message is before and after it is on the air.

mod body;
mod callback_url;
pub mod draft;
mod metadata;
pub mod number;
pub mod outgoing;
pub mod own_numbers;
pub mod reassemble;
pub mod recipients;
mod sender;
pub mod single;
mod template;
pub mod words;
