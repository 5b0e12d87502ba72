"""STOP and START from a phone: what goes out afterwards, and what does not."""

from datetime import UTC, datetime, timedelta

from harness import eventually, number


def confirmation(bank, to):
    """The texts that went to this number, once there is one."""

    def there():
        found = [submit.text for submit in bank.air.accepted(to=to)]
        assert found
        return found

    return eventually(there)


def suppressed(api, who):
    return api.get(f"/api/v1/suppressions/{who}").status == 200


def test_stop_is_confirmed_once_and_start_takes_it_back(gateway):
    bank, daemon, api = gateway(2)
    bank.inject("Từ chối ạ", sender=number(7), slot=1)
    [text] = confirmation(bank, number(7))
    assert "NHAN LAI" in text
    assert suppressed(api, number(7))
    asked_by = api.get(f"/api/v1/suppressions/{number(7)}").expect(200)
    [inbound] = api.messages(direction="inbound")
    assert asked_by["message"] == inbound["id"] and asked_by["route"] == f"sim:{inbound['sim']}"

    refused = api.post("/api/v1/messages", {"to": number(7), "text": "news"}).problem(422)
    assert refused["errors"][0]["code"] == "opted-out"
    daemon.kill()
    daemon.start().wait_ready(2)
    api = daemon.api()
    api.post("/api/v1/messages", {"to": number(7), "text": "news"}).problem(422)
    assert len(bank.air.accepted(to=number(7))) == 1

    bank.inject("nhận lại", sender=number(7), slot=0)
    eventually(lambda: not suppressed(api, number(7)))
    sent = api.send(number(7), "welcome back")
    api.wait_state(sent["id"], "sent", "delivered")


def test_what_waits_fails_and_a_code_goes_out(gateway):
    bank, daemon, api = gateway(1)
    [sim] = api.sims()
    path = f"/api/v1/sims/{sim['iccid']}"
    api.patch(path, {"enabled": False}).expect(200)
    waiting = api.send(number(3), "news")
    bank.inject("STOP", sender=number(3))
    eventually(lambda: suppressed(api, number(3)))
    may = daemon.api(daemon.create_key("codes", "send", "--may-pass-opt-out"))
    code = may.post("/api/v1/messages", {"to": number(3), "text": "code 42", "class": "transactional"}).expect(202)
    api.patch(path, {"enabled": True}).expect(200)
    failed = api.wait_state(waiting["id"], "failed")
    assert failed["reason"]["code"] == "opted-out" and failed["attempts"] == 0
    api.wait_state(code["id"], "sent", "delivered")
    steps = [step["step"] for step in api.history(code["id"])]
    assert "opt-out-passed" in steps
    texts = [submit.text for submit in bank.air.accepted(to=number(3))]
    assert "news" not in texts and "code 42" in texts


def test_the_list_from_the_command_line(gateway, tmp_path):
    _, daemon, api = gateway(1)
    assert daemon.cli("suppressions", "add", number(1), "--note", "by phone").returncode == 0
    file = tmp_path / "list.csv"
    file.write_text(f"number,date,evidence\n{number(2)},2026-11-01,letter\nnobody,,\n")
    done = daemon.cli("suppressions", "import", str(file))
    assert done.returncode == 1 and "1 imported" in done.stdout and "row 3" in done.stderr
    listed = daemon.cli("suppressions", "list")
    assert number(1) in listed.stdout and "letter" in listed.stdout
    exported = daemon.cli("suppressions", "export").stdout
    assert exported.splitlines()[0].startswith("number,date,evidence") and number(2) in exported
    assert daemon.cli("suppressions", "remove", number(1)).returncode == 0
    assert not suppressed(api, number(1)) and suppressed(api, number(2))


def test_what_came_before_the_country_was_set_is_reached_by_its_number(start_bank, start_daemon):
    bank = start_bank(1)
    daemon = start_daemon(bank, country=None)
    api = daemon.api()
    national = "0" + number(7).removeprefix("+84")
    bank.inject("STOP", sender=national)
    eventually(lambda: suppressed(api, national))
    api.patch("/api/v1/system", {"country": "VN"}).expect(200)
    # It asked for no messages, however its number is written.
    for to in (national, number(7)):
        refused = api.post("/api/v1/messages", {"to": to, "text": "news"}).problem(422)
        assert refused["errors"][0]["code"] == "opted-out"
    [listed] = api.get("/api/v1/suppressions").expect(200)["items"]
    assert listed["number"] == number(7)

    bank.inject("afterwards", sender=national)
    both = eventually(lambda: (found := {one["number"] for one in api.get("/api/v1/conversations").expect(200)["items"]}) and len(found) == 2 and found)
    assert both == {national, number(7)}
    thread = api.get(f"/api/v1/conversations/{national}").expect(200)["items"]
    assert [message["text"] for message in thread] == ["STOP"]
    assert api.delete(f"/api/v1/conversations/{national}").expect(200)["messages"] == 1
    left = api.get(f"/api/v1/conversations/{number(7)}").expect(200)["items"]
    assert [message["text"] for message in left] == ["afterwards"]


def test_a_reference_of_256_characters_is_one_everywhere(start_daemon):
    api = start_daemon().api()
    reference = "ữ" * 256
    api.send(number(1), "hello", reference=reference, send_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    for action in ("pause", "resume", "cancel"):
        api.post(f"/api/v1/messages/{action}", {"reference": reference}).expect(200)
