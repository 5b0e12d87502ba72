"""Modems and ports that come and go, change their names, or are not what they seem."""

import fcntl
import os
import termios
import tty

import pytest

from harness import eventually, number

PATIENCE = 120.0


def ports(api):
    return {row["port"].rsplit("/", 1)[1]: row for row in api.get("/api/v1/ports").expect(200)["items"]}


def test_thirty_modems_at_once_come_and_go(start_bank, start_daemon):
    bank = start_bank(30)
    seen = bank.folder / "seen"
    seen.mkdir()
    daemon = start_daemon(ports=[str(seen / "modem*")])
    api = daemon.api()
    for burst in range(3):
        for slot in range(30):
            (seen / f"modem{slot}").symlink_to(bank.ports / f"modem{slot}")
        if burst == 2:
            break
        if burst == 1:
            eventually(lambda: len(ports(api)) == 30, within=PATIENCE)
        for slot in range(30):
            (seen / f"modem{slot}").unlink()
        if burst == 1:
            eventually(lambda: ports(api) == {}, within=PATIENCE)
    eventually(lambda: [sim["state"] for sim in api.sims()].count("ready") == 30, within=PATIENCE)
    assert len(api.modems()) == 30
    # None of that was a modem's fault.
    assert all(modem["recovery"] is None for modem in api.modems()), [m["recovery"] for m in api.modems()]
    items = [{"to": number(i), "text": f"burst {i}"} for i in range(60)]
    sent = [item["id"] for item in api.post("/api/v1/messages/batch", {"messages": items}).expect(202)["items"]]
    for identifier in sent:
        api.wait_state(identifier, "delivered")


@pytest.mark.within_an_hour
def test_a_modem_pulled_while_it_sends_comes_back_under_another_name(gateway):
    bank, daemon, api = gateway(1, air_time=2)
    [before] = api.sims()
    api.patch(f"/api/v1/sims/{before['iccid']}", {"label": "shop 3", "quota": {"per_hour": 50}}).expect(200)
    sent = api.send(number(1), "pulled in the middle")
    lines = f"/api/v1/modems/{before['modem']}/trace"
    eventually(lambda: any("^Z" in row["text"] or (row["direction"] == "sent" and row["text"] == "…")
                           for row in api.get(lines).expect(200)["items"]))
    bank.unplug(0)
    # Nobody knows whether it went out; it is not sent again.
    api.wait_state(sent["id"], "uncertain", "sent", "delivered")
    bank.plug(0, name="modem5")
    eventually(lambda: [sim["state"] for sim in api.sims()] == ["ready"])
    [after] = api.sims()
    assert (after["iccid"], after["label"], after["modem"]) == (before["iccid"], "shop 3", before["modem"])
    assert after["used"]["per_hour"] == 1, "what it used before the pull counts"
    [modem] = api.modems()
    assert modem["port"].endswith("modem5")
    assert modem["recovery"] is None, "a port that vanishes is not the modem's fault"
    assert modem["restarts"] == 0
    assert [submit.text for submit in bank.air.submits()].count("pulled in the middle") <= 1
    api.wait_state(api.send(number(2), "afterwards")["id"], "delivered")


@pytest.mark.within_an_hour
def test_sims_that_change_places_keep_what_is_theirs(gateway):
    bank, daemon, api = gateway(2)
    sims = {sim["iccid"]: sim for sim in api.sims()}
    first, second = sims
    api.patch(f"/api/v1/sims/{first}", {"label": "first", "quota": {"per_day": 9}}).expect(200)
    api.patch(f"/api/v1/sims/{second}", {"label": "second"}).expect(200)
    for i in range(3):
        api.wait_state(api.send(number(i), f"by the first {i}", sender=f"sim:{first}")["id"], "delivered")
    bank.ask(command="swap", slot=0, **{"with": 1})

    def swapped():
        now = {sim["iccid"]: sim for sim in api.sims()}
        assert {sim["state"] for sim in now.values()} == {"ready"}, now
        assert now[first]["modem"] == sims[second]["modem"], now
        assert now[second]["modem"] == sims[first]["modem"], now
        return now

    now = eventually(swapped, within=PATIENCE)
    assert (now[first]["label"], now[second]["label"]) == ("first", "second")
    assert (now[first]["used"]["per_day"], now[first]["quota"]["per_day"]) == (3, 9)
    assert now[first]["sent_today"] == 3 and now[second]["sent_today"] == 0
    api.wait_state(api.send(number(7), "after the swap", sender=f"sim:{first}")["id"], "delivered")
    assert bank.air.accepted()[-1].slot == 1


def test_a_sim_that_moves_while_it_sends_is_used_once_its_fate_is_known(gateway):
    bank, daemon, api = gateway(2, air_time=0.5)
    first = api.sims()[0]["iccid"]
    items = [{"to": number(i), "text": f"moving {i}", "from": f"sim:{first}"} for i in range(8)]
    sent = [item["id"] for item in api.post("/api/v1/messages/batch", {"messages": items}).expect(202)["items"]]
    eventually(lambda: len(bank.air.accepted()) >= 2)
    bank.ask(command="swap", slot=0, **{"with": 1})
    for identifier in sent:
        api.wait_state(identifier, "delivered", "uncertain")
    texts = [submit.text for submit in bank.air.accepted()]
    assert len(texts) == len(set(texts)), "sent twice"
    states = [api.message(identifier)["state"] for identifier in sent]
    assert states.count("uncertain") <= 1, states


def test_two_ports_of_a_modem_are_one_modem(start_bank, start_daemon):
    """Field note A 17: AT works on one port, and what arrives is told on the other."""
    bank = start_bank(1, options=("--urc-port", "1"), ports_per_modem=2)
    daemon = start_daemon(bank, ready=1)
    api = daemon.api()

    def one_of_each():
        states = sorted(row["state"] for row in ports(api).values())
        assert states == ["modem", "second"], ports(api)
        return ports(api)

    found = eventually(one_of_each)
    assert len(api.modems()) == 1
    assert len({row["imei"] for row in found.values()}) == 1
    # Long before the next sweep, which is minutes away.
    bank.inject("told on whichever port", sender=number(3))
    eventually(lambda: api.messages(direction="inbound"), within=30)
    api.wait_state(api.send(number(1), "with a report")["id"], "delivered")


def test_the_second_port_takes_over(start_bank, start_daemon, tmp_path):
    bank = start_bank(1, ports_per_modem=2)
    seen = tmp_path / "seen"
    seen.mkdir()
    for link in bank.ports.glob("modem*"):
        (seen / link.name).symlink_to(link)
    daemon = start_daemon(ports=[str(seen / "modem*")], ready=1)
    api = daemon.api()
    eventually(lambda: sorted(row["state"] for row in ports(api).values()) == ["modem", "second"])
    [modem] = api.modems()
    first = modem["port"].rsplit("/", 1)[1]
    (seen / first).unlink()

    def taken():
        [modem] = api.modems()
        assert modem["state"] == "ready", modem
        assert modem["port"].rsplit("/", 1)[1] != first, modem
        return True

    eventually(taken)
    # Its report may be told on the port that is gone.
    api.wait_state(api.send(number(1), "by the other port")["id"], "sent", "delivered")
    # The first comes back, and is the second now.
    (seen / first).symlink_to(bank.ports / first)
    eventually(lambda: ports(api).get(first, {}).get("state") == "second")
    assert len(api.modems()) == 1


def test_two_modems_with_one_imei_are_told_apart(start_bank, start_daemon):
    """Banks of one seed give their modems the same IMEI; another SIM shows that there are two."""
    one = start_bank(1, name="one")
    two = start_bank(2, name="two")
    seen = one.folder / "seen"
    seen.mkdir()
    (seen / "modem0").symlink_to(one.ports / "modem0")
    daemon = start_daemon(ports=[str(seen / "modem*")], ready=1)
    api = daemon.api()
    [imei] = [modem["imei"] for modem in api.modems()]
    # The clone: the IMEI of slot 0, the SIM of slot 1.
    two.ask(command="swap", slot=0, **{"with": 1})
    (seen / "modem9").symlink_to(two.ports / "modem0")

    def told():
        row = ports(api).get("modem9", {})
        assert row.get("state") == "same_imei", row
        assert row["imei"] == imei and "modem0" in row["detail"], row
        return True

    eventually(told)
    assert "same IMEI" in daemon.log()
    assert "same_imei" in daemon.cli("modems", "ports").stdout
    [modem] = api.modems()
    assert modem["state"] == "ready" and modem["port"].endswith("modem0")
    # When the one is gone the other is used.
    (seen / "modem0").unlink()
    eventually(lambda: [m["port"].rsplit("/", 1)[1] for m in api.modems() if m["state"] == "ready"] == ["modem9"])


def test_a_port_that_another_program_holds_is_named(start_daemon, tmp_path):
    """Field note A 18."""
    master, slave = os.openpty()
    tty.setraw(slave)
    seen = tmp_path / "seen"
    seen.mkdir()
    (seen / "modem0").symlink_to(os.ttyname(slave))
    fcntl.flock(slave, fcntl.LOCK_EX)
    fcntl.ioctl(slave, termios.TIOCEXCL)
    daemon = start_daemon(ports=[str(seen / "modem*")])
    api = daemon.api()

    def held():
        row = ports(api).get("modem0", {})
        assert row.get("state") == "in_use", row
        assert f"process {os.getpid()}" in row["detail"], row
        return True

    eventually(held)
    assert "another program has the port" in daemon.log()
    assert any("other programs" in reason for reason in api.get("/readyz").json["reasons"])
    # Freed, it is looked at within half a minute; nothing answers there.
    fcntl.ioctl(slave, termios.TIOCNXCL)
    fcntl.flock(slave, fcntl.LOCK_UN)
    eventually(lambda: ports(api)["modem0"]["state"] == "silent", within=PATIENCE)
    os.close(slave)
    os.close(master)


def test_an_open_port_is_refused_to_others(gateway):
    bank, _, api = gateway(1)
    [modem] = api.modems()
    try:
        descriptor = os.open(modem["port"], os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError as error:
        assert error.errno == 16, error  # EBUSY, by TIOCEXCL
    else:
        # Root may open it all the same, and then finds the lock.
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(descriptor)


def test_the_dead_port_is_let_go_at_once(gateway):
    """Field note A 16: as long as the old node is open the device gets another number."""
    bank, daemon, api = gateway(1)
    [modem] = api.modems()
    device = os.path.realpath(modem["port"])

    def held():
        folder = f"/proc/{daemon.process.pid}/fd"
        return [link for fd in os.listdir(folder) if (link := read(f"{folder}/{fd}")).startswith(device)]

    assert held()
    bank.unplug(0)
    eventually(lambda: not held(), within=10)


def read(link):
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return ""
