use super::*;

const T0: Time = Time(1_795_305_600_000);

/// One letter a result: `s` success, `S` SIM, `B` barred, `M` modem, `U` no answer, `N` network,
/// `x` refused by another SIM too; the digit after it is the recipient. `+` waits until it is
/// half-open.
fn run(script: &str) -> (Breaker, Time, Vec<BreakerChange>) {
    let (mut breaker, mut now) = (Breaker::default(), T0);
    let mut changes = Vec::new();
    let mut letters = script.chars().filter(|c| !c.is_whitespace());
    while let Some(letter) = letters.next() {
        now = now.after(Duration::from_secs(1));
        let fault = match letter {
            '+' => {
                now = breaker.resting_until(now).expect("it rests");
                assert_eq!(breaker.phase(now), Phase::HalfOpen);
                continue;
            }
            's' | 'x' => None,
            'B' => Some(Fault::Refused),
            'D' => Some(Fault::Barred),
            'S' => Some(Fault::Sim),
            'M' => Some(Fault::Modem),
            'U' => Some(Fault::NoAnswer),
            'N' => Some(Fault::Network),
            other => panic!("{other}"),
        };
        let recipient = u64::from(letters.next().unwrap().to_digit(36).unwrap());
        let change = match fault {
            None if letter == 'x' => breaker.excuse(recipient).1,
            None => breaker.succeeded(recipient),
            Some(fault) => {
                let error = Reason::read("cms-1", "x");
                breaker.failed(fault, recipient, error, (now, 0.0))
            }
        };
        if change != BreakerChange::None {
            changes.push(change);
        }
    }
    (breaker, now, changes)
}

fn phase_after(script: &str) -> Phase {
    let (breaker, now, _) = run(script);
    breaker.phase(now)
}

#[test]
fn what_opens_it_and_what_does_not() {
    let table = [
        ("", Phase::Closed),
        ("S1", Phase::Open),
        ("M1 M2", Phase::Closed),
        ("M1 M2 M3", Phase::Open),
        ("U1 M2 U3", Phase::Open),
        ("N1 N2 N3 N4", Phase::Closed),
        ("N1 N2 N3 N4 N5", Phase::Open),
        ("N1 N2 N3 N4 s6 N5", Phase::Closed),
        // A dead recipient is retried and retried.
        ("N1 N1 N1 N1 N1 N1 N1 N1", Phase::Closed),
        ("M1 M1 M1 M1", Phase::Closed),
        ("N1 s2 N1 s3 N1 s4 N1 s5", Phase::Closed),
        // Until it is seen to live: then its failures count again.
        ("M1 s1 M1 M2", Phase::Closed),
        ("M1 s1 M1 M2 M3", Phase::Open),
        ("S1 +", Phase::HalfOpen),
        ("S1 + s2", Phase::Closed),
        ("S1 + N2", Phase::Open),
        ("S1 + N1", Phase::Open),
        ("D1", Phase::Open),
        ("D1 x1", Phase::Closed),
        ("D1 x1 D2", Phase::Open),
        ("B1 B2", Phase::Closed),
        ("B1 B2 B3", Phase::Open),
        ("B1 B1 B1", Phase::Closed),
        // What another SIM refuses too counts no more, though it opened it.
        ("B1 x1 B2 B3", Phase::Closed),
        ("B1 x1 B2 B3 B4", Phase::Open),
        ("B1 B2 B3 x2", Phase::Closed),
        ("N1 N2 N3 N4 N5 x1", Phase::Closed),
        ("B1 B2 B3 B4 x2", Phase::Open),
        ("B1 s2 x1 B3 B4 B5", Phase::Open),
        ("S1 x1", Phase::Open),
        // Of so many in a row not one was taken.
        ("x1 x2 x3 B4 B5 B6 x4", Phase::Open),
        ("x1 x2 x3 s7 B4 B5 B6 x4", Phase::Closed),
        ("x1 x1 x1 x1 B4 B5 B6 x4", Phase::Closed),
        // A probe that tells nothing leaves the next message to be one.
        ("S1 + B2 x2", Phase::HalfOpen),
        ("S1 + B2 x3", Phase::Open),
        ("S1 + B2 x2 s3", Phase::Closed),
    ];
    for (script, expected) in table {
        assert_eq!(phase_after(script), expected, "{script}");
    }
}

#[test]
fn a_low_success_rate_opens_it_though_successes_come_between() {
    let mut script = String::new();
    for n in 0..7 {
        // Two of three fail, and never three in a row.
        for (letter, n) in [('M', 3 * n), ('M', 3 * n + 1), ('s', 3 * n + 2)] {
            script.push(letter);
            script.push(char::from_digit(n, 36).unwrap());
        }
    }
    let before = &script[..2 * 19];
    assert_eq!(phase_after(before), Phase::Closed);
    let enough = &script[..2 * 20];
    assert_eq!(phase_after(enough), Phase::Open);
    let (breaker, ..) = run(enough);
    assert!(
        (0.3..0.4).contains(&breaker.success_rate()),
        "{}",
        breaker.success_rate()
    );
}

#[test]
fn what_is_taken_back_is_gone_from_the_success_rate_and_the_next_rest() {
    let script = |taken_back: &str| {
        let (breaker, ..) = run(&format!("M1 s2 B3 s4 {taken_back} M5 s6"));
        (breaker.results.failed, breaker.results.count)
    };
    assert_eq!(script(""), (0b10_1010, 6));
    assert_eq!(script("x3"), (0b1_0010, 5));
    assert_eq!(script("x1"), (0b0_1010, 5));
    assert_eq!(script("x1 x3"), (0b0010, 4));
    let (breaker, now, _) = run("B1 B2 B3 x3 B4");
    assert_eq!(now.until(breaker.resting_until(now).unwrap()).as_secs(), 30);
}

#[test]
fn what_another_sim_takes_after_all_counts_once_more() {
    let (mut breaker, now, _) = run("B1 x1 B2 x2 B3");
    let condemn = |breaker: &mut Breaker, recipient| {
        let error = Reason::read("cms-21", "x");
        breaker.condemn(Fault::Refused, recipient, error, (now, 0.0))
    };
    assert_eq!(condemn(&mut breaker, 1), BreakerChange::None);
    assert_eq!(condemn(&mut breaker, 1), BreakerChange::None, "once");
    assert_eq!(
        condemn(&mut breaker, 3),
        BreakerChange::None,
        "counted already"
    );
    assert!(matches!(condemn(&mut breaker, 2), BreakerChange::Opened(_)));
    assert_eq!(
        condemn(&mut breaker, 4),
        BreakerChange::None,
        "it rests already"
    );
}

#[test]
fn each_failed_probe_makes_the_rest_longer_up_to_half_an_hour() {
    let (_, _, changes) = run("S1 + S2 + M3 + N4 + U5 + S6 + S7 + S8 + S9");
    let rests: Vec<_> = (1..=9).map(|n| rest(n, 0.0).as_secs()).collect();
    assert_eq!(rests, [30, 60, 120, 240, 480, 960, 1440, 1440, 1440]);
    assert_eq!(changes.len(), 9);
    assert!(
        changes
            .iter()
            .all(|change| matches!(change, BreakerChange::Opened(_)))
    );
    assert!(rest(u32::MAX, 1.0) <= LONGEST);
    assert!(rest(1, 1.0) > rest(1, 0.0), "jitter");
}

#[test]
fn a_sim_that_fails_right_after_its_probe_rests_longer_and_a_cured_one_begins_anew() {
    let (breaker, now, _) = run("S1 + s2 S3");
    let left = now.until(breaker.resting_until(now).unwrap());
    assert_eq!(left.as_secs(), 60);
    let cured = "s2".repeat(usize::from(CURED));
    let (breaker, now, _) = run(&format!("S1 + {cured} S3"));
    assert_eq!(now.until(breaker.resting_until(now).unwrap()).as_secs(), 30);
}

#[test]
fn it_is_the_same_after_a_restart() {
    for script in ["", "M1 M2", "S1", "S1 + S2", "M1 s2 N3", "S1 + s2"] {
        let (before, now, _) = run(script);
        let after = Breaker::restore(&before.record());
        assert_eq!(after.phase(now), before.phase(now), "{script}");
        assert_eq!(after.record(), before.record(), "{script}");
    }
    let (healthy, ..) = run("s1 s2 s3");
    assert_eq!(healthy.record(), SimHealth::default(), "nothing to write");
}

#[test]
fn a_clock_that_is_set_back_does_not_lock_a_sim_up() {
    let (breaker, now, _) = run("S1");
    assert_eq!(breaker.phase(now), Phase::Open);
    assert_eq!(breaker.phase(Time(now.0 - 86_400_000)), Phase::HalfOpen);
}
