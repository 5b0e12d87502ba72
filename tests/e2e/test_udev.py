"""What udev knows by the rules of this program (its database is made up here), and ModemManager beside."""

import shutil
import subprocess

import pytest
from harness import eventually, own_dev
from test_attention import Watched, cleared, found, raised


@pytest.fixture
def udev(start_daemon, tmp_path):
    """udev(...) -> (daemon, folder): `folder` is the daemon's /run/udev, and `folder`/dev its /dev/simgate."""
    if not own_dev.can_be_made():
        pytest.skip("needs a mount namespace")

    def start(**options):
        folder = tmp_path / "udev"
        for name in ("tags/simgate", "data", "dev"):
            (folder / name).mkdir(parents=True)
        daemon = start_daemon(**options)
        assert daemon.stop() == 0
        mount = (
            f"{own_dev.script(tmp_path)} mkdir /dev/simgate && mount --bind {folder}/dev /dev/simgate"
            f' && mount -t tmpfs none /run && mkdir /run/udev && mount --bind {folder} /run/udev && exec "$@"'
        )
        daemon.prefix = [*own_dev.PRIVATE, "sh", "-ec", mount, "sh"]
        daemon.start()
        return daemon, folder

    return start


def know(folder, device, *lines):
    """As udevd writes it: what it knows, then the tag."""
    (folder / "data" / device).write_text("".join(f"{line}\n" for line in (*lines, "G:simgate", "Q:simgate", "V:1")))
    (folder / "tags/simgate" / device).touch()


def forget(folder, device):
    (folder / "tags/simgate" / device).unlink()
    (folder / "data" / device).unlink()


def test_a_modem_that_is_no_port_is_told_of(udev):
    daemon, folder = udev()
    api = daemon.api()
    with Watched(api, "modem-as-disk", "modem-without-port"):
        know(folder, "c189:1", "E:SIMGATE_STORAGE=ZTE MF190", "E:SIMGATE_USB=1-1.4")
        know(folder, "c189:2", "E:SIMGATE_NETWORK=Huawei HiLink", "E:SIMGATE_USB=1-2")
        disk = raised(api, "modem-as-disk")
        assert disk["subject"] == {"kind": "port", "id": "1-1.4", "label": "ZTE MF190"}
        assert "usb-modeswitch" in disk["sentence"] and disk["params"] == {"usb_path": "1-1.4"}
        assert "Huawei HiLink" in raised(api, "modem-without-port")["sentence"]
        forget(folder, "c189:1")
        forget(folder, "c189:2")
        cleared(api, "modem-as-disk")
        cleared(api, "modem-without-port")


def test_ports_that_udev_found_come_and_go(udev, start_bank):
    """With `ports = "auto"`: a modem's port is used, and a serial adapter is offered."""
    bank = start_bank(2)
    daemon, folder = udev(ports=["auto"])
    api = daemon.api()
    [modem, adapter] = [str((bank.ports / f"modem{n}").resolve()) for n in range(2)]
    at, serial = folder / "dev/1-1.4/at", folder / "dev/1-2/serial-00"
    for link, port in ((at, modem), (serial, adapter)):
        link.parent.mkdir()
        link.symlink_to(port)
    know(folder, "c188:1", "S:simgate/1-2/serial-00", "E:SIMGATE_ADAPTER=FTDI")
    daemon.wait_ready(1)
    rows = {row["port"]: row for row in api.every("/api/v1/ports")}
    assert set(rows) == {"/dev/simgate/1-1.4/at", "/dev/simgate/1-2/serial-00"}, rows
    assert rows["/dev/simgate/1-1.4/at"]["state"] == "modem"
    offered = rows["/dev/simgate/1-2/serial-00"]
    assert offered["state"] == "offered" and '["auto", "/dev/simgate/1-2/serial-00"]' in offered["detail"], offered
    assert "offered" in daemon.cli("modems", "ports").stdout
    # As offered: now it is used, and offered no more.
    assert daemon.stop() == 0
    daemon.config.write_text(daemon.config.read_text().replace('ports = ["auto"]', 'ports = ["auto", "/dev/simgate/*/serial-*"]'))
    daemon.start().wait_ready(2)
    states = [row["state"] for row in daemon.api().every("/api/v1/ports")]
    assert states == ["modem", "modem"], states
    at.unlink()
    at.parent.rmdir()
    eventually(lambda: [row["port"] for row in daemon.api().every("/api/v1/ports")] == ["/dev/simgate/1-2/serial-00"])


def test_modem_manager_beside_is_told_of(start_daemon, start_bank, tmp_path):
    """Field note A 18."""
    beside = tmp_path / "ModemManager"
    shutil.copy("/bin/sleep", beside)
    daemon = start_daemon(start_bank(1))
    api = daemon.api()
    assert not found(api, "modem-manager")
    with Watched(api, "modem-manager"):
        with subprocess.Popen([beside, "1000"]) as process:
            item = raised(api, "modem-manager")
            assert item["severity"] == "notice" and "systemctl disable" in item["sentence"], item
            assert item["params"]["ports"] == 1
            done = daemon.cli("check", "--config", str(daemon.config))
            assert "ModemManager runs" in done.stdout, done.stdout
            process.kill()
        cleared(api, "modem-manager")
