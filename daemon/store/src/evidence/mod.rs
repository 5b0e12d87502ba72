//! What the network says of what went out, and what is concluded where it says nothing.

pub(crate) mod doubts;
pub(crate) mod receipts;
pub(crate) mod recovery;
pub(crate) mod reports;
