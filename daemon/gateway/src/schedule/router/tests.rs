//! Which route leads what, and how far a message falls back.

use super::*;
use crate::schedule::fixture::{free, scene, sim, traits, uplink};
use crate::schedule::lanes::Lanes;
use crate::schedule::pick::{Candidate, Rest, Scene, SimTraits, pick};
use crate::schedule::success::SuccessRates;
use FallBackOn::{NoSim, Quota, SimFailure};
use model::{Priority, RouteMatch, SimConfig, Window};

/// 10:00 in Ho Chi Minh City.
const NOW: Time = Time(1_795_748_400_000);

fn route(matches: RouteMatch, targets: Vec<Target>, fall_back: FallBack) -> Route {
    Route {
        name: "main".to_owned(),
        matches,
        targets,
        fall_back,
    }
}

fn sims(strategy: Choice) -> Target {
    Target::Sims {
        which: Sims::All,
        strategy,
    }
}

fn up(name: &str) -> Target {
    Target::Uplink(name.to_owned())
}

fn router(routes: Vec<Route>) -> Router {
    let keys = HashMap::from([(KeyId(1), "crm".to_owned()), (KeyId(2), "shop".to_owned())]);
    Router::new(routes, keys, Strategy::Balance)
}

/// SIMs first, then an uplink, and when the second.
fn falling_back(after_wait_seconds: Option<u32>, on: &[FallBackOn]) -> Router {
    let fall_back = FallBack {
        after_wait_seconds,
        on: on.to_vec(),
    };
    let targets = vec![sims(Choice::Balance), up("primary")];
    router(vec![route(RouteMatch::default(), targets, fall_back)])
}

fn with(set: impl FnOnce(&mut RouteMatch)) -> RouteMatch {
    let mut matches = RouteMatch::default();
    set(&mut matches);
    matches
}

fn hours(from: &str, to: &str) -> Window {
    Window {
        from: from.to_owned(),
        to: to.to_owned(),
        timezone: "Asia/Ho_Chi_Minh".to_owned(),
    }
}

/// Up, and not free.
fn busy(carrier: &Carrier) -> Candidate<'_> {
    Candidate {
        free: false,
        ..free(carrier)
    }
}

fn resting(carrier: &Carrier, rest: Rest) -> Candidate<'_> {
    Candidate {
        rest: Some(rest),
        ..busy(carrier)
    }
}

/// A route for all, with one target.
fn by(strategy: Choice) -> Router {
    let targets = vec![sims(strategy)];
    router(vec![route(
        RouteMatch::default(),
        targets,
        FallBack::default(),
    )])
}

fn message(waits_since: Time) -> Queued {
    Queued {
        waits_since,
        route: RouteIndex(0),
        ..Queued::sample(1)
    }
}

fn chosen(router: &Router, message: Queued, candidates: Vec<Candidate<'_>>) -> Option<Carrier> {
    let mut lanes = Lanes::default();
    lanes.accept(message);
    let scene = Scene {
        router,
        ..scene(candidates, NOW)
    };
    pick(&lanes, &scene).map(|assignment| assignment.carrier)
}

#[test]
fn the_first_rule_that_fits_leads_a_message() {
    let only = |matches: RouteMatch| route(matches, vec![up("a")], FallBack::default());
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
    let rules = [
        (with(|m| m.to_prefix = texts(&["+8490", "+1"])), true),
        (with(|m| m.to_prefix = texts(&["+8491"])), false),
        (with(|m| m.priority = vec![Priority::Normal]), true),
        (with(|m| m.priority = vec![Priority::Otp]), false),
        (with(|m| m.key = texts(&["crm"])), true),
        (with(|m| m.key = texts(&["shop"])), false),
        (with(|m| m.sender = texts(&["ACME"])), false),
        (with(|m| m.hours = Some(hours("09:00", "17:00"))), true),
        (with(|m| m.hours = Some(hours("17:00", "09:00"))), false),
        (RouteMatch::default(), true),
    ];
    for (at, (matches, fits)) in rules.into_iter().enumerate() {
        let never = with(|m| m.to_prefix = texts(&["+999"]));
        let router = router(vec![only(never), only(matches)]);
        let queued = Queued::sample(1);
        let class = router.classify(&queued.lane, &queued.to, NOW);
        let expected = if fits { RouteIndex(1) } else { RouteIndex::ANY };
        assert_eq!(class.route, expected, "rule {at}");
    }
}

#[test]
fn a_name_as_sender_matches_its_rules_and_goes_by_uplinks_only() {
    let matches = with(|m| m.sender = vec!["ACME".to_owned()]);
    let targets = vec![sims(Choice::Balance), up("primary")];
    let router = router(vec![route(matches, targets, FallBack::default())]);
    let mut queued = Queued::sample(1);
    queued.lane.sender = Sender::Name("ACME".to_owned());
    let class = router.classify(&queued.lane, &queued.to, NOW);
    assert_eq!(class.route, RouteIndex(0));
    queued.route = class.route;
    let (one, primary, other) = (sim(1), uplink("primary"), uplink("other"));
    let all = vec![free(&one), free(&other), free(&primary)];
    let found = chosen(&router, queued.clone(), all.clone());
    assert_eq!(found, Some(primary.clone()));
    // Without a rule any uplink will do, and never a SIM.
    queued.route = RouteIndex::ANY;
    assert_eq!(chosen(&router, queued.clone(), vec![free(&one)]), None);
    assert_eq!(chosen(&router, queued, all[..2].to_vec()), Some(other));
}

#[test]
fn an_explicit_sender_is_led_by_no_rule() {
    let router = falling_back(Some(0), &[FallBackOn::NoSim]);
    let (one, primary) = (sim(1), uplink("primary"));
    let mut queued = message(Time(0));
    queued.lane.sender = Sender::Sim(one.sim().unwrap().clone());
    assert_eq!(
        router.classify(&queued.lane, "+84", NOW).route,
        RouteIndex::ANY
    );
    assert_eq!(chosen(&router, queued, vec![free(&primary)]), None);
}

#[test]
fn a_sim_that_is_free_comes_before_the_uplink() {
    let all = [FallBackOn::NoSim, FallBackOn::SimFailure, FallBackOn::Quota];
    let router = falling_back(Some(0), &all);
    let (one, primary) = (sim(1), uplink("primary"));
    let both = vec![free(&primary), free(&one)];
    assert_eq!(chosen(&router, message(Time(0)), both), Some(one));
}

#[test]
fn what_a_message_falls_back_on() {
    let (one, two, primary) = (sim(1), sim(2), uplink("primary"));
    let falls = |wait, on: &[FallBackOn], queued, sims: &[Candidate<'_>]| {
        let candidates = [sims, &[free(&primary)]].concat();
        chosen(&falling_back(wait, on), queued, candidates) == Some(primary.clone())
    };
    let away = Candidate {
        up: false,
        ..busy(&one)
    };
    let full = Candidate {
        room: 0,
        ..free(&one)
    };
    let fresh = || message(NOW);
    let refused = || Queued {
        refused_by: Some(one.clone()),
        ..fresh()
    };
    let waited = || message(Time(NOW.0 - 60_000));
    let over = [resting(&one, Rest::Quota)];
    let cooling = [resting(&one, Rest::Cooling)];
    let in_use = [busy(&one)];
    // No SIM, and where that is no reason; one that was here a moment ago.
    assert!(falls(None, &[NoSim], fresh(), &[]));
    assert!(!falls(None, &[Quota, SimFailure], fresh(), &[]));
    assert!(!falls(None, &[NoSim], fresh(), &[away]));
    // Busy, and free soon; for too long; and not yet too long.
    let all = [NoSim, Quota, SimFailure];
    assert!(!falls(None, &all, fresh(), &in_use));
    assert!(falls(Some(60), &[], waited(), &in_use));
    assert!(!falls(Some(61), &[], waited(), &in_use));
    // Its quota is used up, or has no room for it.
    assert!(falls(None, &[Quota], fresh(), &over));
    assert!(!falls(None, &[NoSim, SimFailure], fresh(), &over));
    assert!(falls(None, &[Quota], fresh(), &[full]));
    assert!(falls(None, &[SimFailure], fresh(), &cooling));
    assert!(!falls(None, &[Quota], fresh(), &cooling));
    // Refused by the only one, and by one of two.
    let both = [free(&one), busy(&two)];
    assert!(falls(None, &[SimFailure], refused(), &both[..1]));
    assert!(!falls(None, &[SimFailure], refused(), &both));
}

#[test]
fn two_sims_that_fail_a_message_do_not_hand_it_to_each_other_for_ever() {
    let router = falling_back(Some(60), &[]);
    let (one, two, primary) = (sim(1), sim(2), uplink("primary"));
    let refused = |waits_since| Queued {
        refused_by: Some(one.clone()),
        ..message(waits_since)
    };
    let all = || vec![free(&one), free(&two), free(&primary)];
    assert_eq!(chosen(&router, refused(NOW), all()), Some(two.clone()));
    let waited = refused(Time(NOW.0 - 60_000));
    assert_eq!(
        chosen(&router, waited.clone(), all()),
        Some(primary.clone())
    );
    // Unless the uplink is not there.
    let sims = vec![free(&one), free(&two)];
    assert_eq!(chosen(&router, waited, sims), Some(two));
}

#[test]
fn nothing_is_given_up_while_the_gateway_has_only_just_started() {
    let router = falling_back(None, &[FallBackOn::NoSim]);
    let primary = uplink("primary");
    let mut lanes = Lanes::default();
    lanes.accept(message(NOW));
    let settling = Scene {
        router: &router,
        settling: true,
        ..scene(vec![free(&primary)], NOW)
    };
    assert_eq!(pick(&lanes, &settling), None);
}

#[test]
fn a_conversation_stays_with_its_sim_as_long_as_that_can_be_waited_for() {
    let router = by(Choice::Sticky);
    let (one, two) = (sim(1), sim(2));
    let queued = Queued {
        prefers: two.sim().cloned(),
        ..message(NOW)
    };
    let loaded = Candidate {
        load: 9.0,
        ..free(&two)
    };
    assert_eq!(
        chosen(&router, queued.clone(), vec![free(&one), loaded.clone()]),
        Some(two.clone())
    );
    assert_eq!(
        chosen(&router, queued.clone(), vec![free(&one), busy(&two)]),
        None
    );
    let rests = resting(&two, Rest::Quota);
    assert_eq!(chosen(&router, queued, vec![free(&one), rests]), Some(one));
}

#[test]
fn the_cheapest_sim_for_the_prefix_is_waited_for() {
    let router = by(Choice::Cheapest);
    let (one, two) = (sim(1), sim(2));
    let priced = |cost, prefix: &str, special| SimConfig {
        cost: Some(cost),
        prefix_costs: [(prefix.to_owned(), special)].into(),
        ..SimConfig::default()
    };
    let (dear, cheap) = (priced(1.0, "+8491", 0.1), priced(5.0, "+8490", 0.5));
    let of = |carrier, config| Candidate {
        sim: Some(SimTraits { config, ..traits() }),
        ..free(carrier)
    };
    let both = vec![of(&one, &dear), of(&two, &cheap)];
    assert_eq!(
        chosen(&router, message(NOW), both.clone()),
        Some(two.clone())
    );
    let elsewhere = Queued {
        to: "+84910000000".to_owned(),
        ..message(NOW)
    };
    assert_eq!(chosen(&router, elsewhere, both), Some(one.clone()));
    let busy = Candidate {
        free: false,
        ..of(&two, &cheap)
    };
    assert_eq!(
        chosen(&router, message(NOW), vec![of(&one, &dear), busy]),
        None
    );
}

#[test]
fn a_sim_that_fails_to_a_network_gets_less_of_it() {
    let (one, two) = (sim(1), sim(2));
    let mut success = SuccessRates::default();
    for _ in 0..4 {
        success.add("+84900000000", false, NOW);
    }
    let unlucky = Candidate {
        sim: Some(SimTraits {
            success: &success,
            ..traits()
        }),
        ..free(&one)
    };
    let router = falling_back(None, &[]);
    let loaded = |load| Candidate { load, ..free(&two) };
    let some = |load| vec![unlucky.clone(), loaded(load)];
    assert_eq!(chosen(&router, message(NOW), some(3.0)), Some(two.clone()));
    assert_eq!(
        chosen(&router, message(NOW), some(5.0)),
        Some(one.clone()),
        "less, not nothing"
    );
    let elsewhere = Queued {
        to: "+84380000000".to_owned(),
        ..message(NOW)
    };
    assert_eq!(chosen(&router, elsewhere, some(3.0)), Some(one));
}

#[test]
fn a_rule_comes_and_goes_by_the_hour() {
    let matches = with(|m| m.hours = Some(hours("08:00", "21:00")));
    let router = router(vec![route(matches, vec![up("a")], FallBack::default())]);
    let closes = router.changes_at(NOW).unwrap();
    assert_eq!(closes, NOW.after(Duration::from_hours(11)));
    let opens = router.changes_at(closes).unwrap();
    assert_eq!(opens, closes.after(Duration::from_hours(11)));
}
