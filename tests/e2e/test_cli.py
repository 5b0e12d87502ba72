"""The command line, as a person and as a script uses it."""

import datetime
import json

import pytest
from harness import number


@pytest.fixture
def running(gateway):
    bank, daemon, api = gateway(2)

    def simgate(*arguments, code=0, **more):
        done = daemon.cli(*arguments, **more)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stderr

    return bank, daemon, api, simgate


def rows(printed):
    """What `--json` prints for a list: one object a line."""
    return [json.loads(line) for line in printed.splitlines()]


def test_send_and_messages(running):
    bank, _, api, simgate = running
    shown = json.loads(simgate("send", number(1), "from the shell", "--priority", "otp", "--json", "--wait"))
    assert (shown["priority"], shown["state"]) == ("otp", "delivered")
    assert bank.air.accepted()[0].text == "from the shell"

    listed = simgate("messages", "list")
    assert number(1) in listed and "delivered" in listed
    assert [row["id"] for row in rows(simgate("messages", "list", "--json"))] == [shown["id"]]
    assert simgate("messages", "list", "--state", "failed", "--json") == ""
    assert json.loads(simgate("messages", "show", shown["id"], "--json"))["id"] == shown["id"]
    assert len(rows(simgate("messages", "show", shown["id"], "--history", "--json"))) >= 3
    simgate("messages", "cancel", shown["id"], code=1)
    preview = json.loads(simgate("send", number(1), "x" * 161, "--preview", "--json"))
    assert preview["segments"] == 2
    assert len(bank.air.submits()) == 1


def test_the_messages_of_one_reference(running):
    _, _, _, simgate = running
    later = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).isoformat()
    for index in (1, 2):
        simgate("send", number(index), "later", "--reference", "spring", "--send-at", later)
    assert simgate("messages", "summary", "spring").split()[-3:] == ["scheduled", "2", "2"]
    assert json.loads(simgate("messages", "summary", "spring", "--json"))["complete"]
    assert simgate("messages", "cancel", "--reference", "spring") == "2 cancelled\n"
    assert simgate("messages", "summary", "spring").split()[-3:] == ["cancelled", "2", "2"]
    simgate("messages", "cancel", code=2)


def test_several_recipients(running):
    bank, _, api, simgate = running
    printed = simgate("send", f"{number(1)},{number(2)}", "to both").splitlines()
    assert [line.split()[1] for line in printed] == [number(1), number(2)]
    for line in printed:
        api.wait_state(line.split()[0], "delivered")
    assert sorted(submit.to for submit in bank.air.accepted()) == sorted([number(1), number(2)])
    assert "nobody: a number has digits" in simgate("send", f"{number(3)},nobody", "to one", code=1)
    assert [row["to"] for row in rows(simgate("messages", "list", "--json"))][0] == number(3)
    simgate("send", f"{number(1)},{number(2)}", "to both", "--wait", code=2)
    simgate("send", number(1), "x" * 400, "--max-segments", "2", code=1)


def test_templates_are_kept_and_sent(running):
    bank, _, api, simgate = running
    made = json.loads(simgate("templates", "set", "parcel", "Dear {{ name }}", "--description", "When it came", "--json"))
    assert (made["version"], made["variables"]) == (1, ["name"])
    simgate("templates", "set", "parcel", "--text-file", "-", stdin="Dear {{ name | upper }}\n")
    assert "When it came" in simgate("templates", "list")
    shown = json.loads(simgate("templates", "show", "parcel", "--json"))
    assert (shown["version"], shown["text"], shown["description"]) == (2, "Dear {{ name | upper }}", "When it came")
    assert json.loads(simgate("templates", "show", "parcel", "--as-of", "1", "--json"))["text"] == "Dear {{ name }}"
    assert [row["version"] for row in rows(simgate("templates", "show", "parcel", "--versions", "--json"))] == [2, 1]
    assert "Dear AN" in simgate("templates", "preview", "parcel", "--var", "name=An")
    assert "the template needs it" in simgate("templates", "preview", "parcel", code=1)
    assert "line 1" in simgate("templates", "set", "parcel", "Dear {{ name", code=1)

    sent = json.loads(simgate("send", number(1), "--template", "parcel", "--var", "name=An", "--json", "--wait"))
    assert sent["template"] == {"name": "parcel", "version": 2}
    own = json.loads(simgate("send", number(1), "Bye {{ name }}", "--var", "name=An", "--json", "--wait"))
    assert own["template"] is None
    assert [submit.text for submit in bank.air.accepted()] == ["Dear AN", "Bye An"]
    simgate("send", number(1), "text", "--template", "parcel", code=2)
    simgate("send", number(1), "--template", "parcel", "--var", "name", code=2)
    simgate("templates", "delete", "parcel")
    assert "there is no template of this name" in simgate("send", number(1), "--template", "parcel", code=1)
    assert api.message(sent["id"])["template"]["version"] == 2


def test_the_text_may_come_from_standard_input(running):
    bank, _, api, simgate = running
    shown = json.loads(simgate("send", number(1), "-", "--json", stdin="piped text\n"))
    api.wait_state(shown["id"], "delivered")
    assert bank.air.accepted()[0].text == "piped text"


def test_sims_modems_and_ussd(running):
    _, _, api, simgate = running
    iccid = api.sims()[0]["iccid"]
    imei = api.modems()[0]["imei"]
    assert iccid in simgate("sims", "list")
    assert imei in simgate("modems", "list")
    assert len(rows(simgate("sims", "list", "--json"))) == 2
    assert len(rows(simgate("modems", "list", "--json"))) == 2
    simgate("sims", "set", iccid, "--label", "shop 3", "--per-day", "400")
    shown = json.loads(simgate("sims", "show", iccid, "--json"))
    assert (shown["label"], shown["quota"]["per_day"]) == ("shop 3", 400)
    simgate("sims", "set", iccid, "--per-day", "none")
    assert api.get(f"/api/v1/sims/{iccid}").expect(200)["quota"]["per_day"] is None
    assert "OK" in simgate("modems", "at", imei, "AT+CSQ")
    assert "AT+CSQ" in simgate("modems", "trace", imei)
    assert simgate("ussd", iccid, "*101#").strip()


def test_uplinks_and_routes(running, tmp_path):
    _, daemon, api, simgate = running
    password = tmp_path / "password.txt"
    password.write_text("s3cret\n")
    simgate("uplinks", "set", "primary", "--host", "127.0.0.1", code=1)
    simgate(
        "uplinks", "set", "primary", "--host", "127.0.0.1", "--port", "1", "--system-id", "shop",
        "--password-file", str(password), "--enabled", "false",
    )
    shown = json.loads(simgate("uplinks", "set", "primary", "--window", "5", "--json"))
    assert (shown["window"], shown["host"], shown["password_set"]) == (5, "127.0.0.1", True)
    assert "primary" in simgate("uplinks", "list")
    assert json.loads(simgate("uplinks", "show", "primary", "--json"))["state"] == "disabled"

    routes = tmp_path / "routes.json"
    items = [{"name": "all", "targets": [{"sims": {}}, {"uplink": "primary"}]}]
    routes.write_text(json.dumps({"items": items}))
    assert "uplink:primary" in simgate("routes", "set", str(routes))
    listed = simgate("routes", "list", "--json")
    assert json.loads(simgate("routes", "set", "-", "--json", stdin=listed)) == json.loads(listed)
    assert "all" in simgate("uplinks", "remove", "primary", code=1)
    simgate("routes", "set", "-", stdin='{"items": []}')
    simgate("uplinks", "remove", "primary")
    assert api.get("/api/v1/uplinks").expect(200)["items"] == []
    assert "s3cret" not in daemon.log()


def test_conversations(running):
    bank, daemon, api, simgate = running
    simgate("send", number(1), "a magic potion", "--wait")
    simgate("send", number(2), "hello", "--wait")
    shown = json.loads(simgate("conversations", "list", "-q", "potion", "--json"))
    assert (shown["number"], shown["state"], shown["unread"]) == (number(1), "open", None)
    simgate("conversations", "assign", number(1), "nobody-of-this-name", code=1)
    simgate("conversations", "note", number(1), "wants an invoice")
    assert "done" in simgate("conversations", "done", number(1))
    assert [row["number"] for row in rows(simgate("conversations", "list", "--state", "open", "--json"))] == [number(2)]
    assert "wants an invoice" in simgate("conversations", "show", number(1))

    simgate("conversations", "erase", number(1), code=2)
    audited_as = simgate("conversations", "erase", number(1), "--yes").split()[-1]
    simgate("conversations", "show", number(1), code=1)
    assert audited_as in simgate("audit", "list") and number(1) not in simgate("audit", "list", "--json")


def test_faults_are_told_on_standard_error(running):
    _, daemon, _, simgate = running
    refused = simgate("send", "nonsense", "hello", code=1)
    assert "to" in refused
    unreachable = simgate("messages", "list", code=3, environment={"SIMGATE_URL": "http://127.0.0.1:1"})
    assert "127.0.0.1:1" in unreachable
    simgate("messages", "list", code=1, key="wrong")
    simgate("send", code=2)
    simgate("no-such-command", code=2)
    assert daemon.process.poll() is None


def test_check(running, tmp_path):
    _, daemon, _, simgate = running
    assert simgate("check", "--config", str(daemon.config))
    bad = tmp_path / "bad.toml"
    bad.write_text(daemon.config.read_text().replace("listen", "lisen"))
    told = simgate("check", "--config", str(bad), code=1)
    assert "lisen" in told and "bad.toml" in told
    assert "lisen" in simgate("serve", "--config", str(bad), code=1)
    missing = simgate("check", "--config", str(tmp_path / "none.toml"), code=1)
    assert "none.toml" in missing


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions(start_daemon, shell):
    done = start_daemon().cli("completions", shell)
    assert done.returncode == 0 and "simgate" in done.stdout


def test_help_of_every_command(start_daemon):
    daemon = start_daemon()
    overview = daemon.cli("--help").stdout
    commands = "serve", "demo", "check", "send", "messages", "sims", "modems", "uplinks", "routes", "ussd", "key", "pdu"
    for command in commands:
        assert command in overview
        done = daemon.cli(command, "--help")
        assert done.returncode == 0 and "Usage:" in done.stdout, command
    assert daemon.cli("--version").stdout.startswith("simgate 0.")


def test_pdu_decode_and_encode(start_daemon):
    daemon = start_daemon()
    # Made by hand from TS 23.040: SMS-SUBMIT to +49177654321, "Test".
    decoded = json.loads(daemon.cli("pdu", "decode", "--direction", "submit", "0001000B919471674523F1000004D4F29C0E").stdout)
    assert (decoded["address"], decoded["text"]) == ("+49177654321", "Test")
    lines = "\n".join(
        json.dumps(line)
        for line in (
            {"pdu": "0001000B919471674523F1000004D4F29C0E", "has_smsc": True, "direction": "submit"},
            {"pdu": "00", "has_smsc": True, "direction": "submit"},
            {"pdu": "zz", "has_smsc": True, "direction": "submit"},
        )
    )
    good, short, rubbish = [json.loads(line) for line in daemon.cli("pdu", "decode", stdin=lines).stdout.splitlines()]
    assert good["text"] == "Test"
    assert {"field", "offset", "detail"} <= set(short["error"])
    assert "error" in rubbish


def test_stats(running):
    _, _, api, simgate = running
    for n in (1, 2):
        api.wait_state(api.send(number(n), "counted")["id"], "delivered")
    shown = json.loads(simgate("stats", "--json"))
    assert (shown["total"]["queued"], shown["total"]["sent"], shown["total"]["delivered"]) == (2, 2, 2)
    assert shown["total"]["queued_to_sent"]["p50_ms"] > 0 and shown["complete"]
    printed = simgate("stats", "--step", "hour", "--by", "sim").splitlines()
    assert printed[0].split()[:3] == ["START", "NAME", "QUEUED"] and printed[-1].split()[:3] == ["total", "2", "2"]
    lines = simgate("stats", "--by", "prefix", "--csv").splitlines()
    assert lines[0].startswith("start,name,queued,sent,delivered,failed,received,queued_to_sent_p50_ms,")
    assert lines[1].split(",")[1:7] == ["+84", "2", "2", "2", "0", "0"]
    assert "?timezone" in simgate("stats", "--timezone", "Mars", code=1)
    simgate("stats", "--json", "--csv", code=2)


def test_what_runs_is_told_and_changes_are_found(start_daemon):
    daemon = start_daemon()
    told = json.loads(daemon.cli("system", "--json").stdout)
    assert told["database_bytes"] > 0 and told["certificate"] is None
    assert "retention.messages_days" in daemon.cli("system").stdout
    daemon.cli("uplinks", "set", "primary", "--host", "127.0.0.1", "--port", "1", "--system-id", "shop")
    rows = daemon.cli("audit", "list", "--q", "UPLINK primary", "--json").stdout.splitlines()
    assert [json.loads(row)["what"] for row in rows] == ["made uplink primary"]
    assert daemon.cli("audit", "list", "--actor", "user nobody", "--json").stdout == ""


def test_the_country_is_set_where_the_file_says_none(start_bank, start_daemon):
    daemon = start_daemon(start_bank(1), ready=1, country=None)
    assert json.loads(daemon.cli("system", "--json").stdout)["country"] is None
    told = json.loads(daemon.cli("system", "--country", "vn", "--json").stdout)
    assert (told["country"], told["country_by_file"]) == ("VN", False)
    api = daemon.api()
    assert api.send("0" + number(1).removeprefix("+84"), "hello")["to"] == number(1)
    # It is kept, and goes with the configuration.
    daemon.kill()
    daemon.start()
    assert json.loads(daemon.cli("system", "--json").stdout)["country"] == "VN"
    document = json.loads(daemon.cli("config", "export").stdout)
    assert document["country"] == "VN"
    daemon.cli("system", "--country", "none")
    assert json.loads(daemon.cli("system", "--json").stdout)["country"] is None
    rows = daemon.cli("audit", "list", "--q", "country", "--json").stdout.splitlines()
    assert [json.loads(row)["what"] for row in rows] == ["removed the country", "set the country VN"]
