"""What is set is saved as a file by the page of one gateway, and taken over by that of another."""

import json

from conftest import set_up
from harness import eventually
from test_everyone import findings

PASSPHRASE = "a long enough passphrase"
UPLINK = {"host": "127.0.0.1", "port": 1, "system_id": "shop", "password": "s3cret", "enabled": False}


def open_config(page):
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Configuration").click()
    page.get_by_role("heading", name="Save as a file").wait_for()


def test_a_configuration_goes_from_one_gateway_to_another(start_daemon, visit, complaints, tmp_path):
    one, other = start_daemon(name="one"), start_daemon(name="other")
    one.api().request("PUT", "/api/v1/uplinks/primary", UPLINK).expect(201)
    route = {"name": "all", "targets": [{"uplink": "primary"}]}
    one.api().request("PUT", "/api/v1/routes", {"items": [route]}).expect(200)

    page = set_up(one, visit)
    open_config(page)
    assert findings(page) == []
    export = page.get_by_role("region", name="Save as a file")
    export.get_by_label("Passphrase").fill(PASSPHRASE)
    with page.expect_download() as download:
        export.get_by_role("button", name="Save with sealed secrets").click()
    file = tmp_path / "configuration.json"
    download.value.save_as(file)
    assert download.value.suggested_filename.startswith("simgate-config-")
    saved = json.loads(file.read_text())
    assert saved["sealed"] and UPLINK["password"] not in file.read_text()

    page = set_up(other, visit)
    open_config(page)
    take = page.get_by_role("region", name="Take a file over")
    broken = tmp_path / "broken.json"
    broken.write_text("no {json")
    take.get_by_label("File with the configuration").set_input_files(broken)
    take.get_by_text("broken.json is no configuration").wait_for()
    take.get_by_label("File with the configuration").set_input_files(file)
    take.get_by_label("Passphrase").fill("not this one at all")
    take.get_by_role("button", name="See what would change").click()
    take.locator("[aria-invalid=true]").wait_for()
    complaints.expect("422")
    take.get_by_label("Passphrase").fill(PASSPHRASE)
    take.get_by_role("button", name="See what would change").click()
    changes = take.get_by_role("list", name="Changes").get_by_role("listitem")
    changes.filter(has_text="Uplinks: primary").get_by_text("is new").wait_for()
    changes.filter(has_text="Routes").wait_for()
    assert findings(page) == []
    assert other.api().get("/api/v1/uplinks").expect(200)["items"] == [], "nothing is changed yet"
    count = changes.count()
    take.get_by_role("button", name=f"Make these {count} changes").click()
    take.get_by_text(f"Done: {count} things were changed.").wait_for()
    [uplink] = eventually(lambda: other.api().get("/api/v1/uplinks").expect(200)["items"])
    assert (uplink["name"], uplink["system_id"]) == ("primary", "shop")
    assert [route["name"] for route in other.api().get("/api/v1/routes").expect(200)["items"]] == ["all"]

    # Once more: all of it is so already.
    take.get_by_label("File with the configuration").set_input_files(file)
    take.get_by_label("Passphrase").fill(PASSPHRASE)
    take.get_by_role("button", name="See what would change").click()
    take.get_by_text("Nothing would change").wait_for()


def test_what_is_wrong_in_a_file_is_said_where_it_is(start_daemon, visit, complaints, tmp_path):
    daemon = start_daemon()
    page = set_up(daemon, visit)
    open_config(page)
    file = tmp_path / "configuration.json"
    file.write_text(json.dumps({"format": 1, "uplinks": {"primary": {**UPLINK, "window": 0}}}))
    take = page.get_by_role("region", name="Take a file over")
    take.get_by_label("File with the configuration").set_input_files(file)
    take.get_by_role("button", name="See what would change").click()
    take.get_by_text("The file cannot be taken over. Nothing was changed.").wait_for()
    take.get_by_text("/uplinks/primary/window").wait_for()
    complaints.expect("422")
