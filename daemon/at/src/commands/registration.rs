//! Registration in the network, asked for and reported (TS 27.007 7.2, 10.1.20, 10.1.22).

use super::{AccessTechnology, Answer, NoAnswer, only_line, read, write_line};
use crate::command::{Command, Unreadable};
use crate::params::Params;
use crate::request::Expects;
use atat::AtatCmd;

/// `<stat>`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Registration {
    /// 0: not registered and not searching.
    NotRegistered,
    /// 1
    Home,
    /// 2
    Searching,
    /// 3
    Denied,
    /// 4: out of coverage, as a rule.
    Unknown,
    /// 5
    Roaming,
    /// 6: SMS only, home network (LTE).
    SmsOnlyHome,
    /// 7: SMS only, roaming.
    SmsOnlyRoaming,
    /// 8 emergency only, 9 and 10 CSFB not preferred, 11 emergency (RLOS), and what comes later.
    Other(u8),
}

impl Registration {
    /// From `<stat>`.
    pub const fn from_code(stat: u8) -> Self {
        match stat {
            0 => Self::NotRegistered,
            1 => Self::Home,
            2 => Self::Searching,
            3 => Self::Denied,
            4 => Self::Unknown,
            5 => Self::Roaming,
            6 => Self::SmsOnlyHome,
            7 => Self::SmsOnlyRoaming,
            other => Self::Other(other),
        }
    }

    /// Whether messages can be sent: CSFB not preferred (9, 10) is registered too.
    pub const fn can_send(self) -> bool {
        matches!(
            self,
            Self::Home
                | Self::Roaming
                | Self::SmsOnlyHome
                | Self::SmsOnlyRoaming
                | Self::Other(9 | 10)
        )
    }

    /// Whether the network is a foreign one.
    pub const fn is_roaming(self) -> bool {
        matches!(self, Self::Roaming | Self::SmsOnlyRoaming | Self::Other(10))
    }
}

/// What a `+CREG:` line tells, asked for or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationStatus {
    /// `<stat>`
    pub stat: Registration,
    /// `<lac>` or `<tac>`, when `<n>` is 2 or more.
    pub area: Option<u32>,
    /// `<ci>`
    pub cell: Option<u32>,
    /// `<AcT>`
    pub technology: Option<AccessTechnology>,
}

impl RegistrationStatus {
    /// Reads both forms: `<n>,<stat>[,...]` and `<stat>[,...]`.
    pub fn parse(rest: &str) -> Option<Self> {
        let params = Params::parse(rest);
        let first = usize::from(has_mode(&params));
        // Some LTE modems put `<rac>`, two digits, between `<tac>` and `<ci>`.
        let digits = |index| params.text(index).map_or(0, str::len);
        let has_rac = (1..=2).contains(&digits(first + 2)) && digits(first + 3) > 2;
        let cell = first + 2 + usize::from(has_rac);
        Some(Self {
            stat: Registration::from_code(params.number(first)?),
            area: params.hex(first + 1),
            cell: params.hex(cell),
            technology: params.number(cell + 1).map(AccessTechnology::from_code),
        })
    }
}

/// Whether the parameters have the form of an answer, `<n>` first.
///
/// `<stat>` is a short number without quotes; `<lac>`, which stands there in the unsolicited form,
/// is in quotes, or of four digits, or empty. Where quotes come after it, it is none itself.
fn has_mode(params: &Params<'_>) -> bool {
    let Some(second) = params.raw(1) else {
        return false;
    };
    let short = second.len() <= 3 || params.is_quoted(2);
    short && second.parse::<u8>().is_ok()
}

/// Whether a registration line answers a read command and is not a report.
pub(crate) fn is_solicited(rest: &str) -> bool {
    has_mode(&Params::parse(rest))
}

/// Whose registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegistrationDomain {
    /// `+CREG`: circuit switched.
    Cs,
    /// `+CGREG`: packet switched.
    Ps,
    /// `+CEREG`: EPS (LTE).
    Eps,
    /// `+C5GREG`: 5G core.
    FiveG,
}

impl RegistrationDomain {
    const fn name(self) -> &'static str {
        match self {
            Self::Cs => "+CREG",
            Self::Ps => "+CGREG",
            Self::Eps => "+CEREG",
            Self::FiveG => "+C5GREG",
        }
    }
}

/// `AT+CREG?`, `AT+CGREG?`, `AT+CEREG?`, or with `=<n>` what is reported.
#[derive(Debug, Clone, Copy)]
pub struct RegistrationRead(pub RegistrationDomain);

impl AtatCmd for RegistrationRead {
    type Response = RegistrationStatus;
    const MAX_TIMEOUT_MS: u32 = 5_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        write_line(buffer, &format!("AT{}?\r", self.0.name()))
    }

    fn parse(&self, answer: Answer<'_>) -> Result<RegistrationStatus, atat::Error> {
        read(answer, |answer| {
            let rest = only_line(answer, &[self.0.name()])?;
            RegistrationStatus::parse(rest).ok_or(Unreadable)
        })
    }
}

impl Command for RegistrationRead {
    fn expects(&self) -> Expects {
        Expects::Registration(self.0.name())
    }
}

/// `AT+CREG=<n>` and the like: which changes are reported.
#[derive(Debug, Clone, Copy)]
pub struct RegistrationReports {
    /// Whose registration.
    pub domain: RegistrationDomain,
    /// `<n>`: 0 none, 1 changes, 2 with cell and technology.
    pub mode: u8,
}

impl AtatCmd for RegistrationReports {
    type Response = NoAnswer;
    const MAX_TIMEOUT_MS: u32 = 5_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        write_line(buffer, &format!("AT{}={}\r", self.domain.name(), self.mode))
    }

    fn parse(&self, answer: Answer<'_>) -> Result<NoAnswer, atat::Error> {
        read(answer, |_| Ok(NoAnswer))
    }
}
