-- Messages that may go and have not: how many, since when the first of them might have gone.
SELECT 0::int8 AS next, count(*) AS waiting, min(next_at) AS since, NULL::timestamptz AS moved_at
  FROM notification.message_state WHERE state = 1 AND next_at <= now()
