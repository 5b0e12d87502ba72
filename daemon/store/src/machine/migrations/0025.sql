-- What a change made another way: JSON objects, without secrets.
ALTER TABLE audit ADD COLUMN before TEXT;
ALTER TABLE audit ADD COLUMN after TEXT;

-- Rows up to this one are past their retention; the chain goes on from the hash of this one.
CREATE TABLE audit_anchor (
    row  INTEGER NOT NULL,
    hash BLOB    NOT NULL
) STRICT;
INSERT INTO audit_anchor VALUES (0, zeroblob(32));

-- Append-only for whatever writes into this file. Rows go from the front alone, and behind the anchor.
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE row = NEW.row)
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_goes_behind_its_anchor BEFORE DELETE ON audit
WHEN OLD.row > (SELECT row FROM audit_anchor)
BEGIN
    SELECT RAISE(ABORT, 'the audit is append-only');
END;
CREATE TRIGGER audit_anchor_rises BEFORE UPDATE ON audit_anchor
WHEN NEW.row < OLD.row OR NEW.hash IS NOT (SELECT hash FROM audit WHERE row = NEW.row)
BEGIN
    SELECT RAISE(ABORT, 'the audit is anchored in one of its rows');
END;
CREATE TRIGGER audit_anchor_is_one BEFORE INSERT ON audit_anchor
BEGIN
    SELECT RAISE(ABORT, 'the audit has one anchor');
END;
CREATE TRIGGER audit_anchor_stays BEFORE DELETE ON audit_anchor
BEGIN
    SELECT RAISE(ABORT, 'the audit has one anchor');
END;
