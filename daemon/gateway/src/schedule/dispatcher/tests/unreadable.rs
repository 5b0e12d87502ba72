//! A message whose row makes no sense holds up no other.

use super::*;

#[tokio::test]
async fn what_went_out_is_recorded_though_the_row_of_the_next_message_makes_no_sense() {
    let (bank, mut modem) = Bank::with_modem().await;
    let first = bank.accept("first", Priority::Normal).await;
    let part = modem.part().await;
    let second = bank.store_only("second").await;
    let third = bank.store_only("third").await;
    let spoil = "UPDATE messages SET carrier = 'x' WHERE text = 'second'";
    bank.store.run(spoil).await;
    bank.look(Priority::Normal).await;
    bank.answer(&modem, &part, accepted(1)).await;
    bank.until(first, State::Sent).await;
    let (skipped, _go) = modem.prepared().await;
    let part = modem.part().await;
    assert_ne!(part.job, skipped.job);
    bank.answer(&modem, &part, accepted(2)).await;
    bank.until(third, State::Sent).await;
    let read = bank.store.reading().message(second).await;
    assert!(read.unwrap_err().is_damage());
}
