//! What a bank is made of.

use std::path::PathBuf;
use std::time::Duration;

use crate::fault::FaultRule;
use crate::modem::CharsetName;
use crate::network::{Outcomes, Replies};
use crate::profile::{GENERIC, Profile};

/// What a bank is made of; [`BankOptions::new`] gives a bank without surprises.
#[derive(Debug, Clone)]
pub struct BankOptions {
    /// How many modems, each with its SIM; 1 to 1,000.
    pub modems: usize,
    /// Where `modem0`, `modem1`, ... appear. Made when it is missing.
    pub dir: PathBuf,
    /// Their makes, dealt out in turn.
    pub profiles: Vec<&'static Profile>,
    /// How long a submit takes on the air.
    pub air_time: Duration,
    /// How far the air time strays, as a fraction of it each way.
    pub air_jitter: f64,
    /// Added to the first submit after a pause; `AT+CMMS` saves it for the next ones.
    pub link_setup: Duration,
    /// From the command line to the prompt.
    pub prompt_delay: Duration,
    /// From a command line to its answer.
    pub answer_delay: Duration,
    /// How long the network waits for `AT+CNMA`.
    pub cnma_wait: Duration,
    /// Whether a submit that the network refuses leaves its TP-MR to the next one.
    pub refused_keep_reference: bool,
    /// Whether the ICCID is told only after the PIN.
    pub hides_iccid: bool,
    /// The character set that an earlier program left the modems in.
    pub charset: CharsetName,
    /// How many ports each modem has, 1 to 4: `modem0` and `modem0-1`, `modem0-2`, ...
    pub ports_per_modem: usize,
    /// The port, from 0, on which a modem speaks by itself.
    pub urc_port: usize,
    /// Ports, from 0, on which a modem hears nothing and answers nothing.
    pub mute_ports: Vec<usize>,
    /// Whether what a modem says while nobody has its port open is kept for whoever opens it next. Without it the
    /// words are lost, as on a UART, and as on USB sticks that stop talking when DTR falls.
    pub keep_unread: bool,
    /// Identities, jitter and outcomes follow from it.
    pub seed: u64,
    /// PIN of every SIM; without it none asks for one.
    pub pin: Option<String>,
    /// Message slots of a SIM; by the profile when left out.
    pub sim_slots: Option<usize>,
    /// Where the air log goes, JSON lines; appended to.
    pub air_log: Option<PathBuf>,
    /// Where the control socket is; a stale one is replaced.
    pub control: Option<PathBuf>,
    /// What becomes of submits to numbers outside the bank.
    pub outcomes: Outcomes,
    /// Whether a recipient's last digits decide its fate; the table is in the program's `--help`.
    pub rules: bool,
    /// From the network's acceptance to the status report.
    pub report_after: Duration,
    /// How long the network waits before it tries a delivery again.
    pub redeliver_after: Duration,
    /// Recipients outside the bank that answer.
    pub replies: Option<Replies>,
    /// Faults of every modem from the start.
    pub faults: Vec<FaultRule>,
}

impl BankOptions {
    /// `modems` generic modems in `dir`: two seconds of air time, every message delivered.
    pub fn new(modems: usize, dir: impl Into<PathBuf>) -> Self {
        Self {
            modems,
            dir: dir.into(),
            profiles: vec![&GENERIC],
            air_time: Duration::from_secs(2),
            air_jitter: 0.0,
            link_setup: Duration::ZERO,
            prompt_delay: Duration::from_millis(5),
            answer_delay: Duration::ZERO,
            cnma_wait: Duration::from_secs(15),
            refused_keep_reference: false,
            hides_iccid: false,
            charset: CharsetName::default(),
            ports_per_modem: 1,
            urc_port: 0,
            mute_ports: Vec::new(),
            keep_unread: false,
            seed: 1,
            pin: None,
            sim_slots: None,
            air_log: None,
            control: None,
            outcomes: Outcomes::default(),
            rules: true,
            report_after: Duration::from_millis(500),
            redeliver_after: Duration::from_secs(10),
            replies: None,
            faults: Vec::new(),
        }
    }
}
