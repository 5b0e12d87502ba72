//! `SIMCom`.

use super::Profile;
use super::generic::GENERIC;
use at::commands::{IccidVia, PinTriesVia};

pub(super) const SIMCOM: Profile = Profile {
    name: "simcom",
    makers: &["simcom"],
    // Both silence periodic reports (B.4).
    init: &["+AUTOCSQ=0", "+CNSMOD=0"],
    // The SIM7600 family knows AT+CICCID only.
    iccid: &[
        IccidVia::Ccid,
        IccidVia::Ciccid,
        IccidVia::Iccid,
        IccidVia::Crsm,
    ],
    pin_tries: &[PinTriesVia::Spic],
    // No ds=2 on SIM800; the A7670X refuses 2,2,0,1,0 and takes 2,2,0,0,0 (A 20, B.4).
    cnmi: &[(1, 1), (1, 0), (2, 1), (2, 0)],
    ..GENERIC
};
