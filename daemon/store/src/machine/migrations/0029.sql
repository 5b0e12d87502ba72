-- Conversations that are being erased: what there was of them up to this row. A restart goes on with them.
CREATE TABLE erasures (
    number TEXT    PRIMARY KEY NOT NULL,
    upto   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
