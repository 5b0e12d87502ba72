-- What self-tests found out, by kind of modem: it goes for all modems of that kind.
CREATE TABLE modem_findings (
    manufacturer TEXT    NOT NULL,
    model        TEXT    NOT NULL,
    firmware     TEXT    NOT NULL,
    found        TEXT    NOT NULL,             -- JSON
    tested_at    INTEGER NOT NULL,
    tests        INTEGER NOT NULL,
    PRIMARY KEY (manufacturer, model, firmware)
) STRICT, WITHOUT ROWID;
