//! `simgate man`: the manual pages, made from the commands themselves.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::Resettable;
use clap_mangen::Man;

use super::Failure;

pub(super) const EXAMPLES: &str = "\
Examples:
  simgate man ~/.local/share/man/man1";

#[derive(Debug, Args)]
pub(super) struct ManPages {
    /// Folder to write them into; it is there.
    folder: PathBuf,
}

impl ManPages {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut command = super::command().disable_help_subcommand(true);
        command.build();
        write(&self.folder, &command)
    }
}

/// The page of a command, and those of the commands in it.
fn write(folder: &Path, command: &clap::Command) -> Result<(), Failure> {
    let examples = command.get_after_help().map(ToString::to_string);
    let man = Man::new(command.clone().after_help(Resettable::Reset));
    let path = folder.join(man.get_filename());
    let mut page = Vec::new();
    man.manual("simgate").render(&mut page)?;
    page.extend(
        examples
            .as_deref()
            .map(as_it_is)
            .unwrap_or_default()
            .bytes(),
    );
    let written = std::fs::write(&path, page);
    written.map_err(|error| Failure::refused(format!("{}: {error}", path.display())))?;
    let mut commands = command.get_subcommands();
    commands.try_for_each(|command| write(folder, command))
}

/// A section whose lines stay as they are; the first of them is its title.
fn as_it_is(text: &str) -> String {
    let (title, lines) = text.split_once('\n').unwrap_or((text, ""));
    let title = title.trim_end_matches(':').to_uppercase();
    let lines = lines.replace('\\', "\\e").replace('-', "\\-");
    // A dot or an apostrophe at the beginning of a line would be a request.
    let mut section = format!(".SH \"{title}\"\n.nf\n");
    for line in lines.lines() {
        section.extend(["\\&", line, "\n"]);
    }
    section + ".fi\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_examples_stay_as_they_are() {
        assert_eq!(
            as_it_is("Examples:\n  simgate x --y\n.z \\\\"),
            ".SH \"EXAMPLES\"\n.nf\n\\&  simgate x \\-\\-y\n\\&.z \\e\\e\n.fi\n"
        );
    }
}
