INSERT INTO dispatch.tenant AS t (tenant_id, name, time_zone, duty_staff_id, major_categories, major_words,
                                  not_major_words, complex_departments, complex_amount_fen, by_hand_below, management,
                                  bounces_max, reminders, reopen_days, recurrence_days, retain_years, backdate_hours,
                                  escalate_amount_fen, paid_categories)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::text[], $6::text[], $7::text[], $8::text[], $9::int8, $10::int4,
        $11::text[], $12::int4, $13::int4, $14::int4, $15::int4, $16::int4, $17::int4, $18::int8, $19::text[])
    ON CONFLICT (tenant_id) DO UPDATE
   SET name = excluded.name, time_zone = excluded.time_zone, duty_staff_id = excluded.duty_staff_id,
       major_categories = excluded.major_categories, major_words = excluded.major_words,
       not_major_words = excluded.not_major_words, complex_departments = excluded.complex_departments,
       complex_amount_fen = excluded.complex_amount_fen, by_hand_below = excluded.by_hand_below,
       management = excluded.management, bounces_max = excluded.bounces_max, reminders = excluded.reminders,
       reopen_days = excluded.reopen_days, recurrence_days = excluded.recurrence_days,
       retain_years = excluded.retain_years, backdate_hours = excluded.backdate_hours,
       escalate_amount_fen = excluded.escalate_amount_fen, paid_categories = excluded.paid_categories
 WHERE t.* IS DISTINCT FROM excluded.*
