use super::*;

const NOW: Time = Time(1_000_000);

fn told(queued: &Queued, obstacles: &[(For, Option<i64>)]) -> (For, Option<i64>) {
    let at = |after: &i64| Time(NOW.0 + after);
    let obstacles = obstacles
        .iter()
        .map(|(what, until)| Waiting::new(*what, until.as_ref().map(at)));
    let waiting = explain(queued, obstacles, For::Sim, NOW);
    (waiting.what, waiting.until.map(|until| until.0 - NOW.0))
}

#[test]
fn what_is_over_first_is_told() {
    let any = Queued::sample(1);
    let (a, b) = ((For::Quota, Some(9)), (For::Cooling, Some(5)));
    assert_eq!(told(&any, &[a, b]), (For::Cooling, Some(5)));
    assert_eq!(
        told(&any, &[a, (For::Disabled, None)]),
        (For::Quota, Some(9))
    );
    assert_eq!(told(&any, &[a, b, (For::Turn, None)]), (For::Turn, None));
    assert_eq!(told(&any, &[]), (For::Sim, None));
}

#[test]
fn a_back_off_is_told_before_all_else() {
    let later = Queued {
        due_at: Time(NOW.0 + 3),
        ..Queued::sample(1)
    };
    assert_eq!(told(&later, &[(For::Turn, None)]), (For::Retry, Some(3)));
}
