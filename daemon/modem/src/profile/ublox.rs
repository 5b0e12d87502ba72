//! u-blox.

use super::Profile;
use super::generic::GENERIC;
use at::commands::{IccidVia, PinTriesVia};
use std::time::Duration;

pub(super) const UBLOX: Profile = Profile {
    name: "u-blox",
    makers: &["u-blox", "ublox"],
    iccid: &[IccidVia::Ccid, IccidVia::Iccid, IccidVia::Crsm],
    pin_tries: &[PinTriesVia::Upincnt],
    // UBX-17003787 p.78: +CMGS takes up to 3 min. Ours must not end first.
    submit_wait: Duration::from_mins(4),
    ..GENERIC
};
