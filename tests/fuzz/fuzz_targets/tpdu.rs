#![no_main]

#[path = "../bodies/tpdu.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
