-- Settled parts of a SIM: the answer of one may come after something else has settled it.
CREATE INDEX doubts_settled ON doubts (sim) WHERE conclusion <> 0 AND conclusion <> 4;
