//! Huawei.

use super::generic::GENERIC;
use super::{Profile, UssdCoding};
use at::commands::{IccidVia, PinTriesVia};

pub(super) const HUAWEI: Profile = Profile {
    name: "huawei",
    makers: &["huawei"],
    // Without ^CURC=0 the ^RSSI flood is never quiet (field notes A 3). ^PORTSEL=1: URCs on this
    // port (B.1).
    init: &["^CURC=0", "^PORTSEL=1"],
    iccid: &[
        IccidVia::CaretIccid,
        IccidVia::Iccid,
        IccidVia::Ccid,
        IccidVia::Crsm,
    ],
    pin_tries: &[PinTriesVia::CaretCpin],
    // A MU509 announces reports that nobody can read, so never ds=2 before +CDS was refused (A 5).
    cnmi: &[(1, 1), (1, 2), (1, 0), (2, 1), (2, 0)],
    // B.1: `*100#` is AA180C3602 on the line.
    ussd: UssdCoding::PackedHex,
    ..GENERIC
};

/// Sticks that want USSD as plain text (B.1).
pub(super) const HUAWEI_TEXT_USSD: Profile = Profile {
    name: "huawei-text-ussd",
    models: &["e169", "e3131"],
    ussd: UssdCoding::Text,
    makers: HUAWEI.makers,
    init: HUAWEI.init,
    iccid: HUAWEI.iccid,
    pin_tries: HUAWEI.pin_tries,
    cnmi: HUAWEI.cnmi,
    ..GENERIC
};
