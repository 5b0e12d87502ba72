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
    /// Submits that were refused.
    pub(super) refused: u32,
    /// Whether a refused submit takes a number on this modem; `None` when that is not known.
    pub(super) counts_refused: Option<bool>,
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
        let (used, refused, uncertain) = (self.used(), self.refused, self.uncertain);
        let (none, all) = match self.counts_refused {
            Some(true) => (refused, refused + uncertain),
            Some(false) => (0, uncertain),
            // Fewer than all could be the refused ones or the uncertain ones.
            None => (0, refused + uncertain),
        };
        match used {
            _ if used == none => Gap::NoneUsed,
            _ if used == all => Gap::AllUsed,
            _ => Gap::Unclear,
        }
    }

    /// What this says about refused submits, when there are no others.
    pub(super) fn counts_refused(self) -> Option<bool> {
        if self.uncertain > 0 || self.refused == 0 || self.may_be_reset() {
            return None;
        }
        match self.used() {
            0 => Some(false),
            used if used == self.refused => Some(true),
            _ => None,
        }
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
            counts_refused: None,
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
    fn refused_ones_are_counted_where_the_modem_counts_them() {
        // Either the refused one or the uncertain one.
        assert_eq!(between(10, 12, 1, 1).gap(), Gap::Unclear);
        let counted = |next| Between {
            counts_refused: Some(true),
            ..between(10, next, 1, 1)
        };
        assert_eq!(counted(12).gap(), Gap::NoneUsed);
        assert_eq!(counted(13).gap(), Gap::AllUsed);
        assert_eq!(counted(11).gap(), Gap::Unclear);
        let not_counted = |next| Between {
            counts_refused: Some(false),
            ..between(10, next, 1, 1)
        };
        assert_eq!(not_counted(11).gap(), Gap::NoneUsed);
        assert_eq!(not_counted(12).gap(), Gap::AllUsed);
    }

    #[test]
    fn how_refused_ones_count_is_learnt_where_nothing_else_lies_between() {
        assert_eq!(between(10, 12, 1, 0).counts_refused(), Some(true));
        assert_eq!(between(10, 11, 1, 0).counts_refused(), Some(false));
        assert_eq!(between(10, 12, 2, 0).counts_refused(), None);
        assert_eq!(between(10, 12, 1, 1).counts_refused(), None);
        assert_eq!(between(200, 1, 1, 0).counts_refused(), None);
    }

    #[test]
    fn a_report_fits_the_numbers_that_were_possible() {
        assert!(can_be(11, 10, 0) && !can_be(12, 10, 0) && !can_be(10, 10, 0));
        assert!(can_be(12, 10, 1) && can_be(0, 255, 0));
    }
}
