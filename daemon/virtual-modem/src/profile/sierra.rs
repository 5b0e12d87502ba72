//! Sierra Wireless.

use std::time::Duration;

use super::{EmptySlot, GENERIC, Profile, Query, Restart};

/// MC7455: its own commands begin with an exclamation mark.
pub(super) const MC7455: Profile = Profile {
    name: "sierra-mc7455",
    manufacturer: "Sierra Wireless, Incorporated",
    model: "MC7455",
    revision: "SWI9X30C_02.30.01.01",
    tac: "35907206",
    iccid: Query::new("!ICCID", "!ICCID: {}"),
    memories: &[("SM", 30), ("ME", 255), ("MT", 285)],
    memories_at_start: ["ME", "ME", "ME"],
    first_index: 0,
    empty_slot: EmptySlot::Error,
    own: &[
        (
            "!GSTATUS",
            Some("!GSTATUS: \r\nIMS Srv State: FULL SERVICE"),
        ),
        ("!ENTERCND", None),
    ],
    restart: Restart::Vanish(Duration::from_secs(12)),
    ..GENERIC
};
