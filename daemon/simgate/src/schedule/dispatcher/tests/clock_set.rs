//! The clock is set while the dispatcher runs.

use super::*;
use crate::schedule::quota::Used;

const HOUR: i64 = 3600 * 1000;
/// Noon of a day in the middle of its month.
const NOON: Time = Time(1_794_744_000_000);
const ONE: Used = Used {
    minute: 1,
    hour: 1,
    day: 1,
    month: 1,
};

/// A dispatcher that the test moves along, by a clock that shows noon, with one SIM.
fn at_noon() -> (tempfile::TempDir, Dispatcher, Moment, Iccid) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), Duration::from_mins(5)).unwrap();
    let (mut dispatcher, _) =
        Dispatcher::new(&Config::default(), store, Bus::new(), Arc::default());
    let noon = Moment {
        wall: NOON,
        steady: Instant::now(),
    };
    dispatcher.look_at_clock(noon);
    let iccid: Iccid = "8984000000000000001".parse().unwrap();
    let slot = Slot::new(&iccid, SimConfig::default(), &History::default(), NOON);
    dispatcher.slots.insert(iccid.clone(), slot);
    (dir, dispatcher, noon, iccid)
}

#[tokio::test]
async fn a_clock_that_is_set_back_frees_no_quota_of_a_sim() {
    for by in [-HOUR, -48 * HOUR, -45 * 24 * HOUR] {
        let (_dir, mut dispatcher, noon, iccid) = at_noon();
        let slot = dispatcher.slots.get_mut(&iccid).unwrap();
        slot.count_submit(true, noon.wall);
        assert_eq!(slot.used(noon.wall), ONE);
        let wall = Time(noon.wall.0 + by);
        dispatcher.look_at_clock(Moment { wall, ..noon });
        let slot = dispatcher.slots.get_mut(&iccid).unwrap();
        assert_eq!(slot.used(wall), ONE, "{by}");
        // Refused after all, it uses nothing up.
        slot.give_back();
        assert_eq!(slot.used(wall), Used::default(), "{by}");
    }
}
