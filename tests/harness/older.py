"""A database that simgate wrote when its format was 19: two delivered messages, one that came in, one that waits."""

import gzip
import shutil
import sqlite3
import time
from contextlib import closing

from .paths import ROOT

FORMAT = 19
# The API key that was made then.
KEY = "sg_X7F69HbQfHpuwvqQe2W1y8yOtFssyKRHTqawz5Vd"
SHORT = "written before the upgrade"
LONG = "Một tin nhắn dài hơn một phần: " + "chữ có dấu " * 8
INBOUND = "an answer of before"
WAITING = "waits for the new version"


def database_of_before(path):
    """Puts it in the place of the database there, whose owner and rights stay. Nothing may have that open."""
    path.write_bytes(gzip.decompress((ROOT / "tests/package/format-19.db.gz").read_bytes()))
    for more in ("-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        assert database.execute("PRAGMA user_version").fetchone() == (FORMAT,)
        # It is no longer than a day that a message waits.
        database.execute("UPDATE messages SET expires_at = ? WHERE state = 1", [(int(time.time()) + 86400) * 1000])


def format_of(path, folder):
    """The format of the database there, by a copy in `folder`: it may be open."""
    copy = folder / "copy.db"
    for more in ("", "-wal"):
        if (there := path.with_name(path.name + more)).exists():
            shutil.copy(there, copy.with_name(copy.name + more))
    with closing(sqlite3.connect(copy)) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]
