//! SIMs that rest, and what outlives a restart.

use super::*;
use store::clock;

#[tokio::test]
async fn a_sim_that_fails_several_recipients_rests_and_tells() {
    let bank = Bank::new();
    let mut events = bank.bus.subscribe(None);
    let mut modem = bank.plug(1).await;
    let ids = bank.accept_many(5).await;
    for _ in 0..3 {
        bank.serve(&mut modem, refused(300)).await;
    }
    let health = bank.health(&modem).await;
    assert_eq!(
        (health.breaker, health.consecutive_failures),
        (Phase::Open, 3)
    );
    assert!(health.cooling_until.is_some());
    assert_eq!(health.last_error.unwrap().reason.code, "cms-300");
    assert!(modem.is_idle());
    assert_eq!(bank.message(ids[0]).await.state, State::Queued);
    let event = loop {
        let event = events.recv().await.unwrap();
        if event.kind == "sim.state" {
            break event;
        }
    };
    assert_eq!(
        (&event.data()["state"], &event.data()["breaker"]),
        (&"cooling".into(), &"open".into())
    );
    assert_eq!(event.data()["reason"]["code"], "cms-300");

    bank.scheduler.forgive(modem.iccid.clone()).await;
    bank.serve(&mut modem, accepted(1)).await;
    assert_eq!(bank.health(&modem).await.breaker, Phase::Closed);
}

#[tokio::test]
async fn a_refusal_of_the_network_backs_the_message_off_and_leaves_the_sims_up() {
    let bank = Bank::new();
    let (mut one, mut two) = (bank.plug(1).await, bank.plug(2).await);
    // 38 is the network's; it backs off as a message.
    let dead = bank.accept("one", Priority::Normal).await;
    tokio::select! {
        part = one.part() => bank.answer(&one, &part, refused(38)).await,
        part = two.part() => bank.answer(&two, &part, refused(38)).await,
    }
    bank.until(dead, State::Queued).await;
    for modem in [&one, &two] {
        let health = bank.health(modem).await;
        assert_eq!(health.breaker, Phase::Closed);
    }
}

#[tokio::test]
async fn what_a_wrong_recipient_is_refused_is_not_the_sims_fault() {
    let (bank, mut modem) = Bank::with_modem().await;
    for id in bank.accept_many(8).await {
        bank.serve(&mut modem, refused(30)).await;
        bank.until(id, State::Failed).await;
    }
    let health = bank.health(&modem).await;
    assert_eq!(
        (health.breaker, health.consecutive_failures),
        (Phase::Closed, 0)
    );
}

#[tokio::test]
async fn a_rest_outlives_a_restart_and_ends_with_one_probe() {
    let (bank, mut modem) = Bank::with_modem().await;
    let ids = bank.accept_many(3).await;
    bank.serve(&mut modem, refused(310)).await;
    bank.until(ids[0], State::Queued).await;

    let bank = bank.restarted();
    let mut modem = bank.plug(1).await;
    bank.look_for_all().await;
    let health = bank.health(&modem).await;
    assert_eq!(
        (health.breaker, health.consecutive_failures),
        (Phase::Open, 1)
    );
    assert!(modem.is_idle());

    // The same with a rest that is over.
    let mut health = bank.store.admin().sim_health(&modem.iccid).await.unwrap();
    health.open_until = Some(clock::now());
    let admin = bank.store.admin();
    let set = admin.set_sim_health(&modem.iccid, health, None);
    set.await.unwrap();
    let bank = bank.restarted();
    let mut modem = bank.plug(1).await;
    bank.look_for_all().await;
    let probe = modem.part().await;
    assert_eq!(bank.health(&modem).await.breaker, Phase::HalfOpen);
    assert!(modem.is_idle(), "one");
    bank.answer(&modem, &probe, refused(310)).await;
    let health = bank.health(&modem).await;
    assert_eq!(health.breaker, Phase::Open);
    let rest = clock::now().until(health.cooling_until.unwrap());
    assert!(rest > Duration::from_secs(45), "{rest:?}");
    assert!(modem.is_idle());
}

#[tokio::test]
async fn the_gap_after_a_submit_outlives_a_restart() {
    let bank = Bank::new();
    let gap = || SimConfig {
        min_gap_ms: 3_600_000,
        ..SimConfig::default()
    };
    let mut modem = bank.plug_with(1, gap()).await;
    let ids = bank.accept_many(2).await;
    bank.serve(&mut modem, accepted(1)).await;
    bank.until(ids[0], State::Sent).await;
    let bank = bank.restarted();
    let mut modem = bank.plug_with(1, gap()).await;
    bank.look_for_all().await;
    assert_eq!(bank.health(&modem).await.breaker, Phase::Closed);
    assert!(modem.is_idle());
    // It is the gap that holds it.
    let config = Box::default();
    let iccid = modem.iccid.clone();
    bank.scheduler
        .signal(Signal::Configured { iccid, config })
        .await;
    assert!(modem.is_idle(), "a gap that has begun ends as it began");
    assert_eq!(bank.message(ids[1]).await.state, State::Queued);
}

#[tokio::test]
async fn a_refusal_that_no_other_sim_can_answer_does_not_use_the_message_up_at_once() {
    let (bank, mut modem) = Bank::with_modem().await;
    let id = bank.accept("hello", Priority::Normal).await;
    bank.serve(&mut modem, refused(300)).await;
    let message = bank.until(id, State::Queued).await;
    assert_eq!(message.attempts, 1);
    bank.health(&modem).await;
    assert!(modem.is_idle(), "it backs off");
}

#[tokio::test]
async fn field_notes_a_8_a_report_frees_the_number_it_came_for() {
    let (bank, mut modem) = Bank::with_modem().await;
    let (to, text) = ("+84901234567", "hello");
    let first = bank.accept_for(to, text, Priority::Normal).await;
    bank.serve(&mut modem, accepted(7)).await;
    bank.until(first, State::Sent).await;
    // The modem has gone round: number 7 is next.
    let between = bank
        .accept_for("+84901234568", text, Priority::Normal)
        .await;
    bank.serve(&mut modem, accepted(6)).await;
    bank.until(between, State::Sent).await;
    let second = bank.accept_for(to, text, Priority::Normal).await;
    let other = bank
        .accept_for("+84901234569", text, Priority::Normal)
        .await;
    let part = modem.part().await;
    assert_eq!(bank.message(other).await.state, State::Sending);
    assert_eq!(bank.message(second).await.state, State::Queued);
    bank.answer(&modem, &part, refused(1)).await;
    bank.until(other, State::Failed).await;
    assert!(modem.is_idle());
    let reported = Notice::Reported {
        iccid: modem.iccid.clone(),
        mr: 7,
        recipient: "0901234567".to_owned(),
    };
    bank.scheduler.signal(reported).await;
    modem.part().await;
    bank.until(second, State::Sending).await;
}

#[tokio::test]
async fn field_notes_a_8_a_modem_that_knows_no_number_at_all_is_doubted() {
    let (bank, mut modem) = Bank::with_modem().await;
    let ids = bank.accept_many(4).await;
    for _ in 0..4 {
        bank.serve(&mut modem, refused(1)).await;
    }
    // A list may well have three dead numbers in a row.
    for id in &ids[..3] {
        bank.until(*id, State::Failed).await;
    }
    let doubted = bank.until(ids[3], State::Queued).await;
    assert_eq!(doubted.attempts, 1);
}
