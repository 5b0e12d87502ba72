//! What is deleted is what was read: also where a deaf modem is left a pause between the two.

use crate::support::tiny::Tiny;
use crate::support::{Bench, DELIVER};
use modem::{Event, Input, ReceiptToken, Received, Settings};
use std::time::Duration;

/// "hello" from the same sender, a second later.
const NEXT: &str = "0791947122436587040B917238880900F100006280213201102305E8329BFD06";
/// A message that somebody stored as sent.
const SENT: &str = "0011000B914819325476F80000A705E8329BFD06";

/// A modem that is left a pause after each answer.
fn deaf() -> Bench {
    let mut tiny = Tiny::default();
    tiny.deaf = Some((Duration::from_millis(20), 1));
    let mut bench = Bench::opened(tiny, Settings::default());
    bench.run(Duration::from_mins(1));
    bench.take_events();
    bench
}

/// Runs until `command` was heard so many times in all; no longer.
fn until(bench: &mut Bench, command: &str, times: usize) {
    for _ in 0..5_000 {
        let commands = bench.modem.heard.iter();
        if commands.filter(|heard| *heard == command).count() == times {
            return;
        }
        bench.run(Duration::from_millis(1));
    }
    panic!("{command} was not heard {times} times");
}

fn received(event: Event) -> Option<Received> {
    match event {
        Event::Received(received) => Some(received),
        _ => None,
    }
}

/// A message in place 3 that is stored by the owner, and then looked at since its place was announced twice; the
/// answer to that has just come.
fn looked_at() -> Bench {
    let mut bench = deaf();
    bench.modem.sim.insert(3, DELIVER.to_owned());
    bench.say(b"\r\n+CMTI: \"SM\",3\r\n");
    until(&mut bench, "AT+CMGR=3", 1);
    let token: ReceiptToken = bench.received()[0].token;
    bench.say(b"\r\n+CMTI: \"SM\",3\r\n");
    bench.give(Input::Committed(token));
    until(&mut bench, "AT+CMGR=3", 2);
    bench
}

fn offered_next(bench: &mut Bench) {
    bench.run(Duration::from_secs(5));
    let events = bench.take_events();
    let offered = events.into_iter().filter_map(received);
    let raw: Vec<_> = offered.map(|one| one.raw).collect();
    assert_eq!(raw, [NEXT]);
    assert_eq!(bench.modem.sim.get(&3).map(String::as_str), Some(NEXT));
}

#[test]
fn a_place_announced_anew_before_the_deletion_is_looked_at_again() {
    let mut bench = looked_at();
    bench.modem.sim.insert(3, NEXT.to_owned());
    bench.say(b"\r\n+CMTI: \"SM\",3\r\n");
    offered_next(&mut bench);
}

#[test]
fn so_is_one_whose_announcement_came_damaged() {
    let mut bench = looked_at();
    bench.modem.sim.insert(3, NEXT.to_owned());
    bench.say(b"\r\n+CMTI: \"SM\",\r\n");
    offered_next(&mut bench);
}

#[test]
fn so_is_a_place_of_a_sim_that_may_have_been_exchanged_meanwhile() {
    let mut bench = looked_at();
    bench.modem.sim.insert(3, NEXT.to_owned());
    bench.say(b"\r\n+CSMINS: 1,1\r\n");
    offered_next(&mut bench);
}

#[test]
fn so_is_one_after_a_resynchronisation() {
    let mut bench = looked_at();
    bench.modem.sim.insert(3, NEXT.to_owned());
    bench.give(Input::Restart(modem::RestartHow::Resync));
    offered_next(&mut bench);
}

#[test]
fn what_arrives_where_something_was_in_the_way_is_not_deleted_for_it() {
    let mut bench = deaf();
    let tiny = std::mem::take(&mut bench.modem);
    bench.modem = tiny
        .answering("AT+CMGL=4", &format!("\n+CMGL: 3,3,,19\n{SENT}\n\nOK\n"))
        .answering("AT+CMGR=3", &format!("\n+CMGR: 3,,19\n{SENT}\n\nOK\n"));
    bench.say(b"\r\n+SMS FULL\r\n");
    until(&mut bench, "AT+CMGR=3", 1);
    bench.modem.answers.clear();
    bench.modem.sim.insert(3, NEXT.to_owned());
    bench.say(b"\r\n+CMTI: \"SM\",3\r\n");
    offered_next(&mut bench);
}
