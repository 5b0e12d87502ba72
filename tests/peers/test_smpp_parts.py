"""An uplink may need more parts for a message than it was accepted with, or fewer: what arrives is whole."""

import pytest

from harness import number

EURO = "Your bill of this month is 27 € and is due on the 14th, please pay it in time. Thank you very much!"
TURKISH = "Sayın müşterimiz, siparişiniz kargoya verildi, güzel günler dileriz. Teşekkür ederiz."
# In the section of the file that ends it, `defaults`.
LANGUAGES = 'national_languages = ["turkish"]\n'


def arrives(uplink, smsc, text, accepted, sent):
    assert uplink.api.post("/api/v1/messages/preview", {"to": number(1), "text": text}).expect(200)["segments"] == accepted
    message = uplink.api.wait_state(uplink.send(number(1), text), "delivered")
    assert (message["segments"], len(message["parts"])) == (sent, sent)
    assert {part["state"] for part in message["parts"]} == {"delivered"}
    [taken] = smsc.messages()
    assert taken.complete and taken.text == text
    assert len(smsc.submits()) == sent
    return message


@pytest.mark.parametrize("long", ["udh", "sar"])
def test_a_euro_sign_that_latin1_lacks(connect, smsc, long):
    message = arrives(connect(smsc, text="latin1", long=long), smsc, EURO, accepted=1, sent=2)
    ids = [part["uplink_message_id"] for part in message["parts"]]
    assert ids == [submit.id for submit in smsc.submits()]


def test_national_tables_that_an_smsc_does_not_know(connect, smsc):
    uplink = connect(smsc, extra=LANGUAGES)
    message = arrives(uplink, smsc, TURKISH, accepted=1, sent=2)
    [told] = [step for step in uplink.api.history(message["id"]) if step["step"] == "parts"]
    assert (told["uplink"], told["detail"]) == ("primary", "2 instead of 1")


def test_a_payload_takes_one(connect, smsc):
    arrives(connect(smsc, long="payload"), smsc, EURO * 3, accepted=2, sent=1)


def test_a_bind_that_is_lost_after_the_last_planned_part(connect, smsc):
    """What is still to go is not taken for sent."""
    uplink = connect(smsc, text="latin1")
    smsc.drop_after(2)
    message = uplink.api.wait_state(uplink.send(number(1), EURO), "uncertain")
    first, second = [part["state"] for part in message["parts"]]
    # The receipt of the first part may come after the bind is lost, and that of the second settles it then.
    assert first in ("sent", "delivered") and second == "uncertain"
    uplink.api.wait_state(message["id"], "delivered")
