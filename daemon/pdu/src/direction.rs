//! What a PDU is said to be.

use std::str::FromStr;

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

impl Direction {
    /// The name in the `direction` of a line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Deliver => "deliver",
            Self::Submit => "submit",
            Self::StatusReport => "status-report",
            Self::SubmitReport => "submit-report",
            Self::DeliverReport => "deliver-report",
            Self::Command => "command",
            Self::Cbs => "cbs",
            Self::Component(component) => component.name(),
        }
    }
}

impl Component {
    const ALL: [Self; 14] = [
        Self::Address,
        Self::Smsc,
        Self::TypeOfAddress,
        Self::SemiOctets,
        Self::Timestamp,
        Self::RelativeValidity,
        Self::Validity,
        Self::Gsm7,
        Self::Ucs2,
        Self::Header,
        Self::HeaderElement,
        Self::UserDataGsm7,
        Self::LengthGsm7,
        Self::LengthUcs2,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Address => "component:address",
            Self::Smsc => "component:smsc",
            Self::TypeOfAddress => "component:type-of-address",
            Self::SemiOctets => "component:semi-octets",
            Self::Timestamp => "component:timestamp",
            Self::RelativeValidity => "component:vp-relative",
            Self::Validity => "component:validity-period",
            Self::Gsm7 => "component:gsm7",
            Self::Ucs2 => "component:ucs2",
            Self::Header => "component:udh",
            Self::HeaderElement => "component:udh-ie",
            Self::UserDataGsm7 => "component:user-data-gsm7",
            Self::LengthGsm7 => "component:udl+gsm7",
            Self::LengthUcs2 => "component:udl+ucs2",
        }
    }
}

impl FromStr for Direction {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let whole = [
            Self::Auto,
            Self::Deliver,
            Self::Submit,
            Self::StatusReport,
            Self::SubmitReport,
            Self::DeliverReport,
            Self::Command,
            Self::Cbs,
        ];
        if matches!(name, "any" | "malformed") {
            return Ok(Self::Auto);
        }
        let components = Component::ALL.into_iter().map(Self::Component);
        let mut all = whole.into_iter().chain(components);
        all.find(|direction| direction.name() == name)
            .ok_or_else(|| format!("unknown direction {name:?}"))
    }
}
