//! The controller as a host and a person with a logic analyser see it.

mod bench;
mod faults;
mod lamps;
mod link;
mod mocks;
mod properties;
mod requests;
mod sequences;
