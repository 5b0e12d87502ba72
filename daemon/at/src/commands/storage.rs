//! Preferred memories (TS 27.005 3.2.2).

use super::{Answer, only_line, only_params, read, write_line};
use crate::command::Unreadable;
use crate::params::Params;
use crate::ranges::Ranges;
use atat::AtatCmd;
use atat::atat_derive::AtatCmd;

/// `AT+CPMS="<mem1>"[,"<mem2>"[,"<mem3>"]]`: mem1 to read and delete, mem2 to write and send, mem3
/// for what arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cpms(
    /// One to three memories.
    pub Vec<String>,
);

impl Cpms {
    /// The same memory `count` times, for `count` 1..=3.
    pub fn same(memory: &str, count: usize) -> Self {
        Self(vec![memory.to_owned(); count.clamp(1, 3)])
    }
}

/// How full one memory is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemoryUse {
    /// `SM`, `ME`, ...; empty where the answer does not tell it.
    pub memory: String,
    /// Messages in it.
    pub used: Option<u16>,
    /// Messages it can hold.
    pub total: Option<u16>,
}

/// Up to three memories, mem1 first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memories(pub Vec<MemoryUse>);

impl AtatCmd for Cpms {
    type Response = Memories;
    const MAX_TIMEOUT_MS: u32 = 10_000;

    fn write(&self, buffer: &mut [u8]) -> usize {
        let list: Vec<String> = self
            .0
            .iter()
            .map(|memory| format!("\"{memory}\""))
            .collect();
        write_line(buffer, &format!("AT+CPMS={}\r", list.join(",")))
    }

    fn parse(&self, answer: Answer<'_>) -> Result<Memories, atat::Error> {
        read(answer, |answer| Ok(set_answer(answer, &self.0)))
    }
}

/// `+CPMS: <used1>,<total1>,<used2>,<total2>,<used3>,<total3>`; some say only `OK`, some repeat
/// the names.
fn set_answer(answer: &[u8], asked: &[String]) -> Memories {
    let Ok(params) = only_params(answer, "+CPMS") else {
        let unknown = |memory: &String| MemoryUse {
            memory: memory.clone(),
            ..MemoryUse::default()
        };
        return Memories(asked.iter().map(unknown).collect());
    };
    if params.is_quoted(0) {
        return named(&params);
    }
    let memories = (0..params.count() / 2).map(|at| MemoryUse {
        memory: asked.get(at).cloned().unwrap_or_default(),
        used: params.number(2 * at),
        total: params.number(2 * at + 1),
    });
    Memories(memories.collect())
}

/// `AT+CPMS?`
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CPMS?", Memories, timeout_ms = 10_000, parse = in_use)]
pub struct CpmsRead;

fn in_use(answer: &[u8]) -> Result<Memories, Unreadable> {
    only_params(answer, "+CPMS").map(|params| named(&params))
}

/// `"SM",3,20,"SM",3,20,"SM",3,20`
fn named(params: &Params<'_>) -> Memories {
    let memories = (0..params.count() / 3).map(|at| MemoryUse {
        memory: params.text(3 * at).unwrap_or("").to_owned(),
        used: params.number(3 * at + 1),
        total: params.number(3 * at + 2),
    });
    Memories(memories.collect())
}

/// `AT+CPMS=?`
#[derive(Debug, Clone, Copy, AtatCmd)]
#[at_cmd("+CPMS=?", MemoryLists, timeout_ms = 10_000, parse = lists)]
pub struct CpmsTest;

/// The memories there are for each of mem1, mem2, mem3.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemoryLists(pub Vec<Ranges>);

impl MemoryLists {
    /// Whether `memory` may be mem`n`, `n` from 1.
    pub fn has(&self, n: usize, memory: &str) -> bool {
        n.checked_sub(1)
            .and_then(|at| self.0.get(at))
            .is_some_and(|list| list.has_word(memory))
    }
}

fn lists(answer: &[u8]) -> Result<MemoryLists, Unreadable> {
    only_line(answer, &["+CPMS"]).map(|rest| MemoryLists(Ranges::parse_all(rest)))
}
