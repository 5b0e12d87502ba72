//! Dialogues with a modem, in virtual time.

mod commands;
mod faults;
mod receiving;
mod sending;
mod storage;
