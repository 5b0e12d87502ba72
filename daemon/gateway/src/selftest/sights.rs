//! What was seen to come in from a modem, and what it says of the modem's ways.

use model::{ConcatKey, Found, Iccid, Time, Way};
use modem::Via;
use tpdu::MtTpdu;

use crate::messages::reassemble::concat_key;
use crate::modems::Arrival;

/// A TPDU that came in.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    pub(super) iccid: Iccid,
    pub(super) at: Time,
    pub(super) via: Via,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// A message, or a part of one.
    Part {
        from: String,
        concat: Option<ConcatKey>,
        text: String,
    },
    Report {
        mr: u8,
        to: String,
    },
}

impl Sight {
    pub(super) fn of(arrival: &Arrival) -> Option<Self> {
        let what = match arrival.received.content.as_ref().ok()? {
            MtTpdu::Deliver(deliver) => What::Part {
                from: deliver.oa.to_string(),
                concat: deliver.ud.concat().and_then(concat_key),
                text: deliver.ud.text(deliver.dcs).unwrap_or_default(),
            },
            MtTpdu::StatusReport(report) => What::Report {
                mr: report.mr.0,
                to: report.ra.to_string(),
            },
            MtTpdu::SubmitReport(_) => return None,
        };
        Some(Self {
            iccid: arrival.iccid.clone(),
            at: arrival.at,
            via: (*arrival.received.via).clone(),
            what,
        })
    }
}

/// The parts of the message with this token in its first part.
pub(super) fn parts_of<'a>(sights: &'a [Sight], iccid: &Iccid, token: &str) -> Vec<&'a Sight> {
    let here = || sights.iter().filter(|sight| sight.iccid == *iccid);
    let first = here().find_map(|sight| match &sight.what {
        What::Part { from, concat, text } if text.contains(token) => Some((sight, from, *concat)),
        _ => None,
    });
    let Some((first, sender, set)) = first else {
        return Vec::new();
    };
    let Some(set) = set else { return vec![first] };
    here()
        .filter(|sight| match &sight.what {
            What::Part {
                from,
                concat: Some(one),
                ..
            } => from == sender && (one.reference, one.total) == (set.reference, set.total),
            _ => false,
        })
        .collect()
}

/// The reports on submits with these references to this number.
pub(super) fn reports_on<'a>(
    sights: &'a [Sight],
    iccid: &Iccid,
    references: &[u8],
    number: &str,
) -> Vec<&'a Sight> {
    sights
        .iter()
        .filter(|sight| match &sight.what {
            What::Report { mr, to } => {
                sight.iccid == *iccid && references.contains(mr) && same_number(to, number)
            }
            What::Part { .. } => false,
        })
        .collect()
}

/// Equal in the last digits: one of the two may lack its country code.
pub(super) fn same_number(one: &str, other: &str) -> bool {
    const TAIL: usize = 8;
    let tail = |number: &str| -> String {
        let digits = number.chars().filter(char::is_ascii_digit).rev();
        digits.take(TAIL).collect()
    };
    tail(one) == tail(other)
}

/// By what way these came in: a single line that announced one proves that lines come.
pub(super) fn way(sights: &[&Sight]) -> Way {
    let ways = sights.iter().map(|sight| match &sight.via {
        Via::Routed => Way::Routed,
        Via::Announced { .. } => Way::Announced,
        Via::Listed {
            announced: Some(_), ..
        } => Way::Astray,
        Via::Listed {
            announced: None, ..
        } => Way::Untold,
    });
    let order = [Way::Routed, Way::Announced, Way::Astray, Way::Untold];
    ways.min_by_key(|way| order.iter().position(|one| one == way))
        .unwrap_or(Way::Never)
}

/// Notes where a message was announced and where it was. `was_empty` says whether a memory was
/// known to hold nothing before.
pub(super) fn note_place(found: &mut Found, sight: &Sight, was_empty: impl Fn(&str) -> bool) {
    let (named, memory, index) = match &sight.via {
        Via::Routed => return,
        Via::Announced {
            named,
            memory,
            index,
            misses,
        } => {
            found.misses = Some(*misses);
            (Some(named.clone()), memory, *index)
        }
        Via::Listed {
            memory,
            index,
            announced,
        } => (
            announced.as_ref().map(|(named, _)| named.clone()),
            memory,
            *index,
        ),
    };
    found.announced_in = named;
    found.kept_in = (!memory.is_empty()).then(|| memory.clone());
    found.first_index = match index {
        0 => Some(0),
        1 if was_empty(memory) => Some(1),
        _ => found.first_index,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iccid() -> Iccid {
        "8984011234567890123".parse().unwrap()
    }

    fn sight(via: Via, what: What) -> Sight {
        Sight {
            iccid: iccid(),
            at: Time::ZERO,
            via,
            what,
        }
    }

    fn part(from: &str, reference: u16, seq: u8, text: &str) -> What {
        What::Part {
            from: from.to_owned(),
            concat: Some(ConcatKey {
                reference,
                wide: false,
                total: 2,
                seq,
            }),
            text: text.to_owned(),
        }
    }

    fn announced(named: &str, index: u16, misses: u8) -> Via {
        Via::Announced {
            named: named.to_owned(),
            memory: "ME".to_owned(),
            index,
            misses,
        }
    }

    fn listed(announced: Option<&str>) -> Via {
        Via::Listed {
            memory: "ME".to_owned(),
            index: 1,
            announced: announced.map(|memory| (memory.to_owned(), 0)),
        }
    }

    #[test]
    fn parts_are_found_by_the_token_of_the_first_and_no_strangers_are_among_them() {
        let sights = [
            sight(Via::Routed, part("+84901", 7, 2, "second")),
            sight(Via::Routed, part("+84902", 7, 1, "a stranger's")),
            sight(Via::Routed, part("+84901", 8, 1, "another")),
            sight(Via::Routed, part("+84901", 7, 1, "first, token")),
        ];
        assert_eq!(parts_of(&sights, &iccid(), "token").len(), 2);
        assert_eq!(parts_of(&sights, &iccid(), "absent").len(), 0);
    }

    #[test]
    fn reports_are_told_apart_by_reference_and_number() {
        let report = |mr, to: &str| {
            let to = to.to_owned();
            sight(Via::Routed, What::Report { mr, to })
        };
        let sights = [
            report(7, "+84901234567"),
            report(8, "0901234567"),
            report(9, "+84901234567"),
            report(7, "+84901234568"),
        ];
        let on = reports_on(&sights, &iccid(), &[7, 8], "+84901234567");
        assert_eq!(on.len(), 2);
    }

    #[test]
    fn one_line_that_came_proves_that_lines_come() {
        let what = || part("+84901", 1, 1, "");
        let check = |vias: Vec<Via>, expected| {
            let sights: Vec<_> = vias.into_iter().map(|via| sight(via, what())).collect();
            assert_eq!(way(&sights.iter().collect::<Vec<_>>()), expected);
        };
        check(vec![], Way::Never);
        check(vec![listed(None)], Way::Untold);
        check(vec![listed(None), listed(Some("SM"))], Way::Astray);
        check(vec![listed(None), announced("ME", 1, 0)], Way::Announced);
        check(vec![Via::Routed], Way::Routed);
    }

    #[test]
    fn where_it_was_announced_and_where_it_was() {
        let note = |via, empty| {
            let mut found = Found::default();
            note_place(&mut found, &sight(via, part("", 1, 1, "")), |_| empty);
            (
                found.announced_in,
                found.kept_in,
                found.misses,
                found.first_index,
            )
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            note(announced("SM", 0, 2), false),
            (text("SM"), text("ME"), Some(2), Some(0))
        );
        assert_eq!(
            note(announced("ME", 1, 0), true),
            (text("ME"), text("ME"), Some(0), Some(1))
        );
        assert_eq!(note(announced("ME", 1, 0), false).3, None);
        assert_eq!(
            note(listed(Some("SM")), false),
            (text("SM"), text("ME"), None, None)
        );
        assert_eq!(note(Via::Routed, true), (None, None, None, None));
    }
}
