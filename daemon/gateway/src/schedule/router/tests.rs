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
    let empty = RouteMatch::default;
    let window = |from: &str, to: &str| {
        Some(Window {
            from: from.to_owned(),
            to: to.to_owned(),
            timezone: "Asia/Ho_Chi_Minh".to_owned(),
        })
    };
    let rules = [
        (
            RouteMatch {
                to_prefix: vec!["+8490".to_owned(), "+1".to_owned()],
                ..empty()
            },
            true,
        ),
        (
            RouteMatch {
                to_prefix: vec!["+8491".to_owned()],
                ..empty()
            },
            false,
        ),
        (
            RouteMatch {
                priority: vec![Priority::Normal],
                ..empty()
            },
            true,
        ),
        (
            RouteMatch {
                priority: vec![Priority::Otp],
                ..empty()
            },
            false,
        ),
        (
            RouteMatch {
                key: vec!["crm".to_owned()],
                ..empty()
            },
            true,
        ),
        (
            RouteMatch {
                key: vec!["shop".to_owned()],
                ..empty()
            },
            false,
        ),
        (
            RouteMatch {
                sender: vec!["ACME".to_owned()],
                ..empty()
            },
            false,
        ),
        (
            RouteMatch {
                hours: window("09:00", "17:00"),
                ..empty()
            },
            true,
        ),
        (
            RouteMatch {
                hours: window("17:00", "09:00"),
                ..empty()
            },
            false,
        ),
        (empty(), true),
    ];
    for (at, (matches, fits)) in rules.into_iter().enumerate() {
        let never = RouteMatch {
            to_prefix: vec!["+999".to_owned()],
            ..empty()
        };
        let router = router(vec![only(never), only(matches)]);
        let queued = Queued::sample(1);
        let class = router.classify(&queued.lane, &queued.to, NOW);
        let expected = if fits { RouteIndex(1) } else { RouteIndex::ANY };
        assert_eq!(class.route, expected, "rule {at}");
    }
}

#[test]
fn a_name_as_sender_matches_its_rules_and_goes_by_uplinks_only() {
    let matches = RouteMatch {
        sender: vec!["ACME".to_owned()],
        ..RouteMatch::default()
    };
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

/// What it is about, the wait, the reasons, the message, the SIMs, and whether it falls back.
type Case<'a> = (
    &'a str,
    Option<u32>,
    Vec<FallBackOn>,
    Queued,
    Vec<Candidate<'a>>,
    bool,
);

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_a_message_falls_back_on() {
    let (one, two, primary) = (sim(1), sim(2), uplink("primary"));
    let busy = Candidate {
        free: false,
        ..free(&one)
    };
    let resting = |rest| Candidate {
        free: false,
        rest: Some(rest),
        ..free(&one)
    };
    let away = Candidate {
        up: false,
        free: false,
        ..free(&one)
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
    let cases: Vec<Case<'_>> = vec![
        ("no SIM", None, vec![NoSim], fresh(), vec![], true),
        (
            "no SIM, and that is no reason",
            None,
            vec![Quota, SimFailure],
            fresh(),
            vec![],
            false,
        ),
        (
            "a SIM was here a moment ago",
            None,
            vec![NoSim],
            fresh(),
            vec![away.clone()],
            false,
        ),
        (
            "busy, and free soon",
            None,
            vec![NoSim, Quota, SimFailure],
            fresh(),
            vec![busy.clone()],
            false,
        ),
        (
            "busy for too long",
            Some(60),
            vec![],
            waited(),
            vec![busy.clone()],
            true,
        ),
        (
            "busy, not yet too long",
            Some(61),
            vec![],
            waited(),
            vec![busy.clone()],
            false,
        ),
        (
            "quota",
            None,
            vec![Quota],
            fresh(),
            vec![resting(Rest::Quota)],
            true,
        ),
        (
            "quota, and that is no reason",
            None,
            vec![NoSim, SimFailure],
            fresh(),
            vec![resting(Rest::Quota)],
            false,
        ),
        (
            "no room for it in the quota",
            None,
            vec![Quota],
            fresh(),
            vec![full],
            true,
        ),
        (
            "cooling",
            None,
            vec![SimFailure],
            fresh(),
            vec![resting(Rest::Cooling)],
            true,
        ),
        (
            "cooling, and that is no reason",
            None,
            vec![Quota],
            fresh(),
            vec![resting(Rest::Cooling)],
            false,
        ),
        (
            "refused by the only one",
            None,
            vec![SimFailure],
            refused(),
            vec![free(&one)],
            true,
        ),
        (
            "refused by one of two",
            None,
            vec![SimFailure],
            refused(),
            vec![
                free(&one),
                Candidate {
                    free: false,
                    ..free(&two)
                },
            ],
            false,
        ),
    ];
    for (what, wait, on, queued, mut candidates, falls) in cases {
        let router = falling_back(wait, &on);
        candidates.push(free(&primary));
        let found = chosen(&router, queued, candidates);
        assert_eq!(found == Some(primary.clone()), falls, "{what}: {found:?}");
    }
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
    let targets = vec![sims(Choice::Sticky)];
    let router = router(vec![route(
        RouteMatch::default(),
        targets,
        FallBack::default(),
    )]);
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
    let busy = Candidate {
        free: false,
        ..free(&two)
    };
    assert_eq!(
        chosen(&router, queued.clone(), vec![free(&one), busy]),
        None
    );
    let rests = Candidate {
        free: false,
        rest: Some(Rest::Quota),
        ..free(&two)
    };
    assert_eq!(chosen(&router, queued, vec![free(&one), rests]), Some(one));
}

#[test]
fn the_cheapest_sim_for_the_prefix_is_waited_for() {
    let targets = vec![sims(Choice::Cheapest)];
    let router = router(vec![route(
        RouteMatch::default(),
        targets,
        FallBack::default(),
    )]);
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
    let matches = RouteMatch {
        hours: Some(Window {
            from: "08:00".to_owned(),
            to: "21:00".to_owned(),
            timezone: "Asia/Ho_Chi_Minh".to_owned(),
        }),
        ..RouteMatch::default()
    };
    let router = router(vec![route(matches, vec![up("a")], FallBack::default())]);
    let closes = router.changes_at(NOW).unwrap();
    assert_eq!(closes, NOW.after(Duration::from_hours(11)));
    let opens = router.changes_at(closes).unwrap();
    assert_eq!(opens, closes.after(Duration::from_hours(11)));
}
