-- A paused message is not sent until it is resumed. One that waits is in the queue's index only while it is not paused,
-- so that however many are paused, the scheduler reads none of them.
ALTER TABLE messages ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
DROP INDEX messages_queued;
CREATE INDEX messages_queued ON messages (priority, lane, due_at) WHERE state = 1 AND paused = 0;
CREATE INDEX messages_paused ON messages (state) WHERE paused = 1 AND state IN (0, 1);
