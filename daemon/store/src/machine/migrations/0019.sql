-- An answer that comes late finds the receipts that came before it, as long as they are kept.
CREATE INDEX early_receipts_id ON early_receipts (uplink, smsc_id, received_at);
