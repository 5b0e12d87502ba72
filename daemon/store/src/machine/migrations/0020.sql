-- What carries a message is a SIM or an uplink: the columns that hold either say so.
ALTER TABLE messages RENAME COLUMN sim TO carrier;
ALTER TABLE parts RENAME COLUMN sim TO carrier;
ALTER TABLE history RENAME COLUMN sim TO carrier;
ALTER TABLE tallies RENAME COLUMN iccid TO carrier;
ALTER TABLE inbound_sets RENAME COLUMN iccid TO carrier;
ALTER TABLE callbacks RENAME COLUMN sim TO carrier;
ALTER TABLE doubts RENAME COLUMN sim TO carrier;
ALTER TABLE strays RENAME COLUMN sim TO carrier;
ALTER TABLE mr_counts RENAME COLUMN iccid TO carrier;
ALTER TABLE early_receipts RENAME COLUMN uplink TO carrier;
