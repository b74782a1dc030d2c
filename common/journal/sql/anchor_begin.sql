-- One anchoring at a time, and how far it may go: what the relay has published will never be preceded by anything new.
-- Where the last one ended, when that was, and whether it came to the end of what there was.
SELECT pg_try_advisory_xact_lock(hashtextextended('redress journal.anchor', 0)) AS ours, c.batch, c.ord,
       coalesce(a.batch, 0) AS after_batch, coalesce(a.ord, 0) AS after_ord,
       coalesce(date_trunc('day', a.at, 'UTC') = date_trunc('day', now(), 'UTC') AND a.complete, false) AS done_today
  FROM journal.cursor AS c
  LEFT JOIN LATERAL (SELECT batch, ord, at, complete FROM journal.anchor ORDER BY batch DESC, ord DESC, at DESC
                      LIMIT 1) AS a ON true
