//! The codec from outside. One program, so that it is linked once.

mod common;
mod fields;
mod fuzz_seeds;
mod gsm7_tables;
mod roundtrip;
mod vectors;
