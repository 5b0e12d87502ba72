-- Submissions that may have gone out without their part telling of it any more: it was sent again, or is said not to
-- have gone out. A report may be theirs.
CREATE TABLE strays (
    row    INTEGER PRIMARY KEY,
    sim    TEXT    NOT NULL,                    -- as in doubts
    peer   TEXT    NOT NULL,
    until  INTEGER NOT NULL                     -- no report comes after this
) STRICT;
CREATE INDEX strays_sim ON strays (sim);
CREATE INDEX strays_age ON strays (until);

-- Of the refused ones since the last accepted one, those that the network refused, not the modem.
ALTER TABLE mr_counts ADD COLUMN refused_by_network INTEGER NOT NULL DEFAULT 0;
-- A submit that the network refused was seen to take no number: only what it accepts takes one.
ALTER TABLE mr_counts ADD COLUMN spares_refused INTEGER NOT NULL DEFAULT 0;
-- The last one refused, until another one is accepted: its acceptance may come late.
ALTER TABLE mr_counts ADD COLUMN refused_message INTEGER;
ALTER TABLE mr_counts ADD COLUMN refused_part INTEGER;
ALTER TABLE mr_counts ADD COLUMN refused_last INTEGER;
ALTER TABLE mr_counts ADD COLUMN refused_at INTEGER;

-- TP-MR, or the SMSC's message_id, of a submission that is known to have gone out while its part is on its way once more.
ALTER TABLE doubts ADD COLUMN sent_mr INTEGER;
ALTER TABLE doubts ADD COLUMN sent_id TEXT;
