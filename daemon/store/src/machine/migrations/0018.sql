-- By how much steps of the clock have moved what is left of a message's validity: so much later than its times say it
-- waits since.
ALTER TABLE messages ADD COLUMN shifted INTEGER NOT NULL DEFAULT 0;
