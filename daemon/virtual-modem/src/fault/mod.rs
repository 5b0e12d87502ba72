//! Misbehaviour on demand: what a modem can be told to do wrong, and when.

mod rules;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::rules::{BadRule, FaultRule, Moment};
pub(crate) use self::rules::{Faults, Occasion};

/// One thing that goes wrong. In JSON: `{"fault": "cms", "code": 38}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// The command is carried out (an SMS does go out) and never answered; a line of its own is never said.
    NoAnswer,
    /// The command is carried out and answered this much too late.
    LateAnswer {
        /// Milliseconds beyond the answer's own time.
        ms: u64,
        /// Whether it takes other commands meanwhile; it hangs otherwise.
        #[serde(default)]
        works: bool,
    },
    /// The command is not carried out and never answered.
    Ignored,
    /// `+CMS ERROR: <code>` instead; the command is not carried out.
    Cms {
        /// TS 27.005 clause 3.2.5.
        code: u16,
    },
    /// `+CME ERROR: <code>` instead; the command is not carried out.
    Cme {
        /// TS 27.007 clause 9.2.
        code: u16,
    },
    /// Plain `ERROR` instead; the command is not carried out.
    Error,
    /// Of a USSD code: it is answered `OK`, and the network refuses it much later with a bare `+CME ERROR: <code>`,
    /// whatever the modem is in the middle of by then.
    LateError {
        /// TS 27.007 clause 9.2.
        code: u16,
        /// Milliseconds from the command.
        ms: u64,
    },
    /// A submit is answered `OK` alone, without `+CMGS: <mr>`.
    NoReference {
        /// Whether echo is on again afterwards.
        #[serde(default)]
        echo: bool,
    },
    /// After the answer the modem hears nothing for a moment: what is written then is lost.
    Deaf {
        /// Milliseconds.
        ms: u64,
    },
    /// The last quote of a line, and what follows it, is left out.
    OpenQuote,
    /// The prompt is swallowed, though the modem takes the message text from then on.
    NoPrompt,
    /// Octets of the message text are lost on their way to the modem.
    LostText {
        /// How many.
        #[serde(default = "one")]
        count: usize,
    },
    /// This line as an unsolicited result code before the first line of the answer,
    /// and between Ctrl-Z and `+CMGS`; with `at` in that place alone.
    UrcInAnswer {
        /// Without CR and LF.
        line: String,
    },
    /// These characters, raw, before the answer or the line.
    Garbage {
        /// One octet for each character (ISO 8859-1).
        bytes: String,
    },
    /// Octets of the answer or of the line are lost: one in the middle, more anywhere.
    DroppedByte {
        /// How many.
        #[serde(default = "one")]
        count: usize,
    },
    /// The answer leaves at this pace, an octet at a time.
    Slow {
        /// Microseconds for each octet; 87 is a line at 115,200 baud.
        us_per_octet: u64,
    },
    /// From now on the line has this speed in both directions, an octet at a time.
    LineSpeed {
        /// Bits a second, ten for each octet.
        baud: u32,
    },
    /// Echo is on again, as if nobody had ever said `ATE0`.
    EchoBack,
    /// The modem restarts instead of answering.
    Reboot {
        /// What becomes of the port; by the make when left out.
        #[serde(default)]
        port: Option<PortFate>,
        /// How long it takes; by the make when left out.
        #[serde(default)]
        ms: Option<u64>,
    },
    /// Nothing is answered and nothing done any more.
    Hang {
        /// What ends it; only a power-cycle when neither this nor a time is given.
        #[serde(default)]
        until: Option<Cure>,
        /// It ends by itself after this time, and then does late what it was told meanwhile.
        #[serde(default)]
        ms: Option<u64>,
    },
    /// From now on it says a line again and again.
    Babble {
        /// Without CR and LF.
        #[serde(default = "rssi")]
        line: String,
        /// How often.
        per_second: u32,
        /// Whether it does nothing else and answers nothing.
        #[serde(default)]
        deaf: bool,
        /// For how long; up to a power-cycle when left out.
        #[serde(default)]
        ms: Option<u64>,
    },
    /// TP-MR starts again at 0 with this submit, or with the next one after a boot.
    ReferenceReset,
    /// After a submit with TP-MR 255 every other is refused with `+CMS ERROR: 1` up to a power-cycle.
    ReferenceStuck,
    /// A submit on the air is given up, with ERROR, as soon as the DTE writes anything (V.250 clause 5.6.1).
    GivesUp,
    /// mt and ds of CNMI become 0, and nobody is told.
    RoutingLost,
    /// Listing and reading answer OK and nothing else.
    EmptyRead {
        /// Only for this memory; for each when left out.
        #[serde(default)]
        memory: Option<String>,
    },
    /// A line of two lines (`+CMT`, `+CDS`) stops after the first.
    SplitLine {
        /// Milliseconds up to the second.
        #[serde(default)]
        ms: u64,
        /// Said between the two.
        #[serde(default)]
        line: Option<String>,
    },
    /// A stored message is announced before it can be read.
    EarlyAnnouncement {
        /// Milliseconds up to the time when it can.
        ms: u64,
    },
    /// A stored message is announced at the wrong place.
    WrongAnnouncement {
        /// Memory that is named.
        memory: String,
        /// Slot that is named.
        index: usize,
        /// Whether it is stored at all, in its right place; else it is lost.
        #[serde(default = "yes")]
        kept: bool,
    },
    /// A message is given to the DTE and stored too, or stored and given too.
    RoutedAndStored,
    /// What it says while nobody has the port open is kept for whoever opens it next.
    KeepsUnread,
}

/// What becomes of the port when a modem restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortFate {
    /// It stays open and is silent.
    Stays,
    /// It goes away as a USB device does, and comes back.
    Vanishes,
}

/// What ends a hang.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cure {
    /// Its power goes and comes back.
    PowerCycle,
    /// The port is closed by all and opened again.
    Reopen,
    /// `AT+CFUN=1,1`, which it does obey.
    Reset,
}

impl Fault {
    /// How long the answer is held back beyond its own time.
    pub(crate) fn delay(&self) -> Duration {
        match self {
            Self::LateAnswer { ms, .. } => Duration::from_millis(*ms),
            _ => Duration::ZERO,
        }
    }
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn rssi() -> String {
    "^RSSI: 21".to_owned()
}
