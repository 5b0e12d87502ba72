//! `message_state` and the words receipts have for it.

/// What became of a message (SMPP 3.4 §5.2.28; SMPP 5.0 §4.7.15 for the first and the last).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReceiptState {
    /// Waits for its time.
    Scheduled,
    /// On its way.
    Enroute,
    /// Delivered to the mobile.
    Delivered,
    /// Its validity ended.
    Expired,
    /// Deleted by the SMSC or an operator.
    Deleted,
    /// Cannot be delivered.
    Undeliverable,
    /// Accepted: by the standard read on the recipient's behalf, in practice taken by the next
    /// network.
    Accepted,
    /// The SMSC does not know, or says nothing we know.
    Unknown,
    /// Rejected.
    Rejected,
    /// Accepted and not sent.
    Skipped,
}

/// How the words begin. The seven letters of Appendix B differ from the full words only after.
const WORDS: &[(&str, ReceiptState)] = &[
    // Not "deliv": somebody will write "delivery failed".
    ("delivr", ReceiptState::Delivered),
    ("delivere", ReceiptState::Delivered),
    ("deliverd", ReceiptState::Delivered),
    ("undel", ReceiptState::Undeliverable),
    ("expir", ReceiptState::Expired),
    ("delet", ReceiptState::Deleted),
    ("accep", ReceiptState::Accepted),
    ("unkno", ReceiptState::Unknown),
    ("rejec", ReceiptState::Rejected),
    ("enrou", ReceiptState::Enroute),
    ("en_rou", ReceiptState::Enroute),
    ("sched", ReceiptState::Scheduled),
    ("skip", ReceiptState::Skipped),
    // Not in the standard, and seen.
    ("buff", ReceiptState::Enroute),
    ("pend", ReceiptState::Enroute),
    ("fail", ReceiptState::Undeliverable),
];

impl ReceiptState {
    /// From `message_state`; `None` for values without a meaning.
    pub fn from_octet(octet: u8) -> Option<Self> {
        Some(match octet {
            0 => Self::Scheduled,
            1 => Self::Enroute,
            2 => Self::Delivered,
            3 => Self::Expired,
            4 => Self::Deleted,
            5 => Self::Undeliverable,
            6 => Self::Accepted,
            7 => Self::Unknown,
            8 => Self::Rejected,
            9 => Self::Skipped,
            _ => return None,
        })
    }

    /// From what follows `stat:`, a word or the number.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        if let Ok(number) = word.parse() {
            return Self::from_octet(number);
        }
        let word = word.to_ascii_lowercase();
        let found = WORDS.iter().find(|(begin, _)| word.starts_with(begin));
        found.map(|(_, state)| *state)
    }

    /// Whether the message stays in this state.
    ///
    /// §5.2.28 counts accepted and unknown among the final ones. SMSCs report both before a
    /// delivery, and waiting costs only time: the end of the validity ends the wait.
    pub fn is_final(self) -> bool {
        match self {
            Self::Delivered
            | Self::Expired
            | Self::Deleted
            | Self::Undeliverable
            | Self::Rejected
            | Self::Skipped => true,
            Self::Scheduled | Self::Enroute | Self::Accepted | Self::Unknown => false,
        }
    }

    /// The word, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Enroute => "enroute",
            Self::Delivered => "delivered",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
            Self::Undeliverable => "undeliverable",
            Self::Accepted => "accepted",
            Self::Unknown => "unknown",
            Self::Rejected => "rejected",
            Self::Skipped => "skipped",
        }
    }
}
