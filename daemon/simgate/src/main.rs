//! simgate: an SMS gateway over banks of GSM and LTE modems.

#![expect(dead_code, reason = "the skeleton: modules land one after the other")]

mod model;

fn main() {}
