-- Partitions are attached. CREATE TABLE ... PARTITION OF locks the journal against everybody: it waits for whoever reads it
-- long (the verifier), and every writer waits behind it. ATTACH PARTITION gets along with readers and writers.
CREATE OR REPLACE FUNCTION @schema@.ensure_partitions(ahead int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = '' AS $$
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
        EXECUTE pg_catalog.format('CREATE TABLE @schema@.%I (LIKE @schema@.entry INCLUDING STORAGE)'
                                  ' WITH (autovacuum_vacuum_insert_scale_factor = 0.05)', name);
        EXECUTE pg_catalog.format('ALTER TABLE @schema@.entry ATTACH PARTITION @schema@.%I FOR VALUES FROM (%s) TO (%s)',
                                  name, n * size, (n + 1) * size);
        EXECUTE pg_catalog.format('CREATE TRIGGER entry_is_never_truncated BEFORE TRUNCATE ON @schema@.%I'
                                  ' FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change()', name);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
