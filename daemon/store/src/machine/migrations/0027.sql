-- What staff make of conversations. One without a row is open and nobody's.
CREATE TABLE conversation_work (
    number   TEXT    PRIMARY KEY NOT NULL,
    version  INTEGER NOT NULL,                 -- rises with each change
    assigned INTEGER,                          -- to this user
    done     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_work_assigned ON conversation_work (assigned) WHERE assigned IS NOT NULL;
-- Never sent.
CREATE TABLE notes (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,  -- not given twice
    number TEXT    NOT NULL,
    author TEXT    NOT NULL,                   -- as the audit names them
    at     INTEGER NOT NULL,
    text   TEXT    NOT NULL
) STRICT;
CREATE INDEX notes_number ON notes (number, id);

-- The row up to which a user has read a conversation; all of them are read up to users.read_upto.
CREATE TABLE read_marks (
    user   INTEGER NOT NULL,
    number TEXT    NOT NULL,
    upto   INTEGER NOT NULL,
    PRIMARY KEY (user, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_marks_number ON read_marks (number);
ALTER TABLE users ADD COLUMN read_upto INTEGER NOT NULL DEFAULT 0;
UPDATE users SET read_upto = coalesce((SELECT max(row) FROM messages), 0);

ALTER TABLE conversations ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;  -- row of the last that came in
ALTER TABLE conversations ADD COLUMN done INTEGER NOT NULL DEFAULT 0;   -- as in conversation_work
ALTER TABLE conversations ADD COLUMN assigned INTEGER;
UPDATE conversations SET heard = coalesce(
    (SELECT p.row FROM peers p CROSS JOIN messages m ON m.row = p.row
     WHERE p.peer = number AND p.direction = 1 AND m.test = 0 ORDER BY p.row DESC LIMIT 1), 0);
-- What a list goes along, and what it decides by on the way.
DROP INDEX conversations_last;
CREATE INDEX conversations_order ON conversations (done, last, heard, assigned);
CREATE INDEX conversations_assigned ON conversations (assigned, last, done, heard)
    WHERE assigned IS NOT NULL;
