#![no_main]

#[path = "../bodies/smpp_deliver.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
