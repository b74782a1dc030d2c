-- The repair orders of one case, in their order.
SELECT number, status, paid, quote, approved, total_fen, team, appointment_from, appointment_to, quality, attitude,
       opened_at, done_at
  FROM dispatch.work_order_view
 WHERE complaint_id = $1::uuid
 ORDER BY number
