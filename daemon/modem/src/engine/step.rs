//! The steps of set-up: their order, and what each is about.

use crate::state::ModemState;

/// One step. Those with a number go through a list of the profile or of what the modem offers. What they are about
/// follows from their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) enum Step {
    EchoOff,
    ErrorCodes,
    Functionality,
    Online,
    Manufacturer,
    Model,
    Firmware,
    Serial,
    About,
    Init(u8),
    SimState,
    /// The ICCID before the PIN, so that the owner can tell which PIN it is.
    EarlyIccid(u8),
    PinTries(u8),
    Pin,
    Iccid(u8),
    Imsi,
    /// The character set, before anything that is written in it is read.
    Charset(u8),
    CharsetRead,
    OwnNumber,
    ServiceCentre,
    PduMode,
    Service,
    ServiceRead,
    /// Refuses what came before us and was not acknowledged, so that the network sends it again.
    /// Left alone, its time-out would stop the routing that is set next (TS 27.005 3.4.4).
    HandBack,
    MemoryLists,
    Memory(u8),
    RoutingLists,
    Routing(u8),
    RoutingRead(u8),
    CallerNumber,
    Reports(u8),
    Registered(u8),
    Done,
    /// The last three: what a modem must not have forgotten, once more after it missed a command.
    EchoAgain,
    ErrorsAgain,
    PduAgain,
}

impl Step {
    pub(super) const FIRST: Self = Self::EchoOff;
    /// The first of those that only make sure.
    pub(super) const AGAIN: Self = Self::EchoAgain;

    /// The step after this one, when nothing special came of it.
    pub(super) fn next(self) -> Self {
        match self {
            Self::EchoOff => Self::ErrorCodes,
            Self::ErrorCodes => Self::Functionality,
            Self::Functionality | Self::Online => Self::Manufacturer,
            Self::Manufacturer => Self::Model,
            Self::Model => Self::Firmware,
            Self::Firmware => Self::Serial,
            Self::Serial => Self::About,
            Self::About => Self::Init(0),
            Self::Init(at) => Self::Init(at + 1),
            Self::SimState => Self::Iccid(0),
            Self::EarlyIccid(at) => Self::EarlyIccid(at + 1),
            Self::PinTries(at) => Self::PinTries(at + 1),
            Self::Pin => Self::SimState,
            Self::Iccid(at) => Self::Iccid(at + 1),
            Self::Imsi => Self::Charset(0),
            Self::Charset(at) => Self::Charset(at + 1),
            Self::CharsetRead => Self::OwnNumber,
            Self::OwnNumber => Self::ServiceCentre,
            Self::ServiceCentre => Self::PduMode,
            Self::PduMode => Self::Service,
            Self::Service => Self::ServiceRead,
            Self::ServiceRead | Self::HandBack => Self::MemoryLists,
            Self::MemoryLists => Self::Memory(0),
            Self::Memory(at) => Self::Memory(at + 1),
            Self::RoutingLists => Self::Routing(0),
            Self::Routing(at) => Self::Routing(at + 1),
            Self::RoutingRead(_) => Self::CallerNumber,
            Self::CallerNumber => Self::Reports(0),
            Self::Reports(at) => Self::Registered(at),
            Self::Registered(at) => Self::Reports(at + 1),
            Self::EchoAgain => Self::ErrorsAgain,
            Self::ErrorsAgain => Self::PduAgain,
            Self::Done | Self::PduAgain => Self::Done,
        }
    }

    /// Where to go on when the list of this step has come to its end.
    pub(super) fn past_list(self) -> Self {
        match self {
            Self::Init(_) => Self::SimState,
            Self::EarlyIccid(_) => Self::PinTries(0),
            Self::Iccid(_) => Self::Imsi,
            Self::Charset(_) => Self::CharsetRead,
            Self::Memory(_) => Self::RoutingLists,
            Self::Routing(_) => Self::CallerNumber,
            Self::Reports(_) => Self::Done,
            other => other.next(),
        }
    }

    /// Whether a busy SIM may refuse it. Not the PIN: it must not be sent twice for that.
    pub(super) fn touches_sim(self) -> bool {
        let own = matches!(
            self,
            Self::Pin | Self::HandBack | Self::EchoAgain | Self::ErrorsAgain
        );
        self >= Self::SimState && !own
    }

    /// Whether its answer tells about the modem, or sets how it talks.
    pub(super) fn is_about_modem(self) -> bool {
        self < Self::SimState || self >= Self::AGAIN
    }

    /// Whether its answer tells about the SIM.
    pub(super) fn is_about_sim(self) -> bool {
        self >= Self::SimState && self < Self::PduMode
    }

    /// The state the owner sees during this step; `None` when the modem is as ready as it was.
    pub(super) fn shown(self) -> Option<ModemState> {
        match self {
            again if again >= Self::AGAIN => None,
            probe if probe < Self::Manufacturer => Some(ModemState::Probing),
            about if about < Self::SimState => Some(ModemState::Identifying),
            _ => Some(ModemState::Starting),
        }
    }
}
