-- The journal: outbox and audit trail at once. Only ever inserted into (R49); see docs/journal.md.

-- One role per daemon. Roles belong to the whole server, so they may be there already (another database, another run).
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['redress_intake', 'redress_dispatch', 'redress_watchdog', 'redress_notification',
                                'redress_analytics', 'redress_relay']
    LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', name);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;   -- made by somebody else at this moment
        END;
    END LOOP;
END $$;

CREATE SCHEMA @schema@;
GRANT USAGE ON SCHEMA @schema@ TO redress_intake, redress_dispatch, redress_watchdog, redress_notification,
                                  redress_analytics, redress_relay;

CREATE SEQUENCE @schema@.batch_seq;

CREATE TABLE @schema@.entry (
    batch             bigint      NOT NULL,
    ord               int         NOT NULL,
    topic             text        NOT NULL,
    key               text        NOT NULL,
    event_id          uuid        NOT NULL,
    tenant_id         text        NOT NULL,
    aggregate_id      uuid,                       -- NULL outside chains
    aggregate_version bigint      NOT NULL,       -- 1..n; 0 outside chains
    type              text        NOT NULL,
    headers           text        NOT NULL,
    payload           bytea       NOT NULL,
    prev_hash         bytea       NOT NULL,
    hash              bytea       NOT NULL,
    recorded_at       timestamptz NOT NULL,
    PRIMARY KEY (batch, ord)
) PARTITION BY RANGE (batch);

-- A complaint's record, and the verifier's walk along its chain.
CREATE INDEX entry_aggregate ON @schema@.entry (aggregate_id, aggregate_version) WHERE aggregate_id IS NOT NULL;

-- Payloads are compressed by nobody twice and read in order: plain storage keeps them in the row.
ALTER TABLE @schema@.entry ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE FUNCTION @schema@.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % is refused', TG_OP;
END $$;
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON @schema@.entry
    FOR EACH ROW EXECUTE FUNCTION @schema@.refuse_change();
CREATE TRIGGER entry_is_never_truncated BEFORE TRUNCATE ON @schema@.entry
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change();

-- Where the relay is. The epoch is '' until a relay has opened one.
CREATE TABLE @schema@.cursor (
    one      boolean     PRIMARY KEY DEFAULT true CHECK (one),
    batch    bigint      NOT NULL DEFAULT 0,
    ord      int         NOT NULL DEFAULT 0,
    epoch    text        NOT NULL DEFAULT '',
    moved_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 20);
INSERT INTO @schema@.cursor DEFAULT VALUES;

-- How many partitions each topic had when it was first published to: another number would break the order per key.
CREATE TABLE @schema@.topic (topic text PRIMARY KEY, partitions int NOT NULL CHECK (partitions > 0));

-- System identifier and timeline: changes with a fail-over or a restore, and with it the number line.
CREATE FUNCTION @schema@.current_epoch() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = '' AS $$
    SELECT system_identifier::text || '-'
           || ('x' || substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int
      FROM pg_catalog.pg_control_system()
$$;

-- Partitions of a million batches each, made before they are needed; a missing one would stop every writer.
CREATE FUNCTION @schema@.ensure_partitions(ahead int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
DECLARE
    size  CONSTANT bigint := 1000000;
    first bigint;
    made  int := 0;
    name  text;
BEGIN
    SELECT last_value / size INTO first FROM @schema@.batch_seq;
    FOR n IN first .. first + ahead LOOP
        name := 'entry_' || pg_catalog.lpad(n::text, 8, '0');
        CONTINUE WHEN pg_catalog.to_regclass('@schema@.' || name) IS NOT NULL;
        EXECUTE pg_catalog.format('CREATE TABLE @schema@.%I PARTITION OF @schema@.entry FOR VALUES FROM (%s) TO (%s)'
                                  ' WITH (autovacuum_vacuum_insert_scale_factor = 0.05)', name, n * size, (n + 1) * size);
        EXECUTE pg_catalog.format('CREATE TRIGGER entry_is_never_truncated BEFORE TRUNCATE ON @schema@.%I'
                                  ' FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change()', name);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
SELECT @schema@.ensure_partitions(2);

GRANT INSERT ON @schema@.entry TO redress_intake, redress_dispatch, redress_watchdog, redress_notification,
                                  redress_analytics;
GRANT USAGE ON SEQUENCE @schema@.batch_seq TO redress_intake, redress_dispatch, redress_watchdog,
                                              redress_notification, redress_analytics;
GRANT SELECT ON @schema@.cursor TO redress_intake, redress_dispatch, redress_watchdog, redress_notification,
                                   redress_analytics;
GRANT SELECT ON @schema@.entry TO redress_relay;
GRANT SELECT, UPDATE ON @schema@.cursor TO redress_relay;
GRANT SELECT, INSERT ON @schema@.topic TO redress_relay;
GRANT SELECT, UPDATE ON SEQUENCE @schema@.batch_seq TO redress_relay;
REVOKE EXECUTE ON FUNCTION @schema@.ensure_partitions(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION @schema@.ensure_partitions(int) TO redress_relay;
