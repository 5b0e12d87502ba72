"""The gateway with the firmware's real ELF on an emulated board, and virtual modems whose power that board holds.

How long a modem is dark is the chip's own time. Nothing goes by the wall clock but how long a test waits before it gives up.
"""

import os
import pty
import threading
import tty

import pytest

from harness import bankwire, eventually, number
from harness.bankboard import Board

# Longer than all steps up to the power take with a modem that answers nothing.
CLIMB = 270.0


class Wires:
    """From the board's power lines to the virtual modems: slot n of the board is modem n. All are dark at first."""

    def __init__(self, bank, modems):
        self.bank, self.seen, self.board = bank, 0, None
        self.stopping = threading.Event()
        for slot in range(modems):
            bank.unplug(slot)
        self.modems = modems
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def connect(self, board):
        self.board, self.seen = board, 0

    def follow(self):
        while not self.stopping.wait(0.05):
            board = self.board
            if board is None:
                continue
            changes = board.changes("power")
            for change in changes[self.seen :]:
                if change["slot"] < self.modems:
                    (self.bank.plug if change["high"] else self.bank.unplug)(change["slot"])
            self.seen = len(changes)

    def close(self):
        self.stopping.set()
        self.thread.join()


@pytest.fixture
def boards(tmp_path):
    """boards() -> Board at `tmp_path / "bank"`, as udev names it; one that is started anew is found there again."""
    started = []

    def start(**options):
        folder = tmp_path / f"board{len(started)}"
        folder.mkdir()
        started.append(Board(folder, **options))
        link = tmp_path / "bank-link"
        link.symlink_to(started[-1].port)
        link.rename(tmp_path / "bank")
        return started[-1]

    yield start
    for board in started:
        if board.process.poll() is None:
            board.close()


@pytest.fixture
def wired(tmp_path, start_bank, start_daemon, boards):
    """wired(modems) -> (bank of modems, wires, board, daemon); all modems are on."""
    wires = []

    def start(modems, **options):
        bank = start_bank(modems, name="modems")
        wires.append(Wires(bank, modems))
        board = boards(**options)
        wires[-1].connect(board)
        places = ", ".join(f'"{bank.ports}/modem{slot}"' for slot in range(modems))
        power = f'[power]\nbackend = "board"\nboard = "{tmp_path}/bank"\nslots = [{places}]\n'
        return bank, wires[-1], board, start_daemon(bank, extra=power)

    yield start
    for each in wires:
        each.close()


def levels(board, slot):
    return [(change["ms"], change["high"]) for change in board.changes("power") if change["slot"] == slot]


def imei_of(api, slot):
    [imei] = [modem["imei"] for modem in api.modems() if modem["port"].endswith(f"/modem{slot}")]
    return imei


def modem(api, imei):
    [found] = [modem for modem in api.modems() if modem["imei"] == imei]
    return found


@pytest.mark.slow
def test_a_modem_that_obeys_nothing_is_power_cycled_by_the_board(wired):
    bank, _, board, daemon = wired(2)
    api = daemon.api()
    assert [high for slot in (0, 1) for _, high in levels(board, slot)] == [True, True]
    imei = imei_of(api, 0)
    [sim] = [sim["iccid"] for sim in api.sims() if sim["modem"] == imei]
    bank.ask(command="fault", slot=0, rule={"fault": "hang", "on": "now"})
    waiting = api.send(number(1), "is anybody there", sender=f"sim:{sim}")["id"]
    eventually(lambda: len(levels(board, 0)) == 3, within=CLIMB, what="the board cuts the power and gives it back")
    eventually(lambda: modem(api, imei)["state"] == "ready", within=CLIMB)
    (_, _), (cut, first), (back, second) = levels(board, 0)
    assert (first, second) == (False, True)
    assert back - cut >= 2999, "as long as power.off_seconds says"
    assert modem(api, imei)["recovery"]["attempts"]["power"] == 1
    api.wait_state(waiting, "delivered")
    # The neighbour was left alone, and so were the slots that have no modem.
    assert len(levels(board, 1)) == 1
    assert not [change for change in board.changes("power") if change["slot"] > 1]


def test_a_board_that_is_unplugged_is_told_of_and_found_again(wired, boards):
    _, wires, board, daemon = wired(1)
    api = daemon.api()
    imei = imei_of(api, 0)
    # What is no frame costs nothing.
    os.write(board.master, b"\r\n+CREG: 1\r\n\0" + bytes(range(1, 256)) + b"\0")
    api.post(f"/api/v1/modems/{imei}/restart", {"how": "power"}).expect(204)
    assert [high for _, high in levels(board, 0)] == [True, False, True]
    wires.connect(None)
    board.close()
    eventually(lambda: "the bank controller cannot be used" in daemon.log())
    eventually(lambda: modem(api, imei)["state"] == "ready")
    problem = api.post(f"/api/v1/modems/{imei}/restart", {"how": "power"}).problem(502)
    assert "bank controller" in problem["detail"], problem
    again = boards()
    eventually(lambda: [high for _, high in levels(again, 0)] == [True], what="its modems are switched on again")
    assert not [change for change in again.changes("power") if change["slot"] != 0]


def test_a_person_sees_and_switches_the_slots(wired):
    bank, _, board, daemon = wired(1)
    api = daemon.api()
    imei = imei_of(api, 0)
    shown = api.get("/api/v1/bank").expect(200)
    assert (shown["state"], shown["board"]["firmware"], shown["board"]["supply_good"]) == ("ready", "0.1.0", True), shown
    assert [slot["state"] for slot in shown["slots"]][1:] == ["off"] * 7
    first = shown["slots"][0]
    assert (first["slot"], first["state"], first["imei"], first["place"]) == (1, "on", imei, f"{bank.ports}/modem0"), first
    assert "slot 1" in daemon.cli("bank", "power", "1", "off").stdout

    def slot():
        return api.get("/api/v1/bank").expect(200)["slots"][0]

    eventually(lambda: slot()["state"] == "off")
    assert slot()["kept_off"]
    assert levels(board, 0)[-1][1] is False
    # Its modem is off by a person's will: nobody brings it back.
    problem = api.post(f"/api/v1/modems/{imei}/restart", {"how": "power"}).problem(502)
    assert "a person" in problem["detail"], problem
    assert daemon.cli("bank", "sim", "1", "3").returncode == 0
    assert slot()["sim"] == 3
    assert daemon.cli("bank", "sim", "1", "5").returncode == 1
    assert daemon.cli("bank", "power", "9", "on").returncode == 1, "the board has eight"
    assert daemon.cli("bank", "power", "1", "on").returncode == 0
    eventually(lambda: slot()["state"] == "on")
    assert not slot()["kept_off"]
    board.command("fault", 0, 1)
    eventually(lambda: slot()["state"] == "fault")
    assert "too much current" in daemon.cli("bank", "status").stdout
    refused = daemon.cli("bank", "clear-fault", "1")
    assert refused.returncode == 1 and "still there" in refused.stderr, refused
    board.command("fault", 0, 0)
    eventually(lambda: daemon.cli("bank", "clear-fault", "1").returncode == 0)
    audit = api.get("/api/v1/audit").expect(200)["items"]
    assert any("slot 1 of the bank (off)" in row["what"] for row in audit), audit


def test_which_modem_is_on_which_slot_is_learnt(tmp_path, start_bank, start_daemon, boards):
    bank = start_bank(2, name="modems")
    wires = Wires(bank, 2)
    board = boards()
    wires.connect(board)
    power = f'[power]\nbackend = "board"\nboard = "{tmp_path}/bank"\n'
    daemon = start_daemon(bank, extra=power, ready=0)
    eventually(lambda: daemon.api().get("/api/v1/bank").expect(200)["state"] == "ready")
    assert board.changes("power") == [], "no slot is configured to have a modem"
    learnt = daemon.cli("bank", "learn", "1", "2", within=300).stdout
    wires.close()
    ports = [f'"{bank.ports}/modem{slot}"' for slot in (0, 1)]
    assert f'slots = [{", ".join([*ports, *[chr(34) * 2] * 6])}]' in learnt, learnt


def test_the_same_by_uart(wired):
    _, _, board, daemon = wired(1, uart=True)
    api = daemon.api()
    api.post(f"/api/v1/modems/{imei_of(api, 0)}/restart", {"how": "power"}).expect(204)
    assert [high for _, high in levels(board, 0)] == [True, False, True]


def test_a_board_of_another_version_is_named_and_not_used(tmp_path, start_bank, start_daemon):
    bank = start_bank(1, name="modems")
    master, slave = pty.openpty()
    tty.setraw(slave)
    asked = []

    def refuse():
        rest = b""
        while True:
            try:
                rest += os.read(master, 4096)
            except OSError:
                return
            *frames, rest = rest.split(b"\0")
            for content in filter(None, map(bankwire.uncobs, frames)):
                fields = bankwire.Fields(content)
                seq, _, request = fields.number(), fields.number(), fields.number()
                asked.append(bankwire.REQUESTS[request])
                # A reply, "refused", for the protocol, which is 9.
                os.write(master, bankwire.frame(seq, bytes([1, bankwire.REPLIES.index("refused"), 0, 9])))

    threading.Thread(target=refuse, daemon=True).start()
    power = f'[power]\nbackend = "board"\nboard = "{os.ttyname(slave)}"\nslots = ["{bank.ports}/modem0"]\n'
    daemon = start_daemon(bank, extra=power)
    eventually(lambda: "speaks version 9 of the protocol, and simgate version 1" in daemon.log())
    assert set(asked) == {"hello"}
    imei = imei_of(daemon.api(), 0)
    daemon.api().post(f"/api/v1/modems/{imei}/restart", {"how": "power"}).problem(502)
    daemon.close()
    os.close(slave)
    os.close(master)
