//! The hands of the recovery ladder: how a modem's power is cut and given back.

pub mod bank;
mod command;
mod usb_port;

use std::time::Duration;

use model::Imei;

use crate::ports::UsbPath;
use crate::settings;
use bank::Bank;
use command::Program;
use usb_port::UsbPort;

/// What can cut the power. Each way is a variant of its own.
#[derive(Clone, Debug, Default)]
pub enum Power {
    /// Nothing.
    #[default]
    None,
    /// The hub port that the modem hangs on.
    UsbPort(UsbPort),
    /// A program of the administrator.
    Command(Program),
    /// The controller of a bank.
    Bank(Bank),
}

/// Which modem, and where it was seen last.
#[derive(Clone, Debug)]
pub struct Target {
    pub imei: Imei,
    /// The tty or the link to it.
    pub port: String,
    pub usb: Option<UsbPath>,
}

/// Why the power was not cut.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PowerError {
    #[error("no power control is configured for this modem's slot")]
    None,
    #[error("the modem is not on the USB, so no hub port can be switched off")]
    NotUsb,
    #[error("{0}")]
    Failed(String),
}

impl Power {
    /// Begins to look for a bank's controller where one is configured; within a runtime.
    pub fn start(power: &settings::PowerSettings) -> Self {
        match power.backend {
            settings::PowerBackend::None => Self::None,
            settings::PowerBackend::UsbPort => {
                Self::UsbPort(UsbPort::new(Duration::from_secs(power.off_seconds.into())))
            }
            settings::PowerBackend::Command => Self::Command(Program::new(
                power.command.clone(),
                Duration::from_secs(power.command_timeout_seconds.into()),
            )),
            settings::PowerBackend::Board | settings::PowerBackend::Gpio => {
                Self::Bank(Bank::start(power))
            }
        }
    }

    /// The controller, where one is configured.
    pub fn bank(&self) -> Option<&Bank> {
        match self {
            Self::Bank(bank) => Some(bank),
            Self::None | Self::UsbPort(_) | Self::Command(_) => None,
        }
    }

    /// Whether it could cut the power of a modem there now.
    pub fn reaches(&self, port: &str, usb: Option<&UsbPath>) -> bool {
        match self {
            Self::None => false,
            Self::UsbPort(hub) => usb.is_some_and(|usb| hub.can_switch(usb)),
            Self::Command(program) => usb.is_some() || !program.needs_usb(),
            Self::Bank(bank) => bank.reaches(port, usb),
        }
    }

    /// Cuts the power and gives it back; returns when that is done.
    pub async fn cycle(&self, target: &Target) -> Result<(), PowerError> {
        match self {
            Self::None => Err(PowerError::None),
            Self::UsbPort(hub) => hub.cycle(target).await,
            Self::Command(program) => program.run(target).await,
            Self::Bank(bank) => bank.cycle(target).await,
        }
    }
}
