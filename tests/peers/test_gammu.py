"""gammu and gammu-smsd on a virtual modem: what it was asked to send is what was on the air, and the other way round."""

import shutil
import subprocess

import pytest

from harness import eventually, number

pytestmark = pytest.mark.skipif(
    not (shutil.which("gammu") and shutil.which("gammu-smsd")), reason="gammu is not installed (tests/run tools)"
)

LONG = " ".join(f"{i:03} all of this text must arrive;" for i in range(11))
UNICODE = "Xin chào bạn, đây là tin nhắn tiếng Việt \U0001f600"


class Gammu:
    """The gammu program on one port."""

    def __init__(self, folder, port):
        self.config = folder / "gammurc"
        self.config.write_text(f"[gammu]\ndevice = {port}\nconnection = at115200\n")

    def run(self, *arguments, text=None):
        done = subprocess.run(
            ["gammu", "-c", str(self.config), *arguments], input=text,
            capture_output=True, text=True, timeout=120, check=False, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )
        assert done.returncode == 0, f"gammu {arguments[0]}: {done.stdout}{done.stderr}"
        return done.stdout


class GammuSmsd:
    """gammu-smsd with its spool folders."""

    def __init__(self, folder, port):
        self.folder = folder
        for box in ("inbox", "outbox", "sent", "error"):
            (folder / box).mkdir(parents=True)
        self.config = folder / "smsdrc"
        self.config.write_text(
            f"[gammu]\ndevice = {port}\nconnection = at115200\n"
            f"[smsd]\nservice = files\nlogfile = {folder}/log\ndebuglevel = 1\nchecksecurity = 0\ndeliveryreport = sms\n"
            f"inboxpath = {folder}/inbox/\noutboxpath = {folder}/outbox/\n"
            f"sentsmspath = {folder}/sent/\nerrorsmspath = {folder}/error/\n"
        )
        with (folder / "out").open("wb") as out:
            self.process = subprocess.Popen(["gammu-smsd", "-c", str(self.config)], stdout=out, stderr=out)

    def inject(self, to, text, *options):
        subprocess.run(
            ["gammu-smsd-inject", "-c", str(self.config), "TEXT", to, *options, "-text", text],
            check=True, capture_output=True, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )

    def received(self):
        """Texts of the files in the inbox, the parts of one message joined."""
        return ["".join(part.read_text(encoding="utf-8") for part in parts) for parts in self._messages().values()]

    def _messages(self):
        found = {}
        for part in sorted((self.folder / "inbox").glob("IN*.txt")):
            # It takes each +CDSI for the report itself and leaves an empty file for it.
            if part.stat().st_size == 0:
                continue
            # INdate_time_serial_originator_part.txt
            date, time, serial, originator, _ = part.stem.split("_")
            found.setdefault((date, time, serial, originator), []).append(part)
        return found

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def bank(start_bank):
    return start_bank(2)


@pytest.fixture
def gammu(bank, tmp_path):
    return Gammu(tmp_path, bank.ports / "modem0")


@pytest.fixture
def gammu_smsd(bank, tmp_path):
    daemon = GammuSmsd(tmp_path / "smsd", bank.ports / "modem0")
    yield daemon
    daemon.stop()


def sent_text(bank, to):
    """What was on the air to one recipient, its parts in order."""
    submits = bank.air.accepted(to)
    assert [submit.sequence for submit in submits] == list(range(1, len(submits) + 1))
    assert len({submit.pdu.concat and submit.pdu.concat[:2] for submit in submits}) == 1
    return "".join(submit.text for submit in submits)


def test_identify(gammu, bank):
    said = gammu.run("identify")
    modem = bank.ask(command="stats")["modems"][0]
    assert modem["imei"] in said
    assert modem["imsi"] in said


def test_the_service_centre_and_an_empty_memory(gammu):
    assert '"+84980200030"' in gammu.run("getsmsc")
    assert "0 SMS parts in 0 SMS sequences" in gammu.run("getallsms")


@pytest.mark.parametrize(
    ("text", "options", "parts"),
    [("Hello {[€]}", (), 1), (LONG, ("-len", "400"), 3), (UNICODE, ("-unicode",), 1), (UNICODE * 4, ("-unicode", "-len", "400"), 3)],
    ids=["short", "long", "unicode", "long unicode"],
)
def test_a_text_is_sent_as_it_was_given(gammu, bank, text, options, parts):
    said = gammu.run("sendsms", "TEXT", number(1), *options, "-text", text)
    assert said.count("OK, message reference=") == parts
    assert len(bank.air.submits()) == len(bank.air.accepted()) == parts
    assert sent_text(bank, number(1)) == text


def test_a_refusal_is_told(bank, gammu):
    with pytest.raises(AssertionError, match="38"):
        gammu.run("sendsms", "TEXT", "+84901990038", "-text", "refused")
    assert [submit.error for submit in bank.air.submits()] == ["cms-38"]


def test_received_messages_are_listed_and_deleted(gammu, bank):
    bank.inject("short one", sender=number(3))
    bank.inject(UNICODE, sender=number(4))
    assert bank.inject(LONG, sender=number(5))["parts"] == 3
    eventually(lambda: len(bank.air.deliveries()) == 5)
    listed = gammu.run("geteachsms")
    assert "5 SMS parts in 3 SMS sequences" in listed
    for text in ("short one", UNICODE, LONG):
        assert text in listed.replace("\n", "")
    assert all(sender in listed for sender in (number(3), number(4), number(5)))
    gammu.run("deleteallsms", "1")
    assert "0 SMS parts in 0 SMS sequences" in gammu.run("getallsms")
    assert len(bank.air.events("delete")) == 5


def test_one_sim_sends_to_another(gammu, bank, tmp_path):
    other = bank.ask(command="stats")["modems"][1]["msisdn"]
    gammu.run("sendsms", "TEXT", other, "-len", "400", "-text", LONG)
    eventually(lambda: len(bank.air.deliveries()) == 3)
    there = tmp_path / "other"
    there.mkdir()
    assert LONG in Gammu(there, bank.ports / "modem1").run("geteachsms").replace("\n", "")


def test_ussd(gammu):
    assert "Balance" in gammu.run("getussd", "*101#")


def test_gammu_smsd_sends_and_receives(gammu_smsd, bank):
    texts = {number(1): "short", number(2): LONG, number(3): UNICODE}
    gammu_smsd.inject(number(1), texts[number(1)])
    gammu_smsd.inject(number(2), texts[number(2)], "-len", "400")
    gammu_smsd.inject(number(3), texts[number(3)], "-unicode")
    bank.inject("an answer", sender=number(7))
    bank.inject(LONG, sender=number(8))
    eventually(lambda: len(bank.air.accepted()) == 5)
    for to, text in texts.items():
        assert sent_text(bank, to) == text
    # Status reports come as messages with this text.
    wanted = [LONG, "an answer"] + 5 * ["Delivered"]
    eventually(lambda: sorted(gammu_smsd.received()) == sorted(wanted))
    assert len(bank.air.accepted()) == 5
    # All it has read it has deleted.
    eventually(lambda: len(bank.air.events("delete")) == len(bank.air.deliveries()) + len(bank.air.reports()) == 9)
