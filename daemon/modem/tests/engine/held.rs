//! Submits that are prepared before they may go out: the command at once, the PDU on the owner's word.

use crate::support::tiny::Tiny;
use crate::support::{Bench, pdu, submit};
use modem::{Event, Input, JobId, ModemState, SubmitRefusal, Submitted};
use std::time::Duration;
use tpdu::MessageRef;

const AIR_TIME: Duration = Duration::from_secs(2);

fn prepare(job: u64) -> Input<'static> {
    Input::Prepare {
        job: JobId(job),
        pdu: pdu(),
        more: false,
    }
}

fn refused(job: u64) -> (u64, Submitted) {
    (job, Submitted::Refused(SubmitRefusal::NotReady))
}

fn accepted(job: u64, mr: u8) -> (u64, Submitted) {
    (job, Submitted::Accepted(MessageRef(mr)))
}

/// A modem whose prompt and answers the test gives.
fn without_prompt() -> Tiny {
    Tiny::default().answering("AT+CMGS=19", "")
}

#[test]
fn the_command_goes_out_at_once_and_the_pdu_when_it_may() {
    let mut bench = Bench::ready(Tiny::slow(AIR_TIME));
    bench.give(prepare(1));
    assert_eq!(bench.last_written(), "AT+CMGS=19");
    bench.run(Duration::from_secs(1));
    assert!(bench.modem.sent.is_empty());
    bench.give(Input::Release(JobId(1)));
    assert_eq!(bench.modem.sent.len(), 1);
    bench.run(AIR_TIME);
    assert_eq!(bench.outcomes(), [accepted(1, 1)]);
}

#[test]
fn the_word_may_come_before_the_prompt_and_before_the_command() {
    let mut bench = Bench::ready(Tiny::slow(AIR_TIME));
    bench.give(submit(1, false));
    bench.give(prepare(2));
    bench.give(Input::Release(JobId(2)));
    assert_eq!(bench.modem.sent.len(), 1);
    bench.run(2 * AIR_TIME);
    assert_eq!(bench.outcomes(), [accepted(1, 1), accepted(2, 2)]);

    let mut bench = Bench::ready(without_prompt());
    bench.give(prepare(1));
    bench.give(Input::Release(JobId(1)));
    bench.say(b"\r\n> ");
    assert!(bench.last_written().ends_with('\x1a'));
}

#[test]
fn what_is_taken_back_leaves_the_prompt_and_the_next_message_goes_out() {
    let mut bench = Bench::ready(Tiny::default());
    bench.give(prepare(1));
    bench.give(Input::Withdraw(JobId(1)));
    assert_eq!(bench.outcomes(), [refused(1)]);
    bench.give(submit(2, false));
    assert_eq!(bench.outcomes(), [accepted(2, 1)]);
    assert_eq!(bench.modem.sent.len(), 1);
    let at = |line: &String| line == "AT";
    let commands = bench.modem.heard.iter().rev().take(2).filter(|l| at(l));
    assert_eq!(commands.count(), 0, "a modem that answers ESC is in step");
}

#[test]
fn what_is_taken_back_before_its_prompt_leaves_that_when_it_comes() {
    let mut bench = Bench::ready(without_prompt());
    bench.give(prepare(1));
    bench.give(Input::Withdraw(JobId(1)));
    assert_eq!(bench.outcomes(), [refused(1)]);
    assert_eq!(bench.last_written(), "AT+CMGS=19");
    bench.modem.answers.clear();
    bench.give(submit(2, false));
    bench.say(b"\r\n> ");
    bench.say(b"\r\nOK\r\n");
    assert_eq!(bench.outcomes(), [accepted(2, 1)]);
    assert_eq!(bench.modem.sent.len(), 1);
}

#[test]
fn what_is_taken_back_while_it_waits_is_never_begun() {
    let mut bench = Bench::ready(Tiny::slow(AIR_TIME));
    bench.give(submit(1, false));
    bench.give(prepare(2));
    bench.give(Input::Withdraw(JobId(2)));
    bench.run(2 * AIR_TIME);
    assert_eq!(bench.outcomes(), [refused(2), accepted(1, 1)]);
    assert_eq!(bench.modem.asked("AT+CMGS"), 1);
}

#[test]
fn a_modem_that_says_nothing_to_esc_is_brought_in_step() {
    let mut bench = Bench::ready(without_prompt());
    bench.give(prepare(1));
    bench.say(b"\r\n> ");
    bench.give(Input::Withdraw(JobId(1)));
    bench.give(submit(2, false));
    bench.modem.answers.clear();
    bench.run(Duration::from_secs(5));
    assert_eq!(bench.outcomes(), [refused(1), accepted(2, 1)]);
    assert_eq!(bench.engine.state(), ModemState::Ready);
    assert!(bench.reopens.is_empty());
}

#[test]
fn an_answer_to_esc_that_comes_late_answers_nothing_else() {
    let mut bench = Bench::ready(without_prompt());
    bench.give(prepare(1));
    bench.say(b"\r\n> ");
    bench.give(Input::Withdraw(JobId(1)));
    bench.run(Duration::from_millis(1_100));
    bench.say(b"\r\nERROR\r\n");
    bench.modem.answers.clear();
    bench.give(submit(2, false));
    bench.run(Duration::from_secs(5));
    assert_eq!(bench.outcomes(), [refused(1), accepted(2, 1)]);
}

#[test]
fn a_late_reference_at_a_prompt_that_is_held_is_not_the_answer_to_what_is_held() {
    let mut bench = Bench::ready(Tiny::default());
    bench.give(prepare(1));
    bench.say(b"\r\n+CMGS: 77\r\n\r\nOK\r\n");
    let events = bench.take_events();
    let unclaimed = Event::UnclaimedAccepted {
        job: None,
        mr: Some(MessageRef(77)),
    };
    assert!(events.contains(&unclaimed), "{events:?}");
    bench.give(Input::Release(JobId(1)));
    assert_eq!(bench.outcomes(), [accepted(1, 1)]);
}

#[test]
fn a_modem_that_leaves_its_prompt_by_itself_has_sent_nothing() {
    let mut bench = Bench::ready(Tiny::default());
    bench.give(prepare(1));
    bench.say(b"\r\n+CMS ERROR: 500\r\n");
    assert_eq!(bench.outcomes(), [refused(1)]);
    bench.give(Input::Release(JobId(1)));
    assert!(bench.modem.sent.is_empty());
}

#[test]
fn a_prompt_is_not_held_for_longer_than_modems_wait_there() {
    let mut bench = Bench::ready(Tiny::default());
    bench.give(prepare(1));
    bench.run(Duration::from_secs(6));
    assert_eq!(bench.last_written(), "\x1b");
    assert!(bench.outcomes().is_empty());
    // Other work is done meanwhile.
    bench.give(Input::Sweep);
    assert!(bench.modem.heard.last().unwrap().starts_with("AT+CMGL"));
    bench.give(Input::Release(JobId(1)));
    assert_eq!(bench.outcomes(), [accepted(1, 1)]);
    assert_eq!(bench.modem.sent.len(), 1);
}

#[test]
fn what_was_released_is_not_taken_back() {
    let mut bench = Bench::ready(Tiny::slow(AIR_TIME));
    bench.give(prepare(1));
    bench.give(Input::Release(JobId(1)));
    bench.give(Input::Withdraw(JobId(1)));
    bench.run(AIR_TIME);
    assert_eq!(bench.outcomes(), [accepted(1, 1)]);
}

#[test]
fn a_port_that_closes_on_a_held_prompt_has_sent_nothing() {
    let mut bench = Bench::ready(Tiny::default());
    bench.give(prepare(1));
    bench.give(Input::Closed);
    assert_eq!(bench.outcomes(), [refused(1)]);
}
