-- A receipt that belongs to no message yet is looked at again later and later: a provider's account may be shared, and what it tells
-- of others' messages must hold up none of ours.
ALTER TABLE @schema@.receipt ADD COLUMN look_at timestamptz NOT NULL DEFAULT now();
DROP INDEX @schema@.receipt_open;
CREATE INDEX receipt_open ON @schema@.receipt (look_at) WHERE applied_at IS NULL;
