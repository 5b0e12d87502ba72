//! Several ports of one modem.

use crate::modem::Input;
use crate::world::{Options, World, lines};

#[test]
fn each_port_gets_its_answers_and_one_the_lines() {
    for urc_port in [0, 1] {
        let mut world = World::set_up(Options {
            urc_port,
            ..Options::default()
        });
        world.handle(0, Input::BytesAt(1, b"AT+CSQ\r"));
        assert_eq!(lines(&world.said_on_second(0)), "+CSQ: 23,99|OK");
        assert_eq!(world.ask("AT+CNMI=2,1,0,0,0"), "OK");
        world.inject("where");
        let said = [world.said(0), world.said_on_second(0)];
        assert!(said[urc_port].contains("+CMTI") && said[1 - urc_port].is_empty());
    }
}

#[test]
fn two_that_write_at_once_get_what_is_theirs() {
    let mut world = World::one();
    world.write(b"AT+CS");
    world.handle(0, Input::BytesAt(1, b"AT+CGMI\r"));
    assert_eq!(lines(&world.said_on_second(0)), "Generic|OK");
    assert_eq!(world.ask("Q"), "+CSQ: 23,99|OK");
    world.begin();
    world.handle(0, Input::BytesAt(1, b"AT\r"));
    assert_eq!(world.said_on_second(0), "", "the text comes first");
    assert_eq!(lines(&world.write(b"\x1b")), "OK");
    assert_eq!(lines(&world.said_on_second(0)), "OK");
}

#[test]
fn a_port_that_is_not_there_is_not_heard() {
    let mut world = World::one();
    world.handle(0, Input::BytesAt(9, b"AT\r"));
    assert_eq!(world.ask("AT"), "OK");
}
