-- Each tenant's day, and when it ends: no time zone has to be known outside PostgreSQL. now() is the transaction's.
SELECT tenant_id, to_char(local, 'YYYYMMDD'), (date_trunc('day', local) + interval '1 day') AT TIME ZONE time_zone
  FROM (SELECT tenant_id, time_zone, now() AT TIME ZONE time_zone AS local FROM @schema@.tenant) AS t
