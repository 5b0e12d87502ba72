//! The engine against modems made for tests, in virtual time. One program, so that it is linked once.

mod any_bytes;
mod day;
mod deaf;
mod deleting;
mod field_notes;
mod held;
mod life;
mod restart;
mod support;
mod transcripts;
mod ussd_corpus;
