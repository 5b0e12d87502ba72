//! One line to a host: frames, the hand-shake, and requests that are said twice.

use bank_wire::{
    Body, Event, Frame, FrameError, Message, PROTOCOL, Reader, Refusal, Reply, Request, SlotState,
};
use embedded_hal::digital::{InputPin, OutputPin};

use crate::Controller;

/// One line. A board with two has two of them, with one controller.
#[derive(Debug)]
pub struct Link<const N: usize> {
    reader: Reader,
    greeted: bool,
    /// The last request that was done, and what was answered.
    last: Option<(u32, Reply)>,
    /// What the host was told of each slot.
    told: [Option<(SlotState, bool, u8)>; N],
    events: u32,
}

impl<const N: usize> Default for Link<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Link<N> {
    /// A line on which nothing was said.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            reader: Reader::new(),
            greeted: false,
            last: None,
            told: [None; N],
            events: 0,
        }
    }

    /// The host has gone. The next one says hello first.
    pub fn close(&mut self) {
        *self = Self::new();
    }

    /// Takes one octet, and gives the reply to the request that it ends.
    pub fn feed<O: OutputPin, I: InputPin>(
        &mut self,
        now: u64,
        octet: u8,
        controller: &mut Controller<O, I, N>,
    ) -> Option<Frame> {
        let (seq, reply) = match self.reader.feed(octet)? {
            Ok(Message {
                seq,
                body: Body::Request(request),
            }) => {
                controller.hear(now);
                (seq, self.answer(now, seq, request, controller))
            }
            Err(FrameError::Unknown { seq }) => (seq, Reply::Refused(Refusal::Unknown)),
            // Damaged, or our own words: the line echoes. Noise gets no answer.
            Ok(_) | Err(FrameError::TooLong | FrameError::Damaged) => {
                controller.count_bad_frame();
                return None;
            }
        };
        let body = Body::Reply(reply);
        Some(Frame::of(&Message { seq, body }))
    }

    fn answer<O: OutputPin, I: InputPin>(
        &mut self,
        now: u64,
        seq: u32,
        request: Request,
        controller: &mut Controller<O, I, N>,
    ) -> Reply {
        if let Request::Hello { protocol } = request {
            return self.greet(seq, protocol, controller);
        }
        if !self.greeted {
            return Reply::Refused(Refusal::NoHello);
        }
        if let Some((last, reply)) = self.last {
            if seq == last {
                return reply;
            }
            // Numbers go round: the half behind the last one is older.
            if seq.wrapping_sub(last) > u32::MAX / 2 {
                return Reply::Refused(Refusal::Stale);
            }
        }
        let reply = controller.handle(now, request);
        self.last = Some((seq, reply));
        reply
    }

    fn greet<O: OutputPin, I: InputPin>(
        &mut self,
        seq: u32,
        protocol: u16,
        controller: &Controller<O, I, N>,
    ) -> Reply {
        self.greeted = protocol == PROTOCOL;
        self.last = None;
        if !self.greeted {
            return Reply::Refused(Refusal::Protocol { board: PROTOCOL });
        }
        // The host asks for what is; events tell it what changes from now on.
        for slot in 0..N {
            self.told[slot] = state_of(slot, controller);
        }
        let reply = Reply::Hello(controller.hello());
        self.last = Some((seq, reply));
        reply
    }

    /// The next thing to tell, if there is one. A host that takes its time is told of the last state
    /// of each slot, so nothing piles up.
    pub fn event<O: OutputPin, I: InputPin>(
        &mut self,
        controller: &Controller<O, I, N>,
    ) -> Option<Frame> {
        if !self.greeted {
            return None;
        }
        let slot = (0..N).find(|&slot| self.told[slot] != state_of(slot, controller))?;
        self.told[slot] = state_of(slot, controller);
        let status = controller.status(u8::try_from(slot).ok()?)?;
        self.events = self.events.wrapping_add(1);
        let body = Body::Event(Event::Slot(status));
        let seq = self.events;
        Some(Frame::of(&Message { seq, body }))
    }
}

/// What events are about. The fault input itself may flutter, and is not.
fn state_of<O: OutputPin, I: InputPin, const N: usize>(
    slot: usize,
    controller: &Controller<O, I, N>,
) -> Option<(SlotState, bool, u8)> {
    let status = controller.status(u8::try_from(slot).ok()?)?;
    Some((status.state, status.wanted, status.sim))
}
