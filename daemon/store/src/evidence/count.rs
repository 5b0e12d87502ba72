//! What the TP-MR of an accepted submit says about the uncertain ones before it.
//!
//! TP-MR counts up by one for each SMS-SUBMIT (TS 23.040 §9.2.3.6). Between two accepted submits
//! of one SIM lie those that were refused and those of which nothing is known; the numbers that
//! are missing between the two tell how many of these took one.

/// What lies between two accepted submits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Between {
    /// TP-MR of the one before.
    pub(crate) after: u8,
    /// TP-MR of the one now.
    pub(crate) next: u8,
    /// Submits that were refused. Some kinds of refusal take a number and others do not.
    pub(crate) refused: u32,
    /// Submits that are uncertain.
    pub(crate) uncertain: u32,
}

/// What became of the uncertain ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// None took a number: none was submitted.
    NoneUsed,
    /// Every one took a number.
    AllUsed,
    /// It does not add up, or in more than one way.
    Unclear,
}

/// The most that may lie between two accepted ones. A number that lost a digit on the line is
/// further away than this (`12` read as `2`), so that it can't be taken for one that fits.
const MOST: u32 = 8;

impl Between {
    /// The rule, on the safe side: what could be a count begun anew proves nothing.
    pub(crate) fn gap(self) -> Gap {
        if self.may_be_reset() || self.passed() > MOST {
            return Gap::Unclear;
        }
        match self.used() {
            0 => Gap::NoneUsed,
            used if used == self.passed() => Gap::AllUsed,
            _ => Gap::Unclear,
        }
    }

    /// Whether one count can have given both numbers. If not, it began anew, or a number was not
    /// read as it was written, and nobody knows which.
    pub(crate) fn follows(self) -> bool {
        self.used() <= self.passed()
    }

    /// What refused submits are seen to do, where nothing else lies between.
    pub(crate) fn habit(self, refused_by_network: u32) -> Option<Habit> {
        if self.uncertain > 0 || self.may_be_reset() || self.passed() > MOST || !self.follows() {
            return None;
        }
        match self.used() {
            0 => (refused_by_network > 0).then_some(Habit::SparesRefused),
            _ => Some(Habit::NumbersRefused),
        }
    }

    /// Whether the first number fits as one that was read with digits missing, and not plainly as it is.
    pub(crate) fn first_has_lost_a_digit(self) -> bool {
        !self.plainly_follows() && was_shortened(self.after, self.next, self.passed())
    }

    /// The same of the second number.
    pub(crate) fn next_has_lost_a_digit(self) -> bool {
        !self.plainly_follows() && has_lost_a_digit(self.next, self.after, self.passed())
    }

    /// It follows, and no part in doubt lies between that may have had the number instead: its report
    /// would be taken for this one's. What may have lost a digit all the same has more than [`MOST`]
    /// between, so that nothing is concluded from it.
    fn plainly_follows(self) -> bool {
        self.uncertain == 0 && self.follows()
    }

    fn passed(self) -> u32 {
        self.refused + self.uncertain
    }

    /// Numbers that were taken in between.
    fn used(self) -> u32 {
        self.next.wrapping_sub(self.after).wrapping_sub(1).into()
    }

    /// A modem that has booted, or has another SIM, begins with 0 or 1, and those in between may
    /// have come after that.
    fn may_be_reset(self) -> bool {
        may_be_reset(self.next, self.passed())
    }
}

/// What a modem does with the number of a submit that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// It is used up, so a used number does not tell that a submit was accepted.
    NumbersRefused,
    /// The network refused it and the number was given again, so only what is accepted takes one.
    SparesRefused,
}

/// Whether a number may be of a count that began anew with 0 or 1 and has gone on for so many.
pub(crate) fn may_be_reset(mr: u8, passed: u32) -> bool {
    u32::from(mr) <= passed + 1
}

/// Whether a number that was read so may be another one that lost digits on the line.
pub(crate) fn may_be_read_as(written: u8, read: u8) -> bool {
    let (written, read) = (written.to_string(), read.to_string());
    let mut rest = written.chars();
    let in_order = read.chars().all(|digit| rest.any(|other| other == digit));
    read.len() < written.len() && in_order
}

/// Whether a submit with `ahead` others (refused or uncertain) between it and the accepted one
/// with TP-MR `after` can have had the TP-MR `mr`.
pub(crate) fn can_be(mr: u8, after: u8, ahead: u32) -> bool {
    u32::from(mr.wrapping_sub(after).wrapping_sub(1)) <= ahead
}

/// Whether the TP-MR `mr`, as it was read, may be one that such a submit can have had, with digits
/// missing.
fn has_lost_a_digit(mr: u8, after: u8, ahead: u32) -> bool {
    (mr..=u8::MAX).any(|written| may_be_read_as(written, mr) && can_be(written, after, ahead))
}

/// Whether `mr` can follow on another number than `after`, which was read as that.
fn was_shortened(after: u8, mr: u8, ahead: u32) -> bool {
    (after..=u8::MAX).any(|written| may_be_read_as(written, after) && can_be(mr, written, ahead))
}

/// [`can_be`] where one of the two numbers may not have been read as it was written, or the count may
/// have begun anew: what is left out by this can't be meant.
pub(crate) fn might_be(mr: u8, after: u8, ahead: u32) -> bool {
    can_be(mr, after, ahead)
        || may_be_reset(mr, ahead)
        || was_shortened(after, mr, ahead)
        || has_lost_a_digit(mr, after, ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(after: u8, next: u8, refused: u32, uncertain: u32) -> Between {
        Between {
            after,
            next,
            refused,
            uncertain,
        }
    }

    #[test]
    fn a_gap_of_one_is_the_lost_one() {
        assert_eq!(between(10, 12, 0, 1).gap(), Gap::AllUsed);
        assert_eq!(between(10, 11, 0, 1).gap(), Gap::NoneUsed);
        assert_eq!(between(250, 252, 0, 1).gap(), Gap::AllUsed);
        assert_eq!(between(255, 4, 0, 4).gap(), Gap::Unclear);
        assert_eq!(between(254, 1, 0, 2).gap(), Gap::Unclear);
    }

    #[test]
    fn some_of_several_is_unclear() {
        assert_eq!(between(10, 12, 0, 2).gap(), Gap::Unclear);
        assert_eq!(between(10, 13, 0, 2).gap(), Gap::AllUsed);
        assert_eq!(between(10, 40, 0, 1).gap(), Gap::Unclear);
    }

    #[test]
    fn a_count_that_may_have_begun_anew_proves_nothing() {
        for next in [0, 1, 2] {
            for after in [254, 255, 0, 1, 57] {
                assert_eq!(between(after, next, 0, 1).gap(), Gap::Unclear);
            }
        }
        // Both were sent as 0 and 1 after a boot.
        assert_eq!(between(1, 2, 0, 2).gap(), Gap::Unclear);
        assert_eq!(between(1, 4, 0, 2).gap(), Gap::AllUsed);
    }

    #[test]
    fn refused_ones_may_or_may_not_have_taken_a_number() {
        // Either the refused one or the uncertain one.
        assert_eq!(between(10, 12, 1, 1).gap(), Gap::Unclear);
        assert_eq!(between(10, 13, 1, 1).gap(), Gap::AllUsed);
        assert_eq!(between(10, 11, 1, 1).gap(), Gap::NoneUsed);
    }

    #[test]
    fn what_refused_ones_do_is_seen_where_nothing_else_lies_between() {
        let numbers = Some(Habit::NumbersRefused);
        assert_eq!(between(10, 12, 1, 0).habit(1), numbers);
        assert_eq!(between(10, 12, 2, 0).habit(0), numbers);
        assert_eq!(between(10, 11, 1, 0).habit(1), Some(Habit::SparesRefused));
        // A modem may refuse before it takes a number, and give one to what it transmits.
        assert_eq!(between(10, 11, 1, 0).habit(0), None);
        for unclear in [
            between(10, 12, 0, 0),
            between(10, 14, 1, 0),
            between(10, 12, 1, 1),
            between(200, 1, 56, 0),
            between(1, 2, 1, 0),
        ] {
            assert_eq!(unclear.habit(1), None, "{unclear:?}");
        }
    }

    #[test]
    fn a_number_that_lost_a_digit_fits_nothing() {
        assert!(may_be_read_as(12, 2) && may_be_read_as(112, 11) && may_be_read_as(105, 15));
        assert!(!may_be_read_as(12, 12) && !may_be_read_as(12, 21) && !may_be_read_as(2, 12));
        for written in 10..=u8::MAX {
            for read in (0..written).filter(|read| may_be_read_as(written, *read)) {
                for passed in 0..=20 {
                    // As the first of the two numbers, and as the second.
                    for used in 0..=passed {
                        let next = written
                            .wrapping_add(1)
                            .wrapping_add(u8::try_from(used).unwrap());
                        let first = between(read, next, 0, passed);
                        assert_eq!(first.gap(), Gap::Unclear, "{first:?}");
                        let after = written
                            .wrapping_sub(1)
                            .wrapping_sub(u8::try_from(used).unwrap());
                        let second = between(after, read, 0, passed);
                        assert_eq!(second.gap(), Gap::Unclear, "{second:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_number_that_lost_a_digit_is_known_by_the_count() {
        assert!(has_lost_a_digit(19, 178, 0) && has_lost_a_digit(0, 89, 0));
        assert!(has_lost_a_digit(10, 178, 1) && !has_lost_a_digit(10, 178, 0));
        // Those that follow, but for the turn, and those of a count begun anew.
        for after in 0..=u8::MAX {
            assert!(!has_lost_a_digit(after.wrapping_add(1), after, 0));
            for ahead in 1..=MOST {
                let Some(next) = (u32::from(after) + 1 + ahead).try_into().ok() else {
                    continue;
                };
                assert!(!has_lost_a_digit(next, after, ahead), "{after} {ahead}");
            }
        }
        assert!(!has_lost_a_digit(0, 178, 0) && !has_lost_a_digit(1, 57, 0));
        assert!(between(19, 180, 0, 0).first_has_lost_a_digit());
        assert!(between(19, 181, 1, 0).first_has_lost_a_digit());
        assert!(!between(19, 181, 0, 0).first_has_lost_a_digit());
        assert!(!between(178, 0, 0, 0).first_has_lost_a_digit());
    }

    #[test]
    fn a_report_fits_the_numbers_that_were_possible() {
        assert!(can_be(11, 10, 0) && !can_be(12, 10, 0) && !can_be(10, 10, 0));
        assert!(can_be(12, 10, 1) && can_be(0, 255, 0));
        assert!(might_be(12, 10, 1) && !might_be(14, 10, 1));
        // 12 read as 2, before it or as its own; or a boot.
        assert!(might_be(13, 2, 0) && might_be(2, 11, 0) && might_be(1, 10, 0));
    }
}
