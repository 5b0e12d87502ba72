//! What is counted of messages over time, and how long they took.

use std::fmt;

use serde::Serialize;

/// Buckets of a [`Spread`].
const BUCKETS: usize = 256;
/// Buckets that are passed over at once.
const BLOCK: usize = 16;
/// Their upper ends, in µs: each is a tenth above the one before. What took 10 ms or less is in the
/// first, what took years in the last.
const ENDS: [u64; BUCKETS] = {
    let mut ends = [10_000; BUCKETS];
    let mut bucket = 1;
    while bucket < BUCKETS {
        ends[bucket] = ends[bucket - 1] / 10 * 11;
        bucket += 1;
    }
    ends
};

/// How long many things took: how many in each of some buckets. So it takes little room, two can be
/// added, and what is read from it is right within 5 %, or 10 ms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// By bucket, up to the last that has any.
    counts: Vec<i64>,
}

impl Spread {
    /// Counts `times` things that took so many milliseconds.
    pub fn add(&mut self, millis: i64, times: i64) {
        let micros = u64::try_from(millis).unwrap_or(0).saturating_mul(1000);
        let bucket = ENDS.partition_point(|end| *end < micros).min(BUCKETS - 1);
        self.add_to(bucket, times);
    }

    /// Counts those of another spread, `times` each.
    pub fn add_all(&mut self, other: &Self, times: i64) {
        self.make_room(other.counts.len());
        let counts = self.counts.iter_mut().zip(&other.counts);
        // Without the product it takes a fraction of the time, and that is what large answers are made of.
        if times == 1 {
            counts.for_each(|(count, more)| *count += more);
        } else {
            counts.for_each(|(count, more)| *count += more * times);
        }
        self.trim();
    }

    fn add_to(&mut self, bucket: usize, count: i64) {
        self.make_room(bucket + 1);
        self.counts[bucket] += count;
        self.trim();
    }

    fn make_room(&mut self, buckets: usize) {
        if self.counts.len() < buckets {
            self.counts.resize(buckets, 0);
        }
    }

    fn trim(&mut self) {
        while self.counts.last() == Some(&0) {
            self.counts.pop();
        }
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Forgets all, and keeps its room.
    pub fn clear(&mut self) {
        self.counts.clear();
    }

    /// How many it counts, and a sum that is another one as soon as they are in other buckets.
    pub fn sums(&self) -> (i64, i64) {
        let weighted = (1..)
            .zip(&self.counts)
            .map(|(weight, count)| weight * count);
        (self.counts.iter().sum(), weighted.sum())
    }

    /// As octets: the bucket and, seven bits an octet, the count of each that has any.
    pub fn encoded(&self) -> Vec<u8> {
        let mut octets = Vec::new();
        for (bucket, count) in (0..=u8::MAX).zip(&self.counts) {
            let Some(mut left) = u64::try_from(*count).ok().filter(|count| *count > 0) else {
                continue;
            };
            octets.push(bucket);
            while left >= 0x80 {
                octets.push(left.to_le_bytes()[0] | 0x80);
                left >>= 7;
            }
            octets.push(left.to_le_bytes()[0]);
        }
        octets
    }

    /// Adds what [`Spread::encoded`] wrote. Of what is cut off the last count is left out.
    pub fn add_encoded(&mut self, octets: &[u8]) {
        let mut used = self.counts.len();
        // Once for all: bucket by bucket it is most of the work.
        self.make_room(BUCKETS);
        let mut octets = octets.iter();
        while let (Some(bucket), Some(first)) = (octets.next(), octets.next()) {
            let (mut count, mut shift) = (i64::from(first & 0x7f), 7);
            // Most are one octet.
            let whole = first & 0x80 == 0
                || octets.any(|octet| {
                    count |= i64::from(octet & 0x7f) << shift;
                    shift = (shift + 7).min(35);
                    octet & 0x80 == 0
                });
            if whole {
                let bucket = usize::from(*bucket);
                self.counts[bucket] += count;
                used = used.max(bucket + 1);
            }
        }
        self.counts.truncate(used);
        self.trim();
    }

    /// What half, 95 and 99 of 100 did not exceed; none where nothing was counted.
    pub fn percentiles(&self) -> Option<Percentiles> {
        let total: i64 = self.counts.iter().sum();
        if total <= 0 {
            return None;
        }
        let (mut from, mut before) = (0, 0);
        let found = [50, 95, 99].map(|percent| {
            let rank = (total * percent + 99) / 100;
            // Many at once: a large answer has tens of thousands of spreads.
            while let Some(block) = self.counts[from..].first_chunk::<BLOCK>() {
                let more: i64 = block.iter().sum();
                if before + more >= rank {
                    break;
                }
                (from, before) = (from + BLOCK, before + more);
            }
            let mut so_far = before;
            let place = self.counts[from..].iter().position(|count| {
                so_far += count;
                so_far >= rank
            });
            middle(from + place.unwrap_or(0))
        });
        let [p50_ms, p95_ms, p99_ms] = found;
        Some(Percentiles {
            p50_ms,
            p95_ms,
            p99_ms,
        })
    }
}

/// What is as far from the lower end of a bucket as from the upper, by proportion; in ms.
fn middle(bucket: usize) -> u64 {
    let end = ENDS[bucket];
    let begin = if bucket == 0 { end } else { ENDS[bucket - 1] };
    (begin + (end - begin) * 10 / 21) / 1000
}

/// How long it took, right within 5 %, or 10 ms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = StatisticsLatency)]
pub struct Percentiles {
    /// Half took no longer, in ms.
    pub p50_ms: u64,
    /// 95 of 100 took no longer, in ms.
    pub p95_ms: u64,
    /// 99 of 100 took no longer, in ms.
    pub p99_ms: u64,
}

/// What is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub queued: i64,
    pub sent: i64,
    pub delivered: i64,
    pub failed: i64,
    pub received: i64,
    /// From when it could be sent until it was.
    pub waits: Spread,
    /// From when it was sent until it was delivered.
    pub reports: Spread,
}

impl Counts {
    /// Adds others, `times` each: -1 takes them off.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.queued += other.queued * times;
        self.sent += other.sent * times;
        self.delivered += other.delivered * times;
        self.failed += other.failed * times;
        self.received += other.received * times;
        self.waits.add_all(&other.waits, times);
        self.reports.add_all(&other.reports, times);
    }

    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    /// Takes nothing off, and has no times.
    pub fn only_count_up(&self) -> bool {
        let numbers = [
            self.queued,
            self.sent,
            self.delivered,
            self.failed,
            self.received,
        ];
        numbers.iter().all(|number| *number >= 0)
            && self.waits.is_empty()
            && self.reports.is_empty()
    }

    /// Begins anew, and keeps its room.
    pub fn clear(&mut self) {
        let (mut waits, mut reports) = (
            std::mem::take(&mut self.waits),
            std::mem::take(&mut self.reports),
        );
        waits.clear();
        reports.clear();
        *self = Self {
            waits,
            reports,
            ..Self::default()
        };
    }

    /// As people are told them.
    pub fn figures(&self) -> Figures {
        let count = |count: i64| u64::try_from(count).unwrap_or(0);
        Figures {
            queued: count(self.queued),
            sent: count(self.sent),
            delivered: count(self.delivered),
            failed: count(self.failed),
            received: count(self.received),
            queued_to_sent: self.waits.percentiles(),
            sent_to_delivered: self.reports.percentiles(),
        }
    }
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = StatisticsFigures)]
pub struct Figures {
    /// Messages that were accepted.
    pub queued: u64,
    /// Messages of which the last part was sent.
    pub sent: u64,
    /// Messages that were reported as delivered.
    pub delivered: u64,
    /// Messages that failed, expired or could not be delivered.
    pub failed: u64,
    /// Messages that came in.
    pub received: u64,
    /// Of those sent: from when each could be sent until it was. Null where none was.
    #[schema(required)]
    pub queued_to_sent: Option<Percentiles>,
    /// Of those delivered: from when each was sent until it was delivered. Null where none was.
    #[schema(required)]
    pub sent_to_delivered: Option<Percentiles>,
}

/// By what messages are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CountedBy {
    /// The SIM or uplink that carried them.
    Carrier,
    /// The key or user that sent them.
    Key,
    /// The country code of the other party.
    Prefix,
}

impl CountedBy {
    pub const ALL: [Self; 3] = [Self::Carrier, Self::Key, Self::Prefix];
}

/// The country code of a number; what has none (short codes, names) is one more. So there are at most
/// some hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix(u16);

impl Prefix {
    /// What has no country code.
    pub const OTHER: &str = "other";

    /// By the lengths that ITU-T E.164 gives to country codes: none is the beginning of another.
    pub fn of(number: &str) -> Self {
        let digits = number.strip_prefix('+').unwrap_or_default().as_bytes();
        let length = match digits {
            [b'1' | b'7', ..] => 1,
            [b'2', b'0' | b'7', ..]
            | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
            | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
            | [b'5', b'1'..=b'8', ..]
            | [b'6', b'0'..=b'6', ..]
            | [b'8', b'1' | b'2' | b'4' | b'6', ..]
            | [b'9', b'0'..=b'5' | b'8', ..] => 2,
            _ => 3,
        };
        let code = digits.get(..length).and_then(|code| {
            let code = std::str::from_utf8(code).ok()?;
            code.parse().ok()
        });
        Self(code.unwrap_or(0))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str(Self::OTHER),
            code => write!(f, "+{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(times: &[i64]) -> Spread {
        let mut spread = Spread::default();
        for millis in times {
            spread.add(*millis, 1);
        }
        spread
    }

    #[test]
    fn what_is_read_is_right_within_a_twentieth() {
        let mut millis = 11;
        while millis < 400 * 86_400_000 {
            let found = spread(&[millis]).percentiles().unwrap().p50_ms;
            let off = found.abs_diff(millis.unsigned_abs());
            assert!(off * 20 <= millis.unsigned_abs() + 20, "{millis}: {found}");
            millis += millis / 7 + 1;
        }
        for short in [i64::MIN, -1, 0, 10] {
            assert_eq!(spread(&[short]).percentiles().unwrap().p99_ms, 10);
        }
        assert!(spread(&[i64::MAX]).percentiles().is_some());
    }

    #[test]
    fn percentiles_are_those_of_all_that_was_counted() {
        let mut hundred = Spread::default();
        for n in 1..=100 {
            hundred.add(n * 1000, 1);
        }
        let found = hundred.percentiles().unwrap();
        for (found, exact) in [
            (found.p50_ms, 50_000),
            (found.p95_ms, 95_000),
            (found.p99_ms, 99_000),
        ] {
            assert!(u64::abs_diff(found, exact) * 20 <= exact, "{found} {exact}");
        }
        assert_eq!(Spread::default().percentiles(), None);
    }

    #[test]
    fn what_is_written_is_read_again_and_added() {
        let mut one = spread(&[5, 700, 700, 90_000]);
        one.add(700, 1_000_000);
        let mut read = Spread::default();
        read.add_encoded(&one.encoded());
        assert_eq!(read, one);
        read.add_encoded(&one.encoded());
        read.add_all(&one, -2);
        assert!(read.is_empty() && read.encoded().is_empty());
        // Cut off in the middle of a count.
        let octets = one.encoded();
        read.add_encoded(&octets[..octets.len() - 1]);
        assert!(read.percentiles().is_some());
        read.add_encoded(&[
            7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ]);
    }

    #[test]
    fn numbers_are_of_the_country_that_their_code_says() {
        for (number, prefix) in [
            ("+84901234567", "+84"),
            ("+12025550123", "+1"),
            ("+79161234567", "+7"),
            ("+447700900123", "+44"),
            ("+420601234567", "+420"),
            ("+35312345678", "+353"),
            ("+971501234567", "+971"),
            ("+9", "other"),
            ("19001", "other"),
            ("ACME", "other"),
            ("", "other"),
            ("+", "other"),
            ("+é1", "other"),
        ] {
            assert_eq!(Prefix::of(number).to_string(), prefix, "{number}");
        }
    }
}
