"""The rules in udev/, as udev itself applies them to made-up devices (umockdev)."""

import csv
import grp
import importlib.machinery
import importlib.util
import json
import os
import shutil
import subprocess

import pytest

from harness.paths import ROOT
from harness.sysfs import Device, Interface, udev_test

UDEV = ROOT / "udev"
FACTS = ROOT.parent / "shared/corpus/usb_ids.json"

needs_udev = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("umockdev-run") or not shutil.which("udevadm"),
    reason="needs root, udev and umockdev: tests/run tools",
)
needs_facts = pytest.mark.skipif(not FACTS.exists(), reason=f"{FACTS} is not there")


def rows(name):
    with (UDEV / name).open(newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def facts():
    return json.loads(FACTS.read_text())


def generator():
    loader = importlib.machinery.SourceFileLoader("generate", str(UDEV / "generate"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("generate", loader))
    loader.exec_module(module)
    return module


def test_the_rules_are_what_the_generator_makes():
    subprocess.run([UDEV / "generate", "--check"], check=True)


@needs_udev
def test_udev_finds_nothing_wrong_with_the_rules():
    done = subprocess.run(["udevadm", "verify", UDEV / "70-simgate.rules"], capture_output=True, text=True, check=False)
    if "Unknown command verb" in done.stderr:
        pytest.skip("this udev has no `verify`, which came with systemd 254")
    assert done.returncode == 0, done.stdout + done.stderr


@needs_facts
def test_the_tables_hold_what_is_known_of_each_device(facts):
    assert generator().tables(facts) == ((UDEV / "modems.csv").read_text(), (UDEV / "storage.csv").read_text())
    modems = {(row["vid"], row["pid"]): row for row in rows("modems.csv")}
    for device in facts["devices"]:
        row = modems.pop((device["vid"], device["pid"]), None)
        if row is None:
            assert device["flags"] == ["device_ignore"], device
        else:
            assert row["at"] == (device["at_interface"] or ""), device
            assert row["second"].split() == device.get("at_interface_secondary", []), device
    assert not modems
    storage = {(row["vid"], row["pid"]) for row in rows("storage.csv")}
    left_out = [it["model"] for it in facts["mode_switch"] if (it["vid"], it["pid"]) not in storage]
    # Printers, network adapters, a card reader and a steering wheel.
    assert len(left_out) == 15, left_out


@needs_udev
def test_each_modem_gets_its_ports_and_keeps_others_off_them(tmp_path):
    modems = rows("modems.csv")
    dialout = str(grp.getgrnam("dialout").gr_gid)
    devices = []
    for port, row in enumerate(modems, 1):
        # And one that the table does not know; of those that are something else one will do.
        numbers = sorted({*row["at"].split(), *row["second"].split(), *row["no"].split()[:1], "0e"})
        devices.append(Device(port, row["vid"], row["pid"], [Interface(number) for number in numbers]))
    seen = udev_test(devices, tmp_path)
    for row, device in zip(modems, devices, strict=True):
        usb = seen[device.path]
        assert usb.properties["SIMGATE_MODEM"] == row["vendor"] and usb.properties["ID_MM_DEVICE_IGNORE"] == "1", row
        assert "SIMGATE_STORAGE" not in usb.properties, row
        assert any("port/disable" in run for run in usb.runs), row
        folder = f"/dev/simgate/{device.name}"
        for interface in device.interfaces:
            port, number = seen[device.tty_path(interface)], interface.number
            assert port.properties["ID_MM_DEVICE_IGNORE"] == "1", (row, number)
            if number in row["at"].split():
                expected = {f"{folder}/at"}
            elif number in row["second"].split() or (not row["at"] and number not in row["no"].split()):
                expected = {f"{folder}/at-{number}"}
            else:
                expected = set()
            assert port.links == expected, (row, number)
            assert ("simgate" in port.tags) == bool(expected), (row, number)
            if expected:
                assert port.group == dialout, (row, number)


@needs_udev
def test_a_modem_that_shows_itself_as_a_disk_is_named(tmp_path):
    storage = rows("storage.csv")
    disk, memory_card = Interface("00", "080650", tty=False), Interface("05", "080650", tty=False)
    before = [Device(port, row["vid"], row["pid"], [disk]) for port, row in enumerate(storage, 1)]
    after = [Device(1000 + port, row["vid"], row["pid"], [Interface("00", tty=False), memory_card]) for port, row in enumerate(storage)]
    seen = udev_test([*before, *after], tmp_path)
    for row, disk, modem in zip(storage, before, after, strict=True):
        assert seen[disk.path].properties["SIMGATE_STORAGE"] == row["name"], row
        assert seen[disk.path].tags == {"simgate"} and seen[disk.path].properties["SIMGATE_USB"] == disk.name, row
        assert "SIMGATE_STORAGE" not in seen[modem.path].properties, row


@needs_udev
def test_a_maker_whose_descriptors_tell_needs_no_list(tmp_path):
    kinds = {"00": "ff0101", "01": "ff0102", "02": "ff0105", "03": "ff0212"}
    device = Device(1, "12d1", "1436", [Interface(number, kind) for number, kind in kinds.items()])
    router = Device(2, "12d1", "14dc", [Interface("00", "020600", tty=False), Interface("01", "080650", tty=False)])
    seen = udev_test([device, router], tmp_path)
    assert seen[device.path].properties["ID_MM_DEVICE_IGNORE"] == "1"
    ports = [seen[device.tty_path(one)] for one in device.interfaces]
    assert [port.properties.get("SIMGATE_PORT") for port in ports] == ["no", "at", "no", "probe"]
    assert [port.links for port in ports] == [set(), {"/dev/simgate/1-1/at"}, set(), {"/dev/simgate/1-1/at-03"}]
    assert seen[router.path].properties["SIMGATE_NETWORK"] == "Huawei HiLink"
    assert seen[router.path].tags == {"simgate"} and "SIMGATE_MODEM" not in seen[router.path].properties


@needs_udev
@pytest.mark.parametrize("vid,pid", [("0403", "6001"), ("0403", "6011"), ("10c4", "ea60"), ("1a86", "7523"), ("1a86", "55d4"), ("067b", "2303")])
def test_a_serial_adapter_is_offered_and_not_claimed(vid, pid, tmp_path):
    device = Device(7, vid, pid, [Interface("00"), Interface("01")])
    seen = udev_test([device], tmp_path)
    usb = seen[device.path]
    assert usb.tags == set() and not usb.runs
    for interface in device.interfaces:
        port = seen[device.tty_path(interface)]
        assert port.links == {f"/dev/simgate/1-7/serial-{interface.number}"}
        assert port.properties["SIMGATE_PORT"] == "adapter" and "simgate" in port.tags
        assert "ID_MM_DEVICE_IGNORE" not in port.properties


@needs_udev
def test_a_rule_of_the_administrator_makes_a_modem_of_an_adapter(tmp_path):
    device = Device(7, "0403", "6001", [Interface("00")])
    rule = 'SUBSYSTEMS=="usb", ATTRS{idVendor}=="0403", ENV{SIMGATE_MODEM}="my board"\n'
    seen = udev_test([device], tmp_path, own=rule)
    usb, port = seen[device.path], seen[device.tty_path(device.interfaces[0])]
    assert usb.properties["ID_MM_DEVICE_IGNORE"] == port.properties["ID_MM_DEVICE_IGNORE"] == "1"
    assert any("port/disable" in run for run in usb.runs)
    assert port.links == {"/dev/simgate/1-7/at-00"} and port.properties["SIMGATE_PORT"] == "probe"


@needs_udev
def test_the_board_of_a_bank_is_named_and_others_with_its_chip_are_not(tmp_path):
    board = Device(4, "2e8a", "000a", [Interface("00", "020201")], product="simgate bank controller")
    other = Device(5, "2e8a", "000a", [Interface("00", "020201")], product="Pico")
    seen = udev_test([board, other], tmp_path)
    port = seen[board.tty_path(board.interfaces[0])]
    assert port.links == {"/dev/simgate/bank"} and port.group == str(grp.getgrnam("dialout").gr_gid)
    assert port.properties["ID_MM_DEVICE_IGNORE"] == seen[board.path].properties["ID_MM_DEVICE_IGNORE"] == "1"
    # No modem: simgate does not look for one there.
    assert "simgate" not in port.tags and "SIMGATE_PORT" not in port.properties
    for path in (other.path, other.tty_path(other.interfaces[0])):
        assert not seen[path].links and not [name for name in seen[path].properties if name.startswith(("SIMGATE", "ID_MM"))]


@needs_udev
def test_other_devices_are_left_alone(tmp_path):
    # A GPS receiver of a maker of modems, a mouse's maker's serial port, a disk.
    devices = [
        Device(1, "1546", "01a8", [Interface("00")]),
        Device(2, "046d", "c261", [Interface("00")]),
        Device(3, "0781", "5567", [Interface("00", "080650", tty=False)]),
    ]
    for seen in udev_test(devices, tmp_path).values():
        assert not seen.links and seen.tags <= {"systemd"}
        assert not [name for name in seen.properties if name.startswith(("SIMGATE", "ID_MM"))]
