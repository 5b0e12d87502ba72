//! What the network says of what went out, and what is concluded where it says nothing.

pub(crate) mod doubts;
pub(crate) mod outcome;
pub(crate) mod receipts;
pub(crate) mod recovery;
pub(crate) mod reference;
pub(crate) mod reports;

use crate::machine::access::Access;

/// Reports, receipts, late answers, and what is concluded from them.
#[derive(Clone)]
pub struct Evidence {
    file: Access,
}

impl Evidence {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }
}
