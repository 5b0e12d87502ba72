//! Sierra Wireless.

use super::Profile;
use super::generic::GENERIC;
use at::commands::{IccidVia, PinTriesVia};

pub(super) const SIERRA: Profile = Profile {
    name: "sierra",
    makers: &["sierra"],
    iccid: &[
        IccidVia::BangIccid,
        IccidVia::Iccid,
        IccidVia::Ccid,
        IccidVia::Crsm,
    ],
    pin_tries: &[PinTriesVia::Cpinc],
    // RC7620: +CMGR gives CMS 321 until ME was emptied (B.7), so ME is not first choice.
    memories: &["SM", "ME"],
    ..GENERIC
};
