//! How the C library hands out memory to the daemon.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// glibc reads them before `main`, so that they cannot be set from within.
///
/// It gives each thread that allocates a heap of its own, and keeps what was freed in each: after half an
/// hour of messages and faults on 16 modems that was 39 MB, and 31 MB with one heap. It also raises both its
/// thresholds to whatever large piece was freed last, which is the 19 MB of a password's hash: from the
/// second one on they stayed, until one of the thresholds was given.
const VARIABLES: [(&str, &str); 2] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_TRIM_THRESHOLD_", "131072"),
];

/// Starts this program once more in its own place with one heap for all its threads, which gives back what
/// is free at its end, unless the administrator has said otherwise.
pub(super) fn make_one() {
    let missing = VARIABLES.map(|(name, _)| std::env::var_os(name).is_none());
    if !cfg!(target_env = "gnu") || missing == [false; VARIABLES.len()] {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut arguments = std::env::args_os();
    let name = arguments
        .next()
        .unwrap_or_else(|| OsString::from("simgate"));
    let added = VARIABLES.iter().zip(missing);
    let added = added.filter_map(|(variable, missing)| missing.then_some(*variable));
    // It comes back only if it could not be done, and then it is no harm to go on as it is.
    let _ = Command::new(program)
        .arg0(name)
        .args(arguments)
        .envs(added)
        .exec();
}
