//! What a PDU is said to be.

use std::str::FromStr;

use crate::names::Names;

/// The `direction` of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Find out; what the network sends comes first where two kinds share a TP-MTI.
    Auto,
    /// SMS-DELIVER.
    Deliver,
    /// SMS-SUBMIT.
    Submit,
    /// SMS-STATUS-REPORT.
    StatusReport,
    /// SMS-SUBMIT-REPORT.
    SubmitReport,
    /// SMS-DELIVER-REPORT.
    DeliverReport,
    /// SMS-COMMAND.
    Command,
    /// A page of a cell broadcast message.
    Cbs,
    /// A field on its own.
    Component(Component),
}

/// A field on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Component {
    Address,
    Smsc,
    TypeOfAddress,
    SemiOctets,
    Timestamp,
    RelativeValidity,
    Validity,
    /// Packed septets.
    Gsm7,
    Ucs2,
    /// The header without TP-UDHL.
    Header,
    /// One element of the header.
    HeaderElement,
    /// TP-UD with a header, packed septets after it.
    UserDataGsm7,
    /// TP-UDL and packed septets.
    LengthGsm7,
    /// TP-UDL and UCS-2.
    LengthUcs2,
}

/// What a line calls whole PDUs.
pub(crate) const WHOLE: Names<Direction> = Names(
    "direction",
    &[
        (Direction::Auto, "auto"),
        (Direction::Deliver, "deliver"),
        (Direction::Submit, "submit"),
        (Direction::StatusReport, "status-report"),
        (Direction::SubmitReport, "submit-report"),
        (Direction::DeliverReport, "deliver-report"),
        (Direction::Command, "command"),
        (Direction::Cbs, "cbs"),
    ],
);

pub(crate) const COMPONENTS: Names<Component> = Names(
    "direction",
    &[
        (Component::Address, "component:address"),
        (Component::Smsc, "component:smsc"),
        (Component::TypeOfAddress, "component:type-of-address"),
        (Component::SemiOctets, "component:semi-octets"),
        (Component::Timestamp, "component:timestamp"),
        (Component::RelativeValidity, "component:vp-relative"),
        (Component::Validity, "component:validity-period"),
        (Component::Gsm7, "component:gsm7"),
        (Component::Ucs2, "component:ucs2"),
        (Component::Header, "component:udh"),
        (Component::HeaderElement, "component:udh-ie"),
        (Component::UserDataGsm7, "component:user-data-gsm7"),
        (Component::LengthGsm7, "component:udl+gsm7"),
        (Component::LengthUcs2, "component:udl+ucs2"),
    ],
);

impl Direction {
    /// The name in the `direction` of a line.
    pub(crate) fn name(self) -> &'static str {
        let name = match self {
            Self::Component(component) => COMPONENTS.name(component),
            whole => WHOLE.name(whole),
        };
        name.unwrap_or_default()
    }
}

impl FromStr for Direction {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        if matches!(name, "any" | "malformed") {
            return Ok(Self::Auto);
        }
        let component = || COMPONENTS.value(name).map(Self::Component);
        let found = WHOLE.value(name).or_else(component);
        found.ok_or_else(|| format!("unknown direction {name:?}"))
    }
}
