//! The user data header and its elements (TS 23.040 §9.2.3.24).

use alloc::vec;
use alloc::vec::Vec;

use crate::charset::Language;
use crate::error::EncodeError;

const CONCAT_8: u8 = 0x00;
const PORTS_8: u8 = 0x04;
const PORTS_16: u8 = 0x05;
const CONCAT_16: u8 = 0x08;
const SINGLE_SHIFT: u8 = 0x24;
const LOCKING_SHIFT: u8 = 0x25;

/// One information element; kept whether or not its identifier is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InformationElement {
    /// Information element identifier.
    pub iei: u8,
    /// Information element data, at most 255 octets.
    pub data: Vec<u8>,
}

/// The reference that parts of one message share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConcatRef {
    /// Element 0x00.
    Eight(u8),
    /// Element 0x08.
    Sixteen(u16),
}

impl ConcatRef {
    /// The number, whatever its width.
    pub fn number(self) -> u16 {
        match self {
            Self::Eight(number) => u16::from(number),
            Self::Sixteen(number) => number,
        }
    }
}

/// The place of a part in its message (§9.2.3.24.1 and .8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Concat {
    /// What the parts have in common.
    pub reference: ConcatRef,
    /// How many parts there are, 1 to 255.
    pub total: u8,
    /// Which one this is, from 1 to `total`.
    pub seq: u8,
}

impl Concat {
    /// The element that says this.
    pub fn element(self) -> InformationElement {
        match self.reference {
            ConcatRef::Eight(number) => InformationElement {
                iei: CONCAT_8,
                data: vec![number, self.total, self.seq],
            },
            ConcatRef::Sixteen(number) => {
                let [high, low] = number.to_be_bytes();
                InformationElement {
                    iei: CONCAT_16,
                    data: vec![high, low, self.total, self.seq],
                }
            }
        }
    }

    fn from_element(element: &InformationElement) -> Option<Self> {
        let (reference, total, seq) = match (element.iei, element.data.as_slice()) {
            (CONCAT_8, &[number, total, seq]) => (ConcatRef::Eight(number), total, seq),
            (CONCAT_16, &[high, low, total, seq]) => (
                ConcatRef::Sixteen(u16::from_be_bytes([high, low])),
                total,
                seq,
            ),
            _ => return None,
        };
        // Such an element shall be ignored (§9.2.3.24.1).
        (seq >= 1 && seq <= total).then_some(Self {
            reference,
            total,
            seq,
        })
    }
}

/// Application ports (§9.2.3.24.3 and .4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ports {
    /// Destination port.
    pub dst: u16,
    /// Originator port.
    pub src: u16,
    /// Whether the element holds 16 bits for each (0x05) or 8 (0x04).
    pub wide: bool,
}

impl Ports {
    /// Ports of 16 bits, element 0x05.
    pub const fn new(dst: u16, src: u16) -> Self {
        Self {
            dst,
            src,
            wide: true,
        }
    }

    /// The element that says this. Narrow ports lose their high octet.
    pub fn element(self) -> InformationElement {
        let ([dst_high, dst], [src_high, src]) = (self.dst.to_be_bytes(), self.src.to_be_bytes());
        if self.wide {
            InformationElement {
                iei: PORTS_16,
                data: vec![dst_high, dst, src_high, src],
            }
        } else {
            InformationElement {
                iei: PORTS_8,
                data: vec![dst, src],
            }
        }
    }

    fn from_element(element: &InformationElement) -> Option<Self> {
        match (element.iei, element.data.as_slice()) {
            (PORTS_8, &[dst, src]) => Some(Self {
                dst: dst.into(),
                src: src.into(),
                wide: false,
            }),
            (PORTS_16, &[dst_high, dst, src_high, src]) => Some(Self {
                dst: u16::from_be_bytes([dst_high, dst]),
                src: u16::from_be_bytes([src_high, src]),
                wide: true,
            }),
            _ => None,
        }
    }
}

impl InformationElement {
    /// Element 0x25: the locking shift table of a language.
    pub fn locking_shift(language: Language) -> Self {
        Self {
            iei: LOCKING_SHIFT,
            data: vec![language.identifier()],
        }
    }

    /// Element 0x24: the single shift table of a language.
    pub fn single_shift(language: Language) -> Self {
        Self {
            iei: SINGLE_SHIFT,
            data: vec![language.identifier()],
        }
    }
}

/// Reads the octets after UDHL. `None` when the last element is cut: then
/// the whole header shall be ignored (§9.2.3.24).
pub fn decode_elements(mut octets: &[u8]) -> Option<Vec<InformationElement>> {
    let mut elements = Vec::new();
    while let [iei, length, rest @ ..] = octets {
        let (data, rest) = rest.split_at_checked(usize::from(*length))?;
        elements.push(InformationElement {
            iei: *iei,
            data: data.to_vec(),
        });
        octets = rest;
    }
    octets.is_empty().then_some(elements)
}

/// The octets after UDHL.
pub fn encode_elements(elements: &[InformationElement]) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::new();
    for element in elements {
        let length = u8::try_from(element.data.len())
            .map_err(|_| EncodeError::too_long("TP-UDH", 255, element.data.len()))?;
        out.extend([element.iei, length]);
        out.extend_from_slice(&element.data);
    }
    Ok(out)
}

// Of elements that may not be repeated the last counts (§9.2.3.24).

pub(crate) fn concat(elements: &[InformationElement]) -> Option<Concat> {
    elements.iter().rev().find_map(Concat::from_element)
}

pub(crate) fn ports(elements: &[InformationElement]) -> Option<Ports> {
    elements.iter().rev().find_map(Ports::from_element)
}

/// The languages of the locking and the single shift table the header names.
/// A reserved identifier stands for the default table (§9.2.3.24.15, .16).
pub(crate) fn shifts(elements: &[InformationElement]) -> (Option<Language>, Option<Language>) {
    let named = |wanted: u8| {
        let last = elements
            .iter()
            .rev()
            .find(|element| element.iei == wanted && element.data.len() == 1);
        last.and_then(|element| Language::from_identifier(element.data[0]))
    };
    (named(LOCKING_SHIFT), named(SINGLE_SHIFT))
}
