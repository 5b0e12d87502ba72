//! Wavecom, and the boxes built on it.

use super::Profile;
use super::generic::GENERIC;
use at::commands::{IccidVia, PinTriesVia};

pub(super) const WAVECOM: Profile = Profile {
    name: "wavecom",
    makers: &["wavecom", "multitech", "multi-tech"],
    iccid: &[IccidVia::Ccid, IccidVia::CcidRead, IccidVia::Crsm],
    pin_tries: &[PinTriesVia::Cpinc],
    // B.7: known good with messages buffered in the SIM.
    memories: &["SM"],
    ..GENERIC
};
