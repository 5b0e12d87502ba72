//! Identities a modem reads out: checked once at the edge, masked in `Debug`.

use std::fmt;
use std::str::FromStr;

/// The text is not an identity of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct BadIdentity(&'static str);

/// Shows the last three characters: enough to tell two apart in a log, too little to misuse.
fn masked(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let at = text.len().saturating_sub(3);
    write!(f, "…{}", text.get(at..).unwrap_or(""))
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The whole identity. What is logged goes through `Debug` instead.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                masked(f, &self.0)
            }
        }
    };
}

identity! {
    /// SIM serial number (ITU-T E.118). Identifies a SIM for its whole life; a slot does not.
    ///
    /// 18 to 20 characters; fillers (`F`) at the end are dropped. Some operators number with hex
    /// digits, so these are kept.
    Iccid
}

identity! {
    /// Subscriber identity (TS 23.003 2.2): 6 to 15 digits.
    Imsi
}

identity! {
    /// Equipment identity (TS 23.003 6.2): 14 to 16 digits, with check digit or software version.
    #[derive(serde::Serialize)]
    Imei
}

identity! {
    /// Subscriber number (TS 23.003 3.3): 2 to 20 digits, `+` in front when international.
    Msisdn
}

fn is_digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl FromStr for Iccid {
    type Err = BadIdentity;

    fn from_str(text: &str) -> Result<Self, BadIdentity> {
        let digits = text.trim().trim_end_matches(['F', 'f']);
        let ok = (18..=20).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            // E.118: every ICCID starts with 89, telecommunication.
            && digits.as_bytes().iter().take(2).all(u8::is_ascii_digit);
        if ok {
            Ok(Self(digits.to_ascii_uppercase().into()))
        } else {
            Err(BadIdentity("ICCID"))
        }
    }
}

impl FromStr for Imsi {
    type Err = BadIdentity;

    fn from_str(text: &str) -> Result<Self, BadIdentity> {
        let text = text.trim();
        if is_digits(text, 6, 15) {
            Ok(Self(text.into()))
        } else {
            Err(BadIdentity("IMSI"))
        }
    }
}

impl FromStr for Imei {
    type Err = BadIdentity;

    fn from_str(text: &str) -> Result<Self, BadIdentity> {
        let text = text.trim();
        if is_digits(text, 14, 16) {
            Ok(Self(text.into()))
        } else {
            Err(BadIdentity("IMEI"))
        }
    }
}

impl FromStr for Msisdn {
    type Err = BadIdentity;

    fn from_str(text: &str) -> Result<Self, BadIdentity> {
        let text = text.trim();
        if is_digits(text.strip_prefix('+').unwrap_or(text), 2, 20) {
            Ok(Self(text.into()))
        } else {
            Err(BadIdentity("MSISDN"))
        }
    }
}

/// SIM PIN: 4 to 8 digits (TS 31.101 9.5.1). Never shown by `Debug`, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Box<str>);

impl Pin {
    /// The digits, for `AT+CPIN` alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pin {
    type Err = BadIdentity;

    fn from_str(text: &str) -> Result<Self, BadIdentity> {
        let text = text.trim();
        if is_digits(text, 4, 8) {
            Ok(Self(text.into()))
        } else {
            Err(BadIdentity("PIN"))
        }
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// PUK: 8 digits (TS 31.101 9.5.1). Never shown by `Debug`, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Puk(Box<str>);

impl Puk {
    /// The digits, for `AT+CPIN` alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Puk {
    type Err = BadIdentity;

    fn from_str(text: &str) -> Result<Self, BadIdentity> {
        let text = text.trim();
        if is_digits(text, 8, 8) {
            Ok(Self(text.into()))
        } else {
            Err(BadIdentity("PUK"))
        }
    }
}

impl fmt::Debug for Puk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Puk(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iccid_drops_fillers_and_keeps_hex_digits() {
        let iccid: Iccid = "8984012345678901234F".parse().unwrap();
        assert_eq!(iccid.as_str(), "8984012345678901234");
        assert!("898600a1234567890123".parse::<Iccid>().is_ok());
        assert!("89840123".parse::<Iccid>().is_err());
        assert!("hello, this is no id".parse::<Iccid>().is_err());
    }

    #[test]
    fn debug_shows_three_characters_only() {
        let number: Msisdn = "+84901234567".parse().unwrap();
        assert_eq!(format!("{number:?}"), "…567");
        let pin: Pin = "1234".parse().unwrap();
        assert_eq!(format!("{pin:?}"), "Pin(…)");
        let puk: Puk = "12345678".parse().unwrap();
        assert_eq!(format!("{puk:?}"), "Puk(…)");
    }

    #[test]
    fn lengths_are_checked() {
        assert!("12345678901234".parse::<Imei>().is_ok());
        assert!("1234567890123".parse::<Imei>().is_err());
        assert!("452040000000001".parse::<Imsi>().is_ok());
        assert!("4520400000000012".parse::<Imsi>().is_err());
        assert!("+".parse::<Msisdn>().is_err());
        assert!("123".parse::<Pin>().is_err());
        assert!("1234567".parse::<Puk>().is_err());
    }
}
