"""A database that is encrypted on the disk. Most of it needs a simgate that was built with the feature `encryption`."""

import json
import os
import subprocess

import pytest
from harness import number
from harness.paths import program

KEY = "8f1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff0"
SECRET = "the eagle has landed"


@pytest.fixture(scope="module")
def is_built(tmp_path_factory):
    """Whether the program can encrypt: it says so where there is nothing to encrypt."""
    folder = tmp_path_factory.mktemp("is-built")
    config = folder / "simgate.toml"
    config.write_text(f'data_dir = "{folder / "data"}"\n' + with_key(key_file(folder)))
    done = subprocess.run([program("simgate"), "encrypt", "--config", str(config)], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done
    return "built without encryption" not in done.stderr


@pytest.fixture
def encrypting(is_built):
    if not is_built:
        pytest.skip("this simgate was built without the feature `encryption`")


def key_file(folder, text=KEY, name="database.key", mode=0o600):
    path = folder / name
    path.write_text(text + "\n")
    path.chmod(mode)
    return path


def with_key(key):
    return f'[encryption]\nkey_file = "{key}"\n'


def cli(daemon, *arguments, **options):
    """A command that works on the files of the gateway."""
    return daemon.cli(*arguments, "--config", str(daemon.config), **options)


def configure(daemon, key=None):
    """Sets the key of a stopped gateway, or none."""
    daemon.config.write_text(daemon.config.read_text().split("[encryption]")[0] + (with_key(key) if key else ""))


def refused(daemon, *said):
    """That the daemon does not start, and says this."""
    done = cli(daemon, "serve")
    assert done.returncode == 1, done
    for part in said:
        assert part in done.stderr + done.stdout, done
    return True


def send(daemon, text=SECRET):
    api = daemon.api()
    accepted = api.post("/api/v1/messages", {"to": number(1), "text": text}).expect(202)
    api.wait_state(accepted["id"], "delivered", "sent")


def readable(folder):
    """Names of files in which the text stands as it is, or that begin as a plain database does."""
    found = []
    for path in folder.rglob("*"):
        octets = path.read_bytes() if path.is_file() else b""
        if SECRET.encode() in octets or octets.startswith(b"SQLite format 3"):
            found.append(path.name)
    return found


def database_of(daemon):
    """What `simgate check` says of the database."""
    done = cli(daemon, "check", "--json")
    (found,) = (outcome for outcome in json.loads(done.stdout)["checks"] if outcome["what"] == "database")
    assert (done.returncode == 0) == (found["level"] == "ok"), done
    return found


def test_a_program_that_cannot_encrypt_says_so_and_writes_nothing_as_it_is(is_built, start_daemon, tmp_path):
    if is_built:
        pytest.skip("this simgate can encrypt")
    daemon = start_daemon(ready=0)
    assert daemon.stop() == 0
    before = (daemon.data / "simgate.db").read_bytes()
    configure(daemon, key_file(tmp_path))
    assert refused(daemon, "built without encryption", "encryption.key_file")
    assert database_of(daemon)["level"] == "fail"
    assert (daemon.data / "simgate.db").read_bytes() == before
    # Somebody else's, which is encrypted.
    configure(daemon)
    (daemon.data / "simgate.db").write_bytes(os.urandom(8192))
    assert refused(daemon, "the database is encrypted", "built without encryption")
    assert "built without encryption" in database_of(daemon)["detail"]


def test_nothing_stands_on_the_disk_as_it_is_and_a_wrong_key_is_told(encrypting, start_bank, start_daemon, tmp_path):
    key = key_file(tmp_path)
    daemon = start_daemon(start_bank(1), extra=with_key(key))
    send(daemon)
    assert readable(daemon.data) == []
    daemon.kill()
    assert readable(daemon.data) == []
    daemon.start().wait_ready(1)
    assert [item["text"] for item in daemon.api().get("/api/v1/messages").expect(200)["items"]] == [SECRET]
    assert daemon.stop() == 0

    assert f"encrypted with the key of {key}" in database_of(daemon)["detail"]
    assert cli(daemon, "audit", "verify").returncode == 0
    assert "tests" in cli(daemon, "key", "list").stdout
    configure(daemon, key_file(tmp_path, KEY[::-1], "other.key"))
    assert refused(daemon, "does not open the database")
    assert "does not open the database" in database_of(daemon)["detail"]
    configure(daemon)
    assert refused(daemon, "the database is encrypted", "set encryption.key_file")
    configure(daemon, tmp_path / "none.key")
    assert refused(daemon, "cannot read", "none.key")
    configure(daemon, key_file(tmp_path, mode=0o640))
    assert refused(daemon, f"chmod 600 {key}")
    configure(daemon, key_file(tmp_path, "short", "short.key"))
    assert refused(daemon, "64 hexadecimal digits")


def test_a_database_is_encrypted_and_decrypted_and_nothing_is_lost(encrypting, start_bank, start_daemon, tmp_path):
    daemon = start_daemon(start_bank(1))
    send(daemon)
    key = key_file(tmp_path, "it's a long phrase")
    configure(daemon, key)
    busy = cli(daemon, "encrypt")
    assert busy.returncode == 1 and "stop it first" in busy.stderr, busy
    assert daemon.stop() == 0
    assert refused(daemon, "not encrypted", "simgate encrypt")

    done = cli(daemon, "encrypt")
    assert done.returncode == 0 and "before-encryption-" in done.stdout, done
    (aside,) = readable(daemon.data)
    assert aside.startswith("before-encryption-")
    (daemon.data / aside).unlink()
    assert database_of(daemon)["level"] == "ok"
    daemon.start().wait_ready(1)
    send(daemon, "one more")
    changes = [row["what"] for row in daemon.api().get("/api/v1/audit").expect(200)["items"]]
    assert "encrypted the database" in changes

    # Its backups are encrypted too, and go to a gateway with the same key alone.
    made = daemon.cli("backup", "make")
    assert made.returncode == 0 and readable(daemon.data) == [], made
    backup = str(daemon.data / "backups" / made.stdout.strip())
    other = start_daemon(name="elsewhere", ready=0)
    assert other.stop() == 0
    wrong = cli(other, "restore", backup)
    assert wrong.returncode == 1 and "it is encrypted" in wrong.stderr, wrong
    configure(other, key)
    restored = cli(other, "restore", backup)
    assert restored.returncode == 0 and "2 messages" in restored.stdout, restored
    assert database_of(other)["level"] == "ok"

    assert daemon.stop() == 0
    done = cli(daemon, "decrypt")
    assert done.returncode == 0, done
    assert refused(daemon, "not encrypted")
    configure(daemon)
    assert database_of(daemon)["level"] == "ok"
    daemon.start().wait_ready(1)
    texts = [item["text"] for item in daemon.api().get("/api/v1/messages").expect(200)["items"]]
    assert texts == ["one more", SECRET]


def test_the_key_may_be_a_credential_of_systemd(encrypting, start_daemon, tmp_path):
    given = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    (tmp_path / "credentials").mkdir()
    daemon = start_daemon(ready=0)
    assert daemon.stop() == 0
    configure(daemon, "database.key")
    assert refused(daemon, "LoadCredential=database.key:FILE")
    key_file(tmp_path / "credentials", mode=0o440)
    done = cli(daemon, "encrypt", environment=given)
    assert done.returncode == 0, done
    daemon.environment = given
    daemon.start()
    assert daemon.stop() == 0
