-- The last of the clock's steps that a message was moved with, as the setting `clock_set` counts them: none moves it twice.
ALTER TABLE messages ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
