//! u-blox.

use std::time::Duration;

use super::{CnmiRanges, GENERIC, Profile, Query, Restart};

/// SARA-R4: CNMI mode 1 and mt 0 at start, so nothing is announced until it is set.
pub(super) const SARA_R4: Profile = Profile {
    name: "ublox-sara-r4",
    manufacturer: "u-blox",
    model: "SARA-R410M-02B",
    revision: "L0.0.00.00.05.06",
    tac: "35275309",
    pin_tries: Query::new("+UPINCNT", "+UPINCNT: {pin},3,{puk},10"),
    cnmi: CnmiRanges {
        at_start: [1, 0, 0, 0, 0],
        ..GENERIC.cnmi
    },
    memories: &[("SM", 30), ("ME", 23), ("MT", 53)],
    memories_at_start: ["ME", "ME", "ME"],
    own: &[("+UPSV", None), ("+UMNOPROF", Some("+UMNOPROF: 0"))],
    restart: Restart::Silent(Duration::from_secs(5)),
    ..GENERIC
};
