//! The command of each step of set-up.

use super::super::modem::Modem;
use super::super::step::Step;
use super::{Setup, charset};
use at::commands::{
    Ate, Ati, Cfun, CfunMode, CfunRead, Cgmi, Cgmm, Cgmr, Cgsn, Cimi, Clip, Cmee, Cmgf, Cnma, Cnmi,
    CnmiRead, CnmiTest, Cnum, CpinRead, CpmsTest, CscaRead, CscsRead, Csms, CsmsRead,
    RegistrationDomain, RegistrationRead, RegistrationReports,
};
use at::{Command, Request};
use std::time::Duration;

/// For the commands of a profile; those in use set a switch.
const INIT_WAIT: Duration = Duration::from_secs(5);

/// Where registration is asked for. SMS goes by circuit or over EPS; packet registration alone
/// (`+CGREG`) carries none on the modems in use.
const DOMAINS: &[RegistrationDomain] = &[RegistrationDomain::Cs, RegistrationDomain::Eps];

pub(super) fn domain(at: u8) -> Option<RegistrationDomain> {
    DOMAINS.get(usize::from(at)).copied()
}

impl Setup {
    /// The command of a step; `None` at the end of its list.
    pub(super) fn request(&mut self, step: Step, modem: &Modem) -> Option<Request> {
        Some(match step {
            Step::EchoOff | Step::EchoAgain => Ate { echo: 0 }.request(),
            Step::ErrorCodes | Step::ErrorsAgain => Cmee { mode: 1 }.request(),
            Step::Functionality => CfunRead.request(),
            Step::Online => Cfun(CfunMode::Full).request(),
            Step::Manufacturer => Cgmi.request(),
            Step::Model => Cgmm.request(),
            Step::Firmware => Cgmr.request(),
            Step::Serial => Cgsn.request(),
            Step::About => Ati.request(),
            Step::Init(at) => init_request(modem.profile.init.get(usize::from(at))?),
            Step::SimState => CpinRead.request(),
            Step::EarlyIccid(at) | Step::Iccid(at) => {
                modem.profile.iccid.get(usize::from(at))?.request()
            }
            Step::PinTries(at) => modem.profile.pin_tries.get(usize::from(at))?.request(),
            Step::Pin => self.pins.request(modem.iccid.as_ref())?,
            Step::Imsi => Cimi.request(),
            Step::Charset(at) => charset::wanted(at)?.request(),
            Step::CharsetRead => CscsRead.request(),
            Step::OwnNumber => Cnum.request(),
            Step::ServiceCentre => CscaRead.request(),
            Step::PduMode | Step::PduAgain => Cmgf { mode: 0 }.request(),
            Step::Service => Csms { service: 1 }.request(),
            Step::ServiceRead => CsmsRead.request(),
            Step::HandBack => Cnma::Refuse.request(),
            Step::MemoryLists => CpmsTest.request(),
            Step::Memory(at) => self.found.memories.get(usize::from(at))?.request(),
            Step::RoutingLists => CnmiTest.request(),
            Step::Routing(at) => Cnmi(*self.found.routing.get(usize::from(at))?).request(),
            Step::RoutingRead(_) => CnmiRead.request(),
            Step::CallerNumber => Clip { mode: 1 }.request(),
            Step::Reports(at) => RegistrationReports {
                domain: domain(at)?,
                mode: 1,
            }
            .request(),
            Step::Registered(at) => RegistrationRead(domain(at)?).request(),
            Step::Done => return None,
        })
    }
}

/// A command of a profile, of which only the final code counts.
fn init_request(command: &str) -> Request {
    Request {
        deadline: INIT_WAIT,
        ..Request::typed(&format!("AT{command}"))
    }
}
