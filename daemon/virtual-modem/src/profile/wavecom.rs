//! Wavecom.

use super::{CnmiRanges, GENERIC, Profile, Query};

/// Fastrack M1306B: `AT+CPIN?` without OK, the ICCID in quotes.
pub(super) const FASTRACK: Profile = Profile {
    name: "wavecom-fastrack",
    manufacturer: "WAVECOM MODEM",
    model: "MULTIBAND 900E 1800",
    revision: "651_09gg.Q2406B 1300032 120204 10:05",
    tac: "35187000",
    iccid: Query::new("+CCID", "+CCID: \"{}\""),
    cpin_ok: false,
    cnmi: CnmiRanges {
        at_start: [0, 1, 0, 0, 0],
        ..GENERIC.cnmi
    },
    memories: &[("SM", 20), ("BM", 10), ("SR", 10)],
    start_urcs: &["+WIND: 3"],
    ready_urcs: &["+WIND: 4"],
    own: &[
        ("+WIND", Some("+WIND: 0")),
        ("+WWSM", None),
        ("+WOPN", None),
    ],
    ..GENERIC
};
