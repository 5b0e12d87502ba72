//! Quectel.

use std::time::Duration;

use super::{EmptySlot, GENERIC, Profile, Query, ReportStorage, Restart};

const PIN_TRIES: Query = Query::new("+QPINC", "+QPINC: \"SC\",{pin},{puk}");
const ICCID: Query = Query::new("+QCCID", "+QCCID: {}");

/// EC25: with ds=2 a report goes to SR but is announced as slot 0 of SM.
pub(super) const EC25: Profile = Profile {
    name: "quectel-ec25",
    manufacturer: "Quectel",
    model: "EC25",
    revision: "EC25EFAR06A10M4G",
    tac: "86678403",
    iccid: ICCID,
    pin_tries: PIN_TRIES,
    memories: &[("SM", 50), ("ME", 255), ("MT", 305), ("SR", 20)],
    memories_at_start: ["ME", "ME", "ME"],
    first_index: 0,
    empty_slot: EmptySlot::Ok,
    report_storage: ReportStorage::SrAnnouncedAsSm,
    start_urcs: &["RDY", "+CFUN: 1", "+CPIN: READY"],
    ready_urcs: &["+QUSIM: 1", "+QIND: SMS DONE", "+QIND: PB DONE"],
    full_urc: Some("+QIND: \"smsfull\",\"ME\""),
    own: &[
        ("+QURCCFG", None),
        ("+QINDCFG", None),
        ("+QCFG", None),
        ("+QCSQ", Some("+QCSQ: \"LTE\",52,-81,195,-10")),
        (
            "+QNWINFO",
            Some("+QNWINFO: \"FDD LTE\",\"45204\",\"LTE BAND 3\",1750"),
        ),
        (
            "+QSPN",
            Some("+QSPN: \"Viettel\",\"Viettel\",\"\",0,\"45204\""),
        ),
    ],
    restart: Restart::Vanish(Duration::from_secs(10)),
    ..GENERIC
};

/// EG912 family: SM and ME only, an answer of CMS 500 to nothing in particular, CNMI lost at a missed CNMA.
pub(super) const EG912: Profile = Profile {
    name: "quectel-eg912",
    manufacturer: "Quectel",
    model: "EG912Y",
    revision: "EG912YEMAAR04A06M08",
    tac: "86816704",
    iccid: ICCID,
    pin_tries: PIN_TRIES,
    memories: &[("SM", 50), ("ME", 180)],
    memories_at_start: ["ME", "ME", "ME"],
    first_index: 0,
    empty_slot: EmptySlot::Ok,
    start_urcs: &["RDY"],
    ready_urcs: &["+QIND: SMS DONE"],
    own: &[("+QURCCFG", None), ("+QINDCFG", None), ("+QCFG", None)],
    restart: Restart::Vanish(Duration::from_secs(8)),
    ..GENERIC
};
