-- Times are milliseconds since 1970 UTC. States, priorities and codings are numbers: columns.rs names them.

-- Messages of both directions: one row each, parts only once a SIM has claimed them, so that
-- an acceptance writes one row and the index entries that follow.
CREATE TABLE messages (
    row           INTEGER PRIMARY KEY,
    id            BLOB    NOT NULL,            -- UUIDv7, 16 octets
    direction     INTEGER NOT NULL,            -- 0 outbound, 1 inbound
    state         INTEGER NOT NULL,
    priority      INTEGER NOT NULL,            -- 0 goes first
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_part     INTEGER NOT NULL DEFAULT 1,
    segments      INTEGER NOT NULL,
    coding        INTEGER NOT NULL,
    national      INTEGER NOT NULL DEFAULT 0,  -- national language tables allowed
    flash         INTEGER NOT NULL,
    status_report INTEGER NOT NULL,
    complete      INTEGER NOT NULL DEFAULT 1,
    created_at    INTEGER NOT NULL,
    send_at       INTEGER,
    due_at        INTEGER,
    expires_at    INTEGER,
    sent_at       INTEGER,
    delivered_at  INTEGER,
    smsc_time     INTEGER,
    lane          TEXT,                        -- outbound: <key>|<sender>
    sim           TEXT,                        -- ICCID that carries or carried it
    pinned        TEXT,                        -- ICCID the rest of the parts must go through
    refused_by    TEXT,                        -- ICCID
    peer          TEXT    NOT NULL,            -- the other party
    text          TEXT,                        -- or:
    data          BLOB,
    port          INTEGER,
    reason_code   TEXT,
    reason_detail TEXT,
    reference     TEXT,
    metadata      TEXT,
    callback_url  TEXT
) STRICT;

-- UUIDv7 rises with time, so this one is appended to, and is also the index by age.
CREATE UNIQUE INDEX messages_id ON messages (id);
-- The queue. The scheduler asks for one lane at a time: a range scan, however long the history.
CREATE INDEX messages_queued ON messages (priority, lane, due_at) WHERE state = 1;
-- What becomes due later.
CREATE INDEX messages_scheduled ON messages (due_at) WHERE state = 0;
-- Whose validity ends next.
CREATE INDEX messages_expiring ON messages (expires_at) WHERE state IN (0, 1);
-- The rare states, for recovery and for lists by state; the common ones are found by scanning rows.
-- (An OR, because SQLite does not see that `state = 5` is one of an IN.)
CREATE INDEX messages_exceptional ON messages (state)
    WHERE state = 0 OR state = 2 OR state = 5 OR state = 6 OR state = 7 OR state = 8 OR state = 9;
-- Written at the claim, not at the acceptance.
CREATE INDEX messages_sim ON messages (sim) WHERE sim IS NOT NULL;
-- Costs only those who give one.
CREATE INDEX messages_reference ON messages (reference) WHERE reference IS NOT NULL;

-- Parts of outbound messages, from the first claim on.
CREATE TABLE parts (
    message       INTEGER NOT NULL,
    seq           INTEGER NOT NULL,            -- from 1
    state         INTEGER NOT NULL,
    awaits        INTEGER NOT NULL DEFAULT 0,  -- 1 while its last status report is still to come
    mr            INTEGER,                     -- TP-MR
    tp_status     INTEGER,                     -- TP-ST of the last report
    handed_at     INTEGER,                     -- given to the modem; null again when refused
    sent_at       INTEGER,
    delivered_at  INTEGER,
    sim           TEXT,
    reason_code   TEXT,
    reason_detail TEXT,
    PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;
-- What a status report is looked up in.
CREATE INDEX parts_awaiting ON parts (sim, mr, sent_at) WHERE awaits = 1;
-- What the quotas of the running minute and hour are counted from.
CREATE INDEX parts_handed ON parts (sim, handed_at) WHERE handed_at IS NOT NULL;

-- Each step of a message after its acceptance.
CREATE TABLE history (
    message INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    step    TEXT    NOT NULL,
    part    INTEGER,
    sim     TEXT,
    detail  TEXT,
    PRIMARY KEY (message, n)
) STRICT, WITHOUT ROWID;

-- What each SIM did in each hour; outlives the messages, because quotas of a month do.
CREATE TABLE tallies (
    iccid    TEXT    NOT NULL,
    hour     INTEGER NOT NULL,                 -- hours since 1970
    messages INTEGER NOT NULL,                 -- first parts handed over
    parts    INTEGER NOT NULL,                 -- parts handed over
    sent     INTEGER NOT NULL,                 -- messages of which every part was taken
    failed   INTEGER NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (iccid, hour)
) STRICT, WITHOUT ROWID;

-- Status reports that no part waits for (yet).
CREATE TABLE orphans (
    row           INTEGER PRIMARY KEY,
    iccid         TEXT    NOT NULL,
    mr            INTEGER NOT NULL,
    recipient     TEXT    NOT NULL,
    smsc_time     INTEGER,
    discharged_at INTEGER,
    tp_status     INTEGER NOT NULL,
    class         INTEGER NOT NULL,
    text          TEXT    NOT NULL,
    received_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX orphans_key ON orphans (iccid, mr, received_at);
CREATE INDEX orphans_age ON orphans (received_at);

-- Inbound parts that wait for others, by what they share.
CREATE TABLE inbound_sets (
    row        INTEGER PRIMARY KEY,
    iccid      TEXT    NOT NULL,
    originator TEXT    NOT NULL,
    reference  INTEGER NOT NULL,
    wide       INTEGER NOT NULL,
    total      INTEGER NOT NULL,
    first_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX inbound_sets_key ON inbound_sets (iccid, originator, reference, wide, total);
CREATE INDEX inbound_sets_age ON inbound_sets (first_at);
CREATE TABLE inbound_parts (
    part_of     INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    smsc_time   INTEGER,
    received_at INTEGER NOT NULL,
    tpdu        BLOB    NOT NULL,
    PRIMARY KEY (part_of, seq)
) STRICT, WITHOUT ROWID;

-- Fingerprints of what came in, so that a redelivery is known.
CREATE TABLE seen (
    fingerprint BLOB    NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_age ON seen (at);

-- Answers given under an Idempotency-Key.
CREATE TABLE replays (
    row     INTEGER PRIMARY KEY,
    key     INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    request BLOB    NOT NULL,
    status  INTEGER NOT NULL,
    body    BLOB    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX replays_name ON replays (key, name);
CREATE INDEX replays_age ON replays (at);

CREATE TABLE sims (
    iccid     TEXT PRIMARY KEY NOT NULL,
    imsi      TEXT,
    number    TEXT,                            -- as the SIM says
    own       TEXT,                            -- as the operator says, else as the SIM says
    smsc      TEXT,
    imei      TEXT,
    last_seen INTEGER NOT NULL,
    config    TEXT NOT NULL                    -- JSON
) STRICT, WITHOUT ROWID;
CREATE INDEX sims_own ON sims (own);

CREATE TABLE modems (
    imei         TEXT PRIMARY KEY NOT NULL,
    manufacturer TEXT NOT NULL,
    model        TEXT NOT NULL,
    firmware     TEXT NOT NULL,
    profile      TEXT NOT NULL,
    last_seen    INTEGER NOT NULL,
    restarts     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
    id           INTEGER PRIMARY KEY,          -- never deleted, so never given twice
    name         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,             -- lists are separated by commas
    allowed_from TEXT    NOT NULL,
    sim_groups   TEXT    NOT NULL,             -- JSON
    rate         INTEGER,
    hash         BLOB    NOT NULL,             -- SHA-256 of the secret
    created_at   INTEGER NOT NULL,
    revoked_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX keys_hash ON keys (hash);
CREATE UNIQUE INDEX keys_name ON keys (name) WHERE revoked_at IS NULL;

CREATE TABLE audit (
    row   INTEGER PRIMARY KEY,
    at    INTEGER NOT NULL,
    actor TEXT    NOT NULL,
    addr  TEXT,
    what  TEXT    NOT NULL,
    hash  BLOB    NOT NULL                     -- SHA-256 of this row and the hash before
) STRICT;

-- Written when nothing else is, up to `indexed.upto`, and caught up before they are read: an
-- acceptance would otherwise touch pages all over the file.
CREATE TABLE indexed (upto INTEGER NOT NULL) STRICT;
INSERT INTO indexed VALUES (0);
CREATE TABLE peers (
    peer TEXT    NOT NULL,
    row  INTEGER NOT NULL,
    PRIMARY KEY (peer, row)
) STRICT, WITHOUT ROWID;
CREATE TABLE conversations (
    number TEXT    PRIMARY KEY NOT NULL,
    last   INTEGER NOT NULL,                   -- row of the latest message
    count  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX conversations_last ON conversations (last);
CREATE VIRTUAL TABLE search USING fts5 (
    text, content = 'messages', content_rowid = 'row', tokenize = 'unicode61 remove_diacritics 2'
);
