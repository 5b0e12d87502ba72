//! Telit.

use std::time::Duration;

use super::{GENERIC, Profile, Query, ReportStorage, Restart};

/// LE910C1: its own commands begin with `#`; reports are kept in SR and announced there.
pub(super) const LE910: Profile = Profile {
    name: "telit-le910",
    manufacturer: "Telit",
    model: "LE910C1-EUX",
    revision: "25.30.227",
    tac: "35237710",
    iccid: Query::new("#CCID", "#CCID: {}"),
    pin_tries: Query::new("#PCT", "#PCT: {pin}"),
    memories: &[("SM", 50), ("ME", 100), ("MT", 150), ("SR", 25)],
    report_storage: ReportStorage::Sr,
    ready_urcs: &["#QSS: 3"],
    own: &[
        ("#QSS", Some("#QSS: 0,3")),
        ("#SMSATRUN", None),
        ("#E2SMSRI", None),
    ],
    restart: Restart::Vanish(Duration::from_secs(10)),
    ..GENERIC
};
