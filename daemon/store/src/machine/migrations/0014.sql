-- 1: a self-test sent it, or it is what came in of that. Lists leave it out.
ALTER TABLE messages ADD COLUMN test INTEGER NOT NULL DEFAULT 0;
