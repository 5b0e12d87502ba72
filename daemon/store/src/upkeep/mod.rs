//! What is done to all of it: old messages go, times move with the clock, the file is looked through.

pub(crate) mod clock_step;
pub(crate) mod retain;
pub(crate) mod soundness;
