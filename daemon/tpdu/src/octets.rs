//! A cursor over octets that knows where it stands, so that errors can say it.

use crate::error::{DecodeError, DecodeErrorKind};

/// Reads octets in order.
pub(crate) struct Octets<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Octets<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0 }
    }

    /// Octets read so far: the offset of the next one.
    pub(crate) const fn position(&self) -> usize {
        self.at
    }

    /// Octets not read yet.
    pub(crate) fn left(&self) -> usize {
        self.data.len() - self.at
    }

    /// The next octet.
    pub(crate) fn octet(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        let octet = self.peek(field)?;
        self.at += 1;
        Ok(octet)
    }

    /// The next octet, left in place.
    pub(crate) fn peek(&self, field: &'static str) -> Result<u8, DecodeError> {
        self.data.get(self.at).copied().ok_or(DecodeError::new(
            field,
            self.at,
            DecodeErrorKind::EndedEarly,
        ))
    }

    /// The next `count` octets.
    pub(crate) fn take(
        &mut self,
        count: usize,
        field: &'static str,
    ) -> Result<&'a [u8], DecodeError> {
        let present = self.left();
        if count > present {
            let kind = DecodeErrorKind::Short {
                expected: count,
                present,
            };
            return Err(DecodeError::new(field, self.at, kind));
        }
        let taken = &self.data[self.at..self.at + count];
        self.at += count;
        Ok(taken)
    }

    /// The next seven octets: a time stamp or a validity period.
    pub(crate) fn seven(&mut self, field: &'static str) -> Result<[u8; 7], DecodeError> {
        let mut seven = [0; 7];
        seven.copy_from_slice(self.take(7, field)?);
        Ok(seven)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn errors_name_field_and_octet() {
        let mut octets = Octets::new(&[1, 2]);
        assert_eq!(octets.octet("TP-MR"), Ok(1));
        assert_eq!(
            octets.take(3, "TP-UD").unwrap_err().to_string(),
            "TP-UD at octet 1: 3 octets expected, 1 present"
        );
        assert_eq!(octets.octet("TP-PID"), Ok(2));
        assert_eq!(
            octets.octet("TP-DCS").unwrap_err().to_string(),
            "TP-DCS at octet 2: ended early"
        );
    }
}
