//! Cutting a text into parts.

use alloc::vec::Vec;
use core::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::coding::Coding;
use crate::dcs::Alphabet;
use crate::header::InformationElement;
use crate::submit::MAX_USER_DATA;

/// Octets of TP-UD that are left for the body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Octets of the elements all parts have, UDHL not counted.
    elements: usize,
    /// Octets of the element that tells a part's place.
    place: usize,
}

impl Room {
    pub(super) fn new(header: &[InformationElement], wide_reference: bool) -> Self {
        let elements = header.iter().map(|element| element.data.len() + 2).sum();
        Self {
            elements,
            place: if wide_reference { 6 } else { 5 },
        }
    }

    /// When the message is one part.
    pub(super) fn single_octets(self) -> usize {
        let header = if self.elements == 0 {
            0
        } else {
            self.elements + 1
        };
        MAX_USER_DATA - header
    }

    /// In each part when there are several.
    pub(super) fn part_octets(self) -> usize {
        MAX_USER_DATA - (self.elements + self.place + 1)
    }
}

/// Where a text is cut.
#[derive(Debug)]
pub(super) struct Cut {
    /// Byte ranges of the parts, at least one.
    pub(super) ranges: Vec<Range<usize>>,
    /// Units of the whole text.
    pub(super) units: usize,
    /// Units that the last part has left.
    pub(super) remaining: usize,
}

/// Cuts a text; `None` when the coding lacks one of its characters.
pub(super) fn cut(text: &str, coding: Coding, room: Room) -> Option<Cut> {
    let units = text
        .chars()
        .try_fold(0, |sum, c| Some(sum + coding.units(c)?))?;
    let capacity = |octets: usize| match coding.alphabet() {
        Alphabet::Gsm7 => octets * 8 / 7,
        Alphabet::Ucs2 => octets / 2,
        Alphabet::Octets => octets,
    };
    let single = capacity(room.single_octets());
    if units <= single {
        let whole = 0..text.len();
        return Some(Cut {
            ranges: [whole].into(),
            units,
            remaining: single - units,
        });
    }
    let mut parts = Parts::new(capacity(room.part_octets()));
    for grapheme in text.graphemes(true) {
        let units = grapheme.chars().filter_map(|c| coding.units(c)).sum();
        if units <= parts.capacity {
            parts.push(grapheme.len(), units);
            continue;
        }
        for c in grapheme.chars() {
            parts.push(c.len_utf8(), coding.units(c)?);
        }
    }
    let remaining = parts.capacity - parts.used;
    Some(Cut {
        ranges: parts.finish(),
        units,
        remaining,
    })
}

/// Parts being filled.
struct Parts {
    /// Units a part holds.
    capacity: usize,
    full: Vec<Range<usize>>,
    /// The part being filled, and the units in it.
    open: Range<usize>,
    used: usize,
}

impl Parts {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            full: Vec::new(),
            open: 0..0,
            used: 0,
        }
    }

    /// Adds what must not be cut: so many bytes of text, so many units.
    fn push(&mut self, bytes: usize, units: usize) {
        if self.used + units > self.capacity {
            let next = self.open.end..self.open.end;
            self.full.push(core::mem::replace(&mut self.open, next));
            self.used = 0;
        }
        self.open.end += bytes;
        self.used += units;
    }

    fn finish(mut self) -> Vec<Range<usize>> {
        self.full.push(self.open);
        self.full
    }
}
