use model::{ModemRecord, SimConfig, SimRecord, SimTotals, Time};
use modem::{ModemState, Operator};

use super::*;
use crate::schedule::{Health, Used};

fn imei(n: u8) -> Imei {
    let body = format!("3569380356438{n}");
    let found = (0..10).find_map(|check| format!("{body}{check}").parse().ok());
    found.unwrap()
}

fn iccid(n: u8) -> Iccid {
    format!("898401123456789012{n}").parse().unwrap()
}

fn sim(n: u8, operator: &str) -> SimView {
    SimView {
        opens_at: None,
        same_number: Vec::new(),
        record: SimRecord {
            iccid: iccid(n),
            imsi: None,
            told: Some(format!("+8490123456{n}")),
            smsc: None,
            last_seen: Time::ZERO,
            config: SimConfig::default(),
        },
        state: SimState::Ready,
        modem: Some(imei(n)),
        signal: None,
        registration: None,
        operator: Some(Operator {
            name: operator.to_owned(),
            technology: None,
        }),
        used: Used::default(),
        health: Health::default(),
        today: SimTotals::default(),
        sending: None,
    }
}

fn modem(n: u8) -> ModemView {
    ModemView {
        state: Some(ModemState::Ready),
        sim: Some(iccid(n)),
        ..ModemView::absent(ModemRecord::sample(imei(n), Time::ZERO))
    }
}

/// The partner of modem 0 among these SIMs, or what is said instead.
fn partner(sims: &[SimView], busy: &[u8], wanted: Option<u8>) -> Result<Iccid, String> {
    let modems = [modem(0), modem(1), modem(2)];
    let busy = busy.iter().map(|n| iccid(*n)).collect();
    let wanted = wanted.map(iccid);
    choose(&imei(0), &modems, sims, &busy, wanted.as_ref())
        .map(|choice| choice.partner.iccid)
        .map_err(|error| error.to_string())
}

#[test]
fn the_same_operator_comes_first_and_a_busy_sim_not_at_all() {
    let sims = [sim(0, "A"), sim(1, "B"), sim(2, "A")];
    assert_eq!(partner(&sims, &[], None), Ok(iccid(2)));
    assert_eq!(partner(&sims, &[2], None), Ok(iccid(1)));
    assert_eq!(partner(&sims, &[], Some(1)), Ok(iccid(1)));
    assert!(
        partner(&sims, &[1, 2], None)
            .unwrap_err()
            .contains("no second SIM")
    );
    assert!(
        partner(&sims, &[1], Some(1))
            .unwrap_err()
            .contains("already")
    );
    assert!(partner(&sims, &[0], None).unwrap_err().contains("already"));
}

#[test]
fn what_is_wrong_is_said() {
    let check = |change: fn(&mut [SimView; 2]), wanted: Option<u8>, said: &str| {
        let mut sims = [sim(0, "A"), sim(1, "A")];
        change(&mut sims);
        let why = partner(&sims, &[], wanted).unwrap_err();
        assert!(why.contains(said), "{why}");
    };
    check(|sims| sims[0].state = SimState::Locked, None, "PIN");
    check(|sims| sims[0].state = SimState::Exhausted, None, "quota");
    check(
        |sims| sims[1].state = SimState::Unregistered,
        None,
        "no second SIM",
    );
    check(
        |sims| sims[1].state = SimState::Denied,
        Some(1),
        "the partner SIM was denied",
    );
    check(|_| {}, Some(0), "it takes two");
    check(|_| {}, Some(9), "no SIM of that ICCID");
    let without_numbers = |sims: &mut [SimView; 2]| {
        for sim in sims {
            sim.record.told = None;
        }
    };
    check(without_numbers, None, "--number");
    check(without_numbers, Some(1), "--number");
}

#[test]
fn a_quota_must_have_room_for_the_whole_test() {
    let mut sims = [sim(0, "A"), sim(1, "A")];
    sims[0].record.config.quota.per_day = Some(10);
    sims[0].used.day = 5;
    assert!(partner(&sims, &[], None).is_ok());
    sims[0].used.day = 6;
    assert!(
        partner(&sims, &[], None)
            .unwrap_err()
            .contains("less quota")
    );
    sims[0].record.config.quota.segments = false;
    assert!(partner(&sims, &[], None).is_ok(), "two messages");
    sims[1].record.config.quota.per_hour = Some(1);
    sims[1].used.hour = 1;
    assert!(
        partner(&sims, &[], None)
            .unwrap_err()
            .contains("no second SIM")
    );
}

#[test]
fn one_known_number_is_enough_and_an_unknown_modem_is_none() {
    let mut sims = [sim(0, "A"), sim(1, "A"), sim(2, "A")];
    sims[0].record.told = None;
    sims[1].record.told = None;
    assert_eq!(partner(&sims, &[], None), Ok(iccid(2)));
    let modems = [modem(1)];
    let unknown = choose(&imei(0), &modems, &sims, &HashSet::new(), None);
    assert!(matches!(unknown, Err(StartError::Unknown)));
}
