-- What a message's client, or the configuration, wants done with a part of which nothing tells
-- whether it went out: 0 hold, 1 send again.
ALTER TABLE messages ADD COLUMN on_uncertain INTEGER NOT NULL DEFAULT 0;

-- Parts that are or were uncertain, with what was concluded and from what. In the order in which
-- they were handed to their SIM, which is the order of their rows.
CREATE TABLE doubts (
    row            INTEGER PRIMARY KEY,
    message        INTEGER NOT NULL,
    part           INTEGER NOT NULL,
    last           INTEGER NOT NULL,            -- no part follows it
    sim            TEXT    NOT NULL,
    imei           TEXT,                        -- of the modem that had it, when known
    handed_at      INTEGER NOT NULL,
    since          INTEGER NOT NULL,
    reason_code    TEXT    NOT NULL,
    reason_detail  TEXT    NOT NULL,
    after_mr       INTEGER,                     -- TP-MR of the last accepted submit before it; null: not known
    refused_before INTEGER NOT NULL,            -- submits refused in between
    ahead          INTEGER NOT NULL,            -- those, and the uncertain ones in between
    numbered       INTEGER NOT NULL,            -- the modem answered: it took a TP-MR whatever became of it
    countable      INTEGER NOT NULL,            -- no TP-MR came after it yet, and the count was not broken
    decide_at      INTEGER NOT NULL,
    conclusion     INTEGER NOT NULL,
    evidence       INTEGER,
    concluded_at   INTEGER,
    resends        INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX doubts_part ON doubts (message, part);
-- 0 open, 4 held: what later evidence can still settle.
CREATE INDEX doubts_unsettled ON doubts (sim) WHERE conclusion = 0 OR conclusion = 4;
CREATE INDEX doubts_due ON doubts (decide_at) WHERE conclusion = 0;

-- How far each SIM has counted TP-MR (TS 23.040 §9.2.3.6).
CREATE TABLE mr_counts (
    iccid           TEXT PRIMARY KEY NOT NULL,
    mr              INTEGER,                    -- of the last accepted submit; null: not known
    refused         INTEGER NOT NULL DEFAULT 0, -- submits refused since
    numbers_refused INTEGER NOT NULL DEFAULT 0  -- refused ones were seen to take numbers here
) STRICT, WITHOUT ROWID;
