-- The uplinks of one account, in order: looked for with each message that an uplink has sent.
CREATE INDEX uplinks_account ON uplinks (account, name);
