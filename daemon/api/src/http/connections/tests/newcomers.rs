//! Who makes room where clients come and say nothing.

use super::*;

impl Connections {
    fn from(&self, host: u8) -> Option<Place> {
        self.admit(IpAddr::from([10, 0, 0, host])).place
    }
}

impl Connection {
    fn is_idle_for(&self, time: Duration) {
        self.state().since -= time;
    }

    fn has_had_an_answer(&self) {
        self.begin();
        self.end();
    }
}

#[tokio::test]
async fn a_newcomer_has_a_moment_before_it_counts_as_idle() {
    let connections = Connections::new(2);
    let slow = connections.from(1).unwrap();
    slow.connection().begin();
    slow.connection().awaits_body();
    slow.connection().set_back(PROMPT);
    let newcomer = connections.from(2).unwrap();
    let next = connections.from(3).expect("a body is slow");
    assert!(!newcomer.connection().is_overdue(), "it is about to ask");
    assert!(slow.connection().is_overdue());
    newcomer.connection().is_idle_for(PROMPT);
    assert!(connections.from(4).is_some());
    assert!(newcomer.connection().is_overdue(), "it had its moment");
    assert!(!next.connection().is_overdue());
}

#[tokio::test]
async fn one_that_was_just_answered_has_a_moment_too() {
    let connections = Connections::new(2);
    let [answered, silent] = [1, 2].map(|host| connections.from(host).unwrap());
    answered.connection().has_had_an_answer();
    silent.connection().is_idle_for(PROMPT);
    assert!(connections.from(3).is_some());
    assert!(!answered.connection().is_overdue());
    assert!(silent.connection().is_overdue());
}

#[tokio::test]
async fn one_of_use_is_kept_for_longer_than_one_that_never_brought_a_request() {
    for (idle, half_open, of_use_goes) in [(5, 1, false), (5, 2, false), (13, 2, true)] {
        let connections = Connections::new(2);
        let [of_use, never] = [1, 2].map(|host| connections.from(host).unwrap());
        of_use.connection().has_had_an_answer();
        of_use.connection().is_idle_for(Duration::from_secs(idle));
        never
            .connection()
            .is_idle_for(Duration::from_secs(half_open));
        assert!(connections.from(3).is_some());
        assert_eq!(
            of_use.connection().is_overdue(),
            of_use_goes,
            "{idle} {half_open}"
        );
        assert_eq!(
            never.connection().is_overdue(),
            !of_use_goes,
            "{idle} {half_open}"
        );
    }
}

#[tokio::test]
async fn where_all_have_just_come_the_first_goes_and_nobody_is_refused() {
    let connections = Connections::new(4);
    let mut places: Vec<Place> = Vec::new();
    for host in 0..100 {
        let newcomer = connections
            .from(host)
            .expect("there is always one that asks nothing");
        if let Some(gone) = places.len().checked_sub(4) {
            assert!(places[gone].connection().is_overdue());
        }
        places.push(newcomer);
        let kept = places
            .iter()
            .filter(|place| !place.connection().is_overdue());
        assert_eq!(kept.count(), places.len().min(4));
    }
}

#[tokio::test]
async fn who_holds_very_many_makes_room_before_the_newcomers_of_others() {
    let connections = Connections::new(LARGE_PART * 2);
    let many: Vec<_> = (0..3).map(|_| connections.from(1).unwrap()).collect();
    let others: Vec<_> = (3..LARGE_PART * 2)
        .map(|host| connections.from(u8::try_from(host).unwrap()).unwrap())
        .collect();
    assert!(connections.from(200).is_some());
    assert!(many[0].connection().is_overdue());
    assert!(others.iter().all(|other| !other.connection().is_overdue()));
}

#[tokio::test]
async fn who_holds_two_keeps_its_work_while_others_have_just_come() {
    let connections = Connections::new(LARGE_PART * 2);
    let [first, second] = [(); 2].map(|()| connections.from(1).unwrap());
    let rest: Vec<_> = (2..LARGE_PART * 2)
        .map(|host| connections.from(u8::try_from(host).unwrap()).unwrap())
        .collect();
    for place in [&first, &second].into_iter().chain(&rest[1..]) {
        place.connection().begin();
    }
    assert!(connections.from(200).is_some());
    assert!(rest[0].connection().is_overdue(), "it has not asked yet");
    assert!(!first.connection().is_overdue());
    assert!(!second.connection().is_overdue());
}
