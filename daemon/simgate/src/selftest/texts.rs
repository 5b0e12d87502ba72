//! What the test messages say: a token that nobody guesses, and what is hard to carry.

/// A name for one message, so that it is known at the other end and no stranger's is taken for it.
pub(super) fn token() -> String {
    hex::encode(rand::random::<[u8; 8]>())
}

/// One part.
pub(super) fn short(token: &str) -> String {
    format!("simgate test {token}")
}

/// Three parts of UCS-2, with letters of several scripts and characters of two UTF-16 units
/// that must not be cut in half.
pub(super) fn unicode(token: &str) -> String {
    format!(
        "simgate test {token} – Tin nhắn kiểm tra có dấu tiếng Việt: ă â đ ê ô ơ ư. \
         Ещё немного букв, 漢字, עברית, और हिन्दी. Emoji \u{1F600}\u{1F44D}\u{1F3FD} \u{1F680}\u{1F4E8} \
         and \u{20AC}, which end the last of three parts."
    )
}

/// Two parts of the GSM alphabet, with letters beyond ASCII and the extension table.
pub(super) fn long(token: &str) -> String {
    format!(
        "simgate test {token} - a message of two parts in the GSM alphabet: \
         @ \u{A3} $ \u{A5} \u{E8} \u{E9} \u{F9} \u{EC} \u{F2} \u{C7} \u{D8} \u{F8} \u{C5} \u{E5} \
         \u{394} \u{3A6} \u{393} \u{39B} \u{3A9} \u{C6} \u{E6} \u{DF} \u{C9} \u{C4} \u{D6} \u{D1} \u{DC} \u{A7} \
         and its extension: ^ {{ }} \\ [ ~ ] | \u{20AC}, and then some more words so that it needs both."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tpdu::{ConcatRef, TextOptions, plan};

    #[test]
    fn they_have_as_many_parts_as_is_said_that_they_cost() {
        let parts = |text: &str| {
            let plan = plan(text, &TextOptions::default()).unwrap();
            plan.user_data(ConcatRef::Eight(1)).len()
        };
        let token = token();
        assert_eq!(token.len(), 16);
        assert_eq!(parts(&short(&token)), 1);
        assert_eq!(parts(&unicode(&token)), 3);
        assert_eq!(parts(&long(&token)), 2);
    }

    #[test]
    fn tokens_differ() {
        assert_ne!(token(), token());
    }
}
