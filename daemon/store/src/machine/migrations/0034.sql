-- What the parts cost that were handed over, as it was set for their SIM then; of each part, so that it is taken off
-- again where the part was refused.
ALTER TABLE tallies ADD COLUMN cost REAL NOT NULL DEFAULT 0;
ALTER TABLE parts ADD COLUMN cost REAL;
