-- All work orders of the cases; their rows belong to the case's, which is locked. Numbers of the lines with blanks between.
SELECT complaint_id, number, status, paid, quote, approved, array_to_string(items, chr(31)),
       array_to_string(quantities_milli, ' '), array_to_string(unit_prices_fen, ' '), array_to_string(amounts_fen, ' '),
       total_fen, team, appointment_from, appointment_to, quality, attitude, opened_at, done_at
  FROM @schema@.work_order
 WHERE complaint_id = ANY ($1::uuid[])
 ORDER BY complaint_id, number
