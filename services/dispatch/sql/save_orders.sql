-- Lines of all orders come in one array each; an order's are those from first to last.
INSERT INTO @schema@.work_order AS w (complaint_id, number, status, paid, quote, approved, items, quantities_milli,
       unit_prices_fen, amounts_fen, total_fen, team, appointment_from, appointment_to, quality, attitude, opened_at, done_at)
SELECT n.complaint_id, n.number, n.status, n.paid, n.quote, n.approved, ($16::text[])[n.first:n.last],
       ($17::int8[])[n.first:n.last], ($18::int8[])[n.first:n.last], ($19::int8[])[n.first:n.last], n.total_fen, n.team,
       n.appointment_from, n.appointment_to, n.quality, n.attitude, n.opened_at, n.done_at
  FROM unnest($1::uuid[], $2::int4[], $3::int4[], $4::bool[], $5::int4[], $6::int4[], $7::int8[], $8::text[],
              $9::timestamptz[], $10::timestamptz[], $11::int4[], $12::int4[], $13::timestamptz[], $14::timestamptz[],
              $15::int4[], $20::int4[])
    AS n (complaint_id, number, status, paid, quote, approved, total_fen, team, appointment_from, appointment_to, quality,
          attitude, opened_at, done_at, first, last)
    ON CONFLICT (complaint_id, number) DO UPDATE
   SET status = excluded.status, quote = excluded.quote, approved = excluded.approved, items = excluded.items,
       quantities_milli = excluded.quantities_milli, unit_prices_fen = excluded.unit_prices_fen,
       amounts_fen = excluded.amounts_fen, total_fen = excluded.total_fen, team = excluded.team,
       appointment_from = excluded.appointment_from, appointment_to = excluded.appointment_to,
       quality = excluded.quality, attitude = excluded.attitude, done_at = excluded.done_at
