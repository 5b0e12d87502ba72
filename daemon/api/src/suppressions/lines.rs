//! The lines of a file of separated values. No cell of ours has a line end: a quotation mark that was left
//! open spoils its own line, and no other.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// What may part the cells of a line. A number holds none of these, so the first to come is the one.
const MARKS: [u8; 3] = *b",;\t";
/// Cells that are read; what stands behind them is passed over.
const CELLS: usize = 3;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Each line that is not blank, with its number from 1 on.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    end: u8,
    number: u64,
    readers: [Reader; MARKS.len()],
}

impl<'a> Lines<'a> {
    pub(super) fn of(file: &'a [u8]) -> Self {
        // Old programs end their lines with a carriage return alone.
        let end = if file.contains(&b'\n') { b'\n' } else { b'\r' };
        Self {
            rest: file.strip_prefix(BOM).unwrap_or(file),
            end,
            number: 0,
            readers: MARKS.map(|mark| ReaderBuilder::new().delimiter(mark).build()),
        }
    }

    fn cells(&mut self, line: &[u8]) -> [Vec<u8>; CELLS] {
        let mark = line.iter().find(|octet| MARKS.contains(octet));
        let place = MARKS.iter().position(|one| Some(one) == mark);
        let reader = &mut self.readers[place.unwrap_or(0)];
        reader.reset();
        let (mut octets, mut ends) = (vec![0; line.len()], [0; CELLS]);
        let (result, _, written, mut found) = reader.read_record(line, &mut octets, &mut ends);
        if result == ReadRecordResult::InputEmpty {
            // Nothing more: the last cell ends here, whether or not its quotation mark does.
            found += reader
                .read_record(&[], &mut octets[written..], &mut ends[found..])
                .3;
        }
        let mut begin = 0;
        let mut ends = ends.into_iter().take(found);
        [(); CELLS].map(|()| {
            let end = ends.next().unwrap_or(begin);
            let cell = octets[begin..end].trim_ascii().to_owned();
            begin = end;
            cell
        })
    }
}

impl Iterator for Lines<'_> {
    type Item = (u64, [Vec<u8>; CELLS]);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let end = self.rest.iter().position(|octet| *octet == self.end);
            let (line, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest.get(1..).unwrap_or_default();
            self.number += 1;
            let line = line.trim_ascii_end();
            if !line.is_empty() {
                return Some((self.number, self.cells(line)));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Vec<(u64, String)> {
        let lines = Lines::of(file.as_bytes());
        let shown = |cells: [Vec<u8>; CELLS]| cells.map(|cell| String::from_utf8(cell).unwrap());
        lines
            .map(|(number, cells)| (number, shown(cells).join("|")))
            .collect()
    }

    #[test]
    fn lines_are_what_they_look_like() {
        for (file, cells) in [
            ("a,b,c", "a|b|c"),
            ("a;b, c;d", "a|b, c|d"),
            ("a\tb;c\td", "a|b;c|d"),
            ("\u{feff}a,b", "a|b|"),
            ("\"a\", b ,\"c \"\"d\"\"\",e,f", "a|b|c \"d\""),
            ("a,,\"open, and not closed", "a||open, and not closed"),
            ("a", "a||"),
            (",b", "|b|"),
        ] {
            assert_eq!(read(file), [(1, cells.to_owned())], "{file}");
        }
    }

    #[test]
    fn they_have_the_numbers_that_an_editor_shows_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let file = ["a,\"b", "", "  ", "c,\"\",", ""].join(end);
            let expected = [(1, "a|b|".to_owned()), (4, "c||".to_owned())];
            assert_eq!(read(&file), expected, "{end:?}");
        }
        assert!(read("").is_empty() && read("\n\n").is_empty());
    }
}
