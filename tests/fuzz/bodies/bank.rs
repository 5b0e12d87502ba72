//! Any bytes from a board's line, or a host's: no panic, and what is read is a message that can be
//! said again.

use bank_wire::{Frame, FrameError, Reader};

/// Runs one input.
pub(crate) fn run(data: &[u8]) {
    let mut reader = Reader::new();
    let (mut frames, mut heard) = (0, 0);
    for &octet in data {
        frames += usize::from(octet == 0);
        match reader.feed(octet) {
            None => continue,
            Some(Ok(message)) => {
                let mut again = Reader::new();
                let frame = Frame::of(&message);
                let read = frame.octets().iter().find_map(|&octet| again.feed(octet));
                assert_eq!(read, Some(Ok(message)), "not what was read");
            }
            Some(Err(FrameError::TooLong | FrameError::Damaged | FrameError::Unknown { .. })) => {}
        }
        heard += 1;
    }
    assert!(heard <= frames, "more is heard than frames ended");
}
