//! The queries and their commands.

use super::super::ask::Ask;
use super::super::modem::Modem;
use super::super::setup::charset_again;
use at::Command;
use at::commands::{
    CmeeRead, Cnmi, CnmiRead, CnmiValues, Cops, CopsFormat, CpinRead, CpmsRead, Csq,
    RegistrationDomain, RegistrationRead,
};

/// One status query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Poll {
    Registration(RegistrationDomain),
    Signal,
    /// `AT+COPS=3,0`: names, not numbers.
    OperatorFormat,
    Operator,
    Memory,
    Routing,
    /// `AT+CMEE?`: whether what was set is forgotten altogether, so that the modem has started anew
    /// without a word and is in text mode as like as not.
    Errors,
    /// Sets `+CNMI` again.
    RouteAgain,
    /// Sets `+CSCS` again.
    CharsetAgain,
    Sim,
    /// The number of an ICCID command in the profile.
    Iccid(u8),
}

impl Poll {
    /// Its command; `None` where there is nothing to ask or to set.
    pub(super) fn ask(self, modem: &Modem) -> Option<Ask<Self>> {
        let request = match self {
            Self::Registration(domain) => RegistrationRead(domain).request(),
            Self::Signal => Csq.request(),
            Self::OperatorFormat => CopsFormat(0).request(),
            Self::Operator => Cops.request(),
            Self::Memory => CpmsRead.request(),
            Self::Routing => CnmiRead.request(),
            Self::Errors => CmeeRead.request(),
            Self::RouteAgain => Cnmi(routing_wanted(modem)?).request(),
            Self::CharsetAgain => charset_again(modem)?.request(),
            Self::Sim => CpinRead.request(),
            Self::Iccid(at) => modem.profile.iccid.get(usize::from(at))?.request(),
        };
        let purpose = self;
        Some(Ask { purpose, request })
    }
}

/// What the modem was set to tell of what arrives.
pub(super) fn routing_wanted(modem: &Modem) -> Option<CnmiValues> {
    let [mode, mt, bm, ds, bfr] = modem.capabilities.cnmi?;
    Some(CnmiValues {
        mode,
        mt,
        bm,
        ds,
        bfr,
    })
}
