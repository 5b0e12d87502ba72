"""Windows, limits and broken connections: everything arrives, and nothing twice."""

import pytest

from harness import eventually, number, stays

HOLD = "[scheduler]\nuncertain_wait_seconds = 1\n"


def each_once(smsc, count):
    """`count` recipients, each with one submit that the SMSC has taken."""
    taken = [submit.to for submit in smsc.taken()]
    assert len(taken) == len(set(taken)), f"twice: {sorted(to for to in set(taken) if taken.count(to) > 1)}"
    assert len(taken) == count


def campaign(uplink, count, first=0, **fields):
    return uplink.batch([{"to": number(first + i), "text": f"message {first + i}"} for i in range(count)], **fields)


@pytest.mark.parametrize("status", ["ESME_RTHROTTLED", "ESME_RMSGQFUL"])
@pytest.mark.parametrize("rule", [{"times": 4}, {"milliseconds": 700}, {"every": 12}], ids=["4 times", "for a time", "each 12th"])
def test_throttled_messages_all_arrive_once(uplink, smsc, status, rule):
    smsc.throttle(status, **rule)
    identifiers = campaign(uplink, 40)
    uplink.wait_all(identifiers, "delivered")
    each_once(smsc, 40)
    throttled = [submit for submit in smsc.submits() if submit.answer == "throttle"]
    assert throttled
    # It is told to slow down, and does: it does not spend its time on being refused.
    assert len(throttled) <= 40
    assert uplink.shown()["state"] == "bound"


def test_throttling_is_shown_and_passes(uplink, smsc):
    smsc.throttle(milliseconds=60_000)
    identifier = uplink.send(number(1))
    eventually(lambda: uplink.shown()["rests_until"])
    eventually(lambda: uplink.api.message(identifier)["state"] == "queued")
    smsc.set(throttle=None)
    uplink.wait_all([identifier], "delivered")
    each_once(smsc, 1)


@pytest.mark.parametrize("window", [1, 4])
def test_the_window_is_used_and_never_exceeded(connect, smsc, window):
    uplink = connect(smsc, window=window)
    smsc.hold()
    identifiers = campaign(uplink, 24)
    left = 24
    while left:
        eventually(lambda left=left: smsc.state()["held"] == min(window, left))
        eventually(lambda left=left: uplink.shown()["in_flight"] == min(window, left))
        left -= smsc.release(max(1, window // 2))
    uplink.wait_all(identifiers, "delivered")
    assert max(submit.open for submit in smsc.submits()) == window
    each_once(smsc, 24)
    eventually(lambda: uplink.shown()["in_flight"] == 0)


def test_the_rate_is_kept(connect, smsc):
    uplink = connect(smsc, rate_per_second=20, window=50)
    identifiers = campaign(uplink, 80)
    uplink.wait_all(identifiers, "delivered")
    each_once(smsc, 80)
    times = [submit.at for submit in smsc.submits()]
    # Eighty at 20 a second, of which one second's worth may go at once.
    assert times[-1] - times[0] > 2.5
    # The SMSC may have been slow to read; not by this much.
    assert all(later - earlier > 0.4 for earlier, later in zip(times, times[41:]))


def test_the_peer_unbinds_and_everything_arrives_once(connect, smsc):
    # So slow that the campaign is under way each time.
    uplink = connect(smsc, rate_per_second=100)
    identifiers = campaign(uplink, 400)
    for round_ in range(1, 4):
        eventually(lambda round_=round_: len(smsc.submits()) >= 60 * round_)
        binds = len(smsc.binds())
        smsc.unbind()
        eventually(lambda binds=binds: len(smsc.binds()) > binds)
    uplink.wait_all(identifiers, "delivered")
    each_once(smsc, 400)
    assert len(smsc.pdus("unbind_resp")) == 3


def test_the_smsc_is_started_again(uplink, smsc):
    uplink.wait_all(campaign(uplink, 10), "delivered")
    smsc.stop()
    eventually(lambda: uplink.shown()["state"] != "bound")
    identifiers = campaign(uplink, 10, first=10)
    smsc.start()
    uplink.wait_all(identifiers, "delivered")
    each_once(smsc, 20)


@pytest.mark.parametrize("taken", [True, False], ids=["taken", "not taken"])
def test_a_drop_in_mid_flight_leaves_doubt_and_sends_nothing_twice(connect, smsc, taken):
    uplink = connect(smsc, extra=HOLD)
    smsc.receipts("none")
    smsc.drop_after(1, taken=taken)
    identifier = uplink.send(number(1))
    message = uplink.api.wait_state(identifier, "uncertain")
    assert message["parts"][0]["state"] == "uncertain"
    uplink.wait_bound(binds=2)
    uplink.api.wait_state(uplink.send(number(2)), "sent")
    eventually(lambda: uplink.api.message(identifier)["parts"][0]["uncertain"]["conclusion"] == "held")
    stays(lambda: len(smsc.submits(number(1))) == 1, during=1)
    # A person decides.
    uplink.api.post(f"/api/v1/messages/{identifier}/resolve", {"outcome": "sent"}).expect(200)
    assert uplink.api.message(identifier)["state"] == "sent"


def test_a_drop_in_mid_flight_and_resend_asked_for(connect, smsc):
    uplink = connect(smsc, extra=HOLD)
    smsc.drop_after(1, taken=False)
    identifier = uplink.send(number(1), on_uncertain="resend")
    message = uplink.api.wait_state(identifier, "delivered")
    assert message["parts"][0]["resends"] == 1
    assert [submit.taken for submit in smsc.submits(number(1))] == [False, True]


def test_a_drop_with_the_window_full(connect, smsc):
    uplink = connect(smsc, extra=HOLD, window=10)
    smsc.receipts("none")
    smsc.hold()
    identifiers = campaign(uplink, 40)
    eventually(lambda: smsc.state()["held"] == 10)
    open_ = {submit.to for submit in smsc.submits()}
    smsc.drop()
    smsc.release(stop=True)
    messages = uplink.wait_all(identifiers, "sent", "uncertain")
    states = {message["to"].removeprefix("+"): message["state"] for message in messages}
    assert {to for to, state in states.items() if state == "uncertain"} == open_
    each_once(smsc, 40)


def test_a_killed_gateway_sends_nothing_twice(connect, smsc):
    uplink = connect(smsc, extra=HOLD, window=10)
    smsc.receipts("none")
    smsc.hold()
    identifiers = campaign(uplink, 40)
    eventually(lambda: smsc.state()["held"] == 10)
    uplink.daemon.kill()
    smsc.release(stop=True)
    uplink.daemon.start()
    messages = uplink.wait_all(identifiers, "sent", "uncertain")
    # What was written down as `sending` and had not left the process is in doubt too.
    assert 10 <= [message["state"] for message in messages].count("uncertain") <= 30
    each_once(smsc, len({submit.to for submit in smsc.submits()}))
    sent = {message["to"].removeprefix("+") for message in messages if message["state"] == "sent"}
    assert sent <= {submit.to for submit in smsc.taken()}


def test_a_stopped_gateway_takes_its_answers_first(connect, smsc):
    uplink = connect(smsc, window=10)
    smsc.set(delay_milliseconds=300)
    identifiers = campaign(uplink, 30)
    eventually(lambda: smsc.submits())
    assert uplink.daemon.stop() == 0
    assert smsc.pdus("unbind")
    uplink.daemon.start()
    uplink.wait_all(identifiers, "delivered")
    each_once(smsc, 30)


def test_one_submit_without_an_answer(connect, smsc):
    uplink = connect(smsc, extra=HOLD, response_timeout_seconds=1)
    smsc.swallow(times=1)
    smsc.receipts("none")
    lost = uplink.send(number(1))
    uplink.api.wait_state(lost, "uncertain")
    uplink.api.wait_state(uplink.send(number(2)), "sent")
    assert len(smsc.submits(number(1))) == 1


def test_a_peer_that_answers_nothing(connect, smsc):
    uplink = connect(smsc, extra=HOLD, response_timeout_seconds=1, enquire_link_seconds=1, window=5)
    smsc.receipts("none")
    smsc.silent()
    identifiers = campaign(uplink, 5)
    uplink.wait_all(identifiers, "uncertain")
    uplink.wait_bound(binds=2)
    smsc.silent(False)
    uplink.wait_all(campaign(uplink, 10, first=5), "sent")
    assert {uplink.api.message(identifier)["state"] for identifier in identifiers} == {"uncertain"}
    each_once(smsc, 15)


def test_drops_all_the_time(connect, smsc):
    """Whatever was in flight is in doubt, once; all else arrives."""
    uplink = connect(smsc, extra=HOLD, window=10)
    smsc.receipts("none")
    # The window is full nearly all the time.
    smsc.set(delay_milliseconds=50)
    identifiers = campaign(uplink, 400)
    for round_ in range(1, 5):
        eventually(lambda round_=round_: len(smsc.submits()) >= 50 * round_)
        binds = len(smsc.binds())
        smsc.drop()
        eventually(lambda binds=binds: len(smsc.binds()) > binds)
    messages = uplink.wait_all(identifiers, "sent", "uncertain")
    taken = [submit.to for submit in smsc.taken()]
    assert len(taken) == len(set(taken))
    sent = {message["to"].removeprefix("+") for message in messages if message["state"] == "sent"}
    assert sent <= set(taken)
    assert len(messages) - len(sent) <= 40, "no more in doubt than four windows"


def test_an_otp_overtakes_a_campaign(connect, smsc):
    uplink = connect(smsc, window=2)
    smsc.set(delay_milliseconds=30)
    campaign(uplink, 200, priority="bulk")
    eventually(lambda: len(smsc.submits()) >= 6)
    before = len(smsc.submits())
    otp = uplink.send(number(9000), "code 1", priority="otp")
    uplink.api.wait_state(otp, "sent", "delivered")
    position = [submit.text for submit in smsc.submits()].index("code 1")
    # Ahead of it: what was in flight or written down as `sending` when it came.
    assert position <= before + 8, position
