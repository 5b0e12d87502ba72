//! What a line adds to its PDU.

use tpdu::{InformationElement, Language};

use crate::input::Input;
use crate::names;
use crate::problem::Problem;

/// What a PDU alone does not say, and a line may add.
#[derive(Debug, Default)]
pub struct Hints {
    /// Septets there are, where no length octet says it.
    pub(crate) septet_count: Option<usize>,
    /// Bits before the first septet.
    pub(crate) fill_bits: usize,
    /// Which format TP-VP is in, where no first octet says it.
    pub(crate) validity_format: Option<String>,
    /// Tables that the sender used without naming them in the header.
    locking: Option<Language>,
    single_shift: Option<Language>,
}

impl Hints {
    /// From the line, or from what it says is expected: these are no answers but part of the question.
    pub(crate) fn read(input: Input<'_>) -> Result<Self, Problem> {
        let count = |key| {
            let number = input.number(key)?;
            number
                .map(usize::try_from)
                .transpose()
                .map_err(|_| Problem::new(key, "too large"))
        };
        let table = |key| {
            let Some(name) = input.text(key)? else {
                return Ok(None);
            };
            names::language(name)
                .map(Some)
                .ok_or_else(|| Problem::new(key, format!("unknown language {name:?}")))
        };
        let fill_bits = count("fill_bits")?.unwrap_or(0);
        if fill_bits > 6 {
            return Err(Problem::new("fill_bits", "a number from 0 to 6 expected"));
        }
        Ok(Self {
            septet_count: count("septet_count")?,
            fill_bits,
            validity_format: input.text("vpf")?.map(str::to_owned),
            locking: table("decode_with_locking_table")?,
            single_shift: table("decode_with_single_shift_table")?,
        })
    }

    /// The header, with the tables named in it that only the hints know.
    pub(crate) fn header(&self, header: &[InformationElement]) -> Vec<InformationElement> {
        let locking = self.locking.map(InformationElement::locking_shift);
        let single_shift = self.single_shift.map(InformationElement::single_shift);
        let added = locking.into_iter().chain(single_shift);
        // In front: what the header itself says comes later and counts.
        added.chain(header.iter().cloned()).collect()
    }
}
