-- Lists of messages, newest first, at any size of the history: each filter has an index in the
-- order of rows.
DROP INDEX messages_exceptional;
CREATE INDEX messages_state ON messages (state);
DROP INDEX messages_sim;
CREATE INDEX messages_sim ON messages (sim, state) WHERE sim IS NOT NULL;
-- Only what came by an uplink has one.
CREATE INDEX messages_own ON messages (own) WHERE own IS NOT NULL;

-- What is written when nothing else is, is written anew from the first row on.
DROP TABLE peers;
CREATE TABLE peers (
    peer      TEXT    NOT NULL,
    direction INTEGER NOT NULL,
    row       INTEGER NOT NULL,
    PRIMARY KEY (peer, direction, row)
) STRICT, WITHOUT ROWID;
-- Outbound messages by the API key that sent them.
CREATE TABLE senders (
    key INTEGER NOT NULL,
    row INTEGER NOT NULL,
    PRIMARY KEY (key, row)
) STRICT, WITHOUT ROWID;
-- When the messages of 256 rows were created. Rows rise with time, but for steps of the clock.
CREATE TABLE ages (
    block  INTEGER PRIMARY KEY,
    oldest INTEGER NOT NULL,
    newest INTEGER NOT NULL
) STRICT;
-- Words as listing/words.rs writes them: what FTS5 merges for a search has a bound by that.
DROP TABLE search;
CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', columnsize = 0, detail = none, tokenize = 'ascii'
);
DELETE FROM conversations;
UPDATE indexed SET upto = 0;
