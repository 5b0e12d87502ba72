//! What in a line is nobody's business but the owner's: the one list of it.

/// What follows one of these is a PIN, a text, or somebody's number or name. `CPIN=` stands for
/// `+CPIN=` and for what vendors put in front instead.
const PRIVATE: &[&str] = &[
    "CPIN=", "CPIN2=", "CPUK=", "EPIN=", "CLCK=", "SLCK=", "CPWD=", "SPWD=", "+CUSD=", "+CUSD:",
    "+CLIP:", "+CCWA:", "+CNUM:", "+CPBR:", "+CPBF:", "+CPBW=", "+CMGW=", "+COLP:",
];
/// What follows one of these is a number, where it is not an octet count: text mode.
const ADDRESSED: &[&str] = &["+CMGS=\"", "+CMGC=\""];

/// Where the private part of an AT command or answer begins. Blanks are ignored, as modems do in
/// commands, and several commands may stand in one line.
#[must_use]
pub fn private_from(line: &str) -> Option<usize> {
    let solid: Vec<(usize, u8)> = (line.bytes().enumerate())
        .filter(|(_, byte)| *byte != b' ')
        .map(|(at, byte)| (at, byte.to_ascii_uppercase()))
        .collect();
    let dials = solid.len() > 3 && is_at(&solid, 0, b"ATD");
    let dialled = dials.then(|| solid[2].0 + 1);
    let named = (0..solid.len()).find_map(|at| {
        let after = |names: &[&str]| {
            let found = names
                .iter()
                .find(|name| is_at(&solid, at, name.as_bytes()))?;
            Some(solid[at + found.len() - 1].0 + 1)
        };
        after(PRIVATE).or_else(|| after(ADDRESSED))
    });
    dialled.or(named)
}

fn is_at(solid: &[(usize, u8)], at: usize, name: &[u8]) -> bool {
    let here = solid[at..].iter().map(|(_, byte)| *byte);
    here.take(name.len()).eq(name.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> &str {
        private_from(line).map_or(line, |from| &line[..from])
    }

    #[test]
    fn pins_are_private_whatever_command_gives_them() {
        for (line, visible) in [
            ("AT+CPIN=1234", "AT+CPIN="),
            ("at+cpin=\"1234\"", "at+cpin="),
            ("AT+CPIN = 1234", "AT+CPIN ="),
            ("AT+CMEE=1;+CPIN=1234", "AT+CMEE=1;+CPIN="),
            ("AT+CPIN=\"12345678\",\"1234\"", "AT+CPIN="),
            ("AT+CPIN2=1234", "AT+CPIN2="),
            ("AT^CPIN=1234", "AT^CPIN="),
            ("AT+CLCK=\"SC\",1,\"1234\"", "AT+CLCK="),
            ("AT+CPWD=\"SC\",\"1234\",\"5678\"", "AT+CPWD="),
            ("AT^SPWD=\"SC\",\"1234\",\"5678\"", "AT^SPWD="),
            ("đ AT+CPWD=\"SC\"", "đ AT+CPWD="),
        ] {
            assert_eq!(shown(line), visible);
        }
    }

    #[test]
    fn numbers_and_texts_are_private_and_the_rest_is_not() {
        for (line, visible) in [
            ("+CUSD: 0,\"Balance 5\",15", "+CUSD:"),
            ("+CLIP: \"+84901234567\",145", "+CLIP:"),
            ("AT+CMGS=\"+84901234567\"", "AT+CMGS=\""),
            ("ATD+84901234567;", "ATD"),
            ("AT+CPBW=1,\"+84901234567\",145,\"Ann\"", "AT+CPBW="),
        ] {
            assert_eq!(shown(line), visible);
        }
        for line in [
            "",
            " ",
            "ATD",
            "AT",
            "AT+CMGS=22",
            "+CPIN: READY",
            "+CPIN: SIM PIN",
            "AT+CPIN?",
            "+CREG: 0,1",
            "AT+CMEE=1",
            "+CLCK: 1",
            "OK",
        ] {
            assert_eq!(private_from(line), None, "{line}");
        }
    }
}
