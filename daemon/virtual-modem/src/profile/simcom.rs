//! `SIMCom`.

use std::time::Duration;

use super::{CnmiRanges, EmptySlot, GENERIC, Profile, Query, Restart};

const PIN_TRIES: Query = Query::new("+SPIC", "+SPIC: {pin},{puk},3,10");

/// SIM800: no ds=2, the ICCID without a prefix, no `AT+CLAC`, and plenty to say at start.
pub(super) const SIM800: Profile = Profile {
    name: "simcom-sim800",
    manufacturer: "SIMCOM_Ltd",
    model: "SIMCOM_SIM800L",
    revision: "Revision:1418B05SIM800L24",
    tac: "86782003",
    iccid: Query::new("+CCID", "{}"),
    pin_tries: PIN_TRIES,
    cnmi: CnmiRanges {
        allowed: [&[0, 1, 2, 3], &[0, 1, 2, 3], &[0, 2], &[0, 1], &[0, 1]],
        refused: &[],
        at_start: [2, 1, 0, 0, 0],
    },
    memories: &[("SM", 30), ("ME", 0), ("MT", 30)],
    empty_slot: EmptySlot::Ok,
    start_urcs: &["RDY", "+CFUN: 1", "+CPIN: READY"],
    ready_urcs: &["Call Ready", "SMS Ready"],
    noise: &[
        (
            Duration::from_secs(20),
            "*PSUTTZ: 2026,11,22,8,0,0,\"+28\",0",
        ),
        (Duration::from_secs(20), "DST: 0"),
    ],
    missing: &["+CLAC"],
    own: &[
        ("+CPOWD", Some("NORMAL POWER DOWN")),
        ("+AUTOCSQ", None),
        ("+CNSMOD", None),
        ("+CSPN", Some("+CSPN: \"Viettel\",0")),
    ],
    ..GENERIC
};

/// SIM7600: slots from 0.
pub(super) const SIM7600: Profile = Profile {
    name: "simcom-sim7600",
    manufacturer: "SIMCOM INCORPORATED",
    model: "SIMCOM_SIM7600E-H",
    revision: "+CGMR: LE20B04SIM7600M22",
    tac: "86147503",
    iccid: Query::new("+CICCID", "+ICCID: {}"),
    pin_tries: PIN_TRIES,
    memories: &[("SM", 50), ("ME", 23), ("MT", 73), ("SR", 10)],
    memories_at_start: ["ME", "ME", "ME"],
    first_index: 0,
    empty_slot: EmptySlot::Ok,
    start_urcs: &["RDY"],
    ready_urcs: &["+CPIN: READY", "SMS DONE", "PB DONE"],
    missing: &["+CLAC"],
    own: &[(
        "+CPSI",
        Some(
            "+CPSI: LTE,Online,452-04,0x1A2B,187214780,257,EUTRAN-BAND3,1750,5,5,-94,-850,-545,15",
        ),
    )],
    restart: Restart::Vanish(Duration::from_secs(10)),
    ..GENERIC
};

/// A7670: refuses ds=1 beside mt=2, and says when the memory is full.
pub(super) const A7670: Profile = Profile {
    name: "simcom-a7670",
    manufacturer: "INCORPORATED",
    model: "A7670E-FASE",
    revision: "A110B04A7670M7_F",
    tac: "86305906",
    iccid: Query::new("+CICCID", "+ICCID: {}"),
    pin_tries: PIN_TRIES,
    cnmi: CnmiRanges {
        refused: &[[2, 2, 0, 1, 0]],
        ..GENERIC.cnmi
    },
    memories: &[("SM", 50), ("ME", 180), ("MT", 230)],
    first_index: 0,
    empty_slot: EmptySlot::Ok,
    ready_urcs: &["+CPIN: READY", "SMS DONE"],
    full_urc: Some("+SMS FULL"),
    missing: &["+CLAC"],
    ..GENERIC
};
