"""smstools' smsd on virtual modems: what it was asked to send is what was on the air, and the other way round."""

import shutil
import subprocess

import pytest

from harness import eventually, number

SMSD = shutil.which("smsd", path="/usr/sbin:/usr/bin")
pytestmark = pytest.mark.skipif(SMSD is None, reason="smstools is not installed (tests/run tools)")

BOXES = ("incoming", "outgoing", "checked", "sent", "failed", "report")
LONG = " ".join(f"{i:03} all of this text must arrive;" for i in range(11))
UNICODE = "Xin chào bạn, đây là tin nhắn tiếng Việt"


class Smsd:
    """smsd over all modems of a bank."""

    def __init__(self, folder, bank):
        self.folder = folder
        for box in BOXES:
            (folder / box).mkdir(parents=True)
        ports = sorted(bank.ports.glob("modem*"))
        lines = [f"devices = {','.join(port.name for port in ports)}", f"logfile = {folder}/log", "loglevel = 7"]
        lines += [f"{box} = {folder}/{box}" for box in BOXES]
        lines += [f"infofile = {folder}/working", f"pidfile = {folder}/pid", "delaytime = 1", "receive_before_send = no"]
        for port in ports:
            # Reports are kept like messages and announced: it polls the memory.
            lines += [f"[{port.name}]", f"device = {port}", "init = AT+CNMI=2,0,0,2,1", "incoming = yes", "report = yes"]
        (folder / "smsd.conf").write_text("\n".join(lines) + "\n")
        with (folder / "out").open("wb") as out:
            self.process = subprocess.Popen(
                [SMSD, "-c", str(folder / "smsd.conf"), "-t"], stdout=out, stderr=out, start_new_session=True
            )

    def spool(self, name, to, text, alphabet="ISO"):
        """A file in the outgoing folder, under another name while it is being written."""
        header = f"To: {to.removeprefix('+')}\nAlphabet: {alphabet}\nReport: yes\n\n".encode()
        body = text.encode("utf-16-be" if alphabet == "UCS2" else "iso-8859-15")
        (self.folder / name).write_bytes(header + body)
        (self.folder / name).rename(self.folder / "outgoing" / name)

    def files(self, box):
        """Headers and body of each file of a folder."""
        found = []
        for path in sorted((self.folder / box).iterdir()):
            head, _, body = path.read_bytes().partition(b"\n\n")
            if not head.startswith((b"From: ", b"To: ")):
                continue  # parts of a long message that is not complete yet
            headers = dict(line.split(": ", 1) for line in head.decode("utf-8", "replace").splitlines() if ": " in line)
            found.append((headers, body))
        return found

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


@pytest.fixture
def bank(start_bank):
    return start_bank(2)


@pytest.fixture
def smsd(bank, tmp_path):
    daemon = Smsd(tmp_path / "smsd", bank)
    yield daemon
    daemon.stop()


def test_smsd_sends_and_gets_its_reports(smsd, bank):
    smsd.spool("short", number(1), "short")
    smsd.spool("long", number(2), LONG)
    smsd.spool("unicode", number(3), UNICODE, "UCS2")
    smsd.spool("refused", "+84901990038", "nobody takes this")
    eventually(lambda: len(smsd.files("sent")) == 3 and len(smsd.files("failed")) == 1)
    accepted = bank.air.accepted()
    assert len(accepted) == 5
    for to, text in ((number(1), "short"), (number(2), LONG), (number(3), UNICODE)):
        submits = [submit for submit in accepted if submit.to == to]
        assert "".join(submit.text for submit in submits) == text
        assert len({submit.iccid for submit in submits}) == 1
    assert {submit.error for submit in bank.air.submits("+84901990038")} == {"cms-38"}
    # A long message has a report for its last part alone: it asks for no other.
    asked = sum(submit.pdu.report_requested for submit in accepted)
    eventually(lambda: len(smsd.files("report")) == asked)
    assert all(b"Status: 0,Ok" in body for _, body in smsd.files("report"))


def test_smsd_receives(smsd, bank):
    bank.inject("for the first", sender=number(5), slot=0)
    bank.inject(UNICODE, sender=number(6), slot=1)
    bank.inject(LONG, sender=number(7), slot=1)
    eventually(lambda: len(smsd.files("incoming")) == 3)
    received = {headers["From"]: (headers["Modem"], body) for headers, body in smsd.files("incoming")}
    assert received[number(5).removeprefix("+")] == ("modem0", b"for the first")
    assert received[number(6).removeprefix("+")] == ("modem1", UNICODE.encode("utf-16-be"))
    assert received[number(7).removeprefix("+")] == ("modem1", LONG.encode())
    # What it has stored it deletes: the SIMs are empty again.
    eventually(lambda: len(bank.air.events("delete")) == 5)
