-- How each SIM has failed lately. A SIM without a row has nothing against it.
CREATE TABLE sim_health (
    iccid        TEXT    PRIMARY KEY NOT NULL,
    open_until   INTEGER,                      -- its breaker is open; past = it waits for a probe
    openings     INTEGER NOT NULL,
    failures     INTEGER NOT NULL,             -- in a row
    results      INTEGER NOT NULL,             -- bits, the newest lowest, 1 = failed
    counted      INTEGER NOT NULL,             -- how many of them
    error_code   TEXT,
    error_detail TEXT,
    error_at     INTEGER,
    last_submit  INTEGER
) STRICT, WITHOUT ROWID;
