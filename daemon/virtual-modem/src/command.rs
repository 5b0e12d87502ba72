//! The command line as a DTE writes it: `AT+CMGF=0;+CMEE=1` (V.250 clause 5).

/// One command of a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// Upper-case name with its prefix: `+CMGF`, `^CURC`, `E`, `&F`, `S3`, `D`.
    pub(crate) name: String,
    /// What is asked of it.
    pub(crate) op: Op,
}

/// The four forms of a command (V.250 clauses 5.3 and 5.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// `AT+CSQ`
    Execute,
    /// `AT+CREG?`
    Read,
    /// `AT+CNMI=?`
    Test,
    /// `AT+CMGF=0`, `ATE0`
    Set(Args),
}

/// The values after `=`, in order; one left out (`=,,1`) is empty and unquoted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Args(Vec<Arg>);

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arg {
    text: String,
    quoted: bool,
}

/// A command line or a value that cannot be read; the modem answers ERROR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadSyntax;

impl Args {
    /// How many values were written, empty ones too.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The value at `index` as text, quoted or not; `None` when it was left out.
    pub(crate) fn text(&self, index: usize) -> Option<&str> {
        let arg = self.0.get(index)?;
        (arg.quoted || !arg.text.is_empty()).then_some(arg.text.as_str())
    }

    /// The value at `index` as a number; `Ok(None)` when it was left out.
    pub(crate) fn number(&self, index: usize) -> Result<Option<u32>, BadSyntax> {
        match self.text(index) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| BadSyntax),
        }
    }

    /// The value at `index` as a number within `range`, or `default` when it was left out.
    pub(crate) fn number_in(
        &self,
        index: usize,
        range: std::ops::RangeInclusive<u32>,
        default: u32,
    ) -> Result<u32, BadSyntax> {
        let value = self.number(index)?.unwrap_or(default);
        if range.contains(&value) {
            Ok(value)
        } else {
            Err(BadSyntax)
        }
    }

    fn one(text: &str) -> Self {
        Self(vec![Arg {
            text: text.to_owned(),
            quoted: false,
        }])
    }
}

/// Splits what stands after `AT` into commands.
pub(crate) fn parse(body: &str) -> Result<Vec<Instruction>, BadSyntax> {
    let mut rest = Cursor::new(body);
    let mut commands = Vec::new();
    loop {
        match rest.peek() {
            None => return Ok(commands),
            Some(';') => rest.skip(),
            Some('D' | 'd') => commands.push(dial(&mut rest)),
            Some('S' | 's') => commands.push(s_register(&mut rest)?),
            Some(c) if c == '&' || c.is_ascii_alphabetic() => commands.push(basic(&mut rest)?),
            Some('+' | '^' | '*' | '$' | '%' | '#' | '!' | '-' | '_') => {
                commands.push(extended(&mut rest)?);
            }
            Some(_) => return Err(BadSyntax),
        }
    }
}

/// `D` takes the rest of the line up to a semicolon, which it keeps: it marks a voice call.
fn dial(rest: &mut Cursor<'_>) -> Instruction {
    rest.skip();
    let mut number = rest.take_while(|c| c != ';');
    if rest.peek() == Some(';') {
        rest.skip();
        number.push(';');
    }
    Instruction {
        name: "D".to_owned(),
        op: Op::Set(Args::one(&number)),
    }
}

fn basic(rest: &mut Cursor<'_>) -> Result<Instruction, BadSyntax> {
    let mut name = String::new();
    if rest.peek() == Some('&') {
        rest.skip();
        name.push('&');
    }
    let letter = rest
        .peek()
        .filter(char::is_ascii_alphabetic)
        .ok_or(BadSyntax)?;
    rest.skip();
    name.push(letter.to_ascii_uppercase());
    let digits = rest.take_while(|c| c.is_ascii_digit());
    let op = if digits.is_empty() {
        Op::Execute
    } else {
        Op::Set(Args::one(&digits))
    };
    Ok(Instruction { name, op })
}

fn s_register(rest: &mut Cursor<'_>) -> Result<Instruction, BadSyntax> {
    rest.skip();
    let index = rest.take_while(|c| c.is_ascii_digit());
    let name = format!("S{index}");
    let op = match rest.peek() {
        Some('?') => {
            rest.skip();
            Op::Read
        }
        Some('=') => {
            rest.skip();
            Op::Set(Args::one(&rest.take_while(|c| c.is_ascii_digit())))
        }
        _ => return Err(BadSyntax),
    };
    Ok(Instruction { name, op })
}

fn extended(rest: &mut Cursor<'_>) -> Result<Instruction, BadSyntax> {
    let mut name = String::new();
    name.extend(rest.peek());
    rest.skip();
    name.push_str(
        &rest.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '!')),
    );
    name.make_ascii_uppercase();
    if name.len() < 2 {
        return Err(BadSyntax);
    }
    let op = match rest.peek() {
        None | Some(';') => Op::Execute,
        Some('?') => {
            rest.skip();
            Op::Read
        }
        Some('=') => {
            rest.skip();
            if rest.peek() == Some('?') {
                rest.skip();
                Op::Test
            } else {
                Op::Set(args(rest)?)
            }
        }
        Some(_) => return Err(BadSyntax),
    };
    match rest.peek() {
        None | Some(';') => Ok(Instruction { name, op }),
        Some(_) => Err(BadSyntax),
    }
}

fn args(rest: &mut Cursor<'_>) -> Result<Args, BadSyntax> {
    let mut args = Vec::new();
    loop {
        args.push(arg(rest)?);
        match rest.peek() {
            Some(',') => rest.skip(),
            _ => return Ok(Args(args)),
        }
    }
}

fn arg(rest: &mut Cursor<'_>) -> Result<Arg, BadSyntax> {
    if rest.peek() != Some('"') {
        let text = rest.take_while(|c| c != ',' && c != ';');
        return Ok(Arg {
            text,
            quoted: false,
        });
    }
    let text = rest.quoted()?;
    match rest.peek() {
        None | Some(',' | ';') => Ok(Arg { text, quoted: true }),
        Some(_) => Err(BadSyntax),
    }
}

/// Walks the line and leaves out the spaces that do not stand in quotes (V.250 clause 5.2.1).
struct Cursor<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
}

impl<'a> Cursor<'a> {
    fn new(body: &'a str) -> Self {
        Self {
            rest: body.chars().peekable(),
        }
    }

    fn peek(&mut self) -> Option<char> {
        while self.rest.next_if(char::is_ascii_whitespace).is_some() {}
        self.rest.peek().copied()
    }

    fn skip(&mut self) {
        self.rest.next();
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek().filter(|c| wanted(*c)) {
            self.skip();
            taken.push(c);
        }
        taken
    }

    /// A string constant; `\22` stands for a quote in it (V.250 clause 5.4.2.2).
    fn quoted(&mut self) -> Result<String, BadSyntax> {
        self.skip();
        let mut text = String::new();
        loop {
            match self.rest.next().ok_or(BadSyntax)? {
                '"' => return Ok(text),
                '\\' => text.push(self.escaped().unwrap_or('\\')),
                c => text.push(c),
            }
        }
    }

    /// Two hex digits after a backslash; anything else leaves the backslash as it is.
    fn escaped(&mut self) -> Option<char> {
        let mut ahead = self.rest.clone();
        let digits: String = ahead.by_ref().take(2).collect();
        let code = u8::from_str_radix(&digits, 16)
            .ok()
            .filter(|_| digits.len() == 2)?;
        self.rest = ahead;
        Some(char::from(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(body: &str) -> Instruction {
        let mut commands = parse(body).unwrap();
        assert_eq!(commands.len(), 1, "{commands:?}");
        commands.remove(0)
    }

    fn set(body: &str) -> Args {
        match one(body).op {
            Op::Set(args) => args,
            op => panic!("{op:?}"),
        }
    }

    #[test]
    fn a_line_holds_several_commands() {
        let names: Vec<_> = parse("E0V1&FQ0+CMGF=0;+CMEE=1;^CURC=0;S3=13S4?")
            .unwrap()
            .into_iter()
            .map(|c| c.name)
            .collect();
        assert_eq!(
            names,
            ["E", "V", "&F", "Q", "+CMGF", "+CMEE", "^CURC", "S3", "S4"]
        );
    }

    #[test]
    fn the_four_forms() {
        assert_eq!(one("+csq").op, Op::Execute);
        assert_eq!(
            one("+creg?"),
            Instruction {
                name: "+CREG".to_owned(),
                op: Op::Read
            }
        );
        assert_eq!(one("+CNMI = ?").op, Op::Test);
        assert_eq!(set("+CNMI=2,1").number(1), Ok(Some(1)));
    }

    #[test]
    fn values_are_quoted_numbers_or_left_out() {
        let args = set("+CPMS=\"SM\",,\"a;b, c\"");
        assert_eq!(args.len(), 3);
        assert_eq!(
            (args.text(0), args.text(1), args.text(2)),
            (Some("SM"), None, Some("a;b, c"))
        );
        assert_eq!(args.number(1), Ok(None));
        assert_eq!(args.number(0), Err(BadSyntax));
        assert_eq!(set("+CUSD=1,\"a\\22b\\q\"").text(1), Some("a\"b\\q"));
        assert_eq!(set("+CMGS=\"\"").text(0), Some(""));
    }

    #[test]
    fn a_dial_string_ends_with_the_line_or_a_semicolon() {
        assert_eq!(set("D*101#").text(0), Some("*101#"));
        let commands = parse("D+84901234567;+CSQ").unwrap();
        assert_eq!(commands.len(), 2);
        assert!(matches!(&commands[0].op, Op::Set(args) if args.text(0) == Some("+84901234567;")));
    }

    #[test]
    fn broken_lines_are_refused() {
        for body in [
            "+CMGS=\"12",
            "+",
            "+CMGF?0",
            "+CSCS=\"GSM\"x",
            "1",
            "&",
            "S3",
        ] {
            assert_eq!(parse(body), Err(BadSyntax), "{body}");
        }
    }
}
