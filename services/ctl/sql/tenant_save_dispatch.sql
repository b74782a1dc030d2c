INSERT INTO dispatch.tenant AS t (tenant_id, name, time_zone, duty_staff_id, major_categories, major_words,
                                  not_major_words, complex_departments, complex_amount_fen, by_hand_below)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::text[], $6::text[], $7::text[], $8::text[], $9::int8, $10::int4)
    ON CONFLICT (tenant_id) DO UPDATE
   SET name = excluded.name, time_zone = excluded.time_zone, duty_staff_id = excluded.duty_staff_id,
       major_categories = excluded.major_categories, major_words = excluded.major_words,
       not_major_words = excluded.not_major_words, complex_departments = excluded.complex_departments,
       complex_amount_fen = excluded.complex_amount_fen, by_hand_below = excluded.by_hand_below
 WHERE t.* IS DISTINCT FROM excluded.*
