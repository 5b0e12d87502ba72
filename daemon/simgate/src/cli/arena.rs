//! How the C library hands out memory to the daemon.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

const VARIABLE: &str = "MALLOC_ARENA_MAX";

/// Starts this program once more in its own place with one heap for all its threads, unless the
/// administrator has said how many.
///
/// glibc gives each thread that allocates a heap of its own, and keeps what was freed in each: after
/// half an hour of messages and faults on 16 modems that was 39 MB, and 31 MB with one. It reads the
/// variable before `main`, so that it cannot be set from within.
pub(super) fn make_one() {
    if !cfg!(target_env = "gnu") || std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else {
        return;
    };
    let mut arguments = std::env::args_os();
    let name = arguments
        .next()
        .unwrap_or_else(|| OsString::from("simgate"));
    // It comes back only if it could not be done, and then it is no harm to go on as it is.
    let _ = Command::new(program)
        .arg0(name)
        .args(arguments)
        .env(VARIABLE, "1")
        .exec();
}
