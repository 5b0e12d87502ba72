//! Faults at the moments of a submit.

use std::time::Duration;

use super::{PDU, SECOND, with};
use crate::world::{World, lines};

/// Writes the PDU without waiting for the prompt; what is said within three seconds.
fn send_blindly(world: &mut World) -> String {
    let at_once = world.hand_over();
    lines(&(at_once + &world.wait_for(0, SECOND * 3)))
}

#[test]
fn a_line_between_prompt_text_and_result() {
    let line = r#""line": "+CMTI: \"SM\",3", "on": "+CMGS""#;
    let mut world = with(&format!(
        r#"{{"fault": "urc-in-answer", {line}, "at": "prompt", "times": 1}}"#
    ));
    world.write(b"AT+CMGS=19\r");
    let prompt = world.wait_for(0, SECOND);
    assert_eq!(prompt, "\r\n> \r\n+CMTI: \"SM\",3\r\n");
    world.write(format!("{PDU}\x1a").as_bytes());
    assert_eq!(world.wait(SECOND * 3), "+CMGS: 0|OK");
    for (moment, said) in [
        ("text", "+CMTI: \"SM\",3|+CMGS: 1|OK"),
        ("taken", "+CMTI: \"SM\",3|+CMGS: 2|OK"),
        ("final", "+CMGS: 3|+CMTI: \"SM\",3|OK"),
    ] {
        world.fault(&format!(
            r#"{{"fault": "urc-in-answer", {line}, "at": "{moment}", "times": 1}}"#
        ));
        assert_eq!(world.send(PDU), said, "{moment}");
    }
}

#[test]
fn a_refusal_although_the_network_has_it() {
    let mut world = with(r#"{"fault": "cms", "code": 332, "on": "+CMGS", "at": "taken"}"#);
    assert_eq!(world.send(PDU), "+CMS ERROR: 332");
    let record = world.submits()[0];
    assert_eq!(
        (record.accepted, record.error.as_deref(), record.mr),
        (true, Some("cms-332"), Some(0))
    );
}

#[test]
fn a_refusal_at_once_costs_no_time_on_the_air() {
    let mut world = with(r#"{"fault": "error", "on": "+CMGS", "at": "text"}"#);
    world.begin();
    assert_eq!(
        lines(&world.write(format!("{PDU}\x1a").as_bytes())),
        "ERROR"
    );
    assert!(!world.submits()[0].accepted);
    let mut world = with(r#"{"fault": "cms", "code": 512, "on": "+CMGS", "at": "prompt"}"#);
    world.write(b"AT+CMGS=19\r");
    assert_eq!(world.wait(SECOND), "+CMS ERROR: 512");
    assert_eq!(world.ask("AT"), "OK", "no text is waited for");
}

#[test]
fn a_reboot_before_and_after_the_network_has_it() {
    for (moment, taken) in [("prompt", false), ("text", false), ("taken", true)] {
        let mut world = with(&format!(
            r#"{{"fault": "reboot", "on": "+CMGS", "at": "{moment}", "times": 1}}"#
        ));
        assert_eq!(send_blindly(&mut world), "", "{moment}");
        let submits = world.submits();
        assert_eq!(submits.iter().any(|record| record.accepted), taken);
        assert!(submits.iter().all(|record| record.done_at.is_none()));
        world.wait(SECOND * 3);
        assert!(world.ask("AT").ends_with("OK"), "{moment}");
    }
}

#[test]
fn a_reboot_may_take_the_port_away() {
    let mut world = with(r#"{"fault": "reboot", "port": "vanishes", "ms": 700, "on": "now"}"#);
    assert_eq!(world.vanished[0], Some(Duration::from_millis(700)));
    world.handle(0, crate::modem::Input::PowerOn);
    world.wait(SECOND * 3);
    assert!(world.ask("AT").ends_with("OK"));
}

#[test]
fn a_text_that_is_dropped_or_damaged() {
    let mut world = with(r#"{"fault": "ignored", "on": "+CMGS", "at": "text", "times": 1}"#);
    assert_eq!(send_blindly(&mut world), "");
    assert!(world.submits().is_empty());
    world.fault(r#"{"fault": "lost-text", "count": 3, "on": "+CMGS", "times": 1}"#);
    assert_eq!(world.send(PDU), "+CMS ERROR: 304");
    assert_eq!(world.send(PDU), "+CMGS: 0|OK");
}

#[test]
fn a_late_answer_of_a_modem_that_works_on() {
    let mut world =
        with(r#"{"fault": "late-answer", "ms": 200000, "works": true, "on": "+CMGS", "times": 1}"#);
    assert_eq!(world.send(PDU), "");
    assert_eq!(world.ask("AT"), "OK");
    assert_eq!(world.send(PDU), "+CMGS: 1|OK");
    assert_eq!(world.wait(SECOND * 190), "");
    assert_eq!(world.wait(SECOND * 20), "+CMGS: 0|OK");
}

#[test]
fn a_submit_is_given_up_when_the_modem_is_spoken_to() {
    let mut world = with(r#"{"fault": "gives-up", "on": "+CMGS"}"#);
    world.hand_over();
    world.wait(SECOND);
    assert_eq!(world.ask("AT"), "ERROR");
    assert_eq!(world.wait(SECOND * 5), "");
    assert!(!world.submits()[0].accepted);
    assert_eq!(world.send(PDU), "+CMGS: 0|OK", "left alone it sends");
}

#[test]
fn references_run_out_up_to_a_power_cycle() {
    let mut world = with(r#"{"fault": "reference-stuck", "on": "+CMGS"}"#);
    for _ in 0..255 {
        world.send(PDU);
    }
    assert_eq!(world.send(PDU), "+CMGS: 255|OK");
    assert_eq!(world.send(PDU), "+CMS ERROR: 1");
    world.restart();
    assert_eq!(world.send(PDU), "+CMS ERROR: 1", "a restart does not help");
    world.power_cycle();
    world.ask("ATE0");
    assert_eq!(world.send(PDU), "+CMGS: 0|OK");
}

#[test]
fn references_start_again_after_a_boot() {
    let mut world = with(r#"{"fault": "reference-reset", "on": "boot"}"#);
    world.send(PDU);
    assert_eq!(world.send(PDU), "+CMGS: 1|OK");
    world.restart();
    assert_eq!(world.send(PDU), "+CMGS: 0|OK");
}

#[test]
fn a_refused_submit_may_leave_its_reference_to_the_next() {
    use crate::world::Options;
    for (keep, next) in [(false, "+CMGS: 2|OK"), (true, "+CMGS: 0|OK")] {
        let mut world = World::set_up(Options {
            refused_keep_reference: keep,
            ..Options::default()
        });
        // By the network, and by a fault that stands for it.
        assert_eq!(
            world.send("0031000B914809910930F80000A705E8329BFD06"),
            "+CMS ERROR: 38"
        );
        world.fault(r#"{"fault": "cms", "code": 38, "on": "+CMGS", "times": 1}"#);
        assert_eq!(world.send(PDU), "+CMS ERROR: 38");
        assert_eq!(world.send(PDU), next);
    }
}
