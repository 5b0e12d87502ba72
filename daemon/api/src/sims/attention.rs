//! What about a SIM needs a person.

use model::{Iccid, Reach};

use super::super::attention::AttentionJson;
use gateway::SimView;

/// All reasons to act. Other SIMs are named to those who may read them.
pub(super) fn of(view: &SimView, reach: &Reach) -> Vec<AttentionJson> {
    let same = (!view.same_number.is_empty()).then(|| AttentionJson {
        code: "same-number",
        since: None,
        sentence: same_number(&view.record.iccid, &view.same_number, reach),
    });
    same.into_iter().collect()
}

fn same_number(iccid: &Iccid, others: &[Iccid], reach: &Reach) -> String {
    let shown: Vec<_> = others
        .iter()
        .filter(|other| reach.has_sim(other))
        .map(|other| format!("SIM {other}"))
        .collect();
    let others = if shown.is_empty() {
        "another SIM".to_owned()
    } else {
        shown.join(" and ")
    };
    format!(
        "Its number is that of {others} too, so that a message from this number goes by one of them. \
         Give this one another with: simgate sims set {iccid} --number NUMBER"
    )
}
