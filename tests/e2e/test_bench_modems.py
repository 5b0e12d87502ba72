"""The self-test of a bank: what works on which modem, found out by messages between its SIMs."""

import json

import pytest
from harness import eventually, number

PROFILES = "generic,huawei-e173,simcom-sim800,quectel-ec25"
GENERIC, SILENT_REPORTS, SILENT_LINES, QUECTEL = range(4)


def imeis(bank):
    return [modem["imei"] for modem in bank.ask(command="stats")["modems"]]


def fault(bank, slot, **rule):
    bank.ask(command="fault", slot=slot, rule=rule)


def start_test(api, imei, **body):
    return api.post(f"/api/v1/modems/{imei}/test", body).expect(202)


def ended(api, imei):
    def over():
        test = api.get(f"/api/v1/modems/{imei}/test").expect(200)
        assert test["state"] != "running", test
        return test

    return eventually(over, within=120)


def test_a_bank_of_four_that_differ(gateway):
    bank, daemon, api = gateway(4, profile=PROFILES, options=["--link-setup", "0.2s"])
    # It keeps reports among the messages, and loses each that it announces.
    fault(bank, SILENT_REPORTS, fault="wrong-announcement", on="+CDSI", memory="SM", index=25, kept=False)
    # What it says when a message is stored goes to another port.
    fault(bank, SILENT_LINES, fault="no-answer", on="+CMTI")

    with api.events() as events:
        done = daemon.cli("bench-modems", "--ussd", "*101#", "--yes", "--json")
        assert done.returncode == 0, (done.stdout, done.stderr)
        # The tests' messages came in before this one, and only it is told.
        bank.inject("a customer's", sender=number(5), slot=GENERIC)
        received = events.wait("message.received")["data"]
        assert api.message(received["id"])["text"] == "a customer's"
        assert [event["event"] for event in events.seen].count("message.received") == 1
    tests = {test["modem"]["imei"]: test for test in map(json.loads, done.stdout.splitlines())}
    names = imeis(bank)
    assert sorted(tests) == sorted(names)
    found = [tests[imei]["found"] for imei in names]
    verdicts = [tests[imei]["verdict"] for imei in names]
    assert verdicts == ["ok", "limited", "limited", "ok"], tests

    for each in found:
        assert each["unicode_whole"] and each["long_whole"]
        assert each["sent_ms"] is not None and each["arrival_ms"] is not None
        assert each["ussd"]["answered"]
        assert each["link"]["taken"] is True
        # A link that is set up anew takes 0.2 s, however slow the machine.
        assert each["link"]["open_ms"] >= 200
    assert [each["messages"] for each in found] == ["announced", "announced", "untold", "announced"]
    assert [each["reports"] for each in found] == ["routed", "never", "routed", "routed"]
    # Not told when another message was in the memory: here each modem is in several tests.
    for each, first in zip(found, [1, 0, 1, 0]):
        assert each["first_index"] in (first, None)
    assert [each["ussd"]["coding"] for each in found] == ["text", "packed-hex", "text", "text"]
    assert found[SILENT_REPORTS]["report_ms"] is None and found[GENERIC]["report_ms"] is not None
    assert found[SILENT_LINES]["announced_in"] is None
    assert found[QUECTEL]["announced_in"] == found[QUECTEL]["kept_in"] == found[QUECTEL]["memory"]

    # Six SMS for each: five out, one in. Nothing else was on the air.
    submits = bank.air.submits()
    assert len(submits) == 4 * 6
    own = {modem["msisdn"] for modem in bank.ask(command="stats")["modems"]}
    assert {submit.to for submit in submits} <= own
    for imei, test in tests.items():
        sent = [submit for submit in submits if submit.iccid == test["modem"]["sim"]]
        assert len(sent) >= 5, imei
    assert [message["text"] for message in api.every("/api/v1/messages")] == ["a customer's"]
    assert [one["number"] for one in api.every("/api/v1/conversations")] == [number(5)]
    listed = daemon.cli("messages", "list", "--json")
    assert len(listed.stdout.splitlines()) == 1
    listed = daemon.cli("messages", "list", "--json", "--include-tests")
    assert len(listed.stdout.splitlines()) == 1 + 4 * 3 * 2
    tests_too = {"include_tests": "true"}
    inbound = [message for message in api.every("/api/v1/messages", direction="inbound", **tests_too) if message["test"]]
    assert len(inbound) == 4 * 3
    assert api.message(inbound[0]["id"])["test"] is True
    outbound = api.every("/api/v1/messages", direction="outbound", **tests_too)
    assert all(message["test"] for message in outbound)
    ids = {test["id"] for test in tests.values()}
    assert {message["metadata"]["simgate_test"] for message in outbound} == ids

    # It is kept for the model and shown with the modem, and the gateway goes by it.
    models = {model["model"]: model for model in api.get("/api/v1/modem-models").expect(200)["items"]}
    assert len(models) == 4
    assert [api.get(f"/api/v1/modems/{imei}").expect(200)["tested"]["tests"] for imei in names] == [1] * 4
    modem = api.get(f"/api/v1/modems/{names[SILENT_LINES]}").expect(200)
    assert modem["tested"]["found"]["messages"] == "untold"
    assert modem["tested"]["sweep_seconds"] < 60
    assert models["VM1"]["sweep_seconds"] >= 600
    bank.inject("not announced", sender=number(5), slot=SILENT_LINES)
    eventually(lambda: [m for m in api.messages(direction="inbound") if m["text"] == "not announced"])

    # Also after a restart, when the modem is recognised again.
    assert daemon.stop() == 0
    daemon.start().wait_ready(4)
    assert api.get(f"/api/v1/modems/{names[SILENT_LINES]}").expect(200)["tested"]["tests"] == 1
    api.get(f"/api/v1/modems/{names[SILENT_LINES]}/test").problem(404)
    bank.inject("nor this", sender=number(5), slot=SILENT_LINES)
    eventually(lambda: [m for m in api.messages(direction="inbound") if m["text"] == "nor this"])

    audit = daemon.api().get("/api/v1/audit").expect(200)["items"]
    assert sum("tested modem" in row["what"] for row in audit) == 4


def test_a_table_for_people_and_what_it_costs(gateway):
    bank, daemon, _ = gateway(2)
    refused = daemon.cli("bench-modems", stdin="")
    assert refused.returncode == 2
    assert "12 SMS" in refused.stderr and "--yes" in refused.stderr
    assert bank.air.submits() == []
    first, second = imeis(bank)
    done = daemon.cli("bench-modems", "--imei", first, "--yes")
    assert done.returncode == 0, (done.stdout, done.stderr)
    heading, row = done.stdout.splitlines()
    assert heading.split()[0] == "IMEI" and heading.split()[-1] == "VERDICT"
    assert row.split()[0] == first and row.split()[-1] == "ok"
    assert "unicode  done" in done.stderr
    assert daemon.cli("bench-modems", "--imei", "350000000000000", "--yes").returncode == 1
    # The one that fails makes the exit code, and the others are tested all the same.
    fault(bank, 0, fault="cms", code=38, on="+CMGS")
    failed = daemon.cli("bench-modems", "--imei", second, "--yes", "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["verdict"] == "failed"


def test_what_cannot_be_tested_is_refused_and_says_why(gateway):
    bank, daemon, api = gateway(2, air_time=0.5)
    first, second = imeis(bank)
    sims = {sim["modem"]: sim["iccid"] for sim in api.sims()}
    path = f"/api/v1/modems/{first}/test"
    api.post("/api/v1/modems/350000000000000/test", {}).problem(404)
    api.get(path).problem(404)
    for body in ({"partner": "12"}, {"partner": sims[first]}, {"ussd": 'a"'}, {"x": 1}, {"partner": "89840000000000000000"}):
        api.post(path, body).problem(422)
    reader = daemon.api(daemon.create_key("reader", "read,send"))
    reader.post(path, {}).problem(403)

    # One test at a time for each SIM, also as a partner.
    running = start_test(api, first)
    assert running["state"] == "running" and running["sms"] == 6
    assert running["partner"]["sim"] == sims[second]
    assert "test" in api.post(path, {}).problem(409)["detail"]
    api.post(f"/api/v1/modems/{second}/test", {}).problem(409)
    assert ended(api, first)["verdict"] == "ok"

    api.patch(f"/api/v1/sims/{sims[first]}", {"quota": {"per_day": 8}}).expect(200)
    assert "quota" in api.post(path, {}).problem(409)["detail"]
    api.patch(f"/api/v1/sims/{sims[first]}", {"quota": {}, "enabled": False}).expect(200)
    assert "disabled" in api.post(path, {}).problem(409)["detail"]
    assert "no second SIM" in api.post(f"/api/v1/modems/{second}/test", {}).problem(409)["detail"]
    bank.unplug(0)
    eventually(lambda: "not plugged in" in api.post(path, {}).problem(409)["detail"])


@pytest.mark.parametrize("slot", [0, 1])
def test_a_number_that_is_not_known_is_learnt(start_bank, start_daemon, slot):
    bank = start_bank(2)
    fault(bank, slot, fault="error", on="+CNUM")
    api = start_daemon(bank).api()
    stats = bank.ask(command="stats")["modems"]
    first = stats[0]["imei"]
    iccid = stats[slot]["iccid"]
    assert api.get(f"/api/v1/sims/{iccid}").expect(200)["number"] is None
    start_test(api, first)
    test = ended(api, first)
    assert test["verdict"] == "ok", test
    assert [test["modem"]["number"], test["partner"]["number"]][slot] == "learnt"
    assert api.get(f"/api/v1/sims/{iccid}").expect(200)["number"] == stats[slot]["msisdn"]


def test_a_modem_that_announces_wrongly_or_too_early(gateway):
    bank, _, api = gateway(3, profile="generic,telit-le910,simcom-sim800")
    fault(bank, 0, fault="wrong-announcement", memory="ME", index=7, on="+CMTI")
    fault(bank, 1, fault="early-announcement", ms=1500, on="+CMTI")
    names = imeis(bank)
    start_test(api, names[0])
    wrong = ended(api, names[0])
    assert (wrong["found"]["messages"], wrong["verdict"]) == ("astray", "limited"), wrong
    assert (wrong["found"]["announced_in"], wrong["found"]["kept_in"]) == ("ME", "SM")
    assert wrong["found"]["first_index"] == 1
    start_test(api, names[1])
    early = ended(api, names[1])
    assert (early["found"]["messages"], early["verdict"]) == ("announced", "ok"), early
    assert early["found"]["misses"] >= 1


def test_a_modem_that_refuses_or_is_deaf_fails_and_teaches_nothing(gateway):
    bank, _, api = gateway(2)
    first = imeis(bank)[0]
    fault(bank, 0, fault="cms", code=38, on="+CMGS")
    start_test(api, first)
    test = ended(api, first)
    assert (test["state"], test["verdict"]) == ("failed", "failed")
    states = {step["name"]: step["state"] for step in test["steps"]}
    assert states["receive"] == "done" and states["unicode"] == "failed" and states["long"] == "skipped"
    assert "UCS-2" in test["problems"][0]["detail"] and test["problems"][0]["code"] == "step-failed"
    assert api.get("/api/v1/modem-models").expect(200)["items"] == []
    assert api.get(f"/api/v1/modems/{first}").expect(200)["tested"] is None
