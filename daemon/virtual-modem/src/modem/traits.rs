//! How a modem is, whatever its make.

use std::time::Duration;

use clap::Args;

use crate::values::{duration, share};

use super::CharsetName;

/// How a modem is, whatever its make, and how fast. As arguments of the program, too.
#[derive(Debug, Clone, Args)]
pub struct Traits {
    /// How long a message takes on the air (2s, 200ms, 0.02s)
    #[arg(long, default_value = "2s", value_parser = duration, value_name = "TIME")]
    pub air_time: Duration,
    /// How far the air time strays, as a fraction of it each way
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE")]
    pub air_jitter: f64,
    /// Extra air time of the first message after a pause; AT+CMMS saves it for the next ones
    #[arg(long, default_value = "0s", value_parser = duration, value_name = "TIME")]
    pub link_setup: Duration,
    /// From AT+CMGS to the prompt
    #[arg(long, default_value = "5ms", value_parser = duration, value_name = "TIME")]
    pub prompt_delay: Duration,
    /// From a command to its answer
    #[arg(long, default_value = "0s", value_parser = duration, value_name = "TIME")]
    pub answer_delay: Duration,
    /// How long the network waits for AT+CNMA
    #[arg(long, default_value = "15s", value_parser = duration, value_name = "TIME")]
    pub cnma_wait: Duration,
    /// A submit that the network refuses leaves its TP-MR to the next one (without it: the number is used, TS 23.040 clause 9.2.3.6)
    #[arg(long)]
    pub refused_keep_reference: bool,
    /// The ICCID is told only after the PIN (+CME ERROR: 11 before it)
    #[arg(long = "hide-iccid")]
    pub hides_iccid: bool,
    /// The character set (AT+CSCS) that an earlier program left the modems in
    #[arg(long, default_value = "IRA", value_name = "NAME")]
    pub charset: CharsetName,
    /// Ports of each modem (1 to 4): modem0 and modem0-1, modem0-2, ...
    #[arg(long = "ports-per-modem", default_value_t = 1, value_name = "N")]
    pub ports: usize,
    /// The port, from 0, on which a modem speaks by itself
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub urc_port: usize,
}

impl Default for Traits {
    fn default() -> Self {
        Self {
            air_time: Duration::from_secs(2),
            air_jitter: 0.0,
            link_setup: Duration::ZERO,
            prompt_delay: Duration::from_millis(5),
            answer_delay: Duration::ZERO,
            cnma_wait: Duration::from_secs(15),
            refused_keep_reference: false,
            hides_iccid: false,
            charset: CharsetName::default(),
            ports: 1,
            urc_port: 0,
        }
    }
}
