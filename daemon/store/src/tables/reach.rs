//! What is within reach of a key, as a condition.

use std::collections::HashSet;

use model::{Iccid, Reach};
use rusqlite::types::ToSql;

/// The SIMs within reach, as a JSON array for `json_each`; none: all.
pub(crate) fn sims(reach: &Reach) -> Option<String> {
    match reach {
        Reach::All => None,
        Reach::Part { sims, .. } => Some(list(sims)),
    }
}

fn list(sims: &HashSet<Iccid>) -> String {
    let sims: Vec<_> = sims.iter().map(ToString::to_string).collect();
    serde_json::Value::from(sims).to_string()
}

/// The condition on `messages m` that leaves what is within reach, with `?N` for its parameters,
/// which it adds to those that are there. None where everything is.
pub(crate) fn condition(reach: &Reach, params: &mut Vec<Box<dyn ToSql>>) -> Option<String> {
    let Reach::Part { key, sims } = reach else {
        return None;
    };
    // The lanes of a key are those between these two: '}' follows '|' in ASCII.
    params.push(Box::new(format!("{}|", key.0)));
    params.push(Box::new(format!("{}}}", key.0)));
    let last = params.len();
    let own = format!("m.lane >= ?{} AND m.lane < ?{last}", last - 1);
    if sims.is_empty() {
        return Some(format!("({own})"));
    }
    params.push(Box::new(list(sims)));
    let sims = params.len();
    Some(format!(
        "(({own}) OR m.carrier IN (SELECT value FROM json_each(?{sims})))"
    ))
}
