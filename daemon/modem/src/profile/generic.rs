//! A modem as the standards have it, and no command that only some know.

use super::{Listing, Profile, UssdCoding};
use at::commands::{IccidVia, PinTriesVia};
use std::time::Duration;

/// What every profile overlays.
pub(crate) const GENERIC: Profile = Profile {
    name: "generic",
    makers: &[],
    models: &[],
    firmware: &[],
    init: &[],
    iccid: IccidVia::ALL,
    pin_tries: &[PinTriesVia::Cpinr, PinTriesVia::Cpinc],
    // Stored messages survive us; stored reports cannot be read on many modems (field notes A 4,
    // A 5), so reports are routed. After that whatever the modem takes.
    cnmi: &[(1, 1), (1, 2), (2, 1), (2, 2), (1, 0), (2, 0), (3, 1)],
    // A message in the SIM stays with the SIM's number when cards are swapped.
    memories: &["SM", "ME", "MT"],
    listing: &[Listing::Four, Listing::All, Listing::Scan],
    ussd: UssdCoding::Text,
    cmms: true,
    // The slowest known to prompt takes under 1 s when idle; one that has just been handed an
    // incoming message takes longer.
    prompt_wait: Duration::from_secs(10),
    // The longest that a maker documents is 3 min (field notes A 1); 135 s was measured elsewhere.
    submit_wait: Duration::from_secs(185),
};
