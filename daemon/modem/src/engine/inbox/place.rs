//! Where a message lies.

/// A message in a memory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) struct Place {
    /// `SM`, `ME`, `SR`, ...
    pub(in crate::engine) memory: String,
    /// From 0 on some modems, from 1 on others.
    pub(in crate::engine) index: u16,
}
