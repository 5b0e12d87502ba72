-- Parts of an uplink that were sent under an id that could not be read. There are few: of all that await a
-- receipt, which may be as many as the history holds, none else is looked at for them.
CREATE INDEX parts_unnamed ON parts (sim) WHERE awaits = 1 AND mr IS NULL AND smsc_id IS NULL;
