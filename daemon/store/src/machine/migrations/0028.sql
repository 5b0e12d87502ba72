-- Up to which row old messages have lost what is kept for a shorter time than they are: 'texts',
-- 'numbers', 'events'.
CREATE TABLE thinned (
    kind TEXT    PRIMARY KEY NOT NULL,
    upto INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Of these, the messages that were not over yet.
CREATE TABLE thinned_waits (
    kind TEXT    NOT NULL,
    row  INTEGER NOT NULL,
    PRIMARY KEY (kind, row)
) STRICT, WITHOUT ROWID;
