//! Any bytes from a port: no panic, no line beyond the bound, and the same meaning however they
//! are split. The first byte chooses the command in flight, the second how the bytes are split.

use at::commands::*;
use at::{
    Charset, Command, Dialogue, FinalCode, Heard, MAX_LINE, Meaning, Params, Ranges, Reply,
    Request, Urc, decode_text,
};

/// Runs one input.
pub(crate) fn run(data: &[u8]) {
    let [choice, piece, bytes @ ..] = data else {
        return;
    };
    let whole = hear(*choice, bytes, bytes.len());
    let split = hear(*choice, bytes, usize::from(*piece));
    assert_eq!(whole, split, "meaning depends on the split");
    for heard in &whole {
        // Latin-1 grows to two bytes; a string over several lines may add a little.
        assert!(heard.line.len() <= 2 * MAX_LINE + 1024);
        read_line(&heard.line);
        if let Meaning::Done(reply) = &heard.meaning {
            read_reply(reply);
        }
    }
}

fn request(choice: u8) -> Request {
    match choice % 10 {
        0 => Request::of(&At),
        1 => Request::of(&Csq),
        2 => Request::of(&Cmgl(CmglFilter::All)),
        3 => Request::of(&Cmgs::new("000102", 2)),
        4 => Request::of(&Cgmi),
        5 => Request::of(&RegistrationRead(RegistrationDomain::Cs)),
        6 => Request::of(&CpinRead),
        7 => Request::of(&CusdRead),
        8 => Request::of(&IccidVia::Ccid),
        _ => Request::typed("AT+CPMS?"),
    }
}

fn hear(choice: u8, bytes: &[u8], piece: usize) -> Vec<Heard> {
    let mut dialogue = Dialogue::new();
    dialogue.start(request(choice));
    let mut heard = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        dialogue.feed(piece);
        heard.extend(std::iter::from_fn(|| dialogue.poll()));
    }
    let _ = dialogue.give_up();
    heard
}

/// Everything that reads a line or a part of one.
fn read_line(line: &str) {
    let _ = Urc::parse(line);
    let _ = FinalCode::parse(line);
    let _ = FinalCode::parse_numeric(line);
    let _ = Submitted::parse(line);
    let _ = PinState::parse(line);
    let _ = Iccid::parse(line);
    let _ = RegistrationStatus::parse(line);
    let _ = SimResponse::parse(line);
    let _ = Ranges::parse_all(line);
    let _ = decode_text(line, Charset::Ucs2);
    let params = Params::parse(line);
    for index in 0..=params.count() {
        let _ = (
            params.text(index),
            params.number::<u8>(index),
            params.hex(index),
        );
    }
}

/// Every answer is read from every reply: none may panic on another's lines.
fn read_reply(reply: &Reply) {
    let _ = At.answer(reply);
    let _ = Ati.answer(reply);
    let _ = Cgmi.answer(reply);
    let _ = CmeeRead.answer(reply);
    let _ = CfunRead.answer(reply);
    let _ = CscsTest.answer(reply);
    let _ = Csq.answer(reply);
    let _ = Cops.answer(reply);
    let _ = CpinRead.answer(reply);
    let _ = PinTriesVia::Cpinr.answer(reply);
    let _ = PinTriesVia::CaretCpin.answer(reply);
    let _ = IccidVia::Ccid.answer(reply);
    let _ = IccidVia::Crsm.answer(reply);
    let _ = Cnum.answer(reply);
    let _ = CscaRead.answer(reply);
    let _ = Csms { service: 1 }.answer(reply);
    let _ = CsmsRead.answer(reply);
    let _ = CusdRead.answer(reply);
    let _ = Cpms::same("SM", 3).answer(reply);
    let _ = CpmsRead.answer(reply);
    let _ = CpmsTest.answer(reply);
    let _ = CnmiRead.answer(reply);
    let _ = CnmiTest.answer(reply);
    let _ = Cmgr(0).answer(reply);
    let _ = Cmgl(CmglFilter::All).answer(reply);
    let _ = Cmgs::new("00", 0).answer(reply);
    let _ = RegistrationRead(RegistrationDomain::Cs).answer(reply);
}
