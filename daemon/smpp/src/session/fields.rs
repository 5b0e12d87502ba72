//! The fields of a PDU's body, as far as they go. SMSCs leave NULs out or add some, cut parameters,
//! and write more into fields than those may have (field notes A 41): whoever refuses that loses the
//! message for good.

use super::pdu::Address;

/// Octets of a parameter's tag and length.
const HEAD: usize = 4;
/// The most zeros between a message and its parameters.
const ZEROS: usize = 8;

/// The mandatory fields, from the front. Each is `None` at the body's end.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    pub(super) fn octet(&mut self) -> Option<u8> {
        let (octet, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*octet)
    }

    /// Up to its NUL, of any length. What is no ASCII is taken for Latin-1.
    pub(super) fn string(&mut self) -> Option<String> {
        let end = self.rest.iter().position(|octet| *octet == 0)?;
        let text = self.octets(end);
        self.octet()?;
        Some(latin1(text))
    }

    pub(super) fn address(&mut self) -> Option<Address> {
        Some(Address {
            ton: self.octet()?,
            npi: self.octet()?,
            addr: self.string()?,
        })
    }

    /// So many octets, or as many as there are.
    pub(super) fn octets(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// What is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }
}

pub(super) fn latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

/// An optional parameter (§5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter<'a> {
    pub(super) tag: u16,
    pub(super) value: &'a [u8],
    /// So many octets of the value are not there: the body has ended.
    pub(super) missing: usize,
}

impl Parameter<'_> {
    /// An integer of any width whose value fits.
    pub(super) fn number<T: TryFrom<u64>>(&self) -> Option<T> {
        if self.missing > 0 || !(1..=8).contains(&self.value.len()) {
            return None;
        }
        let value = self
            .value
            .iter()
            .fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
        T::try_from(value).ok()
    }

    /// Text up to its NUL; the NUL itself may be missing.
    pub(super) fn string(&self) -> Option<String> {
        let text = self.value.split(|octet| *octet == 0).next()?;
        (self.missing <= 1).then(|| latin1(text))
    }
}

/// All that are in the octets; what is cut so short that it has no length is none.
pub(super) fn parameters(mut rest: &[u8]) -> impl Iterator<Item = Parameter<'_>> {
    std::iter::from_fn(move || {
        let (head, values) = rest.split_at_checked(HEAD)?;
        let (tag, length) = (word(head, 0), usize::from(word(head, 2)));
        let (value, behind) = values.split_at(length.min(values.len()));
        rest = behind;
        let missing = length - value.len();
        Some(Parameter {
            tag,
            value,
            missing,
        })
    })
}

/// Finds the parameters behind a message: directly, or behind a stray octet or zeros. What is in
/// front of them comes first.
pub(super) fn split_stray(tail: &[u8]) -> (&[u8], &[u8]) {
    let fits = |at: usize| {
        let (stray, rest) = tail.split_at(at);
        let skipped = stray.len() <= 1 || stray.iter().all(|octet| *octet == 0);
        skipped && is_whole(rest)
    };
    let start = (0..=tail.len().min(ZEROS)).find(|at| fits(*at));
    tail.split_at(start.unwrap_or(0))
}

/// Whether these are whole parameters to the end. None has the tag 0.
pub(super) fn is_whole(octets: &[u8]) -> bool {
    let read = parameters(octets).map(|parameter| HEAD + parameter.value.len());
    parameters(octets).all(|parameter| parameter.missing == 0 && parameter.tag != 0)
        && read.sum::<usize>() == octets.len()
}

fn word(octets: &[u8], at: usize) -> u16 {
    let octet = |at: usize| octets.get(at).copied().unwrap_or(0);
    u16::from_be_bytes([octet(at), octet(at + 1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_behind_what_does_not_belong_there() {
        let state = b"\x04\x27\0\x01\x02";
        for (stray, rest) in [
            (&b""[..], &state[..]),
            (b"\0", state),
            (b"\0\0\0", state),
            (b")", state),
            (b")", b""),
        ] {
            assert_eq!(split_stray(&[stray, rest].concat()), (stray, rest));
        }
        // Nothing fits: what is whole in front counts.
        let cut = b"\x04\x27\0\x01\x02\x02\x04\0\x02\x01";
        assert_eq!(split_stray(cut), (&b""[..], &cut[..]));
        let found: Vec<_> = parameters(cut).map(|it| (it.tag, it.missing)).collect();
        assert_eq!(found, [(0x0427, 0), (0x0204, 1)]);
    }

    #[test]
    fn a_number_is_one_in_any_width_that_its_value_has_room_in() {
        let parameter = |value| Parameter {
            tag: 0x0427,
            value,
            missing: 0,
        };
        assert_eq!(parameter(&[0, 0, 0, 2]).number::<u8>(), Some(2));
        assert_eq!(parameter(&[2]).number::<u16>(), Some(2));
        assert_eq!(parameter(&[1, 2]).number::<u8>(), None);
        assert_eq!(parameter(&[]).number::<u8>(), None);
        assert_eq!(parameter(&[0; 9]).number::<u8>(), None);
        let cut = Parameter {
            missing: 1,
            ..parameter(&[0])
        };
        assert_eq!(cut.number::<u16>(), None);
    }
}
