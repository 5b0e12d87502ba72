//! Huawei.

use std::time::Duration;

use super::{CnmiRanges, EmptySlot, GENERIC, Profile, Query, ReportStorage, Restart, UssdCoding};

const NOISE: &[(Duration, &str)] = &[
    (Duration::from_secs(3), "^RSSI:21"),
    (Duration::from_secs(5), "^HCSQ:\"LTE\",49,40,121,22"),
    (Duration::from_secs(7), "^BOOT:20952548,0,0,0,75"),
];

/// E3372 in stick mode: slots from 0, packed USSD, reports announced and lost with ds=2, noise until `^CURC=0`.
pub(super) const E3372: Profile = Profile {
    name: "huawei-e3372",
    manufacturer: "huawei",
    model: "E3372",
    revision: "21.200.07.00.00",
    tac: "86180403",
    iccid: Query::new("^ICCID", "^ICCID: {}"),
    pin_tries: Query::new("^CPIN", "^CPIN: READY,,{puk},{pin},10,3"),
    cnmi: CnmiRanges {
        allowed: [&[0, 1, 2], &[0, 1, 2, 3], &[0, 2, 3], &[0, 1, 2], &[0, 1]],
        refused: &[],
        at_start: [0, 0, 0, 0, 0],
    },
    memories: &[("SM", 50), ("ME", 23)],
    first_index: 0,
    empty_slot: EmptySlot::Ok,
    report_storage: ReportStorage::Lost,
    ussd: UssdCoding::PackedHex,
    four_digit_year: true,
    start_urcs: &["^SIMST:1", "^SRVST:2"],
    noise: NOISE,
    hush: Some("^CURC"),
    full_urc: Some("^SMMEMFULL: \"SM\""),
    own: &[
        ("^CURC", None),
        ("^PORTSEL", None),
        ("^U2DIAG", None),
        ("^SYSINFO", Some("^SYSINFO:2,3,0,5,1,,4")),
        (
            "^SYSINFOEX",
            Some("^SYSINFOEX:2,3,0,5,1,6,\"LTE\",101,\"LTE\""),
        ),
        ("^HCSQ", Some("^HCSQ: \"LTE\",49,40,121,22")),
    ],
    restart: Restart::Vanish(Duration::from_secs(6)),
    ..GENERIC
};

/// E173: the older stick, without phase 2+ deliveries. It cannot route reports, and keeps them among
/// the messages.
pub(super) const E173: Profile = Profile {
    name: "huawei-e173",
    manufacturer: "huawei",
    model: "E173",
    revision: "11.126.85.00.209",
    tac: "86315801",
    capabilities: "+CGSM,+DS,+ES",
    iccid: Query::new("^ICCID", "^ICCID: {}"),
    pin_tries: Query::new("^CPIN", "^CPIN: READY,,{puk},{pin},10,3"),
    cnmi: CnmiRanges {
        allowed: [&[0, 1, 2], &[0, 1], &[0, 2], &[0, 2], &[0, 1]],
        refused: &[],
        at_start: [0, 0, 0, 0, 0],
    },
    phase_2_plus: false,
    memories: &[("SM", 30), ("ME", 10)],
    first_index: 0,
    empty_slot: EmptySlot::Ok,
    ussd: UssdCoding::PackedHex,
    four_digit_year: true,
    noise: NOISE,
    hush: Some("^CURC"),
    full_urc: Some("^SMMEMFULL: \"SM\""),
    own: &[
        ("^CURC", None),
        ("^PORTSEL", None),
        ("^U2DIAG", None),
        ("^CVOICE", None),
    ],
    restart: Restart::Vanish(Duration::from_secs(8)),
    ..GENERIC
};
