-- What is posted to webhooks, and to the addresses that come with messages: one queue.
CREATE TABLE webhooks (
    name   TEXT PRIMARY KEY NOT NULL,
    config TEXT NOT NULL                        -- JSON, with its secret
) STRICT, WITHOUT ROWID;
-- Stands for the callback_urls: each message brings its own address.
INSERT INTO webhooks VALUES ('callbacks', '{"url":null,"events":[],"secret":null,"enabled":true}');
-- The patterns of the webhooks that are enabled, spelt out for the triggers.
CREATE TABLE webhook_kinds (
    kind    TEXT NOT NULL,
    webhook TEXT NOT NULL,
    PRIMARY KEY (kind, webhook)
) STRICT, WITHOUT ROWID;

-- An event for one webhook. Of a message it says what was so at that time: the message and its
-- carrier may be elsewhere by the time of the post. Those about one thing wait for each other.
CREATE TABLE deliveries (
    row           INTEGER PRIMARY KEY AUTOINCREMENT, -- its id: not given twice
    webhook       TEXT    NOT NULL,
    host          TEXT    NOT NULL DEFAULT '',  -- and port, of a callback_url; a webhook's is in its url
    kind          TEXT    NOT NULL,
    message       INTEGER NOT NULL DEFAULT 0,   -- row; 0: it is about something else
    subject       TEXT    NOT NULL DEFAULT '',  -- what it is about then
    message_state INTEGER,
    carrier       TEXT,                         -- of the message
    reason_code   TEXT,
    reason_detail TEXT,
    event         TEXT,                         -- webhook-id, where no message gives one
    data          TEXT,                         -- JSON, where no message gives them
    at            INTEGER NOT NULL,
    state         INTEGER NOT NULL DEFAULT 0,   -- 0 waiting, 1 delivered, 2 parked
    first         INTEGER NOT NULL,             -- 1: of those that wait and are about the same
    since         INTEGER NOT NULL,             -- waits since; moves with a clock that is set
    next_at       INTEGER NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0,
    tried_at      INTEGER,
    status        INTEGER,                      -- of the last answer
    error         TEXT                          -- of the last try, for people
) STRICT;
CREATE INDEX deliveries_about ON deliveries (message, webhook, subject, state, row);
CREATE INDEX deliveries_waiting ON deliveries (webhook, host, next_at) WHERE state = 0 AND first = 1;
CREATE INDEX deliveries_since ON deliveries (webhook, host, since) WHERE state = 0;
CREATE INDEX deliveries_listed ON deliveries (webhook, state, row);

INSERT INTO deliveries (webhook, host, kind, message, message_state, carrier, reason_code, reason_detail,
    at, first, since, next_at, attempts)
SELECT 'callbacks', host, 'message.' || CASE state WHEN 3 THEN 'sent' WHEN 4 THEN 'delivered'
        WHEN 5 THEN 'undelivered' WHEN 6 THEN 'failed' WHEN 7 THEN 'expired' WHEN 8 THEN 'cancelled'
        ELSE 'uncertain' END,
    message, state, carrier, reason_code, reason_detail, at, first, since, next_at, attempts
FROM callbacks ORDER BY row;
DROP TRIGGER messages_callback;
DROP TRIGGER messages_callback_gone;
DROP TABLE callbacks;

-- Triggers, so that no way of changing a state can forget it, and the change and its post are one
-- commit. 3 and above: what a client can act on; being queued and sending it knows. The host is the
-- address without what stands before and behind it.
CREATE TRIGGER messages_callback AFTER UPDATE OF state ON messages
WHEN NEW.callback_url IS NOT NULL AND NEW.state <> OLD.state AND NEW.state >= 3
BEGIN
    INSERT INTO deliveries (webhook, host, kind, message, message_state, carrier, reason_code,
        reason_detail, at, first, since, next_at)
    SELECT 'callbacks', lower(substr(authority, instr(authority, '@') + 1)),
        'message.' || CASE NEW.state WHEN 3 THEN 'sent' WHEN 4 THEN 'delivered'
            WHEN 5 THEN 'undelivered' WHEN 6 THEN 'failed' WHEN 7 THEN 'expired'
            WHEN 8 THEN 'cancelled' ELSE 'uncertain' END,
        NEW.row, NEW.state, NEW.carrier, NEW.reason_code, NEW.reason_detail,
        CAST(unixepoch('subsec') * 1000 AS INTEGER),
        NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message = NEW.row AND d.webhook = 'callbacks'
            AND d.subject = '' AND d.state = 0),
        CAST(unixepoch('subsec') * 1000 AS INTEGER), 0
    FROM (SELECT substr(rest, 1, min(instr(rest || '/', '/'), instr(rest || '?', '?'),
                                     instr(rest || '#', '#')) - 1) AS authority
          FROM (SELECT substr(NEW.callback_url, instr(NEW.callback_url, '://') + 3) AS rest));
END;
CREATE TRIGGER messages_told AFTER UPDATE OF state ON messages
WHEN NEW.state <> OLD.state AND NEW.test = 0 AND EXISTS (SELECT 1 FROM webhook_kinds)
BEGIN
    INSERT INTO deliveries (webhook, kind, message, message_state, carrier, reason_code, reason_detail,
        at, first, since, next_at)
    SELECT w.webhook, w.kind, NEW.row, NEW.state, NEW.carrier, NEW.reason_code, NEW.reason_detail,
        CAST(unixepoch('subsec') * 1000 AS INTEGER),
        NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.message = NEW.row AND d.webhook = w.webhook
            AND d.subject = '' AND d.state = 0),
        CAST(unixepoch('subsec') * 1000 AS INTEGER), 0
    FROM webhook_kinds w WHERE w.kind = CASE NEW.state WHEN 0 THEN 'message.scheduled'
        WHEN 1 THEN 'message.queued' WHEN 2 THEN 'message.sending' WHEN 3 THEN 'message.sent'
        WHEN 4 THEN 'message.delivered' WHEN 5 THEN 'message.failed' WHEN 6 THEN 'message.failed'
        WHEN 7 THEN 'message.failed' WHEN 8 THEN 'message.cancelled' WHEN 9 THEN 'message.uncertain'
        ELSE 'message.received' END;
END;
CREATE TRIGGER messages_gone AFTER DELETE ON messages
BEGIN
    DELETE FROM deliveries WHERE message = OLD.row;
END;
-- Whichever way a post goes, the next about the same has its turn.
CREATE TRIGGER deliveries_over AFTER UPDATE OF state ON deliveries
WHEN OLD.state = 0 AND OLD.first = 1 AND NEW.state <> 0
BEGIN
    UPDATE deliveries SET first = 1 WHERE row = (SELECT min(row) FROM deliveries
        WHERE message = OLD.message AND webhook = OLD.webhook AND subject = OLD.subject AND state = 0);
END;
