//! Messages on their way out: accepted, waiting, claimed, and moved on step by step.

pub(crate) mod accept;
pub(crate) mod advance;
pub(crate) mod claim;
pub(crate) mod lanes;
pub(crate) mod pause;
mod refused;
pub(crate) mod scan;
pub(crate) mod step;
pub(crate) mod turns;

use crate::machine::access::Access;

/// The way of messages out.
#[derive(Clone)]
pub struct Queue {
    file: Access,
}

impl Queue {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }
}
