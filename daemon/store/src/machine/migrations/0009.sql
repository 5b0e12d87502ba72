-- Uplinks of one account at an SMSC: a receipt for what one has sent may come by another, and so may
-- the parts of a long message. What is the same of them: a name, or host and system_id.
ALTER TABLE uplinks ADD COLUMN account TEXT NOT NULL DEFAULT '';
UPDATE uplinks SET account =
    lower(json_extract(config, '$.host')) || '/' || json_extract(config, '$.system_id');
CREATE VIEW account_binds AS
    SELECT 'uplink:' || own.name AS uplink, 'uplink:' || other.name AS other
    FROM uplinks own JOIN uplinks other ON other.account = own.account;

-- What came by an uplink has no time: the sequence_number tells a redelivery from another message with
-- the same text. Where nothing does, the message is stored and marked.
ALTER TABLE seen ADD COLUMN sequence INTEGER;
ALTER TABLE messages ADD COLUMN perhaps_again INTEGER NOT NULL DEFAULT 0;
