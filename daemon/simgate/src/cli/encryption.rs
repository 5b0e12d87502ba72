//! `simgate encrypt` and `simgate decrypt`: work on the data directory itself, while no daemon does.

use clap::Args;

use super::local::Place;
use super::{Failure, output};
use gateway::records::{self, Converted, EncryptionError, Home};

pub(super) const ENCRYPT_EXAMPLES: &str = "\
Examples:
  systemctl stop simgate
  (umask 077; openssl rand -hex 32 > /etc/simgate/database.key); chown simgate /etc/simgate/database.key
  # in simgate.toml: [encryption] key_file = \"/etc/simgate/database.key\"
  simgate encrypt
  simgate check
  systemctl start simgate

Keep a copy of the key elsewhere: without it the database and its backups are lost. The database of before
is kept beside the new one, and backups of before stay as they are: delete them when you do not need them.";

pub(super) const DECRYPT_EXAMPLES: &str = "\
Examples:
  systemctl stop simgate
  simgate decrypt
  # in simgate.toml: take encryption.key_file out
  simgate check
  systemctl start simgate

Backups of before stay encrypted. The database of before is kept beside the new one.";

#[derive(Debug, Args)]
pub(super) struct Encrypt {
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(super) struct Decrypt {
    #[command(flatten)]
    place: Place,
}

impl Encrypt {
    pub(super) fn run(self) -> Result<(), Failure> {
        convert(
            &self.place,
            records::encrypt,
            "encrypted",
            &[
                "It holds all texts and secrets as they are. Delete it when `simgate check` finds nothing, and the backups of \
             before with it. On flash and on file systems that copy, what was deleted can be there for long: only a new \
             disk, or one that was encrypted from the start, is free of it",
                "keep a copy of the key elsewhere: without it the database is lost",
            ],
        )
    }
}

impl Decrypt {
    pub(super) fn run(self) -> Result<(), Failure> {
        convert(
            &self.place,
            records::decrypt,
            "decrypted",
            &[
                "Delete it when `simgate check` finds nothing",
                "take encryption.key_file out of the configuration before the next start",
            ],
        )
    }
}

fn convert(
    place: &Place,
    convert: fn(Home) -> Result<Converted, EncryptionError>,
    done: &str,
    [of_aside, next]: &[&str; 2],
) -> Result<(), Failure> {
    let converted = convert(place.home()?).map_err(Failure::refused)?;
    let (octets, aside) = (converted.octets, converted.aside.display());
    output::print(&format!(
        "{done} the database: {octets} octets, looked through and compared\n\
         the database of before is {aside}. {of_aside}\n{next}\n"
    ))
}
