//! What is done to all of it: old messages go, times move with the clock, the file is looked through.

mod audit;
pub(crate) mod clock_step;
pub(crate) mod erase;
pub(crate) mod retain;
pub(crate) mod soundness;
pub(crate) mod thin;
mod told;

use crate::machine::access::Access;

/// What keeps the store in order.
#[derive(Clone)]
pub struct Upkeep {
    pub(crate) file: Access,
}

impl Upkeep {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }
}
