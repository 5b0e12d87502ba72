//! Quectel.

use super::generic::GENERIC;
use super::{Listing, Profile};
use at::commands::{IccidVia, PinTriesVia};

pub(super) const QUECTEL: Profile = Profile {
    name: "quectel",
    makers: &["quectel"],
    // URCs on every port, ours too, however it is wired; kept in NVM (B.3). +QIND "csq" would
    // interrupt with each change of signal.
    init: &["+QURCCFG=\"urcport\",\"all\"", "+QINDCFG=\"csq\",0"],
    iccid: &[
        IccidVia::Qccid,
        IccidVia::Iccid,
        IccidVia::Ccid,
        IccidVia::Crsm,
    ],
    pin_tries: &[PinTriesVia::Qpinc],
    // ds=2 announces every report as "SM",0 on EC25 and EG25 (A 4); it is listed all the same.
    cnmi: &[(1, 1), (2, 1), (1, 0), (2, 0)],
    ..GENERIC
};

/// Firmware A24 answers +CMGL and +CMGR on ME with nothing; SM is sound (A 31).
pub(super) const EC200A: Profile = Profile {
    name: "quectel-ec200a",
    models: &["ec200a"],
    memories: &["SM"],
    makers: QUECTEL.makers,
    init: QUECTEL.init,
    iccid: QUECTEL.iccid,
    pin_tries: QUECTEL.pin_tries,
    cnmi: QUECTEL.cnmi,
    ..GENERIC
};

/// EP06-A and EM06-A: `+CMGL=4` gives CMS 303 in PDU mode, the text form works (A 31).
pub(super) const EP06: Profile = Profile {
    name: "quectel-ep06",
    models: &["ep06", "em06"],
    listing: &[Listing::All, Listing::Four, Listing::Scan],
    makers: QUECTEL.makers,
    init: QUECTEL.init,
    iccid: QUECTEL.iccid,
    pin_tries: QUECTEL.pin_tries,
    cnmi: QUECTEL.cnmi,
    ..GENERIC
};
