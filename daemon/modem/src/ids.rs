//! What names a submit, and what is received.

/// Names one submit; chosen by the owner, returned with its outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// Names one received TPDU until the owner says that it is committed. Chosen by the engine, never
/// used twice in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptToken(pub u64);
