-- Texts with variables, by name. Each change is a version; without a text it says that the template is gone.
CREATE TABLE templates (
    row         INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    text        TEXT,
    description TEXT,
    changed_at  INTEGER NOT NULL,
    changed_by  TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX templates_name ON templates (name, version);
-- What a message was made of.
ALTER TABLE messages ADD COLUMN template TEXT;
ALTER TABLE messages ADD COLUMN template_version INTEGER;
