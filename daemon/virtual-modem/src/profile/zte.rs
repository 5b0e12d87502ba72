//! ZTE.

use std::time::Duration;

use super::{EmptySlot, GENERIC, Profile, Query, Restart};

/// MF190: floods the port with `+ZUSIMR:2` until `AT+CPMS?` is asked.
pub(super) const MF190: Profile = Profile {
    name: "zte-mf190",
    manufacturer: "ZTE INCORPORATED",
    model: "MF190",
    revision: "BD_TELMF190V1.0.0B04",
    tac: "86125802",
    iccid: Query::new("+ZGETICCID", "+ZGETICCID: {}"),
    memories: &[("SM", 30), ("ME", 100)],
    memories_at_start: ["ME", "ME", "ME"],
    empty_slot: EmptySlot::Ok,
    start_urcs: &["+ZDONR: \"Viettel\",452,4,\"CS_PS\",\"ROAM_OFF\""],
    noise: &[
        (Duration::from_secs(2), "+ZUSIMR:2"),
        (Duration::from_secs(11), "+ZPASR: \"UMTS\""),
    ],
    hush: Some("+CPMS?"),
    own: &[
        ("+ZCDRUN", None),
        ("+ZOPRT", None),
        ("+ZPAS", Some("+ZPAS: \"UMTS\",\"CS_PS\"")),
    ],
    restart: Restart::Vanish(Duration::from_secs(8)),
    ..GENERIC
};
