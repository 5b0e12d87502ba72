//! Signal strength.

use super::only_params;
use crate::command::Unreadable;
use atat::atat_derive::AtatCmd;

/// `AT+CSQ` (TS 27.007 8.5).
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CSQ", SignalQuality, timeout_ms = 5_000, parse = quality)]
pub struct Csq;

/// `+CSQ: <rssi>,<ber>`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignalQuality {
    /// 0..=31, 99 = not known; 100..=191 on TD-SCDMA and LTE modems of one family.
    pub rssi: u8,
    /// 0..=7, 99 = not known.
    pub ber: u8,
}

/// Not derived: some firmware leaves `<ber>` out, some adds a third value.
fn quality(answer: &[u8]) -> Result<SignalQuality, Unreadable> {
    let params = only_params(answer, "+CSQ")?;
    Ok(SignalQuality {
        rssi: params.number(0).ok_or(Unreadable)?,
        ber: params.number(1).unwrap_or(99),
    })
}

impl SignalQuality {
    /// Received signal strength in dBm; `None` when not known. 0 means -113 dBm or less.
    pub fn dbm(self) -> Option<i16> {
        match self.rssi {
            rssi @ 0..=31 => Some(-113 + 2 * i16::from(rssi)),
            // Extended range, 1 dB steps from -116 dBm (SIM7600 AT manual, +CSQ).
            rssi @ 100..=191 => Some(-116 + i16::from(rssi) - 100),
            _ => None,
        }
    }
}
