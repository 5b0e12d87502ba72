-- Failures of modems and the AT dialogue before each. The newest 1,000 are kept, so rows are
-- without gaps.
CREATE TABLE incidents (
    row      INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    imei     TEXT,                         -- null: the modem had not told it
    iccid    TEXT,
    kind     TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    dialogue TEXT    NOT NULL,             -- masked
    repeats  INTEGER NOT NULL DEFAULT 0    -- of the kind within the minute that followed
) STRICT;
CREATE INDEX incidents_imei ON incidents (imei, row);
