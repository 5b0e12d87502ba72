"""The firmware's real ELF on an emulated board, and a host that is written from the description of the protocol.

Times of lines are the chip's own. Nothing goes by the wall clock but how long a test waits before it gives up.
"""

import pytest

from harness import bankwire
from harness.bankboard import Board, Host

ALL_CAPABILITIES = 0xFF


@pytest.fixture
def board(tmp_path):
    board = Board(tmp_path)
    yield board
    board.close()


@pytest.fixture
def host(board):
    host = Host(board.port)
    yield host
    host.close()


def off(host, slot=0):
    """Every slot begins dark for a while."""
    host.wait_for(slot, "off")


def on(host, slot=0):
    off(host, slot)
    assert host.ask("power", slot, bankwire.POWER["on"]) == ("done", None)
    host.wait_for(slot, "on")


def levels(board, line, slot):
    return [(change["ms"], change["high"]) for change in board.changes(line) if change["slot"] == slot]


def test_the_board_says_who_it_is(host):
    hello = host.hello()
    assert hello == {"protocol": 1, "board": 0, "firmware": [0, 1, 0], "slots": 8, "sims": 4, "capabilities": ALL_CAPABILITIES}
    kind, bank = host.ask("bank")
    assert kind == "bank"
    assert (bank["powered"], bank["faulted"], bank["supply_good"]) == (0, 0, True)


def test_nothing_is_done_before_a_hello_and_another_version_is_refused_by_name(host):
    assert host.ask("power", 0, 0) == ("refused", "no_hello")
    for version in (0, 2, 65535):
        assert host.ask("hello", version) == ("refused", ("protocol", 1))
        assert host.ask("power", 0, 0) == ("refused", "no_hello")
    host.hello()
    assert host.ask("ping") == ("done", None)


def test_power_comes_goes_and_is_cycled(board, host):
    host.hello()
    on(host, 3)
    assert levels(board, "power", 3)[-1][1] is True
    assert host.ask("cycle", 3, 4000) == ("done", None)
    assert host.slot(3)["state"] == "dark"
    host.wait_for(3, "on")
    (_, _), (cut, first), (back, second) = levels(board, "power", 3)[-3:]
    assert (first, second) == (False, True)
    assert 3999 <= back - cut < 4020
    assert host.ask("power", 3, bankwire.POWER["cut"]) == ("done", None)
    host.wait_for(3, "dark")
    assert levels(board, "power", 3)[-1][1] is False
    assert not [change for change in board.changes("power") if change["slot"] != 3]


def test_modems_come_on_apart(board, host):
    host.hello()
    off(host, 7)
    for slot in range(8):
        host.ask("power", slot, bankwire.POWER["on"])
    for slot in range(8):
        host.wait_for(slot, "on")
    rises = [change["ms"] for change in board.changes("power") if change["high"]]
    assert len(rises) == 8
    assert all(later - earlier >= 499 for earlier, later in zip(rises, rises[1:], strict=False)), rises


def test_keys_are_pressed_as_the_timing_says(board, host):
    host.hello()
    # Settle 50, key 500, boot 200, key 800, farewell 1000, reset 300, dark 1000.
    assert host.ask("timing", 1, 50, 500, 200, 800, 1000, 300, 1000) == ("done", None)
    on(host, 1)
    assert host.ask("reset", 1) == ("done", None)
    host.wait_for(1, "on")
    host.ask("power", 1, bankwire.POWER["off"])
    host.wait_for(1, "off")
    keys, (pulled, released) = levels(board, "key", 1), levels(board, "reset", 1)
    assert [high for _, high in keys] == [True, False, True, False]
    assert 499 <= keys[1][0] - keys[0][0] < 520
    assert 799 <= keys[3][0] - keys[2][0] < 820
    assert 299 <= released[0] - pulled[0] < 320
    (rise, _), (cut, _) = levels(board, "power", 1)
    assert rise + 49 <= keys[0][0] < rise + 70
    assert cut - keys[3][0] >= 999


def test_sims_are_switched_with_the_modem_off_alone(board, host):
    host.hello()
    on(host, 2)
    assert host.ask("sim", 2, 3) == ("refused", "not_off")
    host.ask("power", 2, bankwire.POWER["cut"])
    assert host.ask("sim", 2, 3) == ("refused", "not_off")
    off(host, 2)
    assert host.ask("sim", 2, 3) == ("done", None)
    assert host.ask("sim", 2, 4) == ("refused", "no_sim")
    assert host.slot(2)["sim"] == 3
    assert levels(board, "sim-low", 2)[-1][1] and levels(board, "sim-high", 2)[-1][1]
    host.ask("sim", 2, 1)
    assert levels(board, "sim-low", 2)[-1][1] and not levels(board, "sim-high", 2)[-1][1]


def test_a_request_that_is_said_again_is_done_once(board, host):
    host.hello()
    on(host, 0)
    host.seq += 1
    seq = host.seq
    for _ in range(5):
        host.send(bankwire.request(seq, "cycle", 0, 3000))
    for _ in range(5):
        assert host.reply(seq) == ("done", None)
    host.wait_for(0, "on")
    host.send(bankwire.request(seq, "cycle", 0, 3000))
    # The number is older than those of the questions since.
    assert host.reply(seq) == ("refused", "stale")
    assert [high for _, high in levels(board, "power", 0)] == [True, False, True]


def test_garbage_costs_only_itself(host):
    host.hello()
    host.send(b"AT+CFUN=1,1\r\nRING\r\n\0" + bytes(range(1, 256)) + b"\0")
    host.send(bankwire.request(900, "power", 0, 0)[:-3])
    host.send(b"\0\0\0")
    # A whole frame of one octet changed.
    spoilt = bytearray(bankwire.request(901, "power", 0, 0))
    spoilt[3] ^= 1
    host.send(bytes(spoilt))
    assert host.ask("ping") == ("done", None)
    _, bank = host.ask("bank")
    assert bank["bad_frames"] == 4
    assert bank["powered"] == 0 and not host.slot(0)["wanted"]


def test_a_newer_hosts_request_is_refused_by_its_number(host):
    host.hello()
    host.send(bankwire.frame(50, bytes([0, 99])))
    assert host.reply(50) == ("refused", "unknown")


def test_a_fault_cuts_the_slot_until_somebody_clears_it(board, host):
    host.hello()
    on(host, 4)
    board.command("fault", 4, 1)
    assert host.wait_for(4, "fault")["fault"] == "overcurrent"
    assert levels(board, "power", 4)[-1][1] is False
    assert host.ask("power", 4, 0) == ("refused", ("faulted", "overcurrent"))
    assert host.ask("clear_fault", 4) == ("refused", "fault_persists")
    board.command("fault", 4, 0)
    while host.slot(4)["fault_input"]:
        pass
    assert host.ask("clear_fault", 4) == ("done", None)
    on(host, 4)
    assert "fault" in [event["state"] for event in host.events], "the host was told without asking"


def test_a_supply_that_breaks_down_takes_the_bank(board, host):
    host.hello()
    on(host, 0)
    on(host, 1)
    board.command("supply", 0)
    for slot in (0, 1):
        assert host.wait_for(slot, "fault")["fault"] == "supply"
        assert levels(board, "power", slot)[-1][1] is False
    _, bank = host.ask("bank")
    assert (bank["powered"], bank["faulted"], bank["supply_good"]) == (0, 3, False)


def test_a_silent_host_is_shown_and_no_modem_is_touched(board, host):
    host.hello()
    assert host.ask("limits", 500, 1000) == ("done", None)
    on(host, 0)
    before = board.changes("power")
    seen = len(board.changes("lamp"))
    # The lamp of a modem that is on goes out: nobody has said anything for a second.
    while [change for change in board.changes("lamp")[seen:] if change["slot"] == 0 and not change["high"]] == []:
        assert board.process.poll() is None
    assert board.changes("power") == before
    _, bank = host.ask("bank")
    assert (bank["silences"] >= 1, bank["powered"]) == (True, 1)


def test_a_host_that_comes_anew_finds_the_modems_as_they_were(board):
    first = Host(board.port)
    first.hello()
    on(first, 6)
    first.close()
    second = Host(board.port)
    second.hello()
    assert second.slot(6)["state"] == "on"
    second.close()


def test_a_board_that_was_unplugged_begins_safe(tmp_path, board, host):
    host.hello()
    on(host, 0)
    (tmp_path / "again").mkdir()
    again = Board(tmp_path / "again")
    other = Host(again.port)
    assert other.ask("ping") == ("refused", "no_hello")
    other.hello()
    assert other.slot(0)["state"] in ("dark", "off")
    assert again.changes("power") == []
    other.close()
    again.close()


def test_new_firmware_takes_a_code_and_a_dark_bank(board, host):
    host.hello()
    on(host, 0)
    kind, code = host.ask("prepare_update")
    assert kind == "update_code"
    assert host.ask("update", code) == ("refused", "not_off")
    host.ask("power", 0, bankwire.POWER["cut"])
    assert host.ask("update", code ^ 1) == ("refused", "wrong_code")
    _, code = host.ask("prepare_update")
    assert host.ask("update", code) == ("done", None)
    assert board.wait_until_stopped() == "bootloader"


def test_a_firmware_that_hangs_is_bitten_by_the_watchdog(board, host):
    host.hello()
    board.command("hang")
    assert board.wait_until_stopped() == "watchdog"


def test_the_same_by_uart(tmp_path):
    board = Board(tmp_path, uart=True)
    host = Host(board.port)
    assert host.ask("ping") == ("refused", "no_hello")
    assert host.hello()["slots"] == 8
    host.send(bytes(range(1, 256)) + b"\0")
    on(host, 5)
    host.ask("power", 5, bankwire.POWER["cut"])
    off(host, 5)
    assert host.ask("sim", 5, 2) == ("done", None)
    assert levels(board, "sim-high", 5)[-1][1]
    assert "on" in [event["state"] for event in host.events]
    host.close()
    board.close()
