-- A webhook's posts are signed with the secret before too, while its receiver is told the new one.
ALTER TABLE webhooks ADD COLUMN old_secret TEXT;
ALTER TABLE webhooks ADD COLUMN old_secret_until INTEGER;
