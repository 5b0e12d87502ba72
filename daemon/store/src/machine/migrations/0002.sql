-- State changes to be posted to the address that came with the message. A trigger, so that no
-- way of changing a state can forget it, and the change and its post are one commit.
CREATE TABLE callbacks (
    row      INTEGER PRIMARY KEY,
    message  INTEGER NOT NULL,
    state    INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX callbacks_next ON callbacks (next_at);
-- Those of one message are posted in order.
CREATE INDEX callbacks_message ON callbacks (message);

-- 3 and above: what a client can act on; being queued and sending it knows.
CREATE TRIGGER messages_callback AFTER UPDATE OF state ON messages
WHEN NEW.callback_url IS NOT NULL AND NEW.state <> OLD.state AND NEW.state >= 3
BEGIN
    INSERT INTO callbacks (message, state, at, next_at)
    VALUES (NEW.row, NEW.state, CAST(unixepoch('subsec') * 1000 AS INTEGER), 0);
END;
CREATE TRIGGER messages_callback_gone AFTER DELETE ON messages
WHEN OLD.callback_url IS NOT NULL
BEGIN
    DELETE FROM callbacks WHERE message = OLD.row;
END;
