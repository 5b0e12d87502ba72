//! Messages on their way out: accepted, waiting, claimed, and moved on step by step.

pub(crate) mod accept;
pub(crate) mod advance;
pub(crate) mod lanes;
