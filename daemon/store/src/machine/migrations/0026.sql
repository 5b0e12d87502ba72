-- Statistics: what is counted of messages, by the hour and by the day.
ALTER TABLE messages ADD COLUMN ended_at INTEGER;    -- failed, expired, undelivered or cancelled then
ALTER TABLE messages ADD COLUMN waited INTEGER;      -- ms, from when it could be sent until it was
ALTER TABLE messages ADD COLUMN took INTEGER;        -- ms, from when it was sent until it was delivered

CREATE TABLE statistics (
    level     INTEGER NOT NULL,                -- 0 an hour, 1 a day
    kind      INTEGER NOT NULL,                -- by 0 carrier, 1 key, 2 country code of the other party
    hour      INTEGER NOT NULL,                -- since 1970; of a day the first
    name      TEXT    NOT NULL,                -- empty: none
    queued    INTEGER NOT NULL,
    sent      INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    failed    INTEGER NOT NULL,
    received  INTEGER NOT NULL,
    waits     BLOB    NOT NULL,                -- how many waited how long, in buckets
    reports   BLOB    NOT NULL,                -- how many were delivered how long after they were sent
    PRIMARY KEY (level, kind, hour, name)
) STRICT, WITHOUT ROWID;
-- The first hour of each day, in the time zone that was set then: an hour never changes its day.
CREATE TABLE statistics_days (hour INTEGER PRIMARY KEY) STRICT;
CREATE TABLE statistics_extent (
    uncounted INTEGER NOT NULL,                -- messages up to this row are not counted yet
    hours     INTEGER NOT NULL,                -- from this hour on there are hours, before only days
    altered   INTEGER NOT NULL                 -- up to this hour messages or counts are gone
) STRICT;
INSERT INTO statistics_extent SELECT coalesce(max(row), 0), 0, 0 FROM messages;
