-- Numbers that get no messages.
CREATE TABLE suppressions (
    row      INTEGER PRIMARY KEY AUTOINCREMENT, -- a page ends at one
    number   TEXT    NOT NULL,
    since    INTEGER NOT NULL,
    source   INTEGER NOT NULL,                  -- 0 it asked by a message, 1 entered, 2 imported
    by       TEXT,                              -- who entered or imported it
    word     TEXT,                              -- by which it asked
    language TEXT,
    carrier  TEXT,                              -- by which that came
    message  BLOB,                              -- id of that, which may be deleted since
    evidence TEXT,
    note     TEXT
) STRICT;
CREATE UNIQUE INDEX suppressions_number ON suppressions (number);

-- 0 ordinary, 1 goes to such numbers too, 2 tells one of them that it was heard.
ALTER TABLE messages ADD COLUMN class INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_confirming ON messages (peer, created_at) WHERE class = 2;
ALTER TABLE keys ADD COLUMN may_pass_opt_out INTEGER NOT NULL DEFAULT 0;
