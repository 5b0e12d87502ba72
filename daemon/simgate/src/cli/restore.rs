//! `simgate restore`: works on the data directory itself, while no daemon does.

use std::path::PathBuf;

use clap::Args;

use super::local::Place;
use super::{Failure, output};
use gateway::records::{self, Restored};

pub(super) const EXAMPLES: &str = "\
Examples:
  systemctl stop simgate
  simgate restore /var/lib/simgate/backups/simgate-20261129T033000.000Z.db
  simgate check
  systemctl start simgate

The database of before is kept beside the new one. What waited to be sent when the backup was made may
have gone out since: it is uncertain then, and waits for your word (simgate messages resolve-restored).";

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A backup that this version of simgate or an earlier one made.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Restore {
    pub(super) fn run(self) -> Result<(), Failure> {
        let home = self.place.home()?;
        let restored = records::restore(home, &self.file);
        let restored = restored.map_err(|error| Failure::refused(error.to_string()))?;
        output::print(&told(&self.file.display().to_string(), &restored))
    }
}

/// What was done, and what is to be done now.
fn told(file: &str, restored: &Restored) -> String {
    let mut lines = vec![format!("restored {file}: {} messages", restored.messages)];
    if let Some(aside) = &restored.aside {
        lines.push(format!(
            "the database of before is {}: delete it when you do not need it any more",
            aside.display()
        ));
    }
    match restored.fitted.held {
        0 => {}
        held => lines.push(format!(
            "{held} messages waited when the backup was made and may have gone out since. They are held as uncertain; say \
             of all of them what you know: simgate messages resolve-restored sent, or not-sent to have them sent"
        )),
    }
    match restored.fitted.scheduled {
        0 => {}
        scheduled => lines.push(format!(
            "{scheduled} scheduled messages go out at their time, also those that were cancelled since"
        )),
    }
    lines.push(
        "what was changed since the backup is as it was then: look at keys and users that were removed, PINs and quotas, \
         and at numbers that have asked for no messages since. Everybody has to log in again"
            .to_owned(),
    );
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restore_says_what_is_left_to_do_and_nothing_else() {
        let restored = |held, scheduled| Restored {
            messages: 7,
            fitted: records::Fitted { held, scheduled },
            aside: Some("/data/before.db".into()),
        };
        let all = told("a.db", &restored(3, 2));
        for part in [
            "7 messages",
            "/data/before.db",
            "3 messages waited",
            "2 scheduled",
        ] {
            assert!(all.contains(part), "{all}");
        }
        let little = told("a.db", &restored(0, 0));
        assert!(
            !little.contains("waited") && !little.contains("scheduled"),
            "{little}"
        );
    }
}
