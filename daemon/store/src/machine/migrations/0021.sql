-- People who log in, and their sessions. Of secrets that the gateway made, the SHA-256 is kept.
CREATE TABLE users (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: messages name their sender by it
    name       TEXT    NOT NULL,                   -- lower case
    role       TEXT    NOT NULL,
    password   TEXT    NOT NULL,                   -- argon2id, as a PHC string
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_name ON users (name);

CREATE TABLE sessions (
    hash    BLOB    NOT NULL PRIMARY KEY,          -- of the token in the cookie
    user    INTEGER NOT NULL,
    addr    TEXT,                                  -- where it was opened from
    idle_at INTEGER NOT NULL,                      -- ends then, unless it is used before
    ends_at INTEGER NOT NULL                       -- ends then
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user, ends_at);

-- Addresses from which a user has logged in: others' failures do not delay them there.
CREATE TABLE known_addresses (
    user INTEGER NOT NULL,
    addr TEXT    NOT NULL,
    at   INTEGER NOT NULL,                         -- of the last time
    PRIMARY KEY (user, addr)
) STRICT, WITHOUT ROWID;

-- Codes that work once. Without a user: it makes the first one.
CREATE TABLE one_time_codes (
    hash    BLOB    NOT NULL PRIMARY KEY,
    user    INTEGER,
    ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
