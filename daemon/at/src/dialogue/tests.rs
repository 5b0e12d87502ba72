use super::*;
use crate::command::Command;
use crate::commands::*;
use proptest::prelude::*;

mod interleaving;
mod late;
mod property;
mod submit;

/// Everything heard after `bytes`.
fn hear(dialogue: &mut Dialogue, bytes: &str) -> Vec<Heard> {
    dialogue.feed(bytes.as_bytes());
    std::iter::from_fn(|| dialogue.poll()).collect()
}

fn urcs(heard: &[Heard]) -> Vec<Urc> {
    heard
        .iter()
        .filter_map(|heard| match &heard.meaning {
            Meaning::Urc(urc) => Some(urc.clone()),
            _ => None,
        })
        .collect()
}

fn reply(heard: &[Heard]) -> Option<Reply> {
    heard.iter().find_map(|heard| match &heard.meaning {
        Meaning::Done(reply) => Some(reply.clone()),
        _ => None,
    })
}

fn started(request: Request) -> Dialogue {
    let mut dialogue = Dialogue::new();
    dialogue.start(request);
    dialogue
}

/// Runs one command against what the modem says.
fn run<C: Command>(command: &C, bytes: &str) -> (Option<Reply>, Vec<Urc>) {
    let mut dialogue = started(Request::of(command));
    let heard = hear(&mut dialogue, bytes);
    (reply(&heard), urcs(&heard))
}

/// The same, read as the answer that it must be.
fn answered<C: Command>(command: &C, bytes: &str) -> (C::Response, Vec<Urc>) {
    let (reply, urcs) = run(command, bytes);
    (command.answer(&reply.unwrap()).unwrap(), urcs)
}

fn cmti(memory: &str, index: u16) -> Urc {
    Urc::Cmti(crate::urc::Stored {
        memory: memory.to_owned(),
        index,
    })
}

/// A PDU of the right form: no SMSC address, `length` octets behind it.
fn pdu(length: usize) -> String {
    format!("00{}", "A5".repeat(length))
}
