-- The second factor of users, and the codes for those who have lost it.
ALTER TABLE users ADD COLUMN totp BLOB;             -- the secret, once a code of it was shown
ALTER TABLE users ADD COLUMN totp_offered BLOB;     -- a secret of which none was shown yet
ALTER TABLE users ADD COLUMN totp_step INTEGER NOT NULL DEFAULT 0;  -- the newest step whose code was used

CREATE TABLE recovery_codes (
    user INTEGER NOT NULL,
    hash BLOB    NOT NULL,
    PRIMARY KEY (user, hash)
) STRICT, WITHOUT ROWID;
