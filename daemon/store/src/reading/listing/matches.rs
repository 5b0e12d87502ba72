//! The rows whose texts may have the words of a search, a volume at a time.
//!
//! FTS5 collects all rows of each word before it gives the first that has them all, so one common
//! word costs the same beside a rare one as alone. The list of its terms gives rows one by one: the word
//! that has few in the volume is read from there, the rarest of the last volumes first, and the
//! others are looked for in those few texts. FTS5 is asked where no word has few.

use rusqlite::Connection;

use super::Looks;
use super::run::{Pace, Run};
use super::words::{VOLUME, Words};
use crate::StoreError;
use crate::values::{RowExt as _, params};

/// Rows of a word in a volume that are too many to look at their texts.
const MANY: usize = 512;
/// So few that it is not asked which other word has fewer.
const FEW: usize = 16;
/// Words of a search that are counted.
const COUNTED: usize = 8;
/// What it costs to find a term, in looks.
const TERM: i64 = 30;

pub(super) struct Matches {
    words: Words,
    /// The rarest first, as they were counted last.
    counts: Vec<Count>,
    /// Rows above are not indexed.
    upto: i64,
    /// There are no rows below.
    first: i64,
    open: Option<Volume>,
}

/// How often a word was in the volume in which it was counted last.
struct Count {
    word: usize,
    rows: usize,
}

struct Volume {
    number: i64,
    run: Run,
    /// Its rows have all the words.
    is_exact: bool,
}

impl Matches {
    const BY_WORDS: &'static str = "SELECT rowid FROM search
        WHERE search MATCH ?3 AND rowid <= ?1 ORDER BY rowid DESC LIMIT ?2";
    const BY_TERM: &'static str =
        "SELECT doc FROM search_terms WHERE term >= ?1 AND term <= ?2 LIMIT ?3";

    pub(super) fn new(words: Words, (first, upto): (i64, i64)) -> Self {
        let counted = 0..words.count().min(COUNTED);
        Self {
            words,
            counts: counted.map(|word| Count { word, rows: 0 }).collect(),
            upto,
            first,
            open: None,
        }
    }

    /// The newest row from `row` down that may match; when the looks are spent, where to go on.
    pub(super) fn at_or_below(
        &mut self,
        reader: &Connection,
        row: i64,
        looks: &mut Looks,
    ) -> Result<Option<i64>, StoreError> {
        let mut row = row.min(self.upto);
        while row >= self.first {
            let number = row >> VOLUME;
            let mut volume = match self.open.take() {
                Some(open) if open.number == number => open,
                _ => self.volume(reader, number, looks)?,
            };
            let found = volume.run.at_or_below(reader, row, looks)?;
            self.open = Some(volume);
            if found.is_some() {
                return Ok(found);
            }
            row = (number << VOLUME) - 1;
            if looks.are_spent() && row >= self.first {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Whether the row that was given last has all the words, so that its text tells nothing more.
    pub(super) fn is_exact(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.is_exact)
    }

    fn volume(
        &mut self,
        reader: &Connection,
        number: i64,
        looks: &mut Looks,
    ) -> Result<Volume, StoreError> {
        let rarest = self.rarest(reader, number, looks)?;
        Ok(match rarest {
            Some(rows) => Volume {
                number,
                run: Run::whole(rows),
                is_exact: self.words.count() == 1,
            },
            None => Volume {
                number,
                run: Run::new(
                    Self::BY_WORDS,
                    vec![self.words.in_volume(number).into()],
                    Pace::VOLUME,
                ),
                is_exact: self.words.are_few(),
            },
        })
    }

    /// The rows of the rarest word of a volume, newest first; none where all words have many.
    fn rarest(
        &mut self,
        reader: &Connection,
        volume: i64,
        looks: &mut Looks,
    ) -> Result<Option<Vec<i64>>, StoreError> {
        let mut rarest: Option<Vec<i64>> = None;
        for count in &mut self.counts {
            let terms = self.words.terms(count.word, volume);
            let rows = rows_of(reader, &terms)?;
            count.rows = rows.len();
            looks.spend(TERM + i64::try_from(rows.len()).unwrap_or(i64::MAX));
            let is_rarer = rarest.as_ref().is_none_or(|found| rows.len() < found.len());
            if rows.len() < MANY && is_rarer {
                rarest = Some(rows);
            }
            if rarest.as_ref().is_some_and(|found| found.len() <= FEW) {
                break;
            }
        }
        self.counts.sort_by_key(|count| count.rows);
        if let Some(rows) = &mut rarest {
            rows.sort_unstable_by_key(|row| std::cmp::Reverse(*row));
            // One that has two words with this beginning.
            rows.dedup();
        }
        Ok(rarest)
    }
}

/// Rows that have any of these terms, in no order, up to [`MANY`] of them.
fn rows_of(reader: &Connection, (first, last): &(String, String)) -> Result<Vec<i64>, StoreError> {
    let mut select = reader.prepare_cached(Matches::BY_TERM)?;
    let at_most = i64::try_from(MANY).unwrap_or(i64::MAX);
    let rows = select.query_map(params![first, last, at_most], |row| row.col(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
