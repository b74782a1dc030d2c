-- Messages to people. What a message is about stands in a wide row, written once; where it stands in a narrow one.

-- Newest event of each complaint that was applied: repeats and gaps show.
CREATE TABLE @schema@.case_seen (
    complaint_id uuid   PRIMARY KEY,
    version      bigint NOT NULL,
    happened     text   NOT NULL               -- since the complainant was last told (R23): progress.h
) WITH (fillfactor = 70);

CREATE TABLE @schema@.message (
    id             uuid PRIMARY KEY,          -- a digest of event, route, recipient and channel: one for ever
    tenant_id      text NOT NULL,
    complaint_id   uuid,                      -- NULL: about none (a test)
    number         text NOT NULL,
    event          text NOT NULL,             -- "registered", "sla.breached", "test", "digest"
    version        bigint NOT NULL,           -- of the complaint with that event; 0: none
    cause          text NOT NULL,             -- what it is cancelled with: "" the case, else the clock's cycle
    audience       smallint NOT NULL,         -- notice.h
    recipient      text NOT NULL,             -- staff id; "" for the complainant and for groups
    channel        smallint NOT NULL,         -- notice.h
    others         smallint[] NOT NULL,       -- channels to be tried if this one fails, in their order
    template       text NOT NULL,
    locale         text NOT NULL,
    urgency        smallint NOT NULL,
    facts          text NOT NULL,             -- JSON, name -> value; nothing personal: that is read when it is sent
    address_sealed bytea,                     -- of a test alone; context "test:<id>"
    created_at     timestamptz NOT NULL
);
CREATE INDEX message_case ON @schema@.message (complaint_id);
CREATE INDEX message_age ON @schema@.message USING brin (created_at);

CREATE TABLE @schema@.message_state (
    id          uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    gateway     text NOT NULL,
    state       smallint NOT NULL,            -- message.h
    held        smallint NOT NULL,            -- why, where state is HELD
    urgency     smallint NOT NULL,
    next_at     timestamptz NOT NULL,         -- when it is looked at again
    lane        bigint NOT NULL,              -- same complaint, recipient and channel: one after the other
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    expires_at  timestamptz NOT NULL,
    attempts    int NOT NULL DEFAULT 0,
    digest      uuid,                         -- the message that it is told by
    code        text NOT NULL DEFAULT '',     -- the newest answer's, or why it ended
    address_key text NOT NULL DEFAULT '',     -- keyed digest of the address it was last sent to
    changed_at  timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX message_queue ON @schema@.message_state (tenant_id, gateway, urgency DESC, next_at) WHERE state = 1;
CREATE INDEX message_waits ON @schema@.message_state (next_at) WHERE state IN (2, 7);
CREATE INDEX message_expiry ON @schema@.message_state (expires_at) WHERE state IN (1, 2);
CREATE INDEX message_sending ON @schema@.message_state (changed_at) WHERE state = 3;
CREATE INDEX message_lane ON @schema@.message_state (lane, seq) WHERE state IN (1, 3);
CREATE INDEX message_digest ON @schema@.message_state (digest) WHERE digest IS NOT NULL;

-- Every call of a gateway: committed before it is made (R49).
CREATE TABLE @schema@.attempt (
    message_id uuid NOT NULL,
    n          int  NOT NULL,
    gateway    text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,                   -- NULL: on its way, or nobody knows
    class      smallint,                      -- gateway.h: what the answer meant
    request_id text NOT NULL DEFAULT '',      -- the gateway's
    code       text NOT NULL DEFAULT '',
    parts      int  NOT NULL DEFAULT 0,       -- that are paid for
    took_us    bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (message_id, n)
) WITH (fillfactor = 80);
CREATE INDEX attempt_request ON @schema@.attempt (request_id) WHERE request_id <> '';

-- What gateways tell afterwards, kept before it is answered: they do not say it again for ever.
CREATE TABLE @schema@.receipt (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id   text NOT NULL,
    gateway     text NOT NULL,
    key         text NOT NULL,                -- digest of what it says: the same again is no other receipt
    message_id  uuid,                         -- as we named it; NULL: by request_id alone
    request_id  text NOT NULL,
    status      smallint NOT NULL,            -- gateway.h
    bad_address boolean NOT NULL,
    code        text NOT NULL,
    parts       int NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    applied_at  timestamptz,
    UNIQUE (tenant_id, gateway, key)
);
CREATE INDEX receipt_open ON @schema@.receipt (id) WHERE applied_at IS NULL;
CREATE INDEX receipt_age ON @schema@.receipt (received_at);

-- Addresses that bounced or refused us: left out for a time.
CREATE TABLE @schema@.bad_address (
    tenant_id   text NOT NULL,
    channel     smallint NOT NULL,
    address_key text NOT NULL,
    until       timestamptz NOT NULL,
    code        text NOT NULL,
    PRIMARY KEY (tenant_id, channel, address_key)
);

-- SMS sent per hour, to one number and ('') by a tenant: the last 24 hours are 24 rows.
CREATE TABLE @schema@.quota (
    tenant_id   text NOT NULL,
    address_key text NOT NULL,
    hour        timestamptz NOT NULL,
    used        int NOT NULL,
    PRIMARY KEY (tenant_id, address_key, hour)
) WITH (fillfactor = 70);

-- For other daemons and redressctl: messages of a case and where they stand. Nothing personal.
CREATE VIEW @schema@.message_view AS
SELECT m.id, m.tenant_id, m.complaint_id, m.number, m.event,
       CASE m.audience WHEN 1 THEN 'complainant' WHEN 2 THEN 'handler' WHEN 3 THEN 'department_head'
                       WHEN 4 THEN 'customer_service' WHEN 5 THEN 'leaders' WHEN 6 THEN 'receivers' WHEN 7 THEN 'duty'
                       WHEN 8 THEN 'list' WHEN 9 THEN 'group' END AS audience,
       m.recipient,
       CASE m.channel WHEN 1 THEN 'sms' WHEN 2 THEN 'email' WHEN 3 THEN 'wechat' WHEN 4 THEN 'group'
                      WHEN 5 THEN 'webhook' END AS channel,
       m.template, m.locale,
       CASE m.urgency WHEN 1 THEN 'low' WHEN 2 THEN 'normal' WHEN 3 THEN 'urgent' END AS urgency,
       s.gateway,
       CASE s.state WHEN 1 THEN 'queued' WHEN 2 THEN 'held' WHEN 3 THEN 'sending' WHEN 4 THEN 'sent'
                    WHEN 5 THEN 'delivered' WHEN 6 THEN 'failed' WHEN 7 THEN 'unknown' WHEN 8 THEN 'expired'
                    WHEN 9 THEN 'cancelled' END AS state,
       CASE WHEN s.state = 2 THEN CASE s.held WHEN 1 THEN 'quiet_hours' WHEN 2 THEN 'digest' WHEN 3 THEN 'quota'
                                              WHEN 4 THEN 'asked' WHEN 5 THEN 'operator' END ELSE '' END AS held_for,
       s.attempts, s.code, s.digest, m.created_at, s.next_at, s.expires_at, s.changed_at, s.seq
  FROM @schema@.message AS m
  JOIN @schema@.message_state AS s ON s.id = m.id;

GRANT SELECT, INSERT, UPDATE ON @schema@.case_seen, @schema@.message_state, @schema@.attempt, @schema@.quota,
    @schema@.bad_address TO redress_notification;
GRANT SELECT, INSERT ON @schema@.message TO redress_notification;
GRANT SELECT, INSERT, UPDATE, DELETE ON @schema@.receipt TO redress_notification;
GRANT DELETE ON @schema@.quota, @schema@.bad_address TO redress_notification;
GRANT SELECT ON @schema@.message_view TO redress_dispatch;
GRANT USAGE ON SCHEMA @schema@ TO redress_dispatch;
