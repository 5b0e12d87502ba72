//! Who else has a port open.

use std::path::Path;

use crate::threads::Threads;

/// Takes every modem it finds, unless udev tells it not to.
const USUAL: &str = "ModemManager";
/// The control group of its unit. A hardened service sees no processes of others, but this. The second one is there
/// where the machine has control groups of both versions.
const UNITS: [&str; 2] = [
    "/sys/fs/cgroup/system.slice/ModemManager.service",
    "/sys/fs/cgroup/systemd/system.slice/ModemManager.service",
];

/// Another process that has the port open, as far as we may see it.
pub fn holder(port: &Path) -> Option<String> {
    let device = port.canonicalize().ok()?;
    let own = std::process::id().to_string();
    processes()
        .filter(|process| process.file_name() != own.as_str())
        .find_map(|process| {
            let descriptors = std::fs::read_dir(process.path().join("fd")).ok()?;
            let open = descriptors.filter_map(Result::ok).any(|descriptor| {
                std::fs::read_link(descriptor.path()).is_ok_and(|file| file == device)
            });
            open.then(|| {
                let number = process.file_name();
                format!("{} (process {})", name(&process), number.to_string_lossy())
            })
        })
}

/// Looking through all processes takes a while.
static THREADS: Threads = Threads::new("holder", 4);

/// Who has a port that is refused to us, in words.
pub async fn culprit(port: &Path) -> Option<String> {
    let port = port.to_owned();
    THREADS.run(move || in_words(&port)).await.ok()
}

fn in_words(port: &Path) -> String {
    let who = holder(port).unwrap_or_else(|| {
        // Other users' files are not shown to us.
        if modem_manager_runs() {
            format!("{USUAL}, as like as not")
        } else {
            "another user's program".to_owned()
        }
    });
    let hint = if who.starts_with(USUAL) {
        format!("; the udev rules of this program keep {USUAL} off: ID_MM_DEVICE_IGNORE")
    } else {
        String::new()
    };
    format!("in use by {who}{hint}")
}

/// Whether a program runs that takes modems for itself.
pub fn modem_manager_runs() -> bool {
    UNITS.iter().any(|unit| Path::new(unit).exists())
        || processes().any(|process| name(&process) == USUAL)
}

/// The same, without holding anybody up.
pub async fn find_modem_manager() -> bool {
    THREADS.run(modem_manager_runs).await.unwrap_or(false)
}

fn processes() -> impl Iterator<Item = std::fs::DirEntry> {
    let all = std::fs::read_dir("/proc").into_iter().flatten();
    all.filter_map(Result::ok).filter(|entry| {
        entry
            .file_name()
            .as_encoded_bytes()
            .iter()
            .all(u8::is_ascii_digit)
    })
}

fn name(process: &std::fs::DirEntry) -> String {
    let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
    name.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_is_named_and_our_own_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("port");
        let own = std::fs::File::create(&file).unwrap();
        assert_eq!(holder(&file), None);
        let mut other = std::process::Command::new("/bin/sleep")
            .arg("1000")
            .stdin(own.try_clone().unwrap())
            .spawn()
            .unwrap();
        let found = holder(&file);
        let said = in_words(&file);
        other.kill().unwrap();
        other.wait().unwrap();
        let found = found.unwrap();
        assert!(found.contains(&other.id().to_string()), "{found}");
        assert_eq!(said, format!("in use by {found}"));
    }
}
