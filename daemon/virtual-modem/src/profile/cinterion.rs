//! Cinterion.

use super::{CnmiRanges, GENERIC, Profile, Query};

/// `MC75i`: bfr must be 1, no ME as mem3, and its own word for the ICCID.
pub(super) const MC75I: Profile = Profile {
    name: "cinterion-mc75i",
    manufacturer: "Cinterion",
    model: "MC75i",
    revision: "REVISION 03.010",
    tac: "35627001",
    iccid: Query::new("^SCID", "^SCID: {}"),
    pin_tries: Query::new("^SPIC", "^SPIC: {pin}"),
    cnmi: CnmiRanges {
        allowed: [&[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 2, 3], &[0, 1, 2], &[1]],
        refused: &[],
        at_start: [0, 0, 0, 0, 1],
    },
    memories: &[("SM", 40), ("ME", 30), ("MT", 70)],
    start_urcs: &["^SYSSTART"],
    own: &[
        ("^SMSO", Some("^SMSO: MS OFF")),
        ("^SSMSS", None),
        ("^SCFG", None),
    ],
    ..GENERIC
};
