-- Lists go through text with the unit separator between their items; it occurs in none of them (the files refuse it).
SELECT tenant_id, name, time_zone, duty_staff_id, array_to_string(major_categories, chr(31)),
       array_to_string(major_words, chr(31)), array_to_string(not_major_words, chr(31)),
       array_to_string(complex_departments, chr(31)), complex_amount_fen, by_hand_below,
       array_to_string(management, chr(31)), bounces_max, reminders, reopen_days, recurrence_days, retain_years,
       backdate_hours, escalate_amount_fen, array_to_string(paid_categories, chr(31))
  FROM @schema@.tenant
 ORDER BY tenant_id COLLATE "C"
