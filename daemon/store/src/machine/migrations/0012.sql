-- Parts that one message of a key may take; NULL: the configured default.
ALTER TABLE keys ADD COLUMN max_segments INTEGER;
