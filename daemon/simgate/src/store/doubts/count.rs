//! What the TP-MR of an accepted submit says about the uncertain ones before it.
//!
//! TP-MR counts up by one for each SMS-SUBMIT (TS 23.040 §9.2.3.6). Between two accepted submits
//! of one SIM lie those that were refused and those of which nothing is known; the numbers that
//! are missing between the two tell how many of these took one.

/// What lies between two accepted submits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Between {
    /// TP-MR of the one before.
    pub(super) after: u8,
    /// TP-MR of the one now.
    pub(super) next: u8,
    /// Submits that were refused. Some kinds of refusal take a number and others do not.
    pub(super) refused: u32,
    /// Submits that are uncertain.
    pub(super) uncertain: u32,
}

/// What became of the uncertain ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// None took a number: none was submitted.
    NoneUsed,
    /// Every one took a number.
    AllUsed,
    /// It does not add up, or in more than one way.
    Unclear,
}

impl Between {
    /// The rule, on the safe side: what could be a count begun anew proves nothing.
    pub(super) fn gap(self) -> Gap {
        if self.may_be_reset() {
            return Gap::Unclear;
        }
        match self.used() {
            0 => Gap::NoneUsed,
            used if used == self.refused + self.uncertain => Gap::AllUsed,
            _ => Gap::Unclear,
        }
    }

    /// Whether refused submits are seen to take numbers here.
    pub(super) fn numbers_refused(self) -> bool {
        let only_refused = self.uncertain == 0 && (1..=self.refused).contains(&self.used());
        only_refused && !self.may_be_reset()
    }

    /// Numbers that were taken in between.
    fn used(self) -> u32 {
        self.next.wrapping_sub(self.after).wrapping_sub(1).into()
    }

    /// A modem that has booted, or has another SIM, begins with 0 or 1.
    fn may_be_reset(self) -> bool {
        self.next <= 1
    }
}

/// Whether a submit with `ahead` others (refused or uncertain) between it and the accepted one
/// with TP-MR `after` can have had the TP-MR `mr`.
pub(super) fn can_be(mr: u8, after: u8, ahead: u32) -> bool {
    u32::from(mr.wrapping_sub(after).wrapping_sub(1)) <= ahead
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
        assert_eq!(between(255, 2, 0, 2).gap(), Gap::AllUsed);
    }

    #[test]
    fn some_of_several_is_unclear() {
        assert_eq!(between(10, 12, 0, 2).gap(), Gap::Unclear);
        assert_eq!(between(10, 13, 0, 2).gap(), Gap::AllUsed);
        assert_eq!(between(10, 40, 0, 1).gap(), Gap::Unclear);
    }

    #[test]
    fn a_count_that_may_have_begun_anew_proves_nothing() {
        for next in [0, 1] {
            for after in [254, 255, 0, 57] {
                assert_eq!(between(after, next, 0, 1).gap(), Gap::Unclear);
            }
        }
    }

    #[test]
    fn refused_ones_may_or_may_not_have_taken_a_number() {
        // Either the refused one or the uncertain one.
        assert_eq!(between(10, 12, 1, 1).gap(), Gap::Unclear);
        assert_eq!(between(10, 13, 1, 1).gap(), Gap::AllUsed);
        assert_eq!(between(10, 11, 1, 1).gap(), Gap::NoneUsed);
    }

    #[test]
    fn that_refused_ones_take_numbers_is_seen_where_nothing_else_lies_between() {
        assert!(between(10, 12, 1, 0).numbers_refused());
        assert!(between(10, 12, 2, 0).numbers_refused());
        assert!(!between(10, 11, 1, 0).numbers_refused());
        assert!(!between(10, 12, 0, 0).numbers_refused());
        assert!(!between(10, 14, 1, 0).numbers_refused());
        assert!(!between(10, 12, 1, 1).numbers_refused());
        assert!(!between(200, 1, 56, 0).numbers_refused());
    }

    #[test]
    fn a_report_fits_the_numbers_that_were_possible() {
        assert!(can_be(11, 10, 0) && !can_be(12, 10, 0) && !can_be(10, 10, 0));
        assert!(can_be(12, 10, 1) && can_be(0, 255, 0));
    }
}
