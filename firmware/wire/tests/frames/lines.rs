//! What a line does to frames.

use bank_wire::{Frame, FrameError, MAX_FRAME, Message, Reader};
use proptest::prelude::*;

use crate::strategies::message;

fn read(octets: &[u8]) -> Vec<Result<Message, FrameError>> {
    let mut reader = Reader::new();
    octets.iter().filter_map(|&o| reader.feed(o)).collect()
}

proptest! {
    #[test]
    fn a_message_comes_back_from_its_frame(message in message()) {
        let frame = Frame::of(&message);
        let (end, inside) = frame.octets().split_last().unwrap();
        prop_assert_eq!(*end, 0);
        prop_assert!(!inside.contains(&0));
        prop_assert!(frame.octets().len() <= MAX_FRAME);
        prop_assert_eq!(read(frame.octets()), [Ok(message)]);
    }

    #[test]
    fn no_changed_octet_makes_another_message(
        message in message(), place in any::<prop::sample::Index>(), change in 1..=255_u8,
    ) {
        let mut octets = Frame::of(&message).octets().to_vec();
        let place = place.index(octets.len());
        octets[place] ^= change;
        octets.push(0);
        prop_assert!(read(&octets).iter().all(Result::is_err));
    }

    #[test]
    fn what_is_lost_costs_one_more_frame_at_most(
        messages in prop::collection::vec(message(), 3), from in any::<prop::sample::Index>(), count in 1..40_usize,
    ) {
        let mut octets: Vec<u8> = Vec::new();
        for message in &messages[..2] {
            octets.extend(Frame::of(message).octets());
        }
        let from = from.index(octets.len());
        octets.drain(from..octets.len().min(from + count));
        octets.extend(Frame::of(&messages[0]).octets());
        octets.extend(Frame::of(&messages[2]).octets());
        let heard = read(&octets);
        prop_assert_eq!(heard.last(), Some(&Ok(messages[2])));
        prop_assert!(heard.iter().flatten().all(|heard| messages.contains(heard)));
    }

    #[test]
    fn after_any_noise_a_zero_makes_the_line_good_again(
        noise in prop::collection::vec(any::<u8>(), 0..300), message in message(),
    ) {
        let mut octets = noise;
        octets.push(0);
        octets.extend(Frame::of(&message).octets());
        let heard = read(&octets);
        prop_assert_eq!(heard.last(), Some(&Ok(message)));
    }
}

#[test]
fn a_frame_without_end_is_too_long_once() {
    let mut octets = vec![1; 10 * MAX_FRAME];
    octets.push(0);
    assert_eq!(read(&octets), [Err(FrameError::TooLong)]);
}

#[test]
fn the_longest_frame_is_read_and_one_octet_more_is_not() {
    let zero_behind = |count: usize| {
        let mut octets = vec![1; count];
        octets.push(0);
        octets
    };
    assert_eq!(
        read(&zero_behind(MAX_FRAME - 1)),
        [Err(FrameError::Damaged)]
    );
    assert_eq!(read(&zero_behind(MAX_FRAME)), [Err(FrameError::TooLong)]);
}

#[test]
fn a_cleared_reader_begins_anew() {
    let message = Message {
        seq: 1,
        body: bank_wire::Body::Request(bank_wire::Request::Ping),
    };
    let mut reader = Reader::new();
    assert_eq!(reader.feed(9), None);
    reader.clear();
    let heard: Vec<_> = Frame::of(&message)
        .octets()
        .iter()
        .filter_map(|&octet| reader.feed(octet))
        .collect();
    assert_eq!(heard, [Ok(message)]);
}
