//! What follows from a self-test for how modems of that kind are run.

use std::time::Duration;

use model::{Found, Way};

/// Without announcements the memories are listed this often.
const SWEEP_UNTOLD: Duration = Duration::from_secs(15);

/// How a modem is to be run for what was found out about its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    pub sweep_every: Duration,
    pub keep_link: bool,
}

impl Advice {
    /// What does not depend on which SIM was tested, and is safe when it is wrong: listing more often
    /// costs a few commands, and a link that saves nothing is not missed.
    pub fn after(found: &Found) -> Self {
        let usual = modem::Settings::default();
        let sweep_every = match found.messages {
            Way::Untold => SWEEP_UNTOLD.min(usual.sweep_every),
            _ => usual.sweep_every,
        };
        Self {
            sweep_every,
            keep_link: found.link.useful != Some(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_announced_is_looked_for_more_often() {
        let usual = modem::Settings::default().sweep_every;
        let sweep = |messages| {
            let found = Found {
                messages,
                ..Found::default()
            };
            Advice::after(&found).sweep_every
        };
        assert!(sweep(Way::Untold) < usual);
        for way in [Way::Unknown, Way::Routed, Way::Announced, Way::Astray] {
            assert_eq!(sweep(way), usual);
        }
    }

    #[test]
    fn a_link_is_kept_unless_that_was_seen_to_save_nothing() {
        for (useful, kept) in [(None, true), (Some(true), true), (Some(false), false)] {
            let mut found = Found::default();
            found.link.useful = useful;
            assert_eq!(Advice::after(&found).keep_link, kept);
        }
    }
}
