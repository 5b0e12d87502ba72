//! The octets of the line in both directions: several ports, their speed, pauses.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Output;

/// Octets that the DTE may write ahead of the modem on one port; what comes beyond is lost, as in a UART.
const RECEIVE_BUFFER: usize = 16_384;
/// Octets that may wait to leave; what comes beyond is lost. Only a slow line comes near it.
const TRANSMIT_BUFFER: usize = 262_144;

/// One port as far as the modem hears it.
#[derive(Debug, Default)]
struct Hearing {
    /// Still on the line, which has a speed.
    arriving: VecDeque<u8>,
    next_at: Option<Instant>,
    received: VecDeque<u8>,
    /// The command line so far.
    line: Vec<u8>,
}

/// What leaves, in order.
#[derive(Debug)]
enum Piece {
    Octet {
        port: usize,
        octet: u8,
    },
    /// Silence before the next octet.
    Pause(Duration),
}

/// The line with all its ports.
#[derive(Debug)]
pub(super) struct Line {
    ports: Vec<Hearing>,
    /// The port that wrote last: echo and answers go there.
    speaker: usize,
    /// The port on which the modem speaks by itself.
    urc_port: usize,
    transmit: VecDeque<Piece>,
    /// When the next octet may leave.
    next_at: Option<Instant>,
    /// Time between octets until nothing waits any more.
    slow: Option<Duration>,
    /// Time of an octet in either direction.
    octet_time: Option<Duration>,
}

impl Line {
    pub(super) fn new(ports: usize, urc_port: usize) -> Self {
        let ports = ports.max(1);
        Self {
            ports: (0..ports).map(|_| Hearing::default()).collect(),
            speaker: 0,
            urc_port: urc_port.min(ports - 1),
            transmit: VecDeque::new(),
            next_at: None,
            slow: None,
            octet_time: None,
        }
    }

    /// A line of the same ports, with nothing on it.
    pub(super) fn cleared(&self) -> Self {
        Self {
            octet_time: self.octet_time,
            ..Self::new(self.ports.len(), self.urc_port)
        }
    }

    /// What the modem has not read yet is forgotten.
    pub(super) fn forget_received(&mut self) {
        for port in &mut self.ports {
            *port = Hearing::default();
        }
    }

    /// From now on an octet takes this long in either direction.
    pub(super) fn set_octet_time(&mut self, time: Option<Duration>) {
        self.octet_time = time;
    }

    /// What waits leaves at this pace.
    pub(super) fn slow_down(&mut self, gap: Duration) {
        self.slow = Some(gap);
    }

    pub(super) fn receive(&mut self, now: Instant, port: usize, bytes: &[u8]) {
        let Some(hearing) = self.ports.get_mut(port) else {
            return;
        };
        let waiting = hearing.received.len() + hearing.arriving.len();
        let bytes = bytes.iter().take(RECEIVE_BUFFER.saturating_sub(waiting));
        let Some(time) = self.octet_time else {
            hearing.received.extend(bytes);
            return;
        };
        if hearing.arriving.is_empty() {
            hearing.next_at = Some(now + time);
        }
        hearing.arriving.extend(bytes);
    }

    /// Takes the octets that have come in by now.
    pub(super) fn arrive(&mut self, now: Instant) {
        let time = self.octet_time.unwrap_or_default();
        for port in &mut self.ports {
            while let Some(at) = port.next_at.filter(|at| *at <= now) {
                port.received.extend(port.arriving.pop_front());
                port.next_at = (!port.arriving.is_empty()).then_some(at + time);
            }
        }
    }

    /// Whether nothing is there to be read: from the port that spoke last when `held`, else from any.
    pub(super) fn is_idle(&self, held: bool) -> bool {
        if held {
            return self.ports[self.speaker].received.is_empty();
        }
        self.ports.iter().all(|port| port.received.is_empty())
    }

    /// The next octet; another port has its turn when the one that spoke last has none and is not `held`.
    pub(super) fn next_octet(&mut self, held: bool) -> Option<u8> {
        if !held && self.ports[self.speaker].received.is_empty() {
            self.speaker = self
                .ports
                .iter()
                .position(|port| !port.received.is_empty())?;
        }
        self.ports[self.speaker].received.pop_front()
    }

    /// The command line that is being written.
    pub(super) fn command_line(&mut self) -> &mut Vec<u8> {
        &mut self.ports[self.speaker].line
    }

    /// To the port that spoke last.
    pub(super) fn say(&mut self, bytes: &[u8]) {
        self.push(self.speaker, bytes);
    }

    /// To the port on which the modem speaks by itself.
    pub(super) fn say_unasked(&mut self, bytes: &[u8]) {
        self.push(self.urc_port, bytes);
    }

    pub(super) fn pause(&mut self, time: Duration) {
        self.transmit.push_back(Piece::Pause(time));
    }

    fn push(&mut self, port: usize, bytes: &[u8]) {
        let room = TRANSMIT_BUFFER.saturating_sub(self.transmit.len());
        let pieces = bytes.iter().take(room).map(|octet| Piece::Octet {
            port,
            octet: *octet,
        });
        self.transmit.extend(pieces);
    }

    /// Hands over what may leave now: as much as there is, or an octet at a time on a line that has a pace.
    pub(super) fn transmit(&mut self, now: Instant, out: &mut VecDeque<Output>) {
        let gap = self.slow.or(self.octet_time);
        let mut run: Option<(usize, Vec<u8>)> = None;
        while self.next_at.is_none_or(|at| at <= now) {
            match self.transmit.pop_front() {
                None => {
                    self.slow = None;
                    self.next_at = None;
                    break;
                }
                Some(Piece::Pause(time)) => {
                    self.next_at = Some(self.next_at.unwrap_or(now) + time);
                }
                Some(Piece::Octet { port, octet }) => {
                    if let Some(gap) = gap {
                        self.next_at = Some(self.next_at.unwrap_or(now) + gap);
                    }
                    match &mut run {
                        Some((at, bytes)) if *at == port && gap.is_none() => bytes.push(octet),
                        _ => flush(&mut run, (port, vec![octet]), out),
                    }
                }
            }
        }
        if let Some((port, bytes)) = run {
            out.push_back(Output::Write { port, bytes });
        }
    }

    /// When an octet comes in or may leave.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let leaves = self.next_at.filter(|_| !self.transmit.is_empty());
        let arrives = self.ports.iter().filter_map(|port| port.next_at);
        arrives.chain(leaves).min()
    }
}

/// Begins another run of octets and hands over the one before.
fn flush(run: &mut Option<(usize, Vec<u8>)>, next: (usize, Vec<u8>), out: &mut VecDeque<Output>) {
    if let Some((port, bytes)) = run.replace(next) {
        out.push_back(Output::Write { port, bytes });
    }
}
