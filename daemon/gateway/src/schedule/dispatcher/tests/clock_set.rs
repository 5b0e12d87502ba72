//! The clock is set while the dispatcher runs.

use super::*;
use crate::schedule::quota::Used;
use crate::schedule::slot::{Own, Sim};
use model::ClockStep;
use store::{ClockMove, clock};

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
    let (dir, mut dispatcher, _) = at_rest();
    let noon = Moment {
        wall: NOON,
        steady: Instant::now(),
    };
    dispatcher.look_at_clock(noon);
    let iccid: Iccid = "8984000000000000001".parse().unwrap();
    let sim = || Sim::new(SimConfig::default(), &History::default(), NOON);
    let new = || Own::Sim(Box::new(sim()));
    dispatcher.slots.get_or_new(iccid.clone().into(), new);
    (dir, dispatcher, noon, iccid)
}

#[tokio::test]
async fn a_clock_that_is_set_back_frees_no_quota_of_a_sim() {
    for by in [-HOUR, -48 * HOUR, -45 * 24 * HOUR] {
        let (_dir, mut dispatcher, noon, iccid) = at_noon();
        let slot = dispatcher.slots.sim_mut(&iccid).unwrap();
        slot.count_submit(true, noon.wall);
        assert_eq!(slot.used(noon.wall), ONE);
        let wall = Time(noon.wall.0 + by);
        dispatcher.look_at_clock(Moment { wall, ..noon });
        let slot = dispatcher.slots.sim_mut(&iccid).unwrap();
        assert_eq!(slot.used(wall), ONE, "{by}");
        // Refused after all, it uses nothing up.
        slot.give_back();
        assert_eq!(slot.used(wall), Used::default(), "{by}");
    }
}

/// The gateway's clock goes back before the times in the store do: a lane is read in between.
#[tokio::test]
async fn what_is_moved_to_before_what_was_read_is_found() {
    let (bank, mut modem) = Bank::with_modem().await;
    let lane = new_message("+84901234567", "", Priority::Normal).lane();
    let look = || bank.scheduler.signal(Signal::Look(vec![lane.clone()]));
    look().await;
    let first = bank.accept("read to its end", Priority::Normal).await;
    bank.serve(&mut modem, accepted(1)).await;
    bank.until(first, State::Sent).await;
    let id = bank.store_only("moved").await;
    let now = clock::now();
    let step = ClockStep::between(now, Time(now.0 - HOUR)).unwrap();
    let mut moving = ClockMove::new(step, RowId(i64::MAX));
    let upkeep = bank.store.upkeep();
    upkeep.move_clock(&mut moving, clock::now).await.unwrap();
    look().await;
    bank.scheduler.signal(Signal::Moved).await;
    bank.serve(&mut modem, accepted(2)).await;
    bank.until(id, State::Sent).await;
}
