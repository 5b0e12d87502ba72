-- Hours before this one count in the statistics' days; those after are summed up when they are over.
ALTER TABLE statistics_extent ADD COLUMN summed INTEGER NOT NULL DEFAULT 0;
UPDATE statistics_extent SET summed = max(
    coalesce((SELECT max(hour) + 1 FROM statistics WHERE level = 0 AND kind = 1), 0),
    coalesce((SELECT created_at / 3600000 FROM messages ORDER BY row DESC LIMIT 1), 0));
