//! Sessions against a scripted SMSC that writes and reads raw octets on a real socket.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside #[test]")]

mod arbitrary;
mod binding;
mod deliveries;
mod ending;
mod keepalive;
mod malformed;
mod owner;
mod pair;
mod sloppy;
mod smsc;
mod submits;
mod throughput;
mod tls;
