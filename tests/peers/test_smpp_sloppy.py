"""What SMSCs do in ways of their own: words of receipts, messages that come once more."""

from harness import eventually, number


def outcome(smsc, stat):
    smsc.receipts("text", outcomes=[{"to": "", "stat": stat, "err": "000"}])


def test_a_word_of_a_receipt_means_what_the_uplink_says(connect, smsc):
    uplink = connect(smsc, receipt_states={"0": "delivered", "NOK": "rejected"})
    assert uplink.shown()["receipt_states"] == {"0": "delivered", "nok": "rejected"}
    outcome(smsc, "0")
    uplink.api.wait_state(uplink.send(number(1)), "delivered")
    outcome(smsc, "NOK")
    message = uplink.api.wait_state(uplink.send(number(2)), "undelivered")
    assert message["reason"]["code"] == "receipt-rejected"


def test_an_unknown_word_is_shown(uplink, smsc):
    outcome(smsc, "SPLENDID")
    identifier = uplink.send(number(1))

    def told():
        return [step for step in uplink.api.history(identifier) if step["step"] == "report" and "SPLENDID" in step["detail"]]

    eventually(told)
    message = uplink.api.message(identifier)
    assert message["state"] == "sent"
    assert "SPLENDID" in message["parts"][0]["reason"]["detail"]


def test_the_same_answer_twice_over_a_rebind_is_two_messages(uplink, smsc):
    smsc.mobile("YES", number(5))
    [first] = uplink.inbound()
    assert first["possible_duplicate"] is False
    eventually(lambda: smsc.state()["waiting"] == 0)
    smsc.unbind()
    uplink.wait_bound(binds=2)
    smsc.mobile("YES", number(5))
    second = uplink.inbound(2)[1]
    assert (second["text"], second["possible_duplicate"]) == ("YES", True)


def test_the_same_answer_by_another_uplink_of_the_account_is_marked(connect, start_smsc):
    one, two = start_smsc("one"), start_smsc("two")
    uplink = connect(one, account="shop")
    connect(two, name="secondary", daemon=uplink.daemon, account="shop")
    one.mobile("YES", number(5))
    [first] = uplink.inbound()
    assert first["possible_duplicate"] is False
    two.mobile("YES", number(5))
    second = uplink.inbound(2)[1]
    assert (second["text"], second["possible_duplicate"]) == ("YES", True)
    eventually(lambda: two.state()["waiting"] == 0)
