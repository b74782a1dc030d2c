-- Every epoch that a relay has opened, with the first batch number that belongs to it: an entry that was written before
-- a fail-over and is published after it keeps the epoch that it was written in, so that a relay finds it in Kafka and a
-- consumer recognises it.
CREATE TABLE @schema@.epoch (
    epoch       text        PRIMARY KEY,
    first_batch bigint      NOT NULL UNIQUE,
    opened_at   timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON @schema@.epoch TO redress_relay;
