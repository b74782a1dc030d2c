-- Journal entries that the relay has not published: how many (counted up to 100,000), since when the first one waits.
SELECT c.batch, w.waiting, w.since, c.moved_at
  FROM journal.cursor AS c,
       LATERAL (SELECT count(*) AS waiting, min(n.recorded_at) AS since
                  FROM (SELECT e.recorded_at
                          FROM journal.entry AS e
                         WHERE e.batch >= c.batch AND (e.batch, e.ord) > (c.batch, c.ord)
                         ORDER BY e.batch, e.ord
                         LIMIT 100000) AS n) AS w
