//! A TPDU whose kind is not known beforehand (TS 23.040 §9.2.3.1).

use alloc::vec::Vec;

use crate::command::Command;
use crate::deliver::Deliver;
use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::first_octet::{FirstOctet, MTI_DELIVER, MTI_STATUS_REPORT, MTI_SUBMIT};
use crate::octets::Octets;
use crate::reports::{DeliverReport, SubmitReport};
use crate::status_report::StatusReport;
use crate::submit::Submit;

/// TPDUs the network sends to the mobile (MT), TS 23.040 §9.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MtTpdu {
    /// A message.
    Deliver(Deliver),
    /// What became of a message we sent.
    StatusReport(StatusReport),
    /// The answer to a SUBMIT; modems keep it to themselves.
    SubmitReport(SubmitReport),
}

/// TPDUs the mobile sends to the network (MO), TS 23.040 §9.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MoTpdu {
    /// A message.
    Submit(Submit),
    /// The answer to a DELIVER.
    DeliverReport(DeliverReport),
    /// A request about an earlier message.
    Command(Command),
}

impl MtTpdu {
    /// Reads a TPDU by its TP-MTI. The reserved value 3 is read as a DELIVER
    /// (§9.2.3.1).
    pub fn decode(tpdu: &[u8]) -> Result<Self, DecodeError> {
        match FirstOctet(Octets::new(tpdu).peek("TP-MTI")?).mti() {
            MTI_SUBMIT => SubmitReport::decode(tpdu).map(Self::SubmitReport),
            MTI_STATUS_REPORT => StatusReport::decode(tpdu).map(Self::StatusReport),
            _ => Deliver::decode(tpdu).map(Self::Deliver),
        }
    }

    /// Writes the TPDU.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::Deliver(deliver) => deliver.encode(),
            Self::StatusReport(report) => report.encode(),
            Self::SubmitReport(report) => report.encode(),
        }
    }
}

impl MoTpdu {
    /// Reads a TPDU by its TP-MTI; the value 3 is reserved.
    pub fn decode(tpdu: &[u8]) -> Result<Self, DecodeError> {
        match FirstOctet(Octets::new(tpdu).peek("TP-MTI")?).mti() {
            MTI_DELIVER => DeliverReport::decode(tpdu).map(Self::DeliverReport),
            MTI_SUBMIT => Submit::decode(tpdu).map(Self::Submit),
            MTI_STATUS_REPORT => Command::decode(tpdu).map(Self::Command),
            mti => Err(DecodeError::new(
                "TP-MTI",
                0,
                DecodeErrorKind::Reserved(mti),
            )),
        }
    }

    /// Writes the TPDU.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::Submit(submit) => submit.encode(),
            Self::DeliverReport(report) => report.encode(),
            Self::Command(command) => command.encode(),
        }
    }
}
