//! What a message is before and after it is on the air.

pub mod draft;
pub mod home_country;
mod metadata;
pub mod number;
pub mod outgoing;
pub mod own_numbers;
pub mod reassemble;
pub mod recipients;
pub mod single;
pub(crate) mod template;
pub mod templates;
pub mod words;
