//! The frame and the octets of the messages.

mod fuzz_seeds;
mod lines;
mod octets;
mod strategies;
