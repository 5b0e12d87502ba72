"""SIMs that ask for a code: unlocked by a person, and by what is kept with them from then on."""

import pytest

from harness import eventually, number

PIN = "4711"
WRONG = "1093"
OTHER_WRONG = "2088"
PUK = "12345678"


def locked(api, what="pin", left=None):
    """The one modem, once it says that its SIM asks for this."""

    def found():
        modems = api.modems()
        if len(modems) != 1 or not modems[0]["locked"]:
            return None
        is_so = modems[0]["locked"]["what"] == what and left in (None, modems[0]["locked"]["tries_left"])
        return modems[0] if is_so else None

    return eventually(found, what=f"the modem asks for its {what}")


@pytest.fixture
def hidden(start_bank, start_daemon):
    """A gateway on one modem whose SIM asks for its PIN and does not tell its ICCID before."""
    bank = start_bank(1, options=["--pin", PIN, "--hide-iccid"])
    daemon = start_daemon(bank, ready=0)
    return bank, daemon, daemon.api()


def secret_free(daemon, api, imei):
    """No code stands in what others may read."""
    trace = api.get(f"/api/v1/modems/{imei}/trace").expect(200)["items"]
    audit = api.get("/api/v1/audit").expect(200)["items"]
    texts = [daemon.log(), str(trace), str(audit), str(api.get(f"/api/v1/modems/{imei}/incidents").expect(200))]
    for code in (PIN, WRONG, OTHER_WRONG, PUK):
        assert not any(f'"{code}"' in text or f" {code}" in text for text in texts), code
    return str(audit)


def test_a_sim_that_hides_its_iccid_is_unlocked_and_its_pin_is_kept(hidden):
    bank, daemon, api = hidden
    modem = locked(api, left=3)
    path = f"/api/v1/modems/{modem['imei']}/unlock"
    assert modem["state"] == "locked" and modem["sim"] is None
    eventually(lambda: [reason["code"] for reason in api.modems()[0]["attention"]] == ["locked"])
    assert api.sims() == []

    refused = api.post(path, {"pin": WRONG}).problem(422)
    assert (refused["pin_tries_left"], refused["errors"][0]["pointer"]) == (2, "/pin")
    # What was wrong once is not sent again.
    assert api.post(path, {"pin": WRONG}).problem(422)["pin_tries_left"] == 2
    assert api.post(path, {"pin": OTHER_WRONG}).problem(422)["pin_tries_left"] == 1
    # With one try left even the right one is not sent without a word.
    assert api.post(path, {"pin": PIN}).problem(422)["pin_tries_left"] == 1
    assert locked(api)["locked"] == {"what": "pin", "tries_left": 1}

    unlocked = api.post(path, {"pin": PIN, "last_try": True}).expect(200)
    assert unlocked["pin_tries_left"] == 3 and set(unlocked) == {"state", "pin_tries_left", "puk_tries_left"}
    daemon.wait_ready(1)
    assert api.modems()[0]["locked"] is None
    api.post(path, {"pin": PIN}).problem(409)
    api.wait_state(api.send(number(1), "unlocked")["id"], "delivered")
    audit = secret_free(daemon, api, modem["imei"])
    assert f"gave the SIM in modem {modem['imei']} a PIN" in audit and "last try" in audit


def test_the_pin_is_given_again_where_the_sim_tells_who_it_is(start_bank, start_daemon):
    bank = start_bank(1, options=["--pin", PIN])
    daemon = start_daemon(bank, ready=0)
    api = daemon.api()
    modem = locked(api)
    api.post(f"/api/v1/modems/{modem['imei']}/unlock", {"pin": PIN}).expect(200)
    daemon.wait_ready(1)
    bank.ask(command="power", slot=0, ms=500)
    eventually(lambda: not api.modems() or api.modems()[0]["state"] != "ready", what="it has noticed")
    daemon.wait_ready(1)


def test_a_pin_that_was_wrong_makes_way_for_another(start_bank, start_daemon):
    bank = start_bank(1, options=["--pin", PIN])
    daemon = start_daemon(bank, ready=0)
    api = daemon.api()
    locked(api, left=3)
    [sim] = eventually(lambda: api.sims() or None, what="the SIM is seen")
    path = f"/api/v1/sims/{sim['iccid']}"
    api.patch(path, {"pin": WRONG}).expect(200)
    locked(api, left=2)
    # Not after a restart either.
    assert daemon.stop() == 0
    daemon.start()
    locked(api, left=2)
    api.patch(path, {"label": "still locked"}).expect(200)
    api.patch(path, {"pin": PIN}).expect(200)
    daemon.wait_ready(1)


def test_a_puk_gives_a_new_pin(hidden):
    bank, daemon, api = hidden
    modem = locked(api, left=3)
    path = f"/api/v1/modems/{modem['imei']}/unlock"
    for wrong, last in ((WRONG, False), (OTHER_WRONG, False), ("3077", True)):
        api.post(path, {"pin": wrong, "last_try": last}).problem(422)
    locked(api, "puk")
    assert api.post(path, {"pin": PIN}).problem(422)["errors"][0]["pointer"] == "/pin"
    api.post(path, {"puk": "87654321", "new_pin": PIN}).problem(422)
    locked(api, "puk")
    api.post(path, {"puk": PUK, "new_pin": "5926"}).expect(200)
    daemon.wait_ready(1)
    secret_free(daemon, api, modem["imei"])


def test_the_pin_is_never_kept_with_another_sim(start_bank, start_daemon):
    bank = start_bank(2, options=["--pin", PIN, "--hide-iccid"])
    daemon = start_daemon(bank, ready=0)
    api = daemon.api()
    eventually(lambda: [m["state"] for m in api.modems()] == ["locked"] * 2, what="both ask for their PIN")
    bank.ask(command="lock-sim", slot=1, pin=WRONG)
    first, second = sorted(api.modems(), key=lambda m: m["port"])
    api.post(f"/api/v1/modems/{first['imei']}/unlock", {"pin": PIN}).expect(200)
    daemon.wait_ready(1)
    # The SIMs change places: the other one hides itself too, and must not be given the PIN of the first.
    bank.ask(command="swap", slot=0, **{"with": 1})

    def swapped():
        modems = {m["imei"]: m for m in api.modems()}
        there = modems[first["imei"]]
        return there["locked"] if there["state"] == "locked" else None

    assert eventually(swapped, what="the other SIM asks for its PIN") == {"what": "pin", "tries_left": 3}


def test_the_command_line_unlocks(hidden, tmp_path):
    _, daemon, api = hidden
    imei = locked(api)["imei"]
    wrong = daemon.cli("modems", "unlock", imei, "--pin-file", "-", stdin=f"{WRONG}\n")
    assert wrong.returncode == 1 and "2 tries are left" in wrong.stderr
    file = tmp_path / "pin.txt"
    file.write_text(f"{PIN}\n")
    done = daemon.cli("modems", "unlock", imei, "--pin-file", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{imei}  unlocked\n"
    daemon.wait_ready(1)


def test_only_operators_unlock(hidden):
    _, daemon, api = hidden
    imei = locked(api)["imei"]
    reader = daemon.api(daemon.create_key("reader", "read"))
    reader.post(f"/api/v1/modems/{imei}/unlock", {"pin": PIN}).problem(403)
    api.post("/api/v1/modems/350000000000000/unlock", {"pin": PIN}).problem(404)
    for body, pointer in (({}, "/pin"), ({"pin": "12"}, "/pin"), ({"puk": PUK}, "/new_pin"), ({"pin": PIN, "x": 1}, "/x")):
        assert api.post(f"/api/v1/modems/{imei}/unlock", body).problem(422)["errors"][0]["pointer"] == pointer
    assert locked(api)["locked"]["tries_left"] == 3
