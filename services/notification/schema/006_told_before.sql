-- What people were told in a time that a fail-over or a restore took back: redress.notifications.v1 still says it. Nobody is
-- told it again (docs/operator.md).

-- Journal epochs before which all was read that was told in such a time. Those that are open by now count as read.
CREATE TABLE @schema@.epoch_read (epoch text PRIMARY KEY, read_at timestamptz NOT NULL DEFAULT now());
INSERT INTO @schema@.epoch_read (epoch) SELECT epoch FROM journal.epoch;

CREATE TABLE @schema@.told_before (
    id           uuid PRIMARY KEY,            -- of the message as it was
    tenant_id    text NOT NULL,
    complaint_id uuid,
    number       text NOT NULL,
    event        text NOT NULL,
    audience     smallint NOT NULL,
    recipient    text NOT NULL,
    channel      smallint NOT NULL,
    gateway      text NOT NULL,
    state        smallint NOT NULL,           -- message.h: the newest that was told
    batch        bigint NOT NULL,             -- by this entry of a journal that is no more
    ord          int NOT NULL,
    claimed_by   uuid,                        -- the message of today that it stands for: each for one
    kept_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX told_before_open ON @schema@.told_before (complaint_id) WHERE claimed_by IS NULL;

GRANT SELECT, INSERT ON @schema@.epoch_read TO redress_notification;
GRANT SELECT, INSERT, UPDATE, DELETE ON @schema@.told_before TO redress_notification;
