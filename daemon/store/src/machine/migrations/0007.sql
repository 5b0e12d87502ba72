-- Uplinks over SMPP, and the routes that may lead to them.
CREATE TABLE uplinks (
    name   TEXT PRIMARY KEY NOT NULL,
    config TEXT NOT NULL                        -- JSON, with secrets
) STRICT, WITHOUT ROWID;
CREATE TABLE settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL                         -- JSON
) STRICT, WITHOUT ROWID;

-- The SMSC's message_id of a part that went by an uplink, as receipts are looked up: lower case,
-- without zeros in front.
ALTER TABLE parts ADD COLUMN smsc_id TEXT;
CREATE INDEX parts_receipt ON parts (smsc_id) WHERE smsc_id IS NOT NULL;

-- Receipts that no part waits for (yet): they may overtake the submit_sm_resp.
CREATE TABLE early_receipts (
    row         INTEGER PRIMARY KEY,
    uplink      TEXT    NOT NULL,               -- uplink:<name>
    smsc_id     TEXT    NOT NULL,               -- as it was given
    other_id    TEXT,                           -- read as hexadecimal, and as decimal
    third_id    TEXT,
    recipient   TEXT    NOT NULL,
    tail        TEXT    NOT NULL,               -- its last digits
    class       INTEGER NOT NULL,
    code        TEXT    NOT NULL,
    text        TEXT    NOT NULL,
    done_at     INTEGER,
    received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX early_receipts_tail ON early_receipts (uplink, tail, received_at);
CREATE INDEX early_receipts_age ON early_receipts (received_at);

-- Where an inbound part came from when no SIM received it: uplink:<name> in place of an ICCID, and
-- the address it was sent to.
ALTER TABLE messages ADD COLUMN own TEXT;
ALTER TABLE inbound_sets ADD COLUMN own TEXT;

-- The SIM that last talked to a number.
CREATE TABLE talks (
    peer TEXT PRIMARY KEY NOT NULL,
    sim  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO talks
    SELECT peer, sim FROM (SELECT peer, sim, max(row) FROM messages WHERE sim IS NOT NULL GROUP BY peer);
