-- Posts wait by host, so that one that does not answer holds up no other, and each says what was
-- so at its change: message and carrier may be elsewhere by the time of the post.
ALTER TABLE callbacks ADD COLUMN host TEXT NOT NULL DEFAULT '';       -- and port, of the address
ALTER TABLE callbacks ADD COLUMN first INTEGER NOT NULL DEFAULT 0;    -- 1: of its message's posts
ALTER TABLE callbacks ADD COLUMN since INTEGER NOT NULL DEFAULT 0;    -- waits since; moves with a clock that is set
ALTER TABLE callbacks ADD COLUMN sim TEXT;
ALTER TABLE callbacks ADD COLUMN reason_code TEXT;
ALTER TABLE callbacks ADD COLUMN reason_detail TEXT;

DROP INDEX callbacks_next;
DROP TRIGGER messages_callback;

-- An address without what stands before and behind the host.
CREATE TRIGGER messages_callback AFTER UPDATE OF state ON messages
WHEN NEW.callback_url IS NOT NULL AND NEW.state <> OLD.state AND NEW.state >= 3
BEGIN
    INSERT INTO callbacks
        (message, state, at, since, next_at, first, sim, reason_code, reason_detail, host)
    SELECT NEW.row, NEW.state, CAST(unixepoch('subsec') * 1000 AS INTEGER),
        CAST(unixepoch('subsec') * 1000 AS INTEGER), 0,
        NOT EXISTS (SELECT 1 FROM callbacks WHERE message = NEW.row),
        NEW.sim, NEW.reason_code, NEW.reason_detail,
        lower(substr(authority, instr(authority, '@') + 1))
    FROM (SELECT substr(rest, 1, min(instr(rest || '/', '/'), instr(rest || '?', '?'),
                                     instr(rest || '#', '#')) - 1) AS authority
          FROM (SELECT substr(NEW.callback_url, instr(NEW.callback_url, '://') + 3) AS rest));
END;
-- Whichever way a post goes, the next of its message has its turn.
CREATE TRIGGER callbacks_gone AFTER DELETE ON callbacks WHEN OLD.first = 1
BEGIN
    UPDATE callbacks SET first = 1
    WHERE row = (SELECT min(row) FROM callbacks WHERE message = OLD.message);
END;

DELETE FROM callbacks WHERE message NOT IN (SELECT row FROM messages);
UPDATE callbacks SET since = at,
    first = (row = (SELECT min(row) FROM callbacks e WHERE e.message = callbacks.message)),
    (sim, reason_code, reason_detail, host) = (
        SELECT sim, reason_code, reason_detail,
            lower(substr(authority, instr(authority, '@') + 1))
        FROM (SELECT sim, reason_code, reason_detail,
                  substr(rest, 1, min(instr(rest || '/', '/'), instr(rest || '?', '?'),
                                      instr(rest || '#', '#')) - 1) AS authority
              FROM (SELECT *, substr(callback_url, instr(callback_url, '://') + 3) AS rest
                    FROM messages WHERE messages.row = callbacks.message)));
CREATE INDEX callbacks_waiting ON callbacks (host, next_at) WHERE first = 1;
CREATE INDEX callbacks_since ON callbacks (host, since);
