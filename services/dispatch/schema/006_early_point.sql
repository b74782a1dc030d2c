-- Points of clocks that came before the case: the watchdog heard of a complaint first. They wait here, in their order,
-- until the case is there; what waits for a month waits for nothing.
CREATE TABLE @schema@.early_point (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    complaint_id uuid  NOT NULL,
    message      bytea NOT NULL,                        -- redress.v1.SlaEvent
    came_at      timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, DELETE ON @schema@.early_point TO redress_dispatch;
