//! ZTE.

use super::Profile;
use super::generic::GENERIC;
use at::commands::{IccidVia, PinTriesVia};

pub(super) const ZTE: Profile = Profile {
    name: "zte",
    makers: &["zte"],
    // B.2: +ZOPRT=5 goes online. An early +CPMS? stops the +ZUSIMR:2 flood that fills the stick's
    // buffers until it crashes.
    init: &["+ZOPRT=5", "+CPMS?"],
    iccid: &[
        IccidVia::Iccid,
        IccidVia::Ccid,
        IccidVia::Zgeticcid,
        IccidVia::Crsm,
    ],
    pin_tries: &[PinTriesVia::Zpinpuk],
    ..GENERIC
};
