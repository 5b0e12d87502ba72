//! The fields of a `deliver_sm` (SMPP 3.4 §4.6.1) that tell what it is.

/// The place of a part in its message, out of a user data header or of `sar_*` parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Concat {
    /// What the parts have in common; of 8 bits in most headers.
    pub reference: u16,
    /// How many parts there are, 1 to 255.
    pub total: u8,
    /// Which one this is, from 1 to `total`.
    pub sequence: u8,
}

impl Concat {
    /// Whether the sequence is one of 1 to `total`; others shall be ignored (§5.3.2.23, .24).
    pub(super) fn is_valid(self) -> bool {
        (1..=self.total).contains(&self.sequence)
    }
}

/// What a `deliver_sm` says, as far as its meaning depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Incoming<'a> {
    /// §5.2.12: kind of message, and UDHI.
    pub esm_class: u8,
    /// §5.2.19.
    pub data_coding: u8,
    /// §5.2.22; empty when the message is in `message_payload`.
    pub short_message: &'a [u8],
    /// §5.3.2.32.
    pub message_payload: Option<&'a [u8]>,
    /// §5.3.2.12: the id `submit_sm_resp` gave.
    pub receipted_message_id: Option<&'a str>,
    /// §5.3.2.35, values of §5.2.28.
    pub message_state: Option<u8>,
    /// §5.3.2.31: kind of network, and its error code.
    pub network_error_code: Option<[u8; 3]>,
    /// §5.3.2.22 to .24; all three together or nothing.
    pub sar: Option<Concat>,
    /// §5.3.2.21.
    pub destination_port: Option<u16>,
}

impl<'a> Incoming<'a> {
    /// The message, wherever it is.
    ///
    /// Both at once is against §5.3.2.32; then the mandatory field counts.
    pub(super) fn body(&self) -> &'a [u8] {
        if self.short_message.is_empty() {
            self.message_payload.unwrap_or_default()
        } else {
            self.short_message
        }
    }
}
