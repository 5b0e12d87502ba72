//! Telit.

use super::Profile;
use super::generic::GENERIC;
use at::commands::{IccidVia, PinTriesVia};

pub(super) const TELIT: Profile = Profile {
    name: "telit",
    makers: &["telit"],
    iccid: &[
        IccidVia::HashCcid,
        IccidVia::Ccid,
        IccidVia::Iccid,
        IccidVia::Crsm,
    ],
    pin_tries: &[PinTriesVia::Pct],
    // HE863 p.116: ds=1 and ds=2 both work; with routed reports nothing fills up.
    cnmi: &[(1, 1), (1, 2), (2, 1), (2, 2), (1, 0), (2, 0)],
    ..GENERIC
};
