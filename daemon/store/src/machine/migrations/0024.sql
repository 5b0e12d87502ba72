-- Keys end by themselves, tell when they were used, and get another secret while the one before still works.
ALTER TABLE keys ADD COLUMN expires_at INTEGER;
ALTER TABLE keys ADD COLUMN last_used_at INTEGER;  -- to the minute, written behind
ALTER TABLE keys ADD COLUMN old_hash BLOB;         -- SHA-256 of the secret before the last rotation
ALTER TABLE keys ADD COLUMN old_until INTEGER;     -- it works until then
CREATE UNIQUE INDEX keys_old_hash ON keys (old_hash) WHERE old_hash IS NOT NULL;
