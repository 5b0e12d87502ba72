//! How many files the process may have open, and how many of them connections may be.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More connections than that serve nobody on such a machine.
const MOST: usize = 1024;
/// Where no limit can be told, as POSIX has it at least.
const USUAL: u64 = 1024;

/// Raises the limit of open files as far as the system lets us.
pub fn raise() {
    let now = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: now.maximum,
        maximum: now.maximum,
    };
    if now.current != now.maximum
        && let Err(error) = setrlimit(Resource::Nofile, wanted)
    {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
}

/// Half of the open files at most: modems have two each, the store has its own, and webhooks and
/// uplinks need some.
pub fn connections_at_most() -> usize {
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(USUAL);
    usize::try_from(limit / 2).unwrap_or(MOST).clamp(1, MOST)
}
