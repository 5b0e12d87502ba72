//! What a bank is made of.

use std::path::PathBuf;

use clap::Args;

use crate::fault::FaultRule;
use crate::modem::Traits;
use crate::network::NetworkOptions;
use crate::profile::{GENERIC, Profile};

/// What a bank is made of, as arguments of the program, too; [`BankOptions::new`] gives a bank without surprises.
#[derive(Debug, Clone, Args)]
pub struct BankOptions {
    /// How many modems, each with its SIM (1 to 1000)
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub modems: usize,
    /// Where their ports modem0, modem1, ... appear
    #[arg(long, value_name = "DIR")]
    pub dir: PathBuf,
    /// Make of the modems; several are dealt out in turn
    #[arg(long = "profile", value_delimiter = ',', default_value = "generic", value_parser = profile, value_name = "NAME")]
    pub profiles: Vec<&'static Profile>,
    /// How the modems are, whatever their make.
    #[command(flatten)]
    pub traits: Traits,
    /// Ports, from 0, on which a modem hears and answers nothing
    #[arg(long, value_delimiter = ',', value_name = "PORT")]
    pub mute_ports: Vec<usize>,
    /// What a modem says while nobody has its port open is kept for whoever opens it next
    // Without it the words are lost, as on a UART, and as on USB sticks that stop talking when DTR falls.
    #[arg(long)]
    pub keep_unread: bool,
    /// Identities, jitter and outcomes follow from it
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub seed: u64,
    /// PIN that every SIM asks for (without it: none)
    #[arg(long, value_name = "PIN")]
    pub pin: Option<String>,
    /// Message slots of a SIM (without it: as the make has them)
    #[arg(long, value_name = "N")]
    pub sim_slots: Option<usize>,
    /// Append everything that is on the air to this file
    #[arg(long, value_name = "FILE")]
    pub air_log: Option<PathBuf>,
    /// Listen for requests on this Unix socket
    // A stale one is replaced.
    #[arg(long, value_name = "SOCKET")]
    pub control: Option<PathBuf>,
    /// How the network behaves.
    #[command(flatten)]
    pub network: NetworkOptions,
    /// Something that goes wrong with every modem, as JSON (see --help), may be given several times
    #[arg(long = "fault", value_name = "JSON")]
    pub faults: Vec<FaultRule>,
}

impl BankOptions {
    /// `modems` generic modems in `dir`: two seconds of air time, every message delivered.
    pub fn new(modems: usize, dir: impl Into<PathBuf>) -> Self {
        Self {
            modems,
            dir: dir.into(),
            profiles: vec![&GENERIC],
            traits: Traits::default(),
            mute_ports: Vec::new(),
            keep_unread: false,
            seed: 1,
            pin: None,
            sim_slots: None,
            air_log: None,
            control: None,
            network: NetworkOptions::default(),
            faults: Vec::new(),
        }
    }
}

fn profile(name: &str) -> Result<&'static Profile, String> {
    let names = || Profile::names().collect::<Vec<_>>().join(", ");
    Profile::find(name).ok_or_else(|| format!("known are {}", names()))
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::*;

    /// Without arguments a bank is the one that the library makes.
    #[test]
    fn the_arguments_are_sound_and_have_the_same_defaults() {
        let command = BankOptions::augment_args(Command::new("virtual-modem"));
        command.clone().debug_assert();
        let matches = command.get_matches_from(["virtual-modem", "--dir", "bank"]);
        let options = BankOptions::from_arg_matches(&matches).unwrap();
        let new = BankOptions::new(1, "bank");
        assert_eq!(format!("{options:?}"), format!("{new:?}"));
    }
}
