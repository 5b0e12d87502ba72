//! What the messages of a self-test say: a token that nobody guesses, and what is hard to carry. By
//! that they are known where they come in.

const INTRO: &str = "simgate test ";
/// Octets of a token.
pub const OCTETS: usize = 8;
/// Fewer characters of a text may well be a person's words.
const FRAGMENT: usize = 12;

/// After the token: letters of several scripts and characters of two UTF-16 units that must not be
/// cut in half.
const UNICODE: &str = " – Tin nhắn kiểm tra có dấu tiếng Việt: ă â đ ê ô ơ ư. \
     Ещё немного букв, 漢字, עברית, और हिन्दी. Emoji \u{1F600}\u{1F44D}\u{1F3FD} \u{1F680}\u{1F4E8} \
     and \u{20AC}, which end the last of three parts.";
/// After the token: letters beyond ASCII and the extension table.
const LONG: &str = " - a message of two parts in the GSM alphabet: \
     @ \u{A3} $ \u{A5} \u{E8} \u{E9} \u{F9} \u{EC} \u{F2} \u{C7} \u{D8} \u{F8} \u{C5} \u{E5} \
     \u{394} \u{3A6} \u{393} \u{39B} \u{3A9} \u{C6} \u{E6} \u{DF} \u{C9} \u{C4} \u{D6} \u{D1} \u{DC} \u{A7} \
     and its extension: ^ { } \\ [ ~ ] | \u{20AC}, and then some more words so that it needs both.";

/// A name for one message, so that it is known at the other end and no stranger's is taken for it.
pub fn token(octets: [u8; OCTETS]) -> String {
    hex::encode(octets)
}

/// One part.
pub fn short(token: &str) -> String {
    format!("{INTRO}{token}")
}

/// Three parts of UCS-2.
pub fn unicode(token: &str) -> String {
    format!("{INTRO}{token}{UNICODE}")
}

/// Two parts of the GSM alphabet.
pub fn long(token: &str) -> String {
    format!("{INTRO}{token}{LONG}")
}

/// What stands where the token of a test message would, whether a test gave it or not.
pub fn token_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(INTRO)?;
    let token = rest.get(..2 * OCTETS)?;
    token
        .bytes()
        .all(|c| c.is_ascii_hexdigit())
        .then_some(token)
}

/// Whether a text of which the beginning is missing is the end of a test message.
pub fn is_end(text: &str) -> bool {
    let is_long = text.chars().nth(FRAGMENT - 1).is_some();
    is_long && [UNICODE, LONG].iter().any(|rest| rest.contains(text))
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
        let token = token([0x5a; OCTETS]);
        assert_eq!(token.len(), 16);
        assert_eq!(parts(&short(&token)), 1);
        assert_eq!(parts(&unicode(&token)), 3);
        assert_eq!(parts(&long(&token)), 2);
    }

    #[test]
    fn a_test_message_is_known_by_its_token() {
        let token = token([0x5a; OCTETS]);
        for text in [short(&token), unicode(&token), long(&token)] {
            assert_eq!(token_in(&text), Some(token.as_str()));
        }
        for text in [
            "",
            "simgate test ",
            "simgate test 0123456789abcde",
            "simgate test 0123456789abcdeé",
        ] {
            assert_eq!(token_in(text), None, "{text}");
        }
    }

    #[test]
    fn the_end_of_a_test_message_is_known_without_its_token() {
        for text in [unicode(&token([7; OCTETS])), long(&token([7; OCTETS]))] {
            let end: String = text.chars().skip(60).collect();
            assert!(is_end(&end), "{end}");
        }
        assert!(!is_end("and then"));
        assert!(!is_end("and its extension: 4711, please call"));
    }
}
