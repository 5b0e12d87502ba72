//! Cinterion, formerly Siemens, now Thales and Telit Cinterion.

use super::Profile;
use super::generic::GENERIC;
use at::commands::{IccidVia, PinTriesVia};

pub(super) const CINTERION: Profile = Profile {
    name: "cinterion",
    makers: &["cinterion", "siemens", "gemalto", "thales"],
    iccid: &[
        IccidVia::Ccid,
        IccidVia::CaretScid,
        IccidVia::CcidRead,
        IccidVia::Crsm,
    ],
    pin_tries: &[PinTriesVia::CaretSpic],
    // MC75i: no ME as third memory, and <bfr> must be 1, which +CNMI=? tells (A 20).
    memories: &["SM", "MT"],
    // TC35 is run with mt=1 or 0 and stored reports, some of its firmware is bad for them (B.7).
    cnmi: &[(1, 1), (1, 2), (1, 0), (2, 1), (2, 0)],
    ..GENERIC
};
