//! What is done to all of it: old messages go, times move with the clock, the file is looked through.

mod audit;
pub(crate) mod clock_step;
pub(crate) mod damaged;
pub(crate) mod erase;
pub(crate) mod retain;
pub(crate) mod soundness;
pub(crate) mod thin;
mod told;

use crate::StoreError;
use crate::machine::access::Access;
use crate::machine::writer::Need;

/// What keeps the store in order.
#[derive(Clone)]
pub struct Upkeep {
    pub(crate) file: Access,
}

impl Upkeep {
    pub(crate) fn new(file: Access) -> Self {
        Self { file }
    }

    /// Answers as soon as the writer does, which nothing is written for. False when it has ended; one that
    /// cannot write at the moment is alive.
    pub async fn is_alive(&self) -> bool {
        let answer = self.file.write(Need::Ongoing, |_| Ok(())).await;
        !matches!(answer, Err(StoreError::Closed))
    }
}
