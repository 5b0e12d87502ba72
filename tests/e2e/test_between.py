"""What is urgent goes in between the parts of a long message, which stay in order on their SIM."""

import time

from harness import eventually, number


def test_an_otp_does_not_wait_for_the_rest_of_a_long_message(start_bank, start_daemon):
    bank = start_bank(1, air_time=0.4)
    daemon = start_daemon(bank)
    api = daemon.api()
    parts = 6
    bulk = api.send(number(1), "a" * 150 * parts, priority="bulk")
    assert bulk["segments"] == parts
    eventually(lambda: len(bank.air.submits()) >= 1)
    otp = api.send(number(2), "Your code is 123456", priority="otp")
    api.wait_state(otp["id"], "sent", "delivered")
    before = [submit for submit in bank.air.submits() if submit.to == number(1)]
    assert len(before) < parts
    done = api.wait_state(bulk["id"], "delivered")
    assert done["attempts"] == 1
    order = [submit.sequence for submit in bank.air.submits(number(1))]
    assert order == list(range(1, parts + 1))


def test_a_kill_behind_an_otp_leaves_the_rest_to_the_next_run(start_bank, start_daemon):
    bank = start_bank(1, air_time=1)
    daemon = start_daemon(bank)
    api = daemon.api()
    bulk = api.send(number(1), "a" * 150 * 3, priority="bulk")
    eventually(lambda: len(bank.air.submits()) >= 1)
    otp = api.send(number(2), "Your code is 123456", priority="otp")
    eventually(lambda: api.message(otp["id"])["state"] == "sending")
    # On the air.
    time.sleep(0.3)
    daemon.kill()
    daemon.start()
    api = daemon.api()
    # The password may have gone out or not: it is settled by evidence, and never sent twice.
    api.wait_state(otp["id"], "sent", "delivered", "uncertain")
    api.wait_state(bulk["id"], "sent", "delivered")
    assert [submit.sequence for submit in bank.air.accepted(number(1))] == [1, 2, 3]
    assert len(bank.air.accepted(number(2))) <= 1
